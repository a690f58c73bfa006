"""Files of every format with other parts, and the checksum that belongs to them."""

import copy
import json
from pathlib import Path

import numpy as np
import safetensors
from safetensors.numpy import load as unpack
from safetensors.numpy import save as pack

from sklearn_slm.persistence import container

DATA = Path(__file__).parent.parent / "data"
GOLDEN = sorted(DATA.glob("*.slm"))


def read_parts(path):
    """Return the format of a file, its state and its arrays, as they are there."""
    with safetensors.safe_open(path, "numpy") as file:
        metadata = file.metadata()
    arrays = {name: array.copy() for name, array in unpack(path.read_bytes()).items()}
    if "state" in metadata:
        return 1, json.loads(metadata["state"]), arrays
    version = json.loads(metadata["sklearn_slm"])["version"]
    return version, json.loads(arrays.pop("state").tobytes()), arrays


def forge(state, arrays, version=container.VERSION):
    """Return a file with these parts and the checksum that belongs to them."""
    text = state if isinstance(state, bytes) else json.dumps(state).encode()
    if version == 1:
        mark = {"format": "sklearn_slm", "version": "1", "state": text.decode()}
        return pack(arrays, mark | {"sha256": container.compute_digest(arrays, text)})
    arrays = arrays | {"state": np.frombuffer(text, np.uint8)}
    mark = {"version": version, "sha256": container.compute_digest(arrays)}
    return pack(arrays, {"sklearn_slm": json.dumps(mark)})


def change(tree, *way, to):
    """Return a JSON tree with another value in one place."""
    tree = copy.deepcopy(tree)
    node = tree
    for key in way[:-1]:
        node = node[key]
    node[way[-1]] = to
    return tree


def find_places(value, where=()):
    """Yield the place of every value of a JSON tree."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in pairs:
        yield (*where, key)
        if isinstance(inner, (dict, list)):
            yield from find_places(inner, (*where, key))
