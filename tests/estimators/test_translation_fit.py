"""From pairs to a trained network, and which of its epochs is kept."""

import numpy as np
import pytest

from sklearn_slm.estimators import translation_fit as module
from sklearn_slm.estimators.pairs import TextPairs, encode_pairs
from sklearn_slm.estimators.translation_fit import (
    average_weights,
    choose_epochs,
    choose_weights,
    describe_translator,
)
from sklearn_slm.runtime import prepare_network
from tests.estimators.translation import (
    SOURCES,
    TARGETS,
    fit_translator,
    make_random_translator,
    make_translator,
)


def test_the_network_that_parameters_ask_for():
    source, target = make_random_translator()._sides
    model = make_translator(hidden_size=(6, 5), n_components=3, cell="gru")
    spec = describe_translator(model, source, target)
    # Five words and two marks a side; 0 and 1 are no tokens.
    assert spec.encoder.n_tokens == spec.head.decoder.n_tokens == 9
    assert spec.encoder.bidirectional and not spec.head.decoder.bidirectional
    assert spec.encoder.hidden_size == spec.head.decoder.hidden_size == (6, 5)
    assert spec.weights()["embedding"].shape == (9, 3)
    assert spec.weights()["attention.kernel"].shape == (5, 10)
    spec = describe_translator(make_translator(hidden_size=4), source, target)
    assert spec.encoder.n_components == spec.head.decoder.n_components == 4


@pytest.mark.parametrize(
    ("max_iter", "n_tokens", "epochs"),
    [(7, 1, 7), ("auto", 500_000, 12), ("auto", 10**8, 3), ("auto", 1000, 60)],
)
def test_how_many_epochs(max_iter, n_tokens, epochs):
    assert choose_epochs(max_iter, n_tokens) == epochs


def test_averages_are_means_in_float64():
    kept = [{"a": np.float32([1e8, 1.0])}, {"a": np.float32([-1e8, 2.0])}]
    kept.append({"a": np.float32([1.0, 3.0])})
    averaged = average_weights(kept)["a"]
    assert averaged.dtype == np.float32
    np.testing.assert_allclose(averaged, [1 / 3, 2.0], rtol=1e-6)
    assert average_weights(kept[:1])["a"] is kept[0]["a"]


def choose(model, kept):
    source, target = model._sides
    texts = TextPairs(SOURCES[:10], TARGETS[:10])
    ids, _ = encode_pairs(source, target, texts)
    return choose_weights(model.spec_, kept, source, target, texts, ids, 2.0)


def test_the_weights_that_translate_best_are_kept():
    model = fit_translator()
    good = model.weights_
    noise = np.random.RandomState(0)
    shift = {k: np.float32(3 * noise.standard_normal(v.shape)) for k, v in good.items()}
    bad = {name: good[name] + shift[name] for name in good}
    mirrored = {name: good[name] - shift[name] for name in good}
    weights, bleu = choose(model, [good, bad, bad])
    assert bleu == 100.0
    np.testing.assert_array_equal(weights["embedding"], good["embedding"])
    # Here two that are bad have a good mean, with a third one of the same.
    weights, bleu = choose(model, [bad, mirrored, good])
    assert bleu == 100.0
    np.testing.assert_allclose(weights["embedding"], good["embedding"], atol=1e-5)
    # The best three are better than all.
    weights, bleu = choose(model, [bad, mirrored, good, bad, bad])
    np.testing.assert_allclose(weights["embedding"], good["embedding"], atol=1e-5)
    assert choose(model, [bad])[1] < 50.0


def test_equal_translations_are_told_apart_by_their_likelihood():
    model = fit_translator()
    unsure = dict(model.weights_)
    for name in ("combine.kernel", "combine.bias"):
        unsure[name] = unsure[name] * np.float32(0.8)
    average = average_weights([unsure, model.weights_])
    source, target = model._sides
    ids, _ = encode_pairs(source, target, TextPairs(SOURCES[:10], TARGETS[:10]))
    likelihood = [
        prepare_network(model.spec_, weights).score_targets(*ids).log_likelihood
        for weights in (unsure, average)
    ]
    assert likelihood[0].values.mean() < likelihood[1].values.mean()
    weights, bleu = choose(model, [unsure, model.weights_])
    assert bleu == 100.0
    np.testing.assert_array_equal(weights["combine.bias"], average["combine.bias"])


def test_lines_with_bleu_fit_a_terminal_of_80_columns(capsys):
    lines = module._TranslationLines(measure=lambda weights: 100.0)
    line = "epoch 10/99  loss 9.1234  validation -9.1234 (best -9.1234)  21 min, 30.5 h left"
    lines.write_epoch(line)
    lines.measure_epoch({})
    lines.write_epoch(line)
    plain, measured = capsys.readouterr().out.splitlines()
    assert plain == line
    assert measured == line.replace(" (best -9.1234)", "") + "  BLEU 100.00"
    assert len(measured) <= 80
