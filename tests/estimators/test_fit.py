"""How a classifier is trained: validation, weights, warm starts, streams, callbacks."""

import warnings

import numpy as np
import pytest

from sklearn_slm import SLMTextClassifier
from tests.estimators.small import (
    LABELS,
    OPTIONS,
    TEXTS,
    assert_same_fit,
    make_classifier,
)


def test_validation_set_is_used_and_best_weights_are_kept():
    # A rate at which the accuracy goes up and down.
    model = make_classifier(learning_rate=0.5, max_iter=8, n_iter_no_change=8)
    model.fit(TEXTS, LABELS, X_val=TEXTS[:10], y_val=LABELS[:10])
    assert model.score(TEXTS[:10], LABELS[:10]) == model.best_validation_score_
    assert len(model.validation_scores_) == 8


def test_early_stopping_stops():
    options = {"max_iter": 30, "n_iter_no_change": 2}
    model = make_classifier(early_stopping=True, **options).fit(TEXTS, LABELS)
    assert model.n_iter_ < 30
    without = make_classifier(early_stopping=False, max_iter=3).fit(TEXTS, LABELS)
    assert without.validation_scores_ is None
    assert without.n_iter_ == 3


def test_sample_weight_and_class_weight_move_the_model():
    # Each text with both labels: only the weights can decide.
    texts, y = TEXTS + TEXTS, np.repeat(["pos", "neg"], 40)
    heavy = np.where(y == "pos", 9.0, 1.0)
    options = {"early_stopping": False, "max_iter": 6}
    weighted = make_classifier(**options).fit(texts, y, sample_weight=heavy)
    by_class = make_classifier(**options, class_weight={"pos": 9.0, "neg": 1.0})
    by_class.fit(texts, y)
    plain = make_classifier(**options).fit(texts, y)
    assert_same_fit(weighted, by_class)
    share = weighted.predict_proba(TEXTS)[:, 1].mean()
    assert share > plain.predict_proba(TEXTS)[:, 1].mean() + 0.2
    balanced = make_classifier(**options, class_weight="balanced").fit(texts, y)
    assert_same_fit(balanced, plain)


def test_warm_start_goes_on_from_the_weights():
    model = make_classifier(warm_start=True, early_stopping=False, max_iter=2)
    first = model.fit(TEXTS, LABELS).loss_curve_
    again = model.fit(TEXTS, LABELS).loss_curve_
    assert again[:2] == first
    assert len(again) == 4
    assert again[2] < first[0]
    cold = make_classifier(early_stopping=False, max_iter=2).fit(TEXTS, LABELS)
    assert cold.fit(TEXTS, LABELS).loss_curve_ == first
    with pytest.raises(ValueError, match="training can only go on with the classes"):
        model.fit(TEXTS, np.where(LABELS == "pos", "yes", "no"))


def test_warm_starts_do_not_scale_the_head():
    options = {"warm_start": True, "early_stopping": False, "max_iter": 3}
    model = make_classifier(**options).fit(TEXTS, LABELS)
    assert model.ngrams_ is not None
    before = model.weights_
    assert np.abs(before["head.kernel"]).max() > 0.1
    model.set_params(max_iter=1, learning_rate=1e-12)
    for _ in range(3):
        model.fit(TEXTS, LABELS)
        assert model.ngrams_ is not None
        for name, value in model.weights_.items():
            np.testing.assert_allclose(value, before[name], atol=1e-6, err_msg=name)
    assert model.n_iter_ == 6


def test_partial_fit_learns_from_pieces():
    model = make_classifier()
    for _ in range(4):
        for start in (0, 20):
            rows = slice(start, start + 20)
            model.partial_fit(TEXTS[rows], LABELS[rows], classes=["neg", "pos"])
    assert model.n_iter_ == 8
    assert model.score(TEXTS, LABELS) == 1.0
    with pytest.raises(ValueError, match="not among the classes.*'neutral'"):
        model.partial_fit(TEXTS[:2], ["pos", "neutral"])
    with pytest.raises(ValueError, match="is not the same as on the last call"):
        model.partial_fit(TEXTS[:2], LABELS[:2], classes=["pos", "neg", "neutral"])
    one_class = model.partial_fit(TEXTS[:1], LABELS[:1])
    assert one_class.classes_.tolist() == ["neg", "pos"]


def test_partial_fit_with_a_class_that_comes_later():
    model = make_classifier().partial_fit(
        TEXTS, LABELS, classes=["neg", "other", "pos"]
    )
    assert model.predict_proba(TEXTS[:2]).shape == (2, 3)


def test_keras_callbacks_see_losses_and_can_stop():
    import keras

    class StopAtOnce(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.seen = sorted(logs)
            self.model.stop_training = True

    stop = StopAtOnce()
    model = make_classifier(callbacks=[stop], early_stopping=True).fit(TEXTS, LABELS)
    assert model.n_iter_ == 1
    assert stop.seen == ["loss", "val_accuracy", "val_loss"]
    assert stop._model is None  # the live network is not kept alive by it


@pytest.mark.parametrize(
    ("optimizer", "learning_rate"), [("sgd", 1.0), ("adamw", 0.05), ("object", 0.05)]
)
def test_optimizers(optimizer, learning_rate):
    if optimizer == "object":
        import keras

        optimizer = keras.optimizers.RMSprop(learning_rate)
    model = make_classifier(optimizer=optimizer, learning_rate=learning_rate)
    model.fit(TEXTS, LABELS)
    assert model.loss_curve_[-1] < model.loss_curve_[0]
    model.fit(TEXTS, LABELS)  # the object was copied, not used up


def test_frozen_vectors_do_not_move(sequences):
    model = SLMTextClassifier(**OPTIONS, train_vectors=False).fit(sequences, LABELS)
    np.testing.assert_array_equal(model.weights_["embedding"][2:], sequences.vectors)
    moved = SLMTextClassifier(**OPTIONS).fit(sequences, LABELS)
    assert not np.array_equal(moved.weights_["embedding"][2:], sequences.vectors)


def test_fits_quietly():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make_classifier(max_iter=1).fit(TEXTS, LABELS).predict(TEXTS)
