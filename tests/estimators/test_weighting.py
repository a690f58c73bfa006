"""Weights of documents and classes: in a fit their ratio counts, in a stream their size."""

import numpy as np
import pytest
from sklearn.utils import compute_sample_weight

from sklearn_slm import GloveTfidfVectorizer, SLMTextClassifier
from sklearn_slm.estimators.targets import encode_targets
from sklearn_slm.estimators.weighting import scale_to_mean_one, weigh_documents
from tests.estimators.small import LABELS, TEXTS

CLASSES = ["neg", "pos"]
SEQUENCES = GloveTfidfVectorizer(n_components=4, random_state=0).fit_transform(TEXTS)


def make_classifier(**options):
    defaults = {"hidden_size": 3, "max_iter": 2, "ngrams": None, "random_state": 0}
    return SLMTextClassifier(**(defaults | options))


def begin_stream(**options):
    model = make_classifier(**options)
    return model.partial_fit(SEQUENCES, LABELS, classes=CLASSES)


def measure_move(piece=slice(0, 1), weight=None, **options):
    """Return how far a piece of a stream moves the weights."""
    model = begin_stream()
    before = model.weights_
    model.set_params(**options)
    model.partial_fit(SEQUENCES[piece], LABELS[piece], sample_weight=weight)
    return np.sqrt(
        sum(((model.weights_[name] - before[name]) ** 2).sum() for name in before)
    )


def assert_same_weights(a, b):
    for name, value in a.weights_.items():
        np.testing.assert_array_equal(value, b.weights_[name], err_msg=name)


def test_a_piece_moves_a_model_as_far_as_it_weighs():
    unit = measure_move()
    assert measure_move(weight=[1.0]) == unit
    assert 0 < measure_move(weight=[0.001]) < 1.1e-3 * unit
    assert measure_move(weight=[2.0]) == pytest.approx(2 * unit, rel=1e-2)
    assert 5 * unit < measure_move(weight=[1000.0]) == measure_move(weight=[1e300])


def test_weights_of_classes_count_text_by_text():
    unit = measure_move()
    for factor in (0.1, 3.0):
        found = measure_move(class_weight={"pos": factor, "neg": 1.0})
        assert found == pytest.approx(
            measure_move(weight=[factor]) if LABELS[0] == "pos" else unit
        )
        # A piece need not hold what the dict names.
        assert measure_move(class_weight={"neg": factor}) == unit


def test_weight_two_among_many_leads_where_the_text_twice_leads():
    piece, twice = np.arange(8), np.array([*range(8), 3])
    weight = np.where(piece == 3, 2.0, 1.0)
    options = {"dropout": 0.0, "word_dropout": 0.0, "optimizer": "sgd"}
    start = begin_stream(**options)
    moves = []
    for rows, weights in ((piece, weight), (twice, None)):
        model = begin_stream(**options)
        model.partial_fit(SEQUENCES[rows], LABELS[rows], sample_weight=weights)
        moves.append(model.weights_["head.kernel"] - start.weights_["head.kernel"])
    # Both are one step: by nine texts, as long as the weights of eight are large.
    np.testing.assert_allclose(moves[0], moves[1] * 9 / 8, rtol=1e-3, atol=1e-7)


def test_a_piece_without_weight_changes_nothing():
    model = begin_stream()
    before, live = dict(vars(model)), model._live.copy_state()
    model.partial_fit(SEQUENCES, LABELS, sample_weight=np.zeros(40))
    model.set_params(class_weight={"pos": 0.0, "neg": 0.0})
    model.partial_fit(SEQUENCES, LABELS)
    model.set_params(class_weight=None)
    assert vars(model).keys() == before.keys()
    assert all(vars(model)[name] is before[name] for name in before)
    for old, new in zip(live[0], model._live.copy_state()[0]):
        np.testing.assert_array_equal(old, new)
    # Nor does a text without weight among others.
    mixed, alone = begin_stream(), begin_stream()
    mixed.partial_fit(SEQUENCES, LABELS, sample_weight=np.arange(40) < 20)
    assert_same_weights(mixed, alone.partial_fit(SEQUENCES[:20], LABELS[:20]))


def test_a_stream_may_begin_without_weight():
    model = make_classifier().partial_fit(
        SEQUENCES, LABELS, classes=CLASSES, sample_weight=0.0
    )
    assert model.n_iter_ == 0 and model.loss_curve_ == []
    assert model.predict_proba(SEQUENCES).shape == (40, 2)
    assert model.partial_fit(SEQUENCES, LABELS).n_iter_ == 1


def test_balanced_needs_all_documents():
    with pytest.raises(ValueError, match="'balanced' is not supported by partial_fit"):
        begin_stream(class_weight="balanced")


def test_a_schedule_cannot_be_multiplied():
    import keras

    schedule = keras.optimizers.schedules.ExponentialDecay(0.01, 10, 0.9)
    options = {"optimizer": keras.optimizers.Adam(schedule)}
    model = begin_stream(**options)
    with pytest.raises(ValueError, match="that of the optimizer, Adam, is a schedule"):
        model.partial_fit(SEQUENCES, LABELS, sample_weight=0.5)
    assert model.n_iter_ == 1


@pytest.mark.parametrize("early_stopping", ["auto", True])
def test_a_text_of_weight_zero_is_as_none(early_stopping):
    texts = SEQUENCES[np.tile(np.arange(40), 8)]
    labels = np.tile(LABELS, 8)
    weight = np.zeros(320)
    weight[:12] = 2.0
    options = {"early_stopping": early_stopping, "ngrams": (1, 2)}
    found = make_classifier(**options).fit(texts, labels, sample_weight=weight)
    assert_same_weights(found, make_classifier(**options).fit(texts[:12], labels[:12]))
    assert np.isfinite(found.predict_proba(SEQUENCES)).all()


def test_classes_without_weight_stay_classes():
    labels = np.where(np.arange(40) < 8, "other", LABELS)
    model = make_classifier(class_weight={"other": 0.0}).fit(SEQUENCES, labels)
    assert model.classes_.tolist() == ["neg", "other", "pos"]
    assert model.predict_proba(SEQUENCES).shape == (40, 3)
    with pytest.raises(ValueError, match="those of weight zero do not count"):
        make_classifier(early_stopping=True).fit(
            SEQUENCES, LABELS, sample_weight=np.isin(np.arange(40), [0, 7])
        )


@pytest.mark.parametrize("value", [np.nan, np.inf, -1, None, "3"])
def test_weights_of_classes_are_numbers(value):
    with pytest.raises(ValueError, match=r"but class_weight\['pos'\] is "):
        make_classifier(class_weight={"pos": value}).fit(SEQUENCES, LABELS)
    with pytest.raises(ValueError, match=r"but class_weight\[1\] is "):
        weigh_documents(None, [{1: value}], encode_targets(np.eye(2, dtype=int)))


def test_weights_are_those_of_scikit_learn():
    targets = encode_targets(LABELS[:13])
    for class_weight in ("balanced", {"pos": 3.0, "neg": 0.5}, {"pos": 3.0}):
        np.testing.assert_array_equal(
            weigh_documents(None, class_weight, targets),
            compute_sample_weight(class_weight, LABELS[:13]),
        )
    np.testing.assert_array_equal(weigh_documents(2, {"pos": 3}, targets)[:1], [6.0])
    with pytest.raises(ValueError, match="times the class_weight of its label is too"):
        weigh_documents(1e300, {"pos": 1e300}, targets)


def test_weights_of_mean_one():
    weight = np.random.RandomState(0).uniform(0.1, 9, 50)
    expected = (weight / weight.mean()).astype(np.float32)
    np.testing.assert_array_equal(scale_to_mean_one(weight), expected)
    np.testing.assert_array_equal(scale_to_mean_one(weight * 2.0**1000), expected)
