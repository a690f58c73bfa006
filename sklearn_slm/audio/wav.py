"""WAV files to samples, in blocks; whatever is short of what the header says is refused."""

from __future__ import annotations

import os
import struct
from typing import IO, NamedTuple

import numpy as np

from .scaling import to_mono

__all__ = ["WAV_MAGIC", "read_wav"]

WAV_MAGIC = (b"RIFF", b"RIFX", b"RF64")
_PCM, _FLOAT, _A_LAW, _MU_LAW, _EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
# Sizes that a program writes which cannot go back to the header: ffmpeg and RF64, sox.
_UNKNOWN_SIZES = (0xFFFFFFFF, 0x7FFFF000)
_BLOCK_BYTES = 1 << 22


class _Format(NamedTuple):
    """What the chunk "fmt " says."""

    tag: int
    n_channels: int
    rate: int
    n_bytes: int  # of a sample of one channel
    order: str


def read_wav(file: IO[bytes], name: str) -> tuple[np.ndarray, int]:
    """Read a WAV file: RIFF, big-endian RIFX or RF64, of any number of channels.

    Integers of 8 bits (unsigned), 16, 24 and 32 bits, floats of 32 and 64 bits, A-law and
    mu-law (ITU-T G.711), each also as WAVE_FORMAT_EXTENSIBLE. SciPy's reader gives what
    there is of a truncated file without a word; this one refuses it.

    Parameters
    ----------
    file : binary file
        At its start; it can seek.
    name : str
        What messages call it.

    Returns
    -------
    samples : ndarray of shape (n_samples,), dtype float32
        The mean of all channels, which may be empty.
    rate : int
        Samples per second.

    Raises
    ------
    ValueError
        If it is no WAV file, if it is shorter than its header says, or if its samples
        are compressed in another way.
    """
    magic, _, kind = struct.unpack(
        "<4sI4s", _take(file, 12, name, "its first 12 bytes")
    )
    if kind != b"WAVE":
        raise ValueError(
            f"{name}: expected a WAV file, got a RIFF file of the type {kind!r}. Extract "
            "its sound: ffmpeg -i old new.wav"
        )
    order = ">" if magic == b"RIFX" else "<"
    layout, long_size = None, None
    while True:
        key, size = struct.unpack(
            f"{order}4sI", _take(file, 8, name, "the chunk 'data' with the samples")
        )
        if key == b"data":
            break
        if key in (b"fmt ", b"ds64"):
            content = _take(file, size, name, f"the chunk {key.decode()!r}")
            if key == b"fmt ":
                layout = _read_format(content, order, name)
            elif len(content) >= 16:
                long_size = struct.unpack("<Q", content[8:16])[0]
        else:
            file.seek(size, os.SEEK_CUR)
        file.seek(size % 2, os.SEEK_CUR)
    if layout is None:
        raise ValueError(
            f"{name}: expected a chunk 'fmt ' before the samples of a WAV file, got none. "
            "The file is damaged: copy or record it again."
        )
    if size == _UNKNOWN_SIZES[0] and long_size is not None:
        size = long_size
    return _read_samples(file, layout, size, name), layout.rate


def _read_format(content: bytes, order: str, name: str) -> _Format:
    """Return what the chunk "fmt " says, checked."""
    if len(content) < 16:
        raise ValueError(
            f"{name}: expected a chunk 'fmt ' of at least 16 bytes, got {len(content)}. "
            "The file is damaged: copy or record it again."
        )
    tag, n_channels, rate, _, align, _ = struct.unpack(f"{order}HHIIHH", content[:16])
    if tag == _EXTENSIBLE and len(content) >= 26:
        tag = struct.unpack(f"{order}H", content[24:26])[0]
    if not n_channels or not align or align % n_channels:
        raise ValueError(
            f"{name}: expected blocks of one sample a channel, got {n_channels} channels "
            f"in {align} bytes. The file is damaged: copy or record it again."
        )
    n_bytes = align // n_channels
    widths = {_PCM: (1, 2, 3, 4), _FLOAT: (4, 8), _A_LAW: (1,), _MU_LAW: (1,)}
    if n_bytes not in widths.get(tag, ()):
        raise ValueError(
            f"{name}: expected samples that are integers of 8, 16, 24 or 32 bits, floats "
            f"of 32 or 64 bits, A-law or mu-law, got format 0x{tag:04x} in {n_bytes} bytes "
            "a sample. Convert it: ffmpeg -i old.wav -c:a pcm_s16le new.wav"
        )
    return _Format(tag, n_channels, rate, n_bytes, order)


def _read_samples(file: IO[bytes], layout: _Format, size: int, name: str) -> np.ndarray:
    """Decode the chunk "data" block by block, so that only one channel is ever held."""
    start = file.tell()
    there = file.seek(0, os.SEEK_END) - start
    file.seek(start)
    if size in _UNKNOWN_SIZES:
        size = there
    width = layout.n_bytes * layout.n_channels
    if size > there:
        seconds = (size - there) / width / max(layout.rate, 1)
        raise ValueError(
            f"{name}: expected {size:,} bytes of samples, as its header says, got "
            f"{there:,}: {size - there:,} bytes ({seconds:.2f} seconds) are missing at the "
            "end. Copy or record the file again, or keep what there is: ffmpeg -i old.wav "
            "new.wav"
        )
    if size % width:
        raise ValueError(
            f"{name}: expected whole samples of {width} bytes, got {size % width} bytes "
            "more at the end. The file was cut off: copy or record it again."
        )
    samples = np.empty(size // width, np.float32)
    step = max(_BLOCK_BYTES // width, 1)
    for first in range(0, len(samples), step):
        n = min(step, len(samples) - first)
        block = _take(file, n * width, name, "samples")
        values = _decode(block, layout).reshape(n, layout.n_channels)
        samples[first : first + n] = to_mono(values)
    return samples


def _decode(block: bytes, layout: _Format) -> np.ndarray:
    """Return the samples of all channels, of a type that `to_mono` scales."""
    if layout.tag == _MU_LAW:
        return _MU_LAW_TABLE[np.frombuffer(block, np.uint8)]
    if layout.tag == _A_LAW:
        return _A_LAW_TABLE[np.frombuffer(block, np.uint8)]
    if layout.tag == _FLOAT:
        return np.frombuffer(block, f"{layout.order}f{layout.n_bytes}")
    if layout.n_bytes == 1:
        return np.frombuffer(block, np.uint8)
    if layout.n_bytes != 3:
        integers = np.frombuffer(block, f"{layout.order}i{layout.n_bytes}")
        return integers.astype(f"i{layout.n_bytes}", copy=False)
    # Three bytes become the upper ones of four, which keeps the sign.
    triples = np.frombuffer(block, np.uint8).reshape(-1, 3)
    padded = np.zeros((len(triples), 4), np.uint8)
    upper = slice(1, 4) if layout.order == "<" else slice(0, 3)
    padded[:, upper] = triples
    return padded.view(f"{layout.order}i4").ravel().astype("i4", copy=False)


def _expand_mu_law() -> np.ndarray:
    """Return the int16 values of the 256 codes of mu-law (ITU-T G.711)."""
    code = ~np.arange(256, dtype=np.uint8)
    exponent, mantissa = (code >> 4 & 7).astype(int), (code & 15).astype(int)
    magnitude = ((mantissa << 3) + 132 << exponent) - 132
    return np.where(code & 128, -magnitude, magnitude).astype(np.int16)


def _expand_a_law() -> np.ndarray:
    """Return the int16 values of the 256 codes of A-law (ITU-T G.711)."""
    code = np.arange(256, dtype=np.uint8) ^ 0x55
    exponent, mantissa = (code >> 4 & 7).astype(int), (code & 15).astype(int)
    implied = np.where(exponent > 0, 256, 0)
    magnitude = (mantissa << 4) + 8 + implied << np.maximum(exponent - 1, 0)
    return np.where(code & 128, magnitude, -magnitude).astype(np.int16)


_MU_LAW_TABLE, _A_LAW_TABLE = _expand_mu_law(), _expand_a_law()


def _take(file: IO[bytes], n: int, name: str, what: str) -> bytes:
    """Read `n` bytes, or say what is missing."""
    content = file.read(n)
    if len(content) < n:
        raise ValueError(
            f"{name}: expected {what}, got the end of the file. The file is truncated: "
            "copy or record it again."
        )
    return content
