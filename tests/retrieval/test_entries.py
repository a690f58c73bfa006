"""Entries of several texts."""

import numpy as np
import pytest

from sklearn_slm.compression.quantize import round_to_int8
from sklearn_slm.retrieval import (
    EntryIndex,
    add_entries,
    blend_fields,
    build_approximate,
    build_entries,
    compute_fields,
    entries,
    remove_entries,
    visit_scores,
)
from tests.retrieval.samples import (
    ASKED,
    OWNERS,
    QUESTIONS,
    TEXTS,
    VECTORS,
    assert_same_index,
    make_index,
)

BLEND = np.array([0.5, 1.0, 0.25], np.float32)


def find_largest(scores):
    return np.stack([scores[:, OWNERS == i].max(axis=1) for i in range(3)], axis=1)


def visit_all(index, blend=BLEND, **others):
    scores = np.full((len(QUESTIONS), len(index)), np.nan, np.float32)

    def visit(part, of_part):
        scores[part] = of_part

    visit_scores(index, blend, QUESTIONS, ASKED, visit, **others)
    return scores


def test_an_entry_is_as_good_as_its_best_text():
    index = make_index()
    assert len(index) == 3 and index.answers == [TEXTS[0], TEXTS[3], TEXTS[4]]
    network, words, pieces = compute_fields(index, QUESTIONS, ASKED)
    np.testing.assert_allclose(network, find_largest(ASKED @ VECTORS.T), rtol=1e-6)
    assert np.array_equal(words, find_largest(index.words.score(QUESTIONS)))
    assert np.array_equal(pieces, find_largest(index.pieces.score(QUESTIONS)))
    assert words.argmax(axis=1)[:3].tolist() == [0, 1, 2]
    expected = 0.5 * network + words + 0.25 * pieces
    blended = blend_fields([network, words, pieces], BLEND)
    np.testing.assert_allclose(blended, expected, rtol=1e-6)
    np.testing.assert_allclose(visit_all(index), expected, rtol=1e-6)


def test_pieces_of_many_questions_change_nothing(monkeypatch):
    expected = visit_all(make_index())
    monkeypatch.setattr(entries, "_BLOCK_SCORES", 12)
    for n_threads in (1, 2):
        found = visit_all(make_index(), n_threads=n_threads)
        np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_frequent_pieces_are_left_out_of_large_indexes(monkeypatch):
    index = make_index()
    monkeypatch.setattr(entries, "_FREQUENT", 2)
    few = compute_fields(index, QUESTIONS, ASKED)[2]
    expected = index.pieces.score(QUESTIONS, most_documents=2)
    assert np.array_equal(few, find_largest(expected))
    assert (few != find_largest(index.pieces.score(QUESTIONS))).any()


def test_fields_that_are_not_asked_for():
    fields = compute_fields(make_index(), QUESTIONS, ASKED, [False, True, False])
    assert fields[0] is None and fields[2] is None
    bare = make_index(lexical=False)
    assert compute_fields(bare, QUESTIONS, ASKED)[1:] == [None, None]
    network = find_largest(ASKED @ VECTORS.T)
    np.testing.assert_allclose(visit_all(bare), 0.5 * network, rtol=1e-6)
    # No weight at all: nothing is better than anything.
    assert (visit_all(bare, np.zeros(3)) == 0).all()
    assert np.isfinite(visit_all(bare, np.float32([0, 1, 1]))).all()


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


def test_an_approximate_search_gives_the_best_their_scores(monkeypatch):
    index = make_index()
    exact = compute_fields(index, QUESTIONS, ASKED)[0]
    approximate = build_approximate(VECTORS)
    found = compute_fields(index, QUESTIONS, ASKED, approximate=approximate)[0]
    np.testing.assert_allclose(found, exact, rtol=1e-5)
    # Of others it is only known that they are no better than the worst that was found.
    monkeypatch.setattr(entries, "_N_APPROXIMATE", 2)
    found = compute_fields(index, QUESTIONS, ASKED, approximate=approximate)[0]
    np.testing.assert_allclose(found.max(axis=1), exact.max(axis=1), rtol=1e-5)
    second = np.sort(ASKED @ VECTORS.T, axis=1)[:, -2]
    np.testing.assert_allclose(found.min(axis=1), np.minimum(second, exact.max(axis=1)))
