"""What a file holds of an estimator, and parts that contradict each other."""

from dataclasses import replace

import numpy as np
import pytest

from sklearn_slm import GloveTfidfVectorizer, SLMTextClassifier
from sklearn_slm.compression import quantize_ngrams
from sklearn_slm.estimators.storing import (
    check_network,
    check_ngram_model,
    check_size,
)
from tests.estimators.small import TEXTS
from tests.networks import (
    make_network,
    make_ngrams,
    make_spec,
    make_symbol_network,
)


def test_stored_attributes_make_the_classifier_again(fitted):
    again = SLMTextClassifier()
    again._set_stored(fitted._get_stored())
    again._check_fitted()
    np.testing.assert_array_equal(
        again.predict_proba(TEXTS), fitted.predict_proba(TEXTS)
    )


def test_attributes_that_are_other_than_declared():
    with pytest.raises(ValueError, match=r"SLMTextClassifier has no \['secret'\]"):
        SLMTextClassifier()._set_stored({"secret": 1})
    for value in ("3", 3.0, True):
        with pytest.raises(ValueError, match="n_iter_"):
            GloveTfidfVectorizer()._set_stored({"n_iter_": value})
    with pytest.raises(ValueError, match="it holds no "):
        SLMTextClassifier()._check_fitted()


def test_numbers_with_which_a_prediction_would_overflow():
    check_size("it", np.array([], np.float32))
    check_size("it", np.array([9e14, -9e14]))
    for value, shown in ((1e15, r"1e\+15"), (-2e15, r"2e\+15")):
        with pytest.raises(ValueError, match=f"it holds {shown}, which is too large"):
            check_size("it", np.array([0.0, value]))
    # An int8 is at most 128 times its scale: 128 * 7.8e12 is below 1e15.
    check_size("scale", np.array([7.8e12]), 128)
    with pytest.raises(ValueError, match="scale holds 7.9e"):
        check_size("scale", np.array([7.9e12]), 128)


def test_weights_are_those_of_their_network():
    spec, weights = make_network()
    check_network(spec, weights)
    halves = {name: value.astype(np.float16) for name, value in weights.items()}
    check_network(spec, halves)
    table = {"embedding": np.ones((12, 5), np.int8)}
    scale = {"embedding.scale": np.ones((12, 1), np.float32)}
    check_network(spec, weights | table | scale)
    even, others = make_network(n_components=6)
    packed = {"embedding": np.ones((12, 3), np.uint8)} | scale
    check_network(even, others | packed)
    wide = packed | {"embedding": np.ones((12, 6), np.uint8)}
    scales = packed | {"embedding.scale": np.ones((12, 2), np.float32)}
    for lie, reason in [
        (wide, r"shape \(12, 6\), not \(12, 3\)"),
        (scales, r"scale of embedding has shape \(12, 2\), not \(12, 1\)"),
    ]:
        with pytest.raises(ValueError, match=reason):
            check_network(even, others | lie)
    bias = {"head.bias": np.ones(3, np.int8), "head.bias.scale": np.ones(1)}
    for others, reason in [
        ({"embedding": weights["embedding"][1:]}, r"shape \(11, 5\), not \(12, 5\)"),
        ({"head.bias": np.zeros(3)}, "weight head.bias has dtype float64"),
        (table, "weight embedding has dtype int8"),
        (scale, "weight embedding has dtype float32"),
        (table | {"embedding.scale": np.ones((12, 1))}, "the scale of embedding"),
        (packed, "weight embedding cannot be in four bits"),
        (bias, "weight head.bias cannot be quantised"),
        ({"tail.bias": np.zeros(3)}, "weights that the network does not have"),
    ]:
        with pytest.raises(ValueError, match=reason):
            check_network(spec, weights | others)
    del weights["head.bias"]
    with pytest.raises(ValueError, match="it has no weight head.bias"):
        check_network(spec, weights)


def test_networks_that_no_fit_makes():
    for n_tokens in (None, 2):
        spec, weights = make_network(n_tokens=n_tokens)
        with pytest.raises(ValueError, match="the network knows no word"):
            check_network(spec, weights)
    check_network(*make_symbol_network())
    with pytest.raises(ValueError, match="looks words up, and hears nothing"):
        check_network(*make_symbol_network(n_tokens=9))
    deep = make_spec(hidden_size=(1,) * 1000)
    with pytest.raises(ValueError, match="1,000 layers have too few weights"):
        check_network(deep, make_network()[1])


def test_ngrams_stand_beside_their_network():
    spec, model = make_spec(), make_ngrams()
    for right in (model, quantize_ngrams(model), quantize_ngrams(model, "float16")):
        check_ngram_model(right, spec)

    def replace_key(place, key):
        keys = model.keys.copy()
        keys[place] = key
        return keys

    for parts, reason in [
        ({"n_tokens": 11}, "the n-grams are of other tokens"),
        ({"keys": model.keys[::-1]}, "not in order"),
        ({"keys": np.repeat(model.keys[-1:], len(model))}, "not in order"),
        ({"lengths": (2, 2)}, "holds no known tokens"),
        ({"lengths": (1, 1)}, "holds no known tokens"),
        # Id 1 is the unknown token: alone, and before token 2.
        ({"keys": replace_key(0, 1)}, "holds no known tokens"),
        ({"keys": replace_key(10, 12 * 1 + 2)}, "holds no known tokens"),
        ({"idf": model.idf[:-1]}, r"idf of n-grams has shape \(19,\)"),
        ({"bias": model.bias.astype(float)}, "bias of n-grams is float64"),
        ({"kernel": model.kernel.astype(float)}, "the kernel is float64"),
        ({"kernel": model.kernel.astype(np.int8)}, "the kernel is int8"),
        ({"scale": np.ones(3, np.float32)}, "the kernel is float32"),
        ({"blend": np.full(2, 1e16, np.float32)}, r"blend of n-grams holds 1e\+16"),
    ]:
        with pytest.raises(ValueError, match=reason):
            check_ngram_model(replace(model, **parts), spec)
