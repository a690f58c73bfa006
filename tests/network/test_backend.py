"""One process compiles at a time, nobody waits for ever, and defaults of Keras return."""

import threading

import pytest

from sklearn_slm.network import backend

keras = backend.import_keras()
on_jax = pytest.mark.skipif(
    keras.backend.backend() != "jax", reason="a cache of compiled code is kept on JAX"
)


@pytest.fixture
def cache(tmp_path):
    """Name a cache for the time of a test; nothing is compiled meanwhile."""
    jax = pytest.importorskip("jax")
    before = jax.config.jax_compilation_cache_dir
    jax.config.update("jax_compilation_cache_dir", str(tmp_path))
    yield tmp_path
    jax.config.update("jax_compilation_cache_dir", before)


def is_held(folder):
    """Tell whether somebody holds the lock of a cache."""
    import fcntl

    with open(folder / "compiling", "ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@on_jax
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


@on_jax
def test_nobody_waits_longer_than_the_limit(cache, monkeypatch):
    monkeypatch.setattr(backend, "_LONGEST_WAIT", 0.05)
    with backend.compile_once():
        assert is_held(cache)
        with backend.compile_once():
            # Inside without the lock, which the first still holds.
            assert is_held(cache)
        assert is_held(cache)
    assert not is_held(cache)


@on_jax
@pytest.mark.parametrize("directory", [None, "missing/folder"])
def test_without_a_cache_nobody_waits(cache, directory, monkeypatch):
    import jax

    jax.config.update("jax_compilation_cache_dir", directory)

    def refuse(*_):
        raise AssertionError("somebody waits")

    monkeypatch.setattr(backend.time, "sleep", refuse)
    with backend.compile_once(), backend.compile_once():
        assert not list(cache.iterdir())


@on_jax
def test_an_error_inside_leaves_the_lock_free(cache):
    with pytest.raises(ValueError, match="inside"), backend.compile_once():
        assert is_held(cache)
        raise ValueError("inside")
    assert not is_held(cache)


def test_types_are_those_of_networks_inside_and_the_users_after():
    config = keras.config
    config.set_floatx("float16")
    config.set_dtype_policy("mixed_float16")
    try:
        with pytest.raises(KeyError), backend.float32_variables():
            assert config.floatx() == "float32"
            assert config.dtype_policy().name == "float32"
            with backend.float32_variables():
                pass
            assert config.floatx() == "float32"
            raise KeyError
        assert config.floatx() == "float16"
        assert config.dtype_policy().name == "mixed_float16"
    finally:
        config.set_floatx("float32")
        config.set_dtype_policy("float32")


def test_the_module_of_the_backend():
    name = keras.backend.backend()
    assert backend.import_native().__name__ == f"sklearn_slm.network.{name}_ops"
