"""Two languages in one space: rotations that are known, dictionaries that are poor."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import ortho_group
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from sklearn_slm import (
    GloveTfidfVectorizer,
    WordVectors,
    align_vectors,
    join_vectors,
)
from sklearn_slm.embeddings.alignment import find_mutual_pairs, fit_rotation

N, SIZE = 60, 10
WORDS = [f"word{i}" for i in range(N)]
PALABRAS = [f"palabra{i}" for i in range(N)]


def make_pair(noise=0.0, scale=1.0, shift=0.0):
    """Return vectors of two languages whose words of one number mean the same."""
    draw = np.random.default_rng(0)
    table = draw.normal(size=(N, SIZE)) * np.linspace(1.0, 2.0, SIZE)
    rotation = ortho_group.rvs(SIZE, random_state=1)
    other = scale * (table + noise * draw.normal(size=table.shape)) @ rotation + shift
    return WordVectors(PALABRAS, other), WordVectors(WORDS, table)


def count_right(aligned, target):
    joined = join_vectors(target, aligned)
    nearest = []
    for i, word in enumerate(PALABRAS):
        others = joined.most_similar(word, n=len(joined) - 1)
        nearest.append(next(w for w, _ in others if w in target) == WORDS[i])
    return sum(nearest)


@pytest.mark.parametrize(("scale", "shift"), [(1.0, 0.0), (3.0, 0.0), (0.5, 2.0)])
def test_a_known_rotation_is_undone(scale, shift):
    source, target = make_pair(scale=scale, shift=shift)
    pairs = dict(zip(PALABRAS[:20], WORDS[:20]))
    aligned = align_vectors(source, target, pairs)
    assert aligned.tokens == source.tokens
    assert_allclose(aligned.table, target.table, atol=2e-5)
    assert count_right(aligned, target) == N


def test_the_map_by_hand():
    # A quarter turn, then a mirror: of rows that are no unit vectors.
    rows = np.array([[2.0, 1.0], [0.0, 3.0], [-1.0, 1.0]])
    for matrix in ([[0, 1], [-1, 0]], [[0, 1], [1, 0]]):
        assert_allclose(fit_rotation(rows, rows @ matrix), matrix, atol=1e-12)
    # One pair at an angle of 60 degrees between two at 0: the mean angle is tan = s / c.
    angles = np.deg2rad([0.0, 0.0, 60.0])
    turned = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    found = fit_rotation(np.tile([1.0, 0.0], (3, 1)), turned)[0]
    sums = turned.sum(axis=0)
    assert_allclose(found, sums / np.linalg.norm(sums), atol=1e-12)


def test_distances_within_a_language_stay():
    source, target = make_pair(noise=0.5)
    aligned = align_vectors(source, target, dict(zip(PALABRAS, WORDS)))

    def measure(vectors):
        table = vectors.table[:, None] - vectors.table[None]
        return np.linalg.norm(table, axis=2)

    ratio = measure(aligned)[~np.eye(N, dtype=bool)]
    ratio /= measure(source)[~np.eye(N, dtype=bool)]
    assert_allclose(ratio, ratio[0], rtol=1e-4)
    assert_allclose(aligned.table.mean(axis=0), target.table.mean(axis=0), atol=1e-5)
    spread = [np.std(v.table - v.table.mean(axis=0)) for v in (aligned, target)]
    assert spread[0] == pytest.approx(spread[1], rel=1e-4)


def test_refinement_finds_what_a_small_dictionary_does_not_tell():
    source, target = make_pair(noise=0.1)
    few = list(zip(PALABRAS[:7], WORDS[:7]))
    with pytest.warns(UserWarning, match="has 7 words .* fewer than the 10 components"):
        rough = align_vectors(source, target, few)
    with pytest.warns(UserWarning, match="arbitrary in some directions"):
        fine = align_vectors(source, target, few, n_refinements=9, n_neighbors=5)
    assert count_right(rough, target) == 36
    assert count_right(fine, target) == N


def test_words_that_are_each_others_neighbours_by_hand():
    source = np.array([[1.0, 0.0], [0.8, 0.6], [0.0, 0.0]], np.float32)
    target = np.array([[0.6, 0.8], [1.0, 0.0], [0.0, -1.0]], np.float32)
    # cosines: [[.6, 1, 0], [.96, .8, -.6]]; each less its row's and column's best half.
    pairs = find_mutual_pairs(source, target, n_neighbors=1)
    assert_array_equal(pairs, [[0, 1], [1, 0]])
    # At angles of 0 and 40 degrees, and of 30 and 52: the word at 30 is near to both, so
    # that the one at 40 is nearer to 52, by 0.18 to 0.06, though not by its cosine.
    source, target = (
        np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
        for angles in np.deg2rad([[0.0, 40.0], [30.0, 52.0]])
    )
    assert (source @ target.T).argmax(axis=1).tolist() == [0, 0]
    assert_array_equal(find_mutual_pairs(source, target), [[0, 0], [1, 1]])


def test_blocks_change_nothing(monkeypatch):
    draw = np.random.default_rng(2)
    rows, others = draw.normal(size=(2, 40, 5)).astype(np.float32)
    whole = find_mutual_pairs(rows, others, n_neighbors=4)
    monkeypatch.setattr("sklearn_slm.embeddings.alignment._BLOCK", 7)
    assert_array_equal(find_mutual_pairs(rows, others, n_neighbors=4), whole)
    assert len(whole) > 5


def test_what_is_no_dictionary():
    source, target = make_pair()
    with pytest.raises(ValueError, match="No pair of the dictionary has a vector"):
        align_vectors(source, target, {"word1": "palabra1"})
    with pytest.raises(ValueError, match="No pair of the dictionary"):
        align_vectors(source, target, [])
    for wrong in ("palabra1", [("palabra1",)], [("palabra1", 1)], [["a", "b", "c"]]):
        with pytest.raises(TypeError, match="be pairs of words such as"):
            align_vectors(source, target, wrong)
    short = WordVectors(["word1"], [[1.0, 0.0]])
    with pytest.raises(ValueError, match=r"of 10 components, .* of 2; .*map_vectors"):
        align_vectors(source, short, {"palabra1": "word1"})
    with pytest.raises(ValueError, match="of 10 and of 2 components"):
        join_vectors(source, short)


def test_a_vector_without_direction_tells_nothing():
    table = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 0.0]])
    source, target = WordVectors([*"abc"], table), WordVectors([*"ABC"], table)
    with pytest.raises(ValueError, match="No pair"):
        align_vectors(source, target, {"c": "C"})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        aligned = align_vectors(source, target, {"a": "A", "c": "C"})
    assert_allclose(aligned.table[:, 0], [1.0, -1.0, 0.0], atol=1e-6)


def test_joined_vectors_keep_the_first_of_a_shared_word():
    first, second = (
        WordVectors(["no", "a"], [[1, 2], [3, 4]]),
        WordVectors(["b", "no"], [[5, 6], [7, 8]]),
    )
    joined = join_vectors(first, second)
    assert joined.tokens == ("no", "a", "b")
    assert_array_equal(joined.table, [[1, 2], [3, 4], [5, 6]])


def test_a_classifier_of_english_answers_spanish():
    # Words of the same meaning stand at the same place but for a turn.
    meanings = {
        "film": 0,
        "book": 0,
        "good": 1,
        "great": 1,
        "bad": 2,
        "awful": 2,
        "the": 3,
    }
    spanish = dict(zip(meanings, "peli libro bueno genial malo fatal el".split()))
    draw = np.random.default_rng(0)
    places = np.eye(4)[list(meanings.values())] + 0.1 * draw.normal(size=(7, 4))
    english = WordVectors(meanings, places)
    turned = places @ ortho_group.rvs(4, random_state=2)
    theirs = WordVectors(spanish.values(), turned)
    pairs = [(spanish[word], word) for word in ("film", "good", "bad", "the")]
    both = join_vectors(english, align_vectors(theirs, english, pairs))
    vectorizer = GloveTfidfVectorizer(4, vectors=both, output="document")
    texts = ["the film good", "the film bad", "the book good", "the book bad"]
    model = make_pipeline(vectorizer, LogisticRegression(C=100.0))
    model.fit(texts, ["pos", "neg"] * 2)
    asked = ["el libro genial", "el libro fatal", "la peli bueno", "peli malo"]
    assert model.predict(asked).tolist() == ["pos", "neg", "pos", "neg"]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"dictionary": None}, TypeError, "must map words to words"),
        ({"dictionary": "ab"}, TypeError, "must map words to words"),
        ({"source": {"a": [1.0]}}, TypeError, "source must be WordVectors.* Got dict"),
        ({"n_refinements": -1}, ValueError, "n_refinements must be a whole number"),
        ({"n_refinements": 1.5}, ValueError, "n_refinements must be a whole number"),
    ],
    ids=str,
)
def test_arguments_of_other_kinds(change, error, message):
    vectors = WordVectors(["a", "b"], np.eye(2, dtype=np.float32))
    given = {"source": vectors, "target": vectors, "dictionary": {"a": "b"}} | change
    with pytest.raises(error, match=message):
        align_vectors(**given)


def test_an_array_of_pairs_is_a_dictionary():
    vectors = WordVectors(["a", "b"], np.eye(2, dtype=np.float32))
    pairs = [("a", "b"), ("b", "a")]
    expected = align_vectors(vectors, vectors, pairs)
    found = align_vectors(vectors, vectors, np.array(pairs, object))
    np.testing.assert_array_equal(found.table, expected.table)
