"""Validation sets and folds: each class in proportion, each document in its place."""

import numpy as np
import pytest

from sklearn_slm.estimators.splitting import split_folds, split_validation
from tests.estimators.small import LABELS, TEXTS, make_classifier


def test_few_texts_of_classes_that_a_fold_lacks():
    texts, labels = [*TEXTS[:6], "a third kind"], [*LABELS[:6], "other"]
    model = make_classifier(max_iter=2).fit(texts, labels)
    assert model.predict_proba(texts).shape == (7, 3)
    assert make_classifier(max_iter=1).fit(["good", "bad"], [1, 0]).n_iter_ == 1


def test_no_room_for_a_validation_set():
    with pytest.raises(ValueError, match="2 documents of 2 classes leave none"):
        make_classifier(early_stopping=True).fit(["good", "bad"], [1, 0])
    model = make_classifier(early_stopping=False).fit(["good", "bad"], [1, 0])
    assert model.predict(["good"]).shape == (1,)


def test_validation_takes_of_each_class_in_proportion():
    labels = np.repeat([7, 8, 9], [7, 4, 1])
    train, validation = split_validation(labels, 0.25, seed=0)
    assert sorted([*train, *validation]) == list(range(12))
    assert (np.diff(train) > 0).all() and (np.diff(validation) > 0).all()
    # A quarter is 1.75, 1 and 0.25: the third of 12 / 4 goes to the largest remainder,
    # and a class of one document keeps it.
    assert labels[validation].tolist() == [7, 7, 8]
    others = [split_validation(labels, 0.25, seed)[1].tolist() for seed in range(5)]
    assert others[0] == validation.tolist() and len(set(map(tuple, others))) > 1


def test_validation_takes_one_document_where_less_was_asked_for():
    train, validation = split_validation(np.array([0, 0, 0, 1]), 0.01, seed=0)
    assert len(validation) == 1 and validation[0] < 3 and len(train) == 3


def test_folds_hold_each_document_out_once():
    labels = np.repeat([0, 1, 2], [4, 2, 1])
    folds = split_folds(labels, 3, seed=0)
    counts = [np.bincount(labels[held_out], minlength=3) for _, held_out in folds]
    # Dealt out class by class: 0 0 0 0 1 1 2 to folds 1 2 3 1 2 3 1.
    np.testing.assert_array_equal(counts, [[2, 0, 1], [1, 1, 0], [1, 1, 0]])
    for train, held_out in folds:
        assert sorted([*train, *held_out]) == list(range(7))
    assert sorted(np.concatenate([held_out for _, held_out in folds])) == list(range(7))
