"""Sounds that the tests of audio make, and WAV files written byte by byte."""

import struct

import numpy as np

PCM, FLOAT, A_LAW, MU_LAW, EXTENSIBLE = 1, 3, 6, 7, 0xFFFE


def make_tone(n=1600, rate=16000, hz=440.0, level=0.5):
    seconds = np.arange(n) / rate
    return (level * np.sin(2 * np.pi * hz * seconds)).astype(np.float32)


def make_noise(n=16000, seed=0):
    return np.random.default_rng(seed).normal(0, 0.1, n).astype(np.float32)


def pack_wav(
    data,
    tag=PCM,
    n_channels=1,
    rate=16000,
    n_bytes=2,
    *,
    size=None,
    order="<",
    magic=None,
    extensible=False,
    before=b"",
    after=b"",
):
    """Return the bytes of a WAV file; `size` is what the header says."""
    align = n_bytes * n_channels
    shown = EXTENSIBLE if extensible else tag
    layout = struct.pack(
        f"{order}HHIIHH", shown, n_channels, rate, rate * align, align, 8 * n_bytes
    )
    if extensible:
        layout += struct.pack(f"{order}HHIH", 22, 8 * n_bytes, 0, tag)
        layout += bytes.fromhex("000000001000800000aa00389b71")
    size = len(data) if size is None else size
    chunks = before + struct.pack(f"{order}4sI", b"fmt ", len(layout)) + layout
    chunks += struct.pack(f"{order}4sI", b"data", size) + data + after
    magic = magic or (b"RIFX" if order == ">" else b"RIFF")
    riff_size = min(len(chunks) + 4, 0xFFFFFFFF)
    return struct.pack(f"{order}4sI4s", magic, riff_size, b"WAVE") + chunks
