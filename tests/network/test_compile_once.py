"""One process compiles at a time, and nobody waits for ever."""

import threading

import pytest

from sklearn_slm.network import backend

keras = backend.import_keras()
if keras.backend.backend() != "jax":
    pytest.skip("a cache of compiled code is kept on JAX", allow_module_level=True)
import jax  # noqa: E402


@pytest.fixture
def cache(tmp_path):
    """Name a cache for the time of a test; nothing is compiled meanwhile."""
    before = jax.config.jax_compilation_cache_dir
    jax.config.update("jax_compilation_cache_dir", str(tmp_path))
    yield tmp_path
    jax.config.update("jax_compilation_cache_dir", before)


def test_the_second_waits_for_the_first(cache):
    events, inside = [], threading.Event()

    def wait():
        inside.wait()
        with backend.compile_once():
            events.append("second in")

    other = threading.Thread(target=wait)
    other.start()
    with backend.compile_once():
        inside.set()
        other.join(timeout=0.2)
        events.append("first out")
    other.join()
    assert events == ["first out", "second in"]
    assert (cache / "compiling").exists()


def test_nobody_waits_longer_than_the_limit(cache, monkeypatch):
    monkeypatch.setattr(backend, "_LONGEST_WAIT", 0.05)
    with backend.compile_once(), backend.compile_once():
        pass


@pytest.mark.parametrize("directory", [None, "missing/folder"])
def test_without_a_cache_nobody_waits(cache, directory):
    jax.config.update("jax_compilation_cache_dir", directory)
    with backend.compile_once(), backend.compile_once():
        pass
    assert not list(cache.iterdir())


def test_an_error_inside_leaves_the_lock_free(cache, monkeypatch):
    with pytest.raises(ValueError, match="inside"), backend.compile_once():
        raise ValueError("inside")
    monkeypatch.setattr(backend, "_LONGEST_WAIT", 600)
    with backend.compile_once():
        pass
