"""Features in files are those that would be computed, or are computed again."""

import threading

import joblib
import numpy as np
import pytest

from sklearn_slm.audio import (
    FeatureCache,
    FeatureOptions,
    change_speed,
    compute_at_speed,
    compute_features,
)
from sklearn_slm.audio import cache as module

from .waves import make_noise

OPTIONS = FeatureOptions(rate=8000, n_mels=10)
NOISE = make_noise(4000)


def list_files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def cache(tmp_path):
    return FeatureCache.at(tmp_path / "new" / "folder")


@pytest.fixture
def count(monkeypatch):
    """Return a list that grows by the speed of what is computed."""
    computed = []

    def compute(samples, options, speed=1.0):
        computed.append(speed)
        return compute_at_speed(samples, options, speed)

    monkeypatch.setattr(module, "compute_at_speed", compute)
    return computed


def test_features_at_a_speed():
    expected = compute_features(change_speed(NOISE, 8000, 1.1), OPTIONS)
    found = compute_at_speed(NOISE, OPTIONS, 1.1)
    np.testing.assert_array_equal(found, expected)
    same = compute_features(NOISE, OPTIONS)
    np.testing.assert_array_equal(compute_at_speed(NOISE, OPTIONS), same)


def test_they_are_computed_once(cache, count):
    for speed in (1.0, 0.9):
        expected = compute_at_speed(NOISE, OPTIONS, speed)
        for _ in range(3):
            found = cache.compute(NOISE, OPTIONS, speed)
            assert found.dtype == np.float32
            np.testing.assert_array_equal(found, expected)
    assert count == [1.0, 0.9]
    # Equal samples are the same recording, wherever they come from.
    cache.compute(NOISE.astype(">f4"), OPTIONS)
    FeatureCache.at(cache.folder.parent).compute(NOISE.copy(), OPTIONS)
    assert len(count) == 2


def test_another_recording_or_option_has_a_file_of_its_own(cache, count):
    cache.compute(NOISE, OPTIONS)
    louder = NOISE.copy()
    louder[7] += 1e-6
    cache.compute(louder, OPTIONS)
    for options in (
        FeatureOptions(rate=8000, n_mels=11),
        FeatureOptions(rate=8000, n_mels=10, normalize="running"),
        FeatureOptions(rate=8000, n_mels=10, pre_emphasis=0.9),
    ):
        found = cache.compute(NOISE, options)
        np.testing.assert_array_equal(found, compute_features(NOISE, options))
    assert len(count) == len(list_files(cache.folder)) == 5


@pytest.mark.parametrize(
    "harm",
    [
        lambda content: b"",
        lambda content: content[:10],
        lambda content: content[:-1],
        lambda content: content + b"\0",
        lambda content: content[:-9] + b"\0" + content[-8:],
        lambda content: b"other" + content,
        lambda content: module._MAGIC + module._digest(b"") + b"",
        lambda content: (
            module._MAGIC
            + module._digest(module._HEADER.pack(9, 10))
            + module._HEADER.pack(9, 10)
        ),
    ],
)
def test_a_damaged_file_is_computed_again(cache, count, harm):
    expected = cache.compute(NOISE, OPTIONS)
    (path,) = list_files(cache.folder)
    whole = path.read_bytes()
    path.write_bytes(harm(whole))
    np.testing.assert_array_equal(cache.compute(NOISE, OPTIONS), expected)
    assert len(count) == 2 and path.read_bytes() == whole
    cache.compute(NOISE, OPTIONS)
    assert len(count) == 2


def test_a_write_that_fails_leaves_no_file(cache, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.os, "replace", fail)
    with pytest.raises(OSError, match="No space left"):
        cache.compute(NOISE, OPTIONS)
    assert list_files(cache.folder) == []

    def refuse(*_):
        raise PermissionError(13, "in use")

    monkeypatch.setattr(module.os, "replace", refuse)
    with pytest.raises(PermissionError):
        cache.compute(NOISE, OPTIONS)
    # Another process was faster: its file is as good.
    monkeypatch.undo()
    cache.compute(NOISE, OPTIONS)
    (path,) = list_files(cache.folder)
    path.write_bytes(b"")
    monkeypatch.setattr(module.os, "replace", refuse)
    assert len(cache.compute(NOISE, OPTIONS)) == 17
    assert list_files(cache.folder) == [path]


def test_many_threads_share_a_folder(cache):
    sounds = [make_noise(900, seed) for seed in range(4)]
    expected = [compute_features(sound, OPTIONS) for sound in sounds]
    wrong = []

    def work():
        for _ in range(5):
            for sound, frames in zip(sounds, expected):
                if not np.array_equal(cache.compute(sound, OPTIONS), frames):
                    wrong.append(sound)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong and len(list_files(cache.folder)) == 4


def test_where_it_is(tmp_path):
    assert FeatureCache.at(None) is None
    assert FeatureCache.at(joblib.Memory(None)) is None
    folder = tmp_path / "slm-features"
    for memory in (tmp_path, str(tmp_path), joblib.Memory(tmp_path, verbose=0)):
        assert FeatureCache.at(memory) == FeatureCache(folder)
    assert folder.is_dir()
    (tmp_path / "file").write_bytes(b"")
    message = r"memory must be a folder .* Got '.*file', where no folder can be made"
    with pytest.raises(ValueError, match=message):
        FeatureCache.at(tmp_path / "file")
