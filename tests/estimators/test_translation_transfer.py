"""Translators that start from language models."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator

from sklearn_slm import SLMLanguageModel, load_model
from sklearn_slm.estimators.corpora import read_corpus
from sklearn_slm.estimators.language_fit import describe_language
from sklearn_slm.estimators.pairs import EncodedPairs
from sklearn_slm.estimators.sides import learn_sides
from sklearn_slm.estimators.translation_fit import describe_translator
from sklearn_slm.estimators.translation_transfer import (
    check_known_tokens,
    check_language_models,
    find_language_models,
    find_layers,
    find_sides,
    start_translator,
)
from sklearn_slm.text import Ragged
from tests.estimators.language import make_model
from tests.estimators.translation import SOURCES, TARGETS, make_translator
from tests.networks import draw_weights


def make_language(texts=SOURCES, labels=None, seed=0, backward=True, **parameters):
    """Return a language model that knows tokens, with random weights: no training."""
    model = make_model(**{"hidden_size": 16, **parameters})
    corpus = read_corpus(model, texts, labels)
    model.spec_ = describe_language(model, corpus)
    model.weights_ = draw_weights(model.spec_, seed)
    model.backward_weights_ = None
    if backward:
        model.backward_weights_ = draw_weights(model.spec_, seed + 1)
    model.tokenizer_, model.vocabulary_, model.classes_, _ = corpus
    return model


def start(**parameters):
    """Return the spec, the sides and the first weights of a translator."""
    model = make_translator(**parameters)
    source, target = learn_sides(model, (SOURCES, TARGETS), find_sides(model))
    spec = describe_translator(model, source, target)
    return spec, (source, target), start_translator(model, spec)


def test_both_sides_start_from_their_language_models():
    reads = make_language(SOURCES)
    labels = ["a", "b"] * (len(TARGETS) // 2)
    writes = make_language(TARGETS, labels, seed=5, backward=False)
    spec, sides, weights = start(pretrained=(reads, writes))
    assert sides[0] == (reads.tokenizer_, reads.vocabulary_)
    assert sides[1] == (writes.tokenizer_, writes.vocabulary_)
    for name, part in [
        ("forward", reads.weights_),
        ("backward", reads.backward_weights_),
    ]:
        for kind in ("kernel", "recurrent_kernel", "bias"):
            ours = weights[f"layer_0.{name}.{kind}"]
            np.testing.assert_array_equal(ours, part[f"layer_0.forward.{kind}"])
    np.testing.assert_array_equal(weights["embedding"], reads.weights_["embedding"])
    for name in ("layer_0.forward.kernel", "layer_0.forward.bias"):
        np.testing.assert_array_equal(weights[f"decoder.{name}"], writes.weights_[name])
    # Two labels are the last rows of the language model.
    for ours, theirs in [
        ("decoder.embedding", "embedding"),
        ("head.bias", "head.bias"),
    ]:
        assert len(writes.weights_[theirs]) == len(weights[ours]) + 2
        np.testing.assert_array_equal(weights[ours], writes.weights_[theirs][:-2])
    wanted = spec.weights()
    assert all(wanted[name].shape == value.shape for name, value in weights.items())
    assert set(wanted) - set(weights) == {
        "attention.kernel",
        "bridge.layer_0.kernel",
        "bridge.layer_0.bias",
        "combine.kernel",
        "combine.bias",
    }


def test_one_side_alone():
    reads = make_language(hidden_size=(6, 5), n_components=4, cell="gru")
    model = make_translator(hidden_size=256, pretrained=(reads, None))
    assert find_layers(model) == {
        "hidden_size": (6, 5),
        "n_components": 4,
        "cell": "gru",
        "candidate_activation": "tanh",
    }
    spec, (source, target), weights = start(hidden_size=256, pretrained=(reads, None))
    # The other side has such layers too, and tokens of its own.
    assert spec.head.decoder.hidden_size == spec.encoder.hidden_size == (6, 5)
    assert source.vocabulary is reads.vocabulary_ and "eins" in str(
        target.vocabulary.tokens
    )
    assert not [name for name in weights if name.startswith(("decoder.", "head."))]
    # Both directions are read above: those of the other one count nothing at first.
    kernel = weights["layer_1.backward.kernel"]
    assert kernel.shape == (12, 15) and not kernel[:6].any()
    _, _, weights = start(pretrained=(None, make_language(TARGETS)))
    assert {name.split(".")[0] for name in weights} == {"decoder", "head"}
    assert start()[2] == {}


def test_what_stands_for_a_language_model():
    model = make_language()
    for given in (model, FrozenEstimator(model), clone(model)):
        assert find_language_models((None, given)).target is model
    assert find_language_models(None) == find_language_models([None, None])


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            make_language,
            TypeError,
            r"(?s)must be None or a pair .*give \(language_model, None\)",
        ),
        (lambda: "lm.slm", TypeError, "must be None or a pair"),
        (lambda: (None,), ValueError, "must be None or a pair"),
        (lambda: ("lm.slm", None), TypeError, "for the source.*load_model"),
        (lambda: (None, make_translator()), TypeError, "for the target"),
        (
            lambda: (None, SLMLanguageModel()),
            NotFittedError,
            "of the target .*not fitted",
        ),
        (
            lambda: (make_language(token_pattern=r"\S+"), None),
            ValueError,
            "of the source .*token_pattern",
        ),
        (
            lambda: (make_language(), make_language(TARGETS, hidden_size=8)),
            ValueError,
            r"different hidden_size: \(16,\) of the source, \(8,\) of the target",
        ),
    ],
)
def test_what_is_no_pair_of_language_models(make, error, message):
    with pytest.raises(error, match=message):
        make_translator(pretrained=make()).fit(SOURCES, TARGETS)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"hidden_size": 8}, r"hidden_size=8 contradicts .*hidden_size=\(16,\)"),
        ({"n_components": 3}, "n_components=3 contradicts .*n_components=16"),
        ({"cell": "gru"}, "cell='gru' contradicts .*cell='lstm'"),
        ({"tokens": "char"}, r"tokens='char' contradicts .*tokens='word' \(target\)"),
        ({"lowercase": True}, r"lowercase=True .*lowercase=False \(target\)"),
        (
            {"joint_vocabulary": True},
            r"joint_vocabulary=True .*pretrained=\(model, model\)",
        ),
    ],
)
def test_parameters_that_contradict_a_language_model(parameters, message):
    model = make_translator(pretrained=(None, make_language(TARGETS)), **parameters)
    with pytest.raises(ValueError, match=message):
        check_language_models(model)


def test_parameters_at_their_defaults_follow():
    written = make_language(TARGETS, lowercase=True)
    for parameters in (
        {},
        {"tokens": "subword"},
        {"hidden_size": 256},
        {"lowercase": True},
    ):
        check_language_models(make_translator(pretrained=(None, written), **parameters))


def test_a_language_model_that_does_not_know_the_texts():
    model = make_translator(pretrained=(make_language(), None))

    def encode(ids):
        return Ragged(np.int32(ids), np.int64([0, len(ids)]))

    def check(ids):
        check_known_tokens(model, EncodedPairs(encode(ids), encode([1, 1])))

    check([1, 2])
    with pytest.warns(UserWarning, match="for the source knows 33% of"):
        check([1, 1, 2])
    with pytest.raises(ValueError, match="knows 0% of .* cannot start from it"):
        check([1, 1])


def test_training_begins_with_what_the_language_model_knows(tmp_path):
    knows = make_language(backward=False)
    # A rate of nothing: what is kept is the start.
    model = make_translator(pretrained=(None, knows), max_iter=1, learning_rate=1e-12)
    before = {name: value.copy() for name, value in knows.weights_.items()}
    model.fit(TARGETS, SOURCES)
    for name in ("embedding", "layer_0.forward.recurrent_kernel"):
        np.testing.assert_allclose(
            model.weights_[f"decoder.{name}"], knows.weights_[name], atol=1e-8
        )
    for name, value in before.items():
        np.testing.assert_array_equal(knows.weights_[name], value)
    assert clone(model).pretrained[1] is knows
    model.save(tmp_path / "model.slm")
    loaded = load_model(tmp_path / "model.slm")
    assert loaded.pretrained is None and loaded.hidden_size == 16
    assert loaded.tokens == ("word", "word") and loaded.n_components == 16
    assert loaded.predict(TARGETS[:5]) == model.predict(TARGETS[:5])
    # What goes on from it needs no language model.
    loaded.set_params(warm_start=True, learning_rate=0.02).fit(TARGETS, SOURCES)
    assert loaded.n_iter_ == 2
