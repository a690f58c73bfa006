"""Scores of entries by vectors, words and pieces."""

import numpy as np

from sklearn_slm.retrieval import (
    blend_rows,
    build_approximate,
    compute_fields,
    fields,
)
from sklearn_slm.retrieval.index import split_vectors
from tests.retrieval.samples import (
    ASKED,
    BLEND,
    QUESTIONS,
    TEXTS,
    VECTORS,
    find_largest,
    make_index,
    visit_all,
)


def test_an_entry_is_as_good_as_its_best_text():
    index = make_index()
    assert len(index) == 3 and index.answers == [TEXTS[0], TEXTS[3], TEXTS[4]]
    network, words, pieces = compute_fields(index, QUESTIONS, ASKED)
    np.testing.assert_allclose(network, find_largest(ASKED @ VECTORS.T), rtol=1e-6)
    assert np.array_equal(words, find_largest(index.words.score(QUESTIONS)))
    assert np.array_equal(pieces, find_largest(index.pieces.score(QUESTIONS)))
    assert words.argmax(axis=1)[:3].tolist() == [0, 1, 2]
    expected = 0.5 * network + words + 0.25 * pieces
    rows = [ASKED[0] @ VECTORS.T, None, index.pieces.score(QUESTIONS[:1])[0]]
    blended = blend_rows(index, rows, BLEND)
    expected_of_one = 0.5 * network[0] + 0.25 * pieces[0]
    np.testing.assert_allclose(blended, expected_of_one, rtol=1e-5)
    np.testing.assert_allclose(visit_all(index), expected, rtol=1e-6)


def test_pieces_of_many_questions_change_nothing(monkeypatch):
    expected = visit_all(make_index())
    monkeypatch.setattr(fields, "_BLOCK_SCORES", 12)
    for n_threads in (1, 2):
        found = visit_all(make_index(), n_threads=n_threads)
        np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_frequent_pieces_are_left_out_of_large_indexes(monkeypatch):
    index = make_index()
    monkeypatch.setattr(fields, "_FREQUENT", 2)
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


def test_an_approximate_search_gives_the_best_their_scores(monkeypatch):
    index = make_index()
    exact = compute_fields(index, QUESTIONS, ASKED)[0]
    approximate = build_approximate(VECTORS)
    found = compute_fields(index, QUESTIONS, ASKED, approximate=approximate)[0]
    np.testing.assert_allclose(found, exact, rtol=1e-5)
    # Of others it is only known that they are no better than the worst that was found.
    monkeypatch.setattr(fields, "_N_APPROXIMATE", 2)
    found = compute_fields(index, QUESTIONS, ASKED, approximate=approximate)[0]
    np.testing.assert_allclose(found.max(axis=1), exact.max(axis=1), rtol=1e-5)
    second = np.sort(ASKED @ VECTORS.T, axis=1)[:, -2]
    np.testing.assert_allclose(found.min(axis=1), np.minimum(second, exact.max(axis=1)))


def test_one_question_is_cut_into_parts(monkeypatch):
    entries = make_index()
    monkeypatch.setattr(fields, "_WORTH_THREADS", 1)
    cuts = [slice(0, 1), slice(1, 4), slice(4, 6)]
    monkeypatch.setattr(fields, "split_vectors", lambda n: cuts)
    together = visit_all(entries)
    for i, question in enumerate(QUESTIONS):
        one, two = (
            visit_all(entries, BLEND, [question], ASKED[i : i + 1], n_threads=n)
            for n in (1, 2)
        )
        np.testing.assert_array_equal(one, two)
        np.testing.assert_allclose(one[0], together[i], rtol=1e-5)
    assert len(TEXTS) == cuts[-1].stop


def test_parts_are_whole_steps():
    parts = list(split_vectors(40_000))
    assert [p.start for p in parts] == [0, 16_384, 32_768] and parts[-1].stop == 40_000
    assert list(split_vectors(16_500)) == [slice(0, 16_500)]
