"""Ragged rows: what is selected, cut and padded."""

import numpy as np
import pytest

from sklearn_slm.text import Ragged

ROWS = [[5, 6], [], [7], [8, 9, 10, 11], []]


@pytest.fixture
def ragged():
    offsets = np.array([0, 2, 2, 3, 7, 7])
    return Ragged(np.arange(5, 12, dtype=np.int32), offsets)


def to_lists(ragged):
    return [ragged[i].tolist() for i in range(len(ragged))]


def test_rows_and_lengths(ragged):
    assert to_lists(ragged) == ROWS
    assert len(ragged) == 5
    assert ragged.lengths.tolist() == [2, 0, 1, 4, 0]


@pytest.mark.parametrize(
    "rows", [[3, 0, 0], [1, 4], [4, 3, 2, 1, 0], [], [0, 1, 2, 3, 4]]
)
def test_take_selects_repeats_and_reorders(ragged, rows):
    taken = ragged.take(np.array(rows, np.intp))
    assert to_lists(taken) == [ROWS[row] for row in rows]
    assert taken.offsets.dtype == np.int64 and taken.offsets[0] == 0
    assert taken.values.dtype == np.int32


@pytest.mark.parametrize(("first", "last"), [(0, 5), (1, 4), (2, 2), (3, 5)])
def test_slice_shares_the_values(ragged, first, last):
    part = ragged.slice(first, last)
    assert to_lists(part) == ROWS[first:last]
    assert part.offsets[0] == 0
    assert not len(part.values) or np.shares_memory(part.values, ragged.values)


def test_pad_fills_with_zeros_and_cuts(ragged):
    assert ragged.pad(3).tolist() == [
        [5, 6, 0],
        [0, 0, 0],
        [7, 0, 0],
        [8, 9, 10],
        [0, 0, 0],
    ]
    assert ragged.pad(6)[3].tolist() == [8, 9, 10, 11, 0, 0]
    assert ragged.pad(6).dtype == np.int32
    assert ragged.take(np.array([1, 4])).pad(1).tolist() == [[0], [0]]


def test_a_row_may_hold_vectors(ragged):
    frames = np.stack([ragged.values, -ragged.values], axis=1).astype(np.float32)
    recordings = Ragged(frames, ragged.offsets)
    padded = recordings.pad(2)
    assert padded.shape == (5, 2, 2) and padded.dtype == np.float32
    assert padded[2].tolist() == [[7, -7], [0, 0]]
    assert recordings.take(np.array([2]))[0].tolist() == [[7, -7]]


def test_what_is_too_long_becomes_a_stretch_of_it(ragged):
    met = set()
    for seed in range(20):
        cut = ragged.cut(2, np.random.default_rng(seed))
        rows = to_lists(cut)
        assert rows[:3] == ROWS[:3] and rows[4] == []
        met.add(tuple(rows[3]))
        assert cut.values.dtype == np.int32 and cut.offsets.dtype == np.int64
    assert met == {(8, 9), (9, 10), (10, 11)}


def test_rows_of_two_are_joined(ragged):
    assert to_lists(ragged.join(ragged.slice(2, 4))) == [*ROWS, *ROWS[2:4]]
