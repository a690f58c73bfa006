"""Pairs of texts: read, split, and made ids."""

import warnings

import numpy as np
import pytest

from sklearn_slm.estimators.pairs import (
    TextPairs,
    encode_pairs,
    read_pairs,
    split_pairs,
)
from sklearn_slm.estimators.sides import learn_sides
from tests.estimators.translation import SOURCES, TARGETS, make_translator


def test_lists_arrays_iterators_and_files_are_the_same(tmp_path):
    path = tmp_path / "sources.txt"
    path.write_text("\n".join(SOURCES) + "\n", "utf-8")
    expected = TextPairs(SOURCES, TARGETS)
    for X in (np.array(SOURCES), tuple(SOURCES), iter(SOURCES), path):
        assert read_pairs(X, TARGETS) == expected


@pytest.mark.parametrize(
    ("X", "y", "error", "message"),
    [
        (["a", "b"], ["c"], ValueError, "X and y must have the same .* 2 and 1"),
        (["a"], None, ValueError, "y must be texts, as many as X. Got None"),
        ([], [], ValueError, "X and y hold no pair of texts"),
        (["a"], "b", ValueError, r"string object received. .* y=\[text\]"),
        ("a", ["b"], ValueError, r"string object received. .* X=\[text\]"),
        (["a"], [1], TypeError, r"y\[0\] must be a str, but int"),
        (["a", None], ["b", "c"], ValueError, r"X\[1\] must be a str, but a missing"),
    ],
)
def test_what_is_no_pairs_is_refused(X, y, error, message):
    with pytest.raises(error, match=message):
        read_pairs(X, y)


def test_pairs_with_an_empty_side_are_left_out():
    pairs = TextPairs(["a b", " ", "b", "a", "\u200b"], ["x", "y", "", "x y", "x"])
    source, target = learn_sides(make_translator(min_count=1), pairs)
    with pytest.warns(UserWarning, match="3 of 5 pairs in X and y have an empty side"):
        encoded, rows = encode_pairs(source, target, pairs)
    assert rows.tolist() == [0, 3]
    assert encoded.sources.lengths.tolist() == [2, 1]
    assert encoded.targets.lengths.tolist() == [1, 2]
    with pytest.raises(ValueError, match="X_val and y_val hold no pair with a token"):
        encode_pairs(source, target, TextPairs(["a"], [""]), "X_val and y_val")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        encode_pairs(source, target, pairs.take(rows))


def test_texts_with_one_source_stay_together():
    pairs = TextPairs([f"s{i // 4}" for i in range(80)], [f"t{i}" for i in range(80)])
    model = make_translator(early_stopping=True, validation_fraction=0.1)
    train, tests = split_pairs(model, pairs, seed=3)
    assert len(tests.sources) == 8 and len(train.sources) == 72
    assert not set(train.sources) & set(tests.sources)
    both = sorted(zip(*train)) + sorted(zip(*tests))
    assert sorted(both) == sorted(zip(*pairs))
    assert split_pairs(model, pairs, seed=3) == (train, tests)
    assert split_pairs(model, pairs, seed=4) != (train, tests)


def test_few_pairs_are_all_trained_on():
    pairs = TextPairs([str(i) for i in range(1000)], ["t"] * 1000)
    few = TextPairs(*(side[:999] for side in pairs))
    model = make_translator(early_stopping="auto", validation_fraction=0.03)
    assert split_pairs(model, few, 0) == (few, None)
    assert len(split_pairs(model, pairs, 0)[1].sources) == 30
    assert split_pairs(make_translator(early_stopping=False), pairs, 0)[1] is None


def test_one_source_alone_cannot_be_split():
    model = make_translator(early_stopping=True)
    with pytest.raises(ValueError, match="there are 2 with 1 different sources"):
        split_pairs(model, TextPairs(["a", "a"], ["b", "c"]), 0)
    # So are a thousand identical pairs, which are enough to set some aside.
    same = TextPairs(["a"] * 1000, ["b"] * 1000)
    with pytest.raises(ValueError, match="Set early_stopping=False or give more"):
        split_pairs(make_translator(early_stopping="auto"), same, 0)
