"""Recordings from files and from arrays."""

import io
import os
import sys
import threading

import numpy as np
import pytest

from sklearn_slm.audio import Sound, as_sound, read_audio

from .waves import make_tone, pack_wav

soundfile = pytest.importorskip("soundfile")


@pytest.fixture
def wave(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(pack_wav(np.array([16384, -32768], "<i2").tobytes(), rate=8000))
    return path


def encode(samples, **keywords):
    file = io.BytesIO()
    soundfile.write(file, samples, 16000, **keywords)
    return file.getvalue()


def test_paths_and_open_files(wave):
    for source in (wave, str(wave)):
        sound = read_audio(source)
        assert sound.samples.tolist() == [0.5, -1.0]
        assert (sound.rate, sound.seconds) == (8000, 0.00025)
    with wave.open("rb") as file:
        assert as_sound(file).samples.tolist() == [0.5, -1.0]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_a_pipe(wave, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(wave.read_bytes(),))
    writer.start()
    assert read_audio(pipe).samples.tolist() == [0.5, -1.0]
    writer.join()


LOSSLESS = [
    ("FLAC", "PCM_16"),
    ("FLAC", "PCM_24"),
    ("AIFF", "PCM_16"),
    ("AU", "PCM_16"),
]
FORMATS = [*LOSSLESS, ("OGG", "VORBIS"), ("OGG", "OPUS")]


@pytest.mark.parametrize(("kind", "coding"), LOSSLESS)
def test_lossless_formats(kind, coding):
    tone = make_tone(3000)
    stereo = np.stack([tone, np.zeros_like(tone)], axis=1)
    sound = read_audio(io.BytesIO(encode(stereo, format=kind, subtype=coding)))
    assert sound.rate == 16000
    np.testing.assert_allclose(sound.samples, tone / 2, atol=2 / 2**15)


@pytest.mark.parametrize("kind", ["OGG", "MP3"])
def test_lossy_formats(kind):
    tone = make_tone(16000)
    sound = read_audio(io.BytesIO(encode(tone, format=kind)))
    n = min(len(sound.samples), 16000)
    assert n > 15000
    assert np.corrcoef(sound.samples[:n], tone[:n])[0, 1] > 0.99


@pytest.mark.parametrize("missing", [1, 50, 0.5])
@pytest.mark.parametrize(("kind", "coding"), FORMATS)
def test_truncated_files(kind, coding, missing):
    noise = np.random.default_rng(0).normal(0, 0.1, 8000)
    content = encode(noise, format=kind, subtype=coding)
    n = int(missing * len(content)) if missing < 1 else missing
    with pytest.raises(
        ValueError, match=r"the open file: expected .*(truncated|missing)"
    ):
        read_audio(io.BytesIO(content[:-n]))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere\.wav"):
        read_audio(tmp_path / "nowhere.wav")
    with pytest.raises(ValueError, match=r"expected a file or a pipe, got a folder"):
        as_sound(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "got an empty file"),
        (b"these are words, not sounds", "got one that starts with b'these ar'"),
        (bytes(4) + b"ftypM4A " + bytes(20), "got an MP4 or M4A file. Convert it"),
        (b"\x1aE\xdf\xa3" + bytes(20), "got a Matroska or WebM file"),
        (b"fLaC" + bytes(100), "cannot be decoded"),
        (pack_wav(b""), "recording without any"),
        (pack_wav(bytes(8), rate=0), "rate that is a positive whole number"),
        (pack_wav(np.float32([0, np.nan]).tobytes(), 3, n_bytes=4), "1 that are NaN"),
    ],
)
def test_what_is_no_sound(tmp_path, content, message):
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"a\.wav: expected .*") as caught:
        read_audio(path)
    assert message in str(caught.value)


def test_without_soundfile(monkeypatch, wave):
    monkeypatch.setitem(sys.modules, "soundfile", None)
    content = encode(make_tone(), format="FLAC")
    with pytest.raises(
        ImportError, match=r'FLAC .* pip install "sklearn_slm\[audio\]"'
    ):
        read_audio(io.BytesIO(content))
    assert read_audio(wave).rate == 8000
    with pytest.raises(ValueError, match="expected a sound file"):
        read_audio(io.BytesIO(b"no sound at all"))


def test_arrays_and_pairs():
    values = np.array([16384, -8192], np.int16)
    expected = [0.5, -0.25]
    for recording, rate in [
        (values, 8000),
        (values, np.int64(8000)),
        (values, 8000.0),
        ((8000, values), None),
        # What comes with a rate keeps it.
        ((8000, values), 16000),
        (np.float64(expected), 8000),
        (expected, 8000),
        (Sound(np.float32(expected), 8000), None),
        (np.stack([values, values], axis=1), 8000),
    ]:
        sound = as_sound(recording, rate)
        assert sound.samples.dtype == np.float32
        assert sound.samples.tolist() == expected
        assert (sound.rate, type(sound.rate)) == (8000, int)


@pytest.mark.parametrize("rate", [0, -1, 0.5, float("nan"), float("inf"), "8000", True])
def test_rates(rate):
    with pytest.raises(ValueError, match="positive whole number of samples per second"):
        as_sound(np.zeros(3), rate)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([], "without any"),
        (
            [0.0, np.nan, np.inf, 0.0],
            r"2 that are NaN or infinite, the first at 0\.001",
        ),
        ([0.0, 12000.0], "floats from -1 to 1, got 12,000"),
        (np.zeros((3, 2, 2)), r"got shape \(3, 2, 2\)"),
    ],
)
def test_bad_arrays(values, message):
    with pytest.raises(ValueError, match=message):
        as_sound(values, 1000)


@pytest.mark.parametrize("recording", [None, object(), ["a", "b"], [[0.1], [0.2, 0.3]]])
def test_what_is_no_recording(recording):
    with pytest.raises(TypeError, match="expected a path, a pair"):
        as_sound(recording, 8000)


def test_an_array_needs_a_rate():
    with pytest.raises(ValueError, match="Pass sample_rate=16000"):
        as_sound(np.zeros(10))
