"""A reservoir of texts: who is in it, and what is learned again."""

import numpy as np
import pytest

from sklearn_slm import GloveTfidfVectorizer
from sklearn_slm.estimators.rehearsal import (
    draw_rehearsal,
    read_raw_texts,
    remember_texts,
)
from tests.estimators.small import TEXTS, make_classifier

N = 200


def remember(before=None, start=0, n=20, size=10, seed=0, weight=None):
    texts = [f"text {i}" for i in range(start, start + n)]
    rows = np.eye(2, dtype=np.float32)[np.arange(n) % 2]
    weight = np.ones(n) if weight is None else weight
    return remember_texts(before, texts, rows, weight, size=size, seed=seed)


def test_every_text_is_kept_equally_often():
    counts = np.zeros(60)
    for seed in range(N):
        kept = None
        for start in (0, 20, 40):
            kept = remember(kept, start, seed=seed)
        assert len(kept) == 10 and kept.n_seen == 60
        numbers = [int(text.split()[1]) for text in kept.texts]
        assert len(set(numbers)) == 10
        assert kept.targets.argmax(axis=1).tolist() == [i % 2 for i in numbers]
        counts[numbers] += 1
    # Binomial of 200 and 1/6: of each third, 20 texts, mean 667 and deviation 24.
    assert np.abs(counts.reshape(3, 20).sum(axis=1) - N * 20 / 6).max() < 4 * 24


def test_several_epochs_over_a_piece_are_as_one():
    kept = remember(n=8)
    again = remember(kept, n=8)
    assert again.texts == kept.texts and again.n_seen == 8


def test_weightless_texts_and_smaller_sizes():
    kept = remember(n=6, weight=np.array([0, 1, 2, 0, 0, 3.0]))
    assert kept.texts == ("text 1", "text 2", "text 5")
    assert kept.weight.tolist() == [1, 2, 3] and kept.n_seen == 3
    fewer = remember(kept, n=0, size=2)
    assert len(fewer) == 2 and set(fewer.texts) < set(kept.texts)
    assert remember(kept, n=0, size=0) is None
    wide = kept.spread(np.array([0, 2]), 3)
    assert wide.targets.argmax(axis=1).tolist() == [2, 0, 2]
    assert repr(kept) == "<Rehearsal: 3 of 3 texts>"


def test_what_is_learned_again():
    vectorizer = GloveTfidfVectorizer(2, random_state=0).fit(["text 1 2 3 4 5"])
    kept = remember(n=5)
    again = draw_rehearsal(kept, vectorizer, 3, 0)
    assert len(again) == 3 and again.inputs["ids"].lengths.tolist() == [2, 2, 2]
    every = draw_rehearsal(kept, vectorizer, 99, 0)
    assert sorted(every.targets["classes"][:, 0].tolist()) == [0, 0, 1, 1, 1]
    assert draw_rehearsal(None, vectorizer, 3, 0) is None
    assert draw_rehearsal(kept, vectorizer, 0, 0) is None


def test_it_needs_raw_texts(sequences):
    with pytest.raises(ValueError, match="rehearsal=5 needs raw texts, but X is token"):
        read_raw_texts(make_classifier(), sequences, "rehearsal=5")
    assert read_raw_texts(make_classifier(), iter(TEXTS), "rehearsal=5") == TEXTS
