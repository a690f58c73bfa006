"""Entries of several texts."""

import pickle

import numpy as np
import pytest

from sklearn_slm.compression.quantize import round_to_int8
from sklearn_slm.retrieval import (
    EntryIndex,
    add_entries,
    build_entries,
    remove_entries,
)
from tests.retrieval.samples import (
    OWNERS,
    TEXTS,
    VECTORS,
    assert_same_index,
    make_index,
    visit_all,
)


def test_entries_are_added():
    index = make_index()
    texts = ["transfers are free", "an unheard word"]
    vectors = np.float32(np.eye(4)[:2])
    more = add_entries(index, texts, vectors)
    owners = np.concatenate([OWNERS, [3, 4]])
    built = build_entries(
        [*TEXTS, *texts],
        owners,
        np.concatenate([VECTORS, vectors]),
        index.statistics,
    )
    assert_same_index(more, built)
    assert len(index) == 3 and more.answers[3:] == texts
    assert np.array_equal(visit_all(more)[:, :3], visit_all(index))


@pytest.mark.parametrize("dtype", [np.float16, np.int8])
def test_entries_are_added_as_others_are_stored(dtype):
    stored, scale = VECTORS.astype(np.float16), None
    if dtype == np.int8:
        stored, scale = round_to_int8(VECTORS, axis=1)
        scale = scale[:, None]
    index = build_entries(TEXTS, OWNERS, stored, scale=scale)
    vectors = np.stack([VECTORS[0], np.zeros(4, np.float32)])
    more = add_entries(index, ["a", "b"], vectors)
    assert more.vectors.dtype == dtype
    assert np.array_equal(more.vectors[6], stored[0]) and not more.vectors[7].any()
    if scale is not None:
        assert more.scale[6] == scale[0] and len(more.scale) == 8


def test_entries_are_removed():
    index = make_index()
    left = remove_entries(index, np.array([1]))
    kept = [0, 1, 2, 4, 5]
    texts, owners = [TEXTS[i] for i in kept], np.array([0, 0, 0, 1, 1])
    assert_same_index(
        left, build_entries(texts, owners, VECTORS[kept], index.statistics)
    )
    assert left.answers == [TEXTS[0], TEXTS[4]] and len(index) == 3
    np.testing.assert_allclose(visit_all(left), visit_all(index)[:, [0, 2]], rtol=1e-6)
    # What was added last goes, and comes back.
    again = add_entries(left, [TEXTS[3]], VECTORS[3:4])
    assert again.answers == [TEXTS[0], TEXTS[4], TEXTS[3]]
    np.testing.assert_allclose(
        visit_all(again), visit_all(index)[:, [0, 2, 1]], rtol=1e-6
    )
    empty = remove_entries(index, np.arange(3))
    assert isinstance(empty, EntryIndex) and len(empty) == 0 and empty.answers == []


def test_the_best_text_of_each_entry():
    scores = np.random.RandomState(0).standard_normal((2, 6)).astype(np.float32)
    index = make_index()
    expected = np.maximum.reduceat(scores, [0, 3, 4], axis=1)
    found = index.take_largest(index.lift_largest(scores.copy()))
    assert np.array_equal(found, expected)
    # One question alone, too.
    found = index.take_largest(index.lift_largest(scores[1].copy()))
    assert np.array_equal(found, expected[1])
    alone = build_entries(TEXTS, np.arange(6), VECTORS)
    assert alone.take_largest(alone.lift_largest(scores)) is scores


def test_what_follows_is_not_pickled():
    index = make_index()
    before = pickle.dumps(index)
    assert visit_all(index).shape == (4, 3) and index.answers
    assert pickle.dumps(index) == before
    assert_same_index(pickle.loads(before), index)
