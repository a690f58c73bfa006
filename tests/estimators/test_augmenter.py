"""Augmenter: seeded variants, their labels and their weights."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from sklearn_slm import Augmenter, WordVectors

TEXTS = ["a long and dull film about the sea", "one fine, short play", "so it goes"]
VECTORS = WordVectors(
    ["good", "great", "fine", "sea"],
    [[1.0, 0.0], [0.95, 0.1], [0.8, 0.6], [0.0, 1.0]],
)
NOTHING = {"swap": 0.0, "drop": 0.0}


class Dictionary:
    """Translates word by word, and counts its calls."""

    def __init__(self, words):
        self.words = words
        self.calls = 0

    def predict(self, X):
        self.calls += 1
        return [" ".join(self.words.get(w, w) for w in text.split()) for text in X]


def test_same_seed_same_variants():
    augmenter = Augmenter(3, swap=0.3, drop=0.3, misspell=0.3, random_state=0)
    first = augmenter.augment(TEXTS)
    assert augmenter.augment(TEXTS).X == first.X
    assert clone(augmenter).augment(TEXTS).X == first.X
    assert clone(augmenter).set_params(random_state=1).augment(TEXTS).X != first.X
    # A generator goes on.
    moving = Augmenter(drop=0.5, random_state=np.random.RandomState(0))
    assert moving.augment(TEXTS).X != moving.augment(TEXTS).X


def test_texts_come_first_and_no_variant_twice():
    found = Augmenter(6, drop=0.3, swap=0.0, random_state=0).augment(TEXTS)
    assert found.X[:3] == TEXTS
    assert len(set(found.X)) == len(found.X) > 10
    for copy, origin in zip(*Augmenter(6, drop=0.3, swap=0.0).make_copies(TEXTS)):
        left = iter(TEXTS[origin].replace(",", "").split())
        assert all(word in left for word in copy.replace(",", "").split())


def test_labels_and_weights_stay_with_their_texts():
    augmenter = Augmenter(4, swap=0.5, random_state=0)
    weight = [1.0, 2.0, 4.0]
    X, y, shared = augmenter.augment(TEXTS, ["a", "b", "c"], weight)
    assert y[:3] == ["a", "b", "c"] and len(X) == len(y) == len(shared)
    totals = dict.fromkeys("abc", 0.0)
    for label, part in zip(y, shared):
        totals[label] += part
    assert totals == pytest.approx({"a": 1.0, "b": 2.0, "c": 4.0})
    # What has no variant keeps its weight.
    X, y, shared = augmenter.augment(["word", "two words"], [0, 1])
    assert X == ["word", "two words", "words two"] and y == [0, 1, 1]
    assert shared.tolist() == [1.0, 0.5, 0.5]
    assert augmenter.augment(TEXTS).y is None


def test_labels_keep_their_type():
    augmenter = Augmenter(drop=0.5, random_state=0)
    table = pd.DataFrame({"x": [1, 0, 0], "y": [0, 1, 0]})
    origins = [0, 1, 2, *augmenter.make_copies(TEXTS).origins]
    found = augmenter.augment(TEXTS, table).y
    assert list(found.columns) == ["x", "y"]
    np.testing.assert_array_equal(found, table.to_numpy()[origins])
    series = augmenter.augment(TEXTS, pd.Series(["a", "b", "c"])).y
    assert series.tolist() == ["abc"[i] for i in origins]
    assert augmenter.augment(TEXTS, np.arange(3)).y.tolist() == origins
    none = augmenter.augment([], [])
    assert none.X == [] and none.y == [] and len(none.sample_weight) == 0


def test_synonyms_have_a_similar_vector():
    augmenter = Augmenter(
        8, synonyms=1.0, vectors=VECTORS, min_similarity=0.9, random_state=0, **NOTHING
    )
    # The cosines of good: great 0.99, fine 0.80, sea 0.
    assert augmenter.make_copies(["Good sea"]).texts == ["Great sea"]
    augmenter.set_params(min_similarity=0.7)
    assert set(augmenter.make_copies(["Good sea"]).texts) == {"Great sea", "Fine sea"}
    augmenter.set_params(min_similarity=1.0)
    assert augmenter.make_copies(["Good sea"]).texts == []


def test_mixtures_stay_within_a_class():
    X = ["a a a a", "b b b b", "A A A A", "B B B B", "c c c c"]
    augmenter = Augmenter(5, mix=1.0, random_state=0, **NOTHING)
    for y in (
        ["a", "b", "a", "b", "c"],
        np.array([[1, 0], [0, 1], [1, 0], [0, 1], [1, 1]]),
        np.array([0, "b", 0, "b", None], object),
    ):
        copies, origins = augmenter.make_copies(X, y)
        assert 4 < len(copies) and 4 not in origins
        for copy, origin in zip(copies, origins):
            assert copy[0] == X[origin][0]
            assert set(copy) == {" ", X[origin][0], X[origin][0].swapcase()}


def test_back_translation():
    there = Dictionary({"film": "cine", "dull": "soso"})
    back = Dictionary({"cine": "movie", "soso": "bland"})
    augmenter = Augmenter(2, translators=(there, back), random_state=0, **NOTHING)
    found = augmenter.make_copies(TEXTS)
    # The others come back as they were.
    assert found.texts == ["a long and bland movie about the sea"]
    assert found.origins.tolist() == [0]
    assert (there.calls, back.calls) == (1, 1)
    # A clone has the same fitted translators.
    assert clone(augmenter).translators[0] is there
    with pytest.raises(ValueError, match="back-translations must have the same number"):
        short = Dictionary({})
        short.predict = lambda X: ["one"]
        augmenter.set_params(translators=(there, short)).make_copies(TEXTS)


def test_preview():
    preview = Augmenter(1, drop=0.9, swap=0.0, random_state=0).show(["ab cd", "word"])
    (first, copies), (second, none) = preview.pairs
    assert (first, second, none) == ("ab cd", "word", ())
    assert copies[0] in ("ab", "cd")
    assert str(preview) == repr(preview)
    assert str(preview).splitlines() == [
        "ab cd",
        f"    {copies[0]}",
        "word",
        "    (no variant)",
    ]


@pytest.mark.parametrize(
    ("parameters", "y", "message"),
    [
        ({"swap": 0.0, "drop": 0.0}, None, "nothing to do: all of mix, .* are 0"),
        ({"synonyms": 0.1}, None, "synonyms=0.1 needs word vectors"),
        ({"mix": 0.1}, None, "mix=0.1 joins texts of one class, but y is None"),
        ({"translators": (1, 2)}, None, r"method predict.* Got \['int', 'int'\]"),
        ({"translators": [Dictionary({})]}, None, "must be two fitted objects"),
        ({"drop": 1.5}, None, "'drop' parameter of Augmenter must be a float"),
        ({"n_copies": 0}, None, "'n_copies' parameter"),
        ({"vectors": {"a": 1}}, None, "'vectors' parameter"),
        ({}, ["a"], "same number of rows, but have 3 and 1"),
    ],
)
def test_what_cannot_work_is_refused(parameters, y, message):
    with pytest.raises(ValueError, match=message):
        Augmenter(**parameters).augment(TEXTS, y)


def test_texts_and_weights_are_checked():
    with pytest.raises(ValueError, match="Put the text into a list"):
        Augmenter().augment("one text")
    with pytest.raises(TypeError, match=r"X\[1\] must be a str"):
        Augmenter().show(["a", 1])
    with pytest.raises(ValueError, match=r"must have shape \(3,\)"):
        Augmenter().augment(TEXTS, sample_weight=[1.0])
