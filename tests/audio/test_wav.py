"""WAV files of every usual width, and those that are short of what they say."""

import io
import struct

import numpy as np
import pytest
from scipy.io import wavfile

from sklearn_slm.audio import wav
from sklearn_slm.audio.wav import read_wav

from .waves import A_LAW, FLOAT, MU_LAW, PCM, pack_wav


def read(content):
    return read_wav(io.BytesIO(content), "a.wav")


LEVELS = [-1.0, -0.5, 0.0, 0.25, 0.75]


def encode(levels, n_bytes, order="<"):
    if n_bytes == 1:
        return bytes(int(level * 128 + 128) for level in levels)
    unit = 1 << 8 * n_bytes - 1
    byteorder = "little" if order == "<" else "big"
    return b"".join(
        int(v * unit).to_bytes(n_bytes, byteorder, signed=True) for v in levels
    )


@pytest.mark.parametrize("extensible", [False, True])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("n_bytes", [1, 2, 3, 4])
def test_integers(n_bytes, order, extensible):
    data = encode(LEVELS, n_bytes, order)
    content = pack_wav(data, n_bytes=n_bytes, order=order, extensible=extensible)
    samples, rate = read(content)
    assert rate == 16000
    assert samples.dtype == np.float32
    assert samples.tolist() == LEVELS


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("n_bytes", [4, 8])
def test_floats(n_bytes, order):
    data = np.array([*LEVELS, 1.5], f"{order}f{n_bytes}").tobytes()
    samples, _ = read(pack_wav(data, FLOAT, n_bytes=n_bytes, order=order))
    assert samples.tolist() == [*LEVELS, 1.5]


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int32", "float32", "float64"])
def test_what_scipy_writes(dtype):
    file = io.BytesIO()
    values = np.array([[0, 1], [100, 200]]).astype(dtype)
    wavfile.write(file, 44100, values)
    samples, rate = read(file.getvalue())
    scale = {"uint8": 128, "int16": 2**15, "int32": 2**31}.get(dtype, 1)
    expected = (values.mean(axis=1) - 128 * (dtype == "uint8")) / scale
    assert rate == 44100
    assert samples.tolist() == np.float32(expected).tolist()


def test_companded_codes():
    # Values of the standard's tables: largest, smallest and around zero.
    samples, _ = read(
        pack_wav(bytes([0x00, 0x80, 0xFF, 0x7F, 0xEF]), MU_LAW, n_bytes=1)
    )
    assert (samples * 32768).tolist() == [-32124, 32124, 0, 0, 132]
    samples, _ = read(pack_wav(bytes([0x2A, 0xAA, 0xD5, 0x55, 0xC5]), A_LAW, n_bytes=1))
    assert (samples * 32768).tolist() == [-32256, 32256, 8, -8, 264]


def test_six_channels_in_blocks(monkeypatch):
    values = np.random.default_rng(0).integers(-(2**15), 2**15, (1001, 6), "int16")
    content = pack_wav(values.tobytes(), n_channels=6, rate=192000)
    whole, rate = read(content)
    np.testing.assert_allclose(whole, values.mean(axis=1) / 2**15, atol=1e-7)
    assert rate == 192000
    monkeypatch.setattr(wav, "_BLOCK_BYTES", 100)
    np.testing.assert_array_equal(read(content)[0], whole)


def test_other_chunks_are_skipped():
    note = b"LIST" + struct.pack("<I", 3) + b"abc\0"
    content = pack_wav(encode(LEVELS, 2), before=note, after=b"junk at the end")
    assert read(content)[0].tolist() == LEVELS


def test_long_files_and_streams_of_unknown_length():
    sizes = b"ds64" + struct.pack("<IQQQI", 28, 0, 4, 2, 0)
    data = encode([0.5, 0.25, 0.75], 2)
    content = pack_wav(data, size=0xFFFFFFFF, magic=b"RF64", before=sizes)
    assert read(content)[0].tolist() == [0.5, 0.25]
    for size in (0xFFFFFFFF, 0x7FFFF000):
        assert read(pack_wav(data, size=size))[0].tolist() == [0.5, 0.25, 0.75]


def test_truncated_samples():
    content = pack_wav(bytes(32000), n_channels=2)
    with pytest.raises(
        ValueError,
        match=r"a\.wav: expected 32,000 bytes .* got 25,600: 6,400 bytes \(0\.10 seconds\) "
        r"are missing at the end",
    ):
        read(content[:-6400])
    with pytest.raises(ValueError, match=r"whole samples of 4 bytes, got 2 bytes more"):
        read(pack_wav(bytes(6), n_channels=2, size=0xFFFFFFFF))


@pytest.mark.parametrize("length", [4, 11, 14, 25, 40])
def test_truncated_header(length):
    with pytest.raises(ValueError, match=r"a\.wav: expected .* end of the file"):
        read(pack_wav(bytes(100))[:length])


def test_damaged_headers():
    with pytest.raises(ValueError, match=r"RIFF file of the type b'AVI '"):
        read(b"RIFF" + bytes(4) + b"AVI " + bytes(40))
    with pytest.raises(ValueError, match=r"chunk 'fmt ' before the samples"):
        read(b"RIFF" + bytes(4) + b"WAVEdata" + struct.pack("<I", 2) + bytes(2))
    with pytest.raises(ValueError, match=r"at least 16 bytes, got 4"):
        read(b"RIFF" + bytes(4) + b"WAVEfmt " + struct.pack("<I", 4) + bytes(4))
    with pytest.raises(ValueError, match="0 channels in 0 bytes"):
        read(pack_wav(bytes(8), n_channels=0))


@pytest.mark.parametrize(("tag", "n_bytes"), [(2, 1), (PCM, 8), (FLOAT, 2), (0x55, 1)])
def test_other_codings(tag, n_bytes):
    with pytest.raises(ValueError, match=f"got format 0x{tag:04x} in {n_bytes} bytes"):
        read(pack_wav(bytes(16), tag, n_bytes=n_bytes))


def test_no_samples():
    assert read(pack_wav(b""))[0].shape == (0,)
