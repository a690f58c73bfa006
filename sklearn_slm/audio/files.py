"""Recordings, as files or as arrays, to one channel of float32 samples."""

from __future__ import annotations

import io
import numbers
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from ..sources import open_source
from .scaling import to_mono
from .wav import WAV_MAGIC, read_wav

__all__ = ["Sound", "as_sound", "read_audio"]

# First bytes of what soundfile reads.
_FOREIGN = {
    b"fLaC": "FLAC",
    b"OggS": "OGG",
    b"FORM": "AIFF",
    b".snd": "AU",
    b"ID3": "MP3",
    b"\xff\xfb": "MP3",
    b"\xff\xf3": "MP3",
    b"\xff\xf2": "MP3",
}
_FFMPEG = "Convert it: ffmpeg -i old new.wav"
_BLOCK = 1 << 18
# The last page of an OGG file is at most this long.
_OGG_PAGE = 27 + 255 + 255 * 255
# Floats beyond this are 16-bit integers that were cast, not a loud recording.
_LARGEST = 100.0


@dataclass(frozen=True, eq=False)
class Sound:
    """A recording of one channel.

    Parameters
    ----------
    samples : ndarray of shape (n_samples,), dtype float32
        From -1 to 1; only a source of floats may go beyond.
    rate : int
        Samples per second.
    """

    samples: np.ndarray
    rate: int

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.samples) / self.rate


def read_audio(path: str | os.PathLike[str] | IO[bytes]) -> Sound:
    """Read a sound file; the mean of its channels.

    WAV files need nothing but NumPy: integers of 8, 16, 24 and 32 bits, floats of 32 and
    64 bits, A-law and mu-law. FLAC, OGG (Vorbis, Opus), AIFF, AU and MP3 are read by
    soundfile (``pip install "sklearn_slm[audio]"``). Only one channel is ever held in
    memory.

    Parameters
    ----------
    path : str, path or binary file
        What it holds is told from its first bytes, not from its name.

    Returns
    -------
    Sound

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ImportError
        If soundfile is needed and not installed.
    ValueError
        If the file is no sound, is truncated (an MP3 file may not say how long it is,
        so of that format only what cannot be decoded is refused), holds no samples, NaN
        or infinite ones, or has a rate of 0.

    Examples
    --------
    >>> import io
    >>> from scipy.io import wavfile
    >>> file = io.BytesIO()
    >>> wavfile.write(file, 8000, np.array([[0, 0], [16384, 0]], dtype=np.int16))
    >>> sound = read_audio(file)
    >>> sound.samples.tolist(), sound.rate
    ([0.0, 0.25], 8000)
    """
    name = str(getattr(path, "name", "the open file") if _is_file(path) else path)
    with _open(path, name) as file:
        magic = file.read(12)
        file.seek(-len(magic), os.SEEK_CUR)
        if magic.startswith(WAV_MAGIC):
            samples, rate = read_wav(file, name)
        else:
            samples, rate = _read_foreign(file, _find_format(magic, name), name)
    return _check(samples, rate, name)


def as_sound(recording: Any, sample_rate: int | None = None) -> Sound:
    """Return a recording, given in any usual way, as one channel of float32 samples.

    Parameters
    ----------
    recording : str, path, binary file, (rate, samples), ndarray or Sound
        The pair is what `scipy.io.wavfile.read` returns. An array has the shape
        (n_samples,) or (n_samples, n_channels); floats from -1 to 1, or integers of the
        width they were recorded with (int8, int16, int32, unsigned for 8 bits).
    sample_rate : int or None, default=None
        Samples per second of an array; what comes with a rate of its own keeps that.

    Returns
    -------
    Sound

    Raises
    ------
    TypeError
        If it is nothing of that kind.
    ValueError
        As `read_audio` does; also if an array comes without a rate, if its rate is not
        positive, or if its floats are far beyond 1.

    Examples
    --------
    >>> as_sound((16000, np.array([-32768, 8192], dtype=np.int16))).samples.tolist()
    [-1.0, 0.25]
    >>> as_sound([0.5, -0.5], sample_rate=8000).seconds
    0.00025
    """
    if isinstance(recording, (str, os.PathLike)) or _is_file(recording):
        return read_audio(recording)
    if isinstance(recording, Sound):
        return _check(recording.samples, recording.rate, "Recording")
    rate: Any = sample_rate
    if isinstance(recording, tuple) and len(recording) == 2 and np.ndim(recording[1]):
        rate, recording = recording
    if rate is None:
        raise ValueError(
            "Recording: expected a rate with an array of samples, got none. Pass "
            "sample_rate=16000, or what it was recorded with, or pairs (rate, samples)."
        )
    try:
        values = np.asarray(recording)
    except ValueError:
        values = np.empty(0, object)
    if values.dtype.kind not in "iuf":
        raise TypeError(
            "Recording: expected a path, a pair (rate, samples) or an array of numbers, "
            f"got {type(recording).__name__}"
            f"{f' of {values.dtype}' if isinstance(recording, np.ndarray) else ''}."
        )
    samples = to_mono(values)
    peak = np.abs(samples).max(initial=0.0)
    if _LARGEST < peak < np.inf:
        raise ValueError(
            f"Recording: expected floats from -1 to 1, got {peak:,.0f}. Keep the integers "
            "of the file as they are, or divide 16-bit ones by 32768."
        )
    return _check(samples, rate, "Recording")


def _is_file(recording: Any) -> bool:
    return callable(getattr(recording, "read", None))


@contextmanager
def _open(path: Any, name: str) -> Iterator[IO[bytes]]:
    """Open what can seek; what a pipe sends is read as a whole."""
    source = path if _is_file(path) else Path(path)
    with open_source(source, name, packed=False) as file:
        yield file if file.seekable() else io.BytesIO(file.read())


def _find_format(magic: bytes, name: str) -> str:
    """Return what a file is, by its first bytes."""
    for start, kind in _FOREIGN.items():
        if magic.startswith(start):
            return kind
    if not magic:
        raise ValueError(f"{name}: expected a sound file, got an empty file.")
    if magic[4:8] == b"ftyp":
        what = "an MP4 or M4A file"
    elif magic.startswith(b"\x1aE\xdf\xa3"):
        what = "a Matroska or WebM file"
    else:
        raise ValueError(
            f"{name}: expected a sound file (WAV, FLAC, OGG, AIFF, AU or MP3), got one "
            f"that starts with {magic[:8]!r}. If it is a sound in another format, convert "
            "it: ffmpeg -i old new.wav"
        )
    raise ValueError(
        f"{name}: expected WAV, FLAC, OGG, AIFF, AU or MP3, got {what}. {_FFMPEG}"
    )


def _read_foreign(file: IO[bytes], kind: str, name: str) -> tuple[np.ndarray, int]:
    """Read by soundfile what is no WAV file."""
    try:
        import soundfile
    except (ImportError, OSError) as error:
        raise ImportError(
            f"{name}: reading {kind} needs soundfile, which is not installed. Install it "
            'with: pip install "sklearn_slm[audio]"'
        ) from error
    _check_whole(file, kind, name)
    try:
        with soundfile.SoundFile(file) as sound:
            expected, rate = sound.frames, sound.samplerate
            blocks = []
            while len(block := sound.read(_BLOCK, "float32", always_2d=True)):
                blocks.append(to_mono(block))
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise ValueError(
            f"{name}: expected a {kind} file, got one that cannot be decoded ({error}). "
            "It is damaged or truncated: copy or record it again."
        ) from error
    samples = np.concatenate(blocks) if blocks else np.empty(0, np.float32)
    # A stream of unknown length is said to be as long as can be.
    if len(samples) < expected < 2**62:
        missing = expected - len(samples)
        raise ValueError(
            f"{name}: expected {expected:,} samples, as its header says, got "
            f"{len(samples):,}: {missing / rate:.2f} seconds are missing at the end. Copy "
            "or record the file again."
        )
    return samples, rate


def _check_whole(file: IO[bytes], kind: str, name: str) -> None:
    """Refuse a file that ends too early where soundfile would not say so."""
    start = file.tell()
    size = file.seek(0, os.SEEK_END) - start
    whole, what = True, ""
    if kind == "OGG":
        file.seek(max(start, start + size - _OGG_PAGE))
        tail = file.read()
        page = tail[tail.rfind(b"OggS") :]
        n_segments = page[26] if len(page) > 26 else 0
        length = 27 + n_segments + sum(page[27 : 27 + n_segments])
        whole = len(page) >= length and bool(page[5] & 4)
        what = "a last page that is marked as the end"
    elif kind == "AIFF":
        file.seek(start + 4)
        declared = int.from_bytes(file.read(4), "big") + 8
        whole, what = size >= declared, f"{declared:,} bytes, as its header says"
    elif kind == "AU":
        file.seek(start + 4)
        offset, n_bytes = (int.from_bytes(file.read(4), "big") for _ in range(2))
        declared = offset + n_bytes
        whole = n_bytes == 0xFFFFFFFF or size >= declared
        what = f"{declared:,} bytes, as its header says"
    file.seek(start)
    if not whole:
        raise ValueError(
            f"{name}: expected {what}, got the end of the file after {size:,} bytes. The "
            "file is truncated: copy or record it again."
        )


def _check(samples: np.ndarray, rate: Any, name: str) -> Sound:
    """Return a sound if it can be one."""
    whole = isinstance(rate, numbers.Real) and not isinstance(rate, bool)
    if not whole or not rate > 0 or rate != rate // 1:
        raise ValueError(
            f"{name}: expected a rate that is a positive whole number of samples per "
            f"second, such as 16000, got {rate!r}."
        )
    if not len(samples):
        raise ValueError(
            f"{name}: expected samples, got a recording without any. Leave it out."
        )
    finite = np.isfinite(samples)
    if not finite.all():
        n = len(samples) - np.count_nonzero(finite)
        raise ValueError(
            f"{name}: expected finite samples, got {n:,} that are NaN or infinite, the "
            f"first at {int(np.argmin(finite)) / rate:.3f} seconds. Record it again, or "
            "replace them: numpy.nan_to_num(samples, posinf=0, neginf=0)"
        )
    return Sound(samples, int(rate))
