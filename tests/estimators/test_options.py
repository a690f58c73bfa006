"""Parameters that several estimators share: what they refuse, and what they mean."""

import numpy as np
import pytest

from sklearn_slm import SLMTextClassifier
from sklearn_slm.estimators.options import (
    check_hidden_size,
    check_ngrams,
    choose_epochs,
    describe_encoder,
)
from tests.estimators.small import LABELS, TEXTS, make_classifier


def test_automatic_epochs():
    assert choose_epochs("auto", 5_000, 50_000, 32) == 10
    assert choose_epochs("auto", 800, 8_000, 32) == 40
    assert choose_epochs("auto", 20, 200, 32) == 50
    assert choose_epochs("auto", 25_000, 2_400_000, 32) == 5
    assert choose_epochs("auto", 25_000, 90_000_000, 32) == 2
    assert choose_epochs(7, 20, 200, 32) == 7


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hidden_size", 0),
        ("hidden_size", ()),
        ("hidden_size", (4, 0)),
        ("hidden_size", 2.5),
        ("vectorizer", "glove"),
        ("cell", "transformer"),
        ("bidirectional", "yes"),
        ("pooling", "sum"),
        ("candidate_activation", "relu"),
        ("dropout", 1.0),
        ("recurrent_dropout", -0.1),
        ("word_dropout", 2),
        ("train_vectors", 3),
        ("initializer", "he"),
        ("optimizer", "lbfgs"),
        ("learning_rate", 0),
        ("clip_norm", -1.0),
        ("batch_size", 0),
        ("max_iter", 0),
        ("early_stopping", None),
        ("validation_fraction", 1.0),
        ("n_iter_no_change", 0),
        ("tol", -1e-3),
        ("class_weight", "even"),
        ("warm_start", "no"),
        ("callbacks", 3),
        ("n_jobs", 1.5),
        ("random_state", "seed"),
        ("verbose", -1),
    ],
)
def test_parameters_out_of_range(name, value):
    model = make_classifier(**{name: value})
    message = f"The {name!r} parameter of SLMTextClassifier must be"
    with pytest.raises(ValueError, match=message):
        model.fit(TEXTS, LABELS)
    assert not hasattr(model, "weights_")


@pytest.mark.parametrize("wrong", [(2, 1), (0, 1), (1, 4), (1,), ("a", "b")])
def test_ngrams_out_of_range(wrong):
    with pytest.raises(ValueError, match="must be None or two lengths from 1 to 3"):
        make_classifier(ngrams=wrong).fit(TEXTS, LABELS)


def test_sizes_become_whole_numbers_of_python():
    for size, units in [(np.int64(4), (4,)), ([3, np.int32(2)], (3, 2))]:
        found = check_hidden_size(SLMTextClassifier(size))
        assert found == units and {type(n) for n in found} == {int}
    assert check_ngrams(SLMTextClassifier(ngrams=[1, np.int64(3)])) == (1, 3)
    assert check_ngrams(SLMTextClassifier(ngrams=None)) is None


def test_the_encoder_that_parameters_ask_for():
    model = SLMTextClassifier((3, 2), cell="gru", bidirectional=True)
    shapes = {
        name: weight.shape
        for name, weight in describe_encoder(model, 5, 9).weights().items()
    }
    assert shapes["embedding"] == (9, 5)
    # Three gates of a GRU; the second layer reads both directions of the first.
    assert shapes["layer_0.backward.kernel"] == (5, 9)
    assert shapes["layer_1.forward.kernel"] == (6, 6)
    one_way = describe_encoder(model.set_params(bidirectional=False), 5, 9).weights()
    assert one_way["layer_1.forward.kernel"].shape == (3, 6)
    assert not any("backward" in name for name in one_way)
