"""Where tokens lie when documents run side by side."""

import numpy as np
import pytest

from sklearn_slm.runtime.packing import Packing, split_batches

LENGTHS = np.array([4, 2, 2, 0])
TEXTS = ["abcd", "ef", "gh", ""]


def test_steps_follow_each_other():
    packing = Packing.of(LENGTHS)
    assert packing.active.tolist() == [3, 3, 1, 1]
    assert packing.starts.tolist() == [0, 3, 6, 7, 8]
    assert packing.first.tolist() == [0, 4, 6, 8]
    flat = "".join(TEXTS)
    packed = "".join(flat[i] for i in packing.flat)
    assert packed == "aegbfhcd"
    # Each document read from its end.
    assert "".join(packed[i] for i in packing.mirror) == "dfhcegba"
    assert packing.rows.tolist() == [0, 1, 2, 0, 1, 2, 0, 0]
    assert "".join(packed[i] for i in packing.previous) == "aegbc"


@pytest.mark.parametrize("length", [0, 1, 5])
def test_a_document_alone_is_packed_as_among_empty_ones(length):
    alone, among = Packing.of(np.array([length])), Packing.of(np.array([length, 0]))
    for name in ("starts", "flat", "mirror", "rows"):
        np.testing.assert_array_equal(getattr(alone, name), getattr(among, name))
    assert alone.active.tolist() == among.active.tolist() == [1] * length


def test_batches_keep_within_both_bounds():
    lengths = np.sort(np.random.RandomState(0).randint(0, 50, 300))[::-1]
    batches = list(split_batches(lengths, 16, 200))
    assert [batch.start for batch in batches[1:]] == [b.stop for b in batches[:-1]]
    assert (batches[0].start, batches[-1].stop) == (0, 300)
    for batch in batches:
        n = batch.stop - batch.start
        assert 1 <= n <= 16
        assert n * lengths[batch.start] <= 200
    assert list(split_batches(np.array([900, 1]), 16, 200)) == [
        slice(0, 1),
        slice(1, 2),
    ]
    assert list(split_batches(np.array([], int), 16, 200)) == []
