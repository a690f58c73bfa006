"""Features of recordings in files: computed once, read whenever they are needed again."""

from __future__ import annotations

import hashlib
import os
import struct
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy

from .augment import change_speed
from .features import compute_features
from .options import FeatureOptions

__all__ = ["FeatureCache", "compute_at_speed"]

_FOLDER = "slm-features"
# First bytes of a file; the number rises when the same options give other features.
_MAGIC = b"slmfeat1"
_DIGEST_BYTES = 16
# Rows and columns. It follows the digest, which is one of all that comes after it.
_HEADER = struct.Struct("<QQ")


def compute_at_speed(
    samples: np.ndarray, options: FeatureOptions, speed: float = 1.0
) -> np.ndarray:
    """Compute the features of a recording that is played faster or slower.

    Parameters
    ----------
    samples : ndarray of shape (n_samples,), dtype float32
        At the rate of `options`.
    options : FeatureOptions
        What to compute.
    speed : float, default=1.0
        As in :func:`~sklearn_slm.audio.change_speed`.

    Returns
    -------
    ndarray of shape (n_rows, n_inputs), dtype float32

    Examples
    --------
    >>> samples = np.zeros(16000, np.float32)
    >>> [len(compute_at_speed(samples, FeatureOptions(), s)) for s in (0.5, 1.0, 2.0)]
    [67, 33, 17]
    """
    if speed != 1.0:
        samples = change_speed(samples, options.rate, speed)
    return compute_features(samples, options)


@dataclass(frozen=True)
class FeatureCache:
    """Keeps features in a folder, one file for each recording, speed and options.

    A file is found by a digest of the samples, of the options and of the versions of
    NumPy and SciPy, so that another recording, or other options, never get its features.
    It takes its name when it is whole: threads and processes may share a folder. What is
    damaged is computed again. Nothing is ever deleted; the folder may be, at any time.

    Parameters
    ----------
    folder : Path
        Where the files are; :meth:`at` makes it.

    Examples
    --------
    >>> import tempfile
    >>> samples = np.random.default_rng(0).normal(size=16000).astype(np.float32)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     cache = FeatureCache.at(folder)
    ...     first, again = (cache.compute(samples, FeatureOptions()) for _ in range(2))
    >>> first.shape, bool((first == again).all())
    ((33, 120), True)
    """

    folder: Path

    @classmethod
    def at(cls, memory: Any) -> FeatureCache | None:
        """Return the cache in a folder, which is made if it is not there.

        Parameters
        ----------
        memory : str, path, joblib.Memory or None
            The folder, or a ``Memory`` that has one.

        Returns
        -------
        FeatureCache or None
            None without a folder.

        Raises
        ------
        ValueError
            If it can be no folder.
        """
        location = getattr(memory, "location", memory)
        if location is None:
            return None
        folder = Path(location) / _FOLDER
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ValueError(
                "memory must be a folder that can be written to, or None. Got "
                f"{os.fspath(location)!r}, where no folder can be made "
                f"({error.strerror}). Give another one."
            ) from error
        return cls(folder)

    def compute(
        self, samples: np.ndarray, options: FeatureOptions, speed: float = 1.0
    ) -> np.ndarray:
        """Return what :func:`compute_at_speed` does, from a file if there is one.

        Parameters
        ----------
        samples, options, speed
            As there.

        Returns
        -------
        ndarray of shape (n_rows, n_inputs), dtype float32
            The same bits, read-only where they come from a file.

        Raises
        ------
        OSError
            If a file cannot be written, such as on a full disk.
        """
        path = self._find(samples, options, speed)
        frames = _read(path, options.n_inputs)
        if frames is None:
            frames = compute_at_speed(samples, options, speed)
            _write(path, frames)
        return frames

    def _find(self, samples: np.ndarray, options: FeatureOptions, speed: float) -> Path:
        versions = f"{np.__version__} {scipy.__version__}"
        told = f"{versions} {options!r} {float(speed)!r}"
        digest = hashlib.blake2b(told.encode(), digest_size=20)
        digest.update(np.ascontiguousarray(samples, "<f4").data)
        name = digest.hexdigest()
        return self.folder / name[:2] / name[2:]


def _read(path: Path, n_inputs: int) -> np.ndarray | None:
    """Return the features of a file; None if there is none, or it is not whole."""
    try:
        content = memoryview(path.read_bytes())
    except FileNotFoundError:
        return None
    start = len(_MAGIC) + _DIGEST_BYTES
    body = content[start:]
    if content[:start] != _MAGIC + _digest(body) or len(body) < _HEADER.size:
        return None
    n_rows, n_columns = _HEADER.unpack_from(body)
    values = np.frombuffer(body, "<f4", offset=_HEADER.size)
    if n_columns != n_inputs or len(values) != n_rows * n_columns:
        return None
    return values.reshape(n_rows, n_columns).astype(np.float32, copy=False)


def _write(path: Path, frames: np.ndarray) -> None:
    """Write a file under another name, and give it its own when it is whole."""
    body = _HEADER.pack(*frames.shape) + frames.astype("<f4", copy=False).tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{os.urandom(10).hex()}.tmp")
    try:
        temporary.write_bytes(_MAGIC + _digest(body) + body)
        os.replace(temporary, path)
    except PermissionError:
        # Windows replaces no file that is being read; what is there is the same.
        if not path.exists():
            raise
    finally:
        with suppress(OSError):
            temporary.unlink()


def _digest(body: bytes | memoryview) -> bytes:
    return hashlib.blake2b(body, digest_size=_DIGEST_BYTES).digest()
