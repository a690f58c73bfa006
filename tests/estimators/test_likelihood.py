"""Likelihoods and perplexities by hand, from the network's own log-probabilities."""

import math

import numpy as np
import pytest

from sklearn_slm.runtime.stepping import start_state
from tests.estimators.language import LABELLED, LABELS, TEXTS, fit_model, make_model


def score_by_steps(model, texts, labels=None):
    """Return the log-likelihoods of tokens, reading them one after the other."""
    network, found = model.prepare_network(), []
    state = start_state(model.spec_.encoder, 1)
    for i, text in enumerate(texts):
        if model.documents == "independent":
            state = start_state(model.spec_.encoder, 1)
        ids = model.vocabulary_.encode(model.tokenizer_.split(text)).tolist()
        if labels is not None:
            label = model.classes_.tolist().index(labels[i])
            ids.insert(0, 2 + len(model.vocabulary_) + label)
        for before, after in zip([0, *ids], [*ids, 0]):
            log_probs, state = network.step(state, np.array([before], np.int32))
            found.append(float(log_probs[0, after]))
    return found


@pytest.mark.parametrize("runtime", ["numpy", "onnxruntime"])
@pytest.mark.parametrize("documents", ["independent", "stream"])
def test_tokens_one_after_the_other(documents, runtime):
    model = fit_model(documents=documents, max_iter=2)
    texts = [TEXTS[0], "", "two unknown three", TEXTS[7]]
    expected = score_by_steps(model, texts)
    other = make_model(documents=documents, runtime=runtime)
    other.__dict__.update({k: v for k, v in vars(model).items() if k.endswith("_")})
    scored = other.score_tokens(texts)
    np.testing.assert_allclose(scored.log_likelihood, expected, atol=1e-5)
    assert scored.targets.lengths.tolist() == [5, 1, 4, 8]
    sums = np.add.reduceat(expected, [0, 5, 6, 10])
    np.testing.assert_allclose(other.score_samples(texts), sums, atol=1e-4)
    assert other.score(texts) == pytest.approx(np.mean(expected), abs=1e-5)
    perplexity = math.exp(-np.mean(expected))
    assert other.perplexity(texts) == pytest.approx(perplexity, rel=1e-5)


def test_labels_come_first():
    model = fit_model(labelled=True, max_iter=50)
    expected = score_by_steps(model, LABELLED[:4], LABELS[:4])
    scored = model.score_tokens(LABELLED[:4], LABELS[:4])
    np.testing.assert_allclose(scored.log_likelihood, expected, atol=1e-5)
    # The likelihood of a label is that of its class: half of the texts have it.
    first = np.exp(scored.log_likelihood[scored.targets.offsets[:-1]])
    assert first == pytest.approx([0.5] * 4, abs=0.2)
    with pytest.raises(ValueError, match="this model has labels"):
        model.score(TEXTS)
    with pytest.raises(ValueError, match="knows no label 'new'"):
        model.score(TEXTS[:1], ["new"])
    with pytest.raises(ValueError, match="this model has none"):
        fit_model().score(TEXTS, LABELS)


def test_perplexity_per_word_and_byte():
    model, texts = fit_model(), ["one two.", "three"]
    loss = -model.score_samples(texts).sum()
    assert model.perplexity(texts, per="word") == pytest.approx(math.exp(loss / 5))
    n_bytes = len("one two.") + len("three") + 2
    assert model.perplexity(texts, per="byte") == pytest.approx(
        math.exp(loss / n_bytes)
    )
    with pytest.raises(ValueError, match="per must be 'token', 'word' or 'byte'"):
        model.perplexity(texts, per="line")


def test_an_unknown_word_costs_its_spelling():
    model = fit_model()
    loss = -model.score_samples(["one xylophone"])[0]
    # " xylophone" has ten bytes with the space before it, and one for its end.
    expected = math.exp((loss + 11 * math.log(256)) / 3)
    assert model.perplexity(["one xylophone"], per="word") == pytest.approx(expected)
    assert model.perplexity(["one xylophone"]) == pytest.approx(math.exp(loss / 3))


@pytest.mark.parametrize("documents", ["independent", "stream"])
def test_a_cache_expects_words_again(documents):
    model = fit_model(documents=documents, max_iter=1)
    other = make_model(documents=documents, cache_size=6, cache_weight=0.5)
    other.__dict__.update({k: v for k, v in vars(model).items() if k.endswith("_")})
    text = "five five five five five five"
    assert other.score([text]) > model.score([text])
    # Nothing to remember at the first token.
    first = [m.score_tokens([text]).log_likelihood[0] for m in (model, other)]
    assert first[0] == pytest.approx(first[1], abs=1e-6)
    assert other.generate("one", n=2, random_state=0, n_tokens=5) != []


def test_mean_states():
    model = fit_model(bidirectional=True, max_iter=2)
    vectors = model.transform(["one two three", "", "one two three"])
    assert vectors.shape == (3, 24) and vectors.dtype == np.float32
    assert (vectors[1] == 0).all() and np.array_equal(vectors[0], vectors[2])
    ids = model.vocabulary_.encode(model.tokenizer_.split("one two three"))
    for begin, network, order in (
        (0, model.prepare_network(), ids),
        (12, model._prepare_backward(), ids[::-1]),
    ):
        state = start_state(model.spec_.encoder, 1)
        _, state = network.step(state, np.zeros(1, np.int32))
        states = []
        for token in order:
            _, state = network.step(state, np.array([token], np.int32))
            states.append(state[0][0])
        expected = np.mean(states, axis=0)
        np.testing.assert_allclose(vectors[0, begin : begin + 12], expected, atol=1e-5)
    many = model.transform(TEXTS * 20)
    np.testing.assert_allclose(many[: len(TEXTS)], model.transform(TEXTS), atol=1e-6)
