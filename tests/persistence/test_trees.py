"""Nested values to JSON and arrays and back, bit by bit, and what they are known by."""

import json
from dataclasses import dataclass

import numpy as np
import pytest

from sklearn_slm.persistence.fields import RefusedError
from sklearn_slm.persistence.trees import digest_tree, flatten_tree, rebuild_tree
from sklearn_slm.text import Ragged


@dataclass
class Part:
    count: int
    rows: np.ndarray


def test_a_round_trip_keeps_every_bit():
    value = {
        "loss": [0.1 + 0.2, float("inf"), -1, True, None, "a"],
        "part": Part(3, np.array([1, -2], np.int32)),
        "best": [{"kernel": np.float32([[np.nan, 1e-40]])}, {}],
        "scalar": (np.array(7, np.uint32), np.float64(0.1)),
    }
    arrays = {}
    text = json.dumps(flatten_tree(value, "a", arrays), allow_nan=False)
    assert sorted(arrays) == ["a.best.0.kernel", "a.part.rows", "a.scalar.0"]
    found = rebuild_tree(json.loads(text), arrays)
    assert found["loss"] == value["loss"] and found["part"]["count"] == 3
    assert found["part"]["rows"].dtype == np.int32
    assert found["best"][0]["kernel"].tobytes() == np.float32([np.nan, 1e-40]).tobytes()
    assert found["best"][1] == {} and found["scalar"][1] == 0.1


def test_what_has_no_place_is_refused():
    with pytest.raises(TypeError, match="a.b is a set"):
        flatten_tree({"b": {1}}, "a", {})
    for tagged in ({"array": "a"}, {"float": "1"}, {"set": []}, {"dict": [1]}):
        with pytest.raises(RefusedError):
            rebuild_tree(tagged, {})


def test_a_digest_is_of_names_types_shapes_and_values():
    ids = np.arange(4, dtype=np.int32)
    texts = Ragged(ids, np.array([0, 2, 4]))
    known = digest_tree({"ids": texts})
    assert digest_tree({"ids": Ragged(ids.copy(), np.array([0, 2, 4]))}) == known
    assert digest_tree(ids[::2]) == digest_tree(ids[::2].copy())
    others = [
        {"id": texts},
        {"ids": Ragged(ids, np.array([0, 1, 4]))},
        {"ids": Ragged(ids.astype(np.int64), np.array([0, 2, 4]))},
        {"ids": ids.reshape(2, 2)},
        [texts],
    ]
    assert len({known, *map(digest_tree, others)}) == 6


def test_what_is_alike_in_two_processes_has_one_digest():
    assert digest_tree(object()) == digest_tree([object()][0])
    assert digest_tree(None) != digest_tree(0) != digest_tree(False)
