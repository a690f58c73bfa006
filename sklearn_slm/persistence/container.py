"""The file itself: named arrays and one JSON text, with a checksum over both.

A safetensors file whose metadata are one entry, ``sklearn_slm``: JSON with ``version``
and ``sha256`` (several entries would come in random order, and equal models would not
give equal files). The JSON text is the array ``state``. Nothing in it is code, and
every size that it tells is compared with the file before memory is asked for.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
from safetensors.numpy import save as pack_arrays

from ..embeddings.replacing import name_kind, replace_file
from .fields import RefusedError, expect
from .state import encode_state, parse_json, parse_state

__all__ = ["FORMAT", "VERSION", "Arrays", "read_file", "write_file"]

FORMAT, VERSION = "sklearn_slm", 3
Arrays = dict[str, np.ndarray]
# The header names the arrays, a hundred at most. What is longer was not written by us,
# and would be parsed into many times its size.
_MOST_HEADER_BYTES = 1_000_000
# The types of arrays, as safetensors names them.
_TYPES = {
    "BOOL": "?",
    **{f"{kind}{8 * n}": f"<{kind.lower()}{n}" for kind in "UI" for n in (1, 2, 4, 8)},
    **{f"F{8 * n}": f"<f{n}" for n in (2, 4, 8)},
}
# What other files with this name begin with.
_OTHERS = {
    b"\x80": "a pickle; joblib.load or pickle.load reads it, and runs the code in it",
    b"PK": "a zip archive; skops.io.load reads those that skops wrote",
    b"\x1f\x8b": "compressed by gzip; unpack it first",
    b"\x08": "perhaps an ONNX model; onnxruntime.InferenceSession runs it",
}


def write_file(
    path: str | os.PathLike[str], state: Mapping[str, Any], arrays: Arrays
) -> None:
    """Write a file that takes its name only when it is whole.

    Parameters
    ----------
    path : str or path-like
        The file; one that is there stays as it was if anything fails before the end.
    state : mapping
        What JSON can hold.
    arrays : dict of str to ndarray
        By name; ``"state"`` is taken.

    Raises
    ------
    ValueError
        If the state is so large or so deep that :func:`read_file` would refuse it.
    """
    text = encode_state(state)
    arrays = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    arrays["state"] = np.frombuffer(text, np.uint8)
    parse_state(text, sum(array.nbytes for array in arrays.values()))
    mark = json.dumps({"version": VERSION, "sha256": compute_digest(arrays)})
    content = pack_arrays(arrays, {FORMAT: mark})
    with replace_file(path) as stream:
        stream.write(content)


def read_file(path: Path, *, mmap: bool = False) -> tuple[dict, Arrays]:
    """Return the state and the arrays of a file, of whatever format, as in format 3.

    Parameters
    ----------
    path : Path
        The file.
    mmap : bool, default=False
        Whether the arrays stay in the file, read-only, and are shared by all processes
        that read it so.

    Raises
    ------
    RefusedError
        If it is something else, was written by a later version, or is damaged.
    Exception
        Any error, where the file cannot be parsed.
    """
    n_bytes = _look_at_header(path)
    with safetensors.safe_open(path, "numpy") as file:
        metadata = file.metadata() or {}
        first_format = metadata.get("format") == FORMAT
        if FORMAT not in metadata and not first_format:
            raise RefusedError(
                "this is a safetensors file of another kind, without the mark of "
                "sklearn_slm. Expected a file that save_model wrote."
            )
        mark = metadata if first_format else parse_json(metadata[FORMAT])
        version = int(mark["version"])
        expect(version > 0, f"there is no format {version}.")
        if version > VERSION:
            raise RefusedError(
                f"the file has format {version}; this version of sklearn_slm reads up "
                f"to {VERSION}. Upgrade: pip install -U sklearn_slm"
            )
        if mmap:
            arrays = _map_arrays(path)
        else:
            arrays = {name: file.get_tensor(name) for name in file.keys()}
    if first_format:
        # The state was part of the metadata, and of the checksum before the arrays.
        text = metadata["state"].encode()
        digest = compute_digest(arrays, text)
    else:
        digest = compute_digest(arrays)
        text = arrays.pop("state").tobytes()
    if mark["sha256"] != digest:
        raise RefusedError(
            "the file is damaged: its content does not have the checksum it was written "
            "with. Copy it again, or save the model again."
        )
    state = parse_state(text, n_bytes)
    if version < VERSION:
        from .upgrades import UPGRADES  # few files need them

        for upgrade in UPGRADES[version - 1 :]:
            state, arrays = upgrade(state, arrays)
    return state, arrays


def _map_arrays(path: Path) -> Arrays:
    """Return the arrays of a file whose header safetensors has checked, in place."""
    content = np.asarray(np.memmap(path, np.uint8, mode="r"))
    start = 8 + int.from_bytes(content[:8].tobytes(), "little")
    entries = json.loads(content[8:start].tobytes())
    arrays = {}
    for name, entry in entries.items():
        if name != "__metadata__":
            first, stop = entry["data_offsets"]
            values = content[start + first : start + stop].view(_TYPES[entry["dtype"]])
            arrays[name] = values.reshape(entry["shape"])
    return arrays


def _look_at_header(path: Path) -> int:
    """Return the size of a file, unless its first bytes tell that it cannot be ours."""
    # Before it is opened: a pipe would be waited for, a device read without end.
    kind = name_kind(path.stat().st_mode)
    if kind is not None:
        raise RefusedError(f"this is {kind}; expected a file that save_model wrote.")
    with open(path, "rb") as file:
        start = file.read(8)
        n_bytes = file.seek(0, os.SEEK_END)
    n_header = int.from_bytes(start, "little")
    if len(start) == 8 and n_header <= min(n_bytes - 8, _MOST_HEADER_BYTES):
        return n_bytes
    for magic, kind in _OTHERS.items():
        if start.startswith(magic):
            raise RefusedError(
                f"this is {kind}. Expected a file that save_model wrote."
            )
    raise RefusedError(
        f"not a model of sklearn_slm, or damaged: a file of {n_bytes} bytes cannot begin "
        f"with {start!r}. Expected a file that save_model wrote."
    )


def compute_digest(arrays: Mapping[str, np.ndarray], text: bytes = b"") -> str:
    """Return the SHA-256 of a text, and of the names, types, shapes and bytes."""
    digest = hashlib.sha256(text)
    for name in sorted(arrays):
        array = np.asarray(arrays[name], order="C")
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(array.data)
    return digest.hexdigest()
