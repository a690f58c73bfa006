"""Surprisals are the likelihoods of the model, beside the tokens as they are written."""

import math

import numpy as np
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline

from sklearn_slm import SLMLanguageModel
from sklearn_slm.inspection import Surprisal, compute_surprisal
from sklearn_slm.inspection.surprisal import split_language_model, to_surprisal

TEXTS = ["The film was zebra-like.\nI left.", ""]


class LowerCase(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return [text.lower() for text in X]

    def __sklearn_is_fitted__(self):
        return True


def test_surprisals_are_negative_log_likelihoods_in_bits(language_model):
    first, second = compute_surprisal(language_model, TEXTS)
    scored = language_model.score_tokens(TEXTS)
    expected = -scored.log_likelihood / math.log(2)
    together = np.concatenate([first.surprisal, second.surprisal])
    np.testing.assert_allclose(together, expected, rtol=1e-12)
    assert first.tokens[-1] == "" and second.tokens == [""]
    assert first.text == TEXTS[0] and second.text == ""
    mean = language_model.score(TEXTS[:1])
    assert first.perplexity == pytest.approx(math.exp(-mean))
    n_tokens = 2 + len(language_model.vocabulary_)
    assert first.chance == pytest.approx(math.log2(n_tokens))
    (in_nats,) = compute_surprisal(language_model, TEXTS[:1], unit="nats")
    assert in_nats.perplexity == pytest.approx(first.perplexity)
    assert in_nats.surprisal.sum() == pytest.approx(
        -language_model.score_samples(TEXTS[:1])[0]
    )


def test_unknown_tokens_are_shown_as_they_are_written(language_model):
    (one,) = compute_surprisal(language_model, TEXTS[:1])
    unknown = [token for token, known in zip(one.tokens, one.known) if not known]
    assert " zebra-like" in unknown or " zebra" in unknown
    assert one.known[[0, -1]].all() and " The" not in unknown


def test_labels_are_conditions_and_not_counted(labelled_language_model):
    lm, text = labelled_language_model, "The film was dull."
    (one,) = compute_surprisal(lm, [text], ["negative"], unit="nats")
    (values,) = [lm.score_tokens([text], ["negative"]).log_likelihood]
    np.testing.assert_allclose(one.surprisal, -values[1:], rtol=1e-12)
    assert one.label == "negative"
    assert len(one.tokens) == len(one.surprisal) == len(one.known) == 6
    with pytest.raises(ValueError, match="labels must be given"):
        compute_surprisal(lm, [text])


def test_what_is_wrapped_around_the_model(language_model):
    pipeline = make_pipeline(LowerCase(), language_model)
    (through,) = compute_surprisal(pipeline, ["THE FILM"])
    (plain,) = compute_surprisal(language_model, ["the film"])
    np.testing.assert_array_equal(through.surprisal, plain.surprisal)
    assert compute_surprisal(language_model, []) == []
    assert split_language_model(language_model) == ([], language_model)


def test_what_is_refused(model, language_model):
    with pytest.raises(TypeError, match="expected a fitted SLMLanguageModel"):
        compute_surprisal(model, TEXTS)
    with pytest.raises(NotFittedError):
        compute_surprisal(SLMLanguageModel(), TEXTS)
    with pytest.raises(ValueError, match="string object received"):
        compute_surprisal(language_model, "text")
    with pytest.raises(ValueError, match="unit must be one of"):
        compute_surprisal(language_model, TEXTS, unit="dits")


def test_the_most_surprising_tokens_come_first():
    one = to_surprisal([" a", "b", " ", ""], np.log([0.5, 0.125, 0.125, 0.25]))
    assert one.surprisal.tolist() == pytest.approx([1, 3, 3, 2])
    assert [token for token, _ in one.top(3)] == ["b", " ", ""]
    assert one.top(0) == []
    assert one.perplexity == pytest.approx(2 ** (9 / 4))
    with pytest.raises(ValueError, match="n must be 0 or more"):
        one.top(-1)
    nothing = to_surprisal([], [])
    assert nothing.text == "" and math.isnan(nothing.perplexity)
    impossible = to_surprisal(["a"], [-np.inf])
    assert impossible.perplexity == math.inf


@pytest.mark.parametrize("values", [[-1.0], [-1.0, 0.5], [-1.0, math.nan], [[-1, -1]]])
def test_likelihoods_from_elsewhere_are_checked(values):
    with pytest.raises(ValueError, match="log_likelihood must h"):
        to_surprisal(["a", "b"], values)


def test_one_is_shown_in_a_notebook_by_itself():
    one = Surprisal([" a"], np.array([1.0]), np.array([False]))
    assert "1.0 bits, unknown to the model" in one._repr_html_()
