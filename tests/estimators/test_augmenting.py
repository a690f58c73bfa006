"""Variants in a fit: of the training part alone, and nothing else changes."""

from dataclasses import replace

import numpy as np
import pytest

from sklearn_slm import Augmenter, load_model, save_model
from sklearn_slm.estimators.augmenting import augment_task, number_texts, read_texts
from sklearn_slm.estimators.inputs import (
    FitSeeds,
    Task,
    keep_weighted,
    make_examples,
    read_documents,
    split_task,
)
from sklearn_slm.estimators.targets import encode_targets
from tests.estimators.small import LABELS, TEXTS, assert_same_fit, make_classifier


class Marker(Augmenter):
    """Puts a known word before a text, and keeps what it was given."""

    seen: list

    def make_copies(self, X, y=None):
        self.seen.append((list(X), y, self.random_state))
        return (
            super()
            .make_copies(X, y)
            ._replace(texts=[f"that {text}" for text in X], origins=np.arange(len(X)))
        )


def make_marker(seen):
    return type("Seen", (Marker,), {"seen": seen})()


def prepare(seen, weight=None, **options):
    """Return a task with variants, as a fit makes it, and the one before."""
    model = make_classifier(**options)
    seeds = FitSeeds.draw(0)
    sequences, vectorizer = read_documents(model, TEXTS, 0, resumes=False)
    targets = encode_targets(LABELS)
    examples = make_examples(sequences, targets, weight, None)
    task = Task((TEXTS, LABELS), sequences, vectorizer, targets, examples, examples)
    task = number_texts(task)
    whole = keep_weighted(task.whole, task.targets)
    task = split_task(model, replace(task, whole=whole, train=whole), seeds.split)
    return augment_task(task, TEXTS, make_marker(seen), seed=7), task


def read(task, examples):
    """Return the texts of examples, by their ids."""
    tokens = task.sequences.vocabulary
    return [
        " ".join(tokens.decode(examples.inputs["ids"][i])) for i in range(len(examples))
    ]


def test_training_texts_alone_have_variants():
    seen = []
    # A weight of zero leaves texts out; the rows behind them keep their texts.
    weight = np.where(np.arange(len(TEXTS)) % 10 == 3, 0.0, 1.0)
    task, before = prepare(seen, weight, early_stopping=True, validation_fraction=0.25)
    own, n = read(before, before.train), len(before.train)
    assert read(task, task.train) == own + [f"that {text}" for text in own]
    ((given, targets, seed),) = seen
    assert given == own and seed == 7
    np.testing.assert_array_equal(targets, before.train.targets["classes"])
    np.testing.assert_array_equal(
        task.train.targets["classes"], np.tile(targets, (2, 1))
    )
    assert task.validation is before.validation
    held_out = read(before, before.validation)
    assert not set(own) & set(held_out)
    # The n-gram model is fitted to all texts at last, and to the same variants.
    assert read(task, task.whole)[len(before.whole) :] == [f"that {t}" for t in own]
    assert len(task.whole) == len(before.whole) + n
    weights = task.whole.weight
    assert weights.mean() == pytest.approx(1.0)
    is_held_out = np.isin(read(before, before.whole), held_out)
    ratio = weights[: len(before.whole)][is_held_out].mean() / weights[-1]
    assert ratio == pytest.approx(2.0)


def test_folds_have_variants_of_their_own():
    seen = []
    task, before = prepare(seen, early_stopping="auto")
    assert len(task.folds) == 3 and len(seen) == 4
    for (train, held_out), (first, other), (given, _, _) in zip(
        task.folds, before.folds, seen[1:]
    ):
        assert held_out is other
        assert given == read(before, first)
        assert read(task, train) == given + [f"that {text}" for text in given]
        assert not set(given) & set(read(before, other))


def test_a_fit_with_variants(tmp_path):
    seen = []
    augmenter = make_marker(seen)
    model = make_classifier(augment=augmenter, early_stopping=True)
    # What comes once is held on to.
    model.fit(iter(TEXTS), LABELS)
    ((given, _, seed),) = seen
    assert len(given) == 36 and set(given) < set(TEXTS)
    assert augmenter.random_state is None and seed is not None
    assert len(model.vocabulary_) == 11
    again = make_classifier(augment=augmenter, early_stopping=True)
    assert_same_fit(model, again.fit(TEXTS, LABELS))
    assert seen[1][0] == given and seen[1][2] == seed
    save_model(model, tmp_path / "m.slm")
    loaded = load_model(tmp_path / "m.slm")
    assert loaded.augment is None
    np.testing.assert_array_equal(
        loaded.predict_proba(TEXTS), model.predict_proba(TEXTS)
    )


def test_token_sequences_have_no_variants(sequences):
    model = make_classifier(augment=Augmenter())
    with pytest.raises(ValueError, match="but X is token sequences.*vectorizer="):
        model.fit(sequences, LABELS)
    with pytest.raises(ValueError, match="'augment' parameter of SLMTextClassifier"):
        make_classifier(augment="words").fit(TEXTS, LABELS)
    with pytest.raises(ValueError, match="nothing to do"):
        make_classifier(augment=Augmenter(swap=0.0, drop=0.0)).fit(TEXTS, LABELS)
    assert read_texts(iter(TEXTS)) == TEXTS
