"""Recordings in every form to frames."""

import io
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from sklearn_slm.audio import FeatureOptions, Sound, compute_features, resample
from sklearn_slm.estimators import recordings as module
from sklearn_slm.estimators.recordings import (
    hear_batches,
    is_silent,
    read_recordings,
)
from tests.audio.waves import FLOAT, make_tone, pack_wav

OPTIONS = FeatureOptions(rate=8000, n_mels=10)


def make_noise(n, seed=0):
    return np.random.default_rng(seed).normal(0, 0.1, n).astype(np.float32)


def test_every_form_of_a_recording(tmp_path):
    samples = np.array([0, 8192, -16384] * 300, np.int16)
    path = tmp_path / "one.wav"
    wavfile.write(path, 8000, samples)
    items = [path, str(path), (8000, samples), samples, samples / 32768]
    items += [list(samples / 32768), np.stack([samples, samples], axis=1)]
    items += [Sound(samples.astype(np.float32) / 32768, 8000), io.BytesIO()]
    items[-1] = io.BytesIO(path.read_bytes())
    recordings = read_recordings(items, 8000)
    for row in range(len(items)):
        take = recordings.read(row)
        np.testing.assert_array_equal(take.samples, samples / np.float32(32768))
        again = recordings.read(row)
        np.testing.assert_array_equal(again.samples, take.samples)
        assert take.start == 0.0 and take.seconds == 900 / 8000
    # What has a rate of its own is resampled; an array is taken at the model's.
    recordings = read_recordings(iter(items[:4]), 16000)
    assert [len(recordings.read(row).samples) for row in range(4)] == [1800] * 3 + [900]
    rows = read_recordings(np.zeros((3, 800), np.float32), 8000)
    assert len(rows) == 3


def test_silence_at_both_ends_is_cut():
    samples = np.zeros(8000, np.float32)
    samples[3200:4800] = make_noise(1600)
    take = read_recordings([samples], 8000).read(0, trim=True)
    assert len(take.samples) == 2400
    assert take.start == pytest.approx(0.35) and take.seconds == 1.0


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        ("one.wav", ValueError, r"Got a single one \(str\); put it into a list: \[X\]"),
        (Path("one.wav"), ValueError, "single one"),
        (make_noise(9), ValueError, "single one"),
        ((8000, make_noise(9)), ValueError, "single one"),
        ([0.5, 0.25], ValueError, "a list of numbers"),
        (Sound(make_noise(9), 8000), ValueError, "single one"),
        (3, TypeError, "must be a list of recordings"),
    ],
)
def test_what_is_no_list_of_recordings(X, error, message):
    with pytest.raises(error, match=message):
        read_recordings(X, 8000)


def test_a_table_is_refused():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"path": ["one.wav"]})
    with pytest.raises(TypeError, match=r"X\['path'\]"):
        read_recordings(frame, 8000)
    with pytest.raises(FileNotFoundError, match=r"X\[0\]: there is no file 'one.wav'"):
        read_recordings(frame["path"], 8000)


def test_a_missing_file_is_named_before_anything_is_read(tmp_path):
    there = tmp_path / "there.wav"
    wavfile.write(there, 8000, np.zeros(80, np.int16))
    paths = [there, tmp_path / "lost.wav", there, tmp_path / "gone.wav"]
    message = r"X\[1\]: there is no file '.*lost.wav', and 1 more of 4 are missing"
    with pytest.raises(FileNotFoundError, match=message):
        read_recordings(paths, 8000)


@pytest.mark.parametrize(
    ("item", "error", "message"),
    [
        (np.zeros(0), ValueError, r"X\[1\]: Recording: expected samples"),
        (np.array([0.0, np.nan]), ValueError, r"X\[1\]: .*NaN"),
        ((0, np.zeros(9)), ValueError, r"X\[1\]: .*rate"),
        (["one"], TypeError, r"X\[1\]: .*expected a path"),
        (io.BytesIO(b"not a sound at all"), ValueError, r"X\[1\]: .*sound file"),
    ],
)
def test_a_recording_that_is_none_is_named(item, error, message):
    recordings = read_recordings([make_noise(80), item], 8000)
    with pytest.raises(error, match=message):
        recordings.read(1)
    # A part of them keeps the numbers.
    with pytest.raises(error, match=message):
        recordings.take([1]).read(0)


def test_silence():
    assert is_silent(np.zeros(5, np.float32))
    assert is_silent(np.full(5, 0.3, np.float32))
    assert is_silent(np.array([0, 2, -2], np.float32) / 32768)
    assert not is_silent(np.array([0, 3, -2], np.float32) / 32768)


def test_frames_of_many_recordings(monkeypatch):
    sounds = [make_noise(n, n) for n in (4000, 900, 8000, 100)]
    sounds[2] = np.zeros(8000, np.float32)
    (heard,) = hear_batches(read_recordings(sounds, 8000), OPTIONS)
    assert heard.frames.lengths.tolist() == [17, 4, 0, 1]
    assert heard.seconds.tolist() == [0.5, 0.1125, 1.0, 0.0125]
    for row in (0, 1, 3):
        expected = compute_features(sounds[row], OPTIONS)
        np.testing.assert_array_equal(heard.frames[row], expected)
    # In batches that do not depend on how much there is.
    monkeypatch.setattr(module, "READ_AT_ONCE", 1)
    monkeypatch.setattr(module, "_BATCH_ROWS", 4)
    batches = list(hear_batches(read_recordings(sounds, 8000), OPTIONS))
    assert [len(batch.frames) for batch in batches] == [1, 1, 2]
    values = np.concatenate([batch.frames.values for batch in batches])
    np.testing.assert_array_equal(values, heard.frames.values)
    assert list(hear_batches(read_recordings([], 8000), OPTIONS)) == []


def pack_24_bits(samples):
    integers = np.round(samples * (2**23 - 1)).astype("<i4")
    return integers.view(np.uint8).reshape(-1, 4)[:, :3].tobytes()


def pack_surround(samples):
    # The voice comes from the middle channel alone, six times as loud.
    channels = np.zeros((len(samples), 6), np.float32)
    channels[:, 2] = 6 * samples
    return channels.tobytes()


@pytest.mark.parametrize(
    ("content", "accuracy"),
    [
        (lambda s: pack_wav(np.uint8(s * 127 + 128).tobytes(), n_bytes=1), 0.016),
        (lambda s: pack_wav(pack_24_bits(s), n_bytes=3), 1e-6),
        (lambda s: pack_wav(s.tobytes(), FLOAT, n_bytes=4), 0.0),
        (lambda s: pack_wav(s.astype("f8").tobytes(), FLOAT, n_bytes=8), 0.0),
        (lambda s: pack_wav(pack_surround(s), FLOAT, 6, n_bytes=4), 1e-7),
        (
            lambda s: pack_wav(
                resample(s, 16000, 192_000).tobytes(), FLOAT, rate=192_000, n_bytes=4
            ),
            2e-3,
        ),
    ],
    ids=["8 bits", "24 bits", "float", "double", "5.1 channels", "192 kHz"],
)
def test_files_of_every_kind_hold_the_same_sound(content, accuracy):
    tone = make_tone()
    take = read_recordings([io.BytesIO(content(tone))], 16000).read(0)
    assert len(take.samples) == len(tone) and take.seconds == 0.1
    # Away from the ends, at which a filter has nothing to go by.
    np.testing.assert_allclose(
        take.samples[50:-50], tone[50:-50], atol=accuracy or 1e-12
    )


def test_a_missing_file_among_thousands(tmp_path):
    there = tmp_path / "there.wav"
    there.write_bytes(b"no sound: nothing may read it")
    paths = [there] * 2000
    paths[1234] = tmp_path / "lost.wav"
    message = r"^X\[1234\]: there is no file '.*lost.wav'\. Nothing was read; correct"
    with pytest.raises(FileNotFoundError, match=message):
        read_recordings(paths, 8000)
