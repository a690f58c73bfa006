"""Language models as scorers of words."""

import numpy as np
import pytest

from sklearn_slm import SLMLanguageModel
from sklearn_slm.decoding.ctc import decode_ctc
from sklearn_slm.estimators.corpora import read_corpus
from sklearn_slm.estimators.language_fit import describe_language
from sklearn_slm.estimators.word_scores import score_words
from tests.estimators.language import TEXTS, make_model
from tests.networks import draw_weights

TEXT = "one two three"


def make_random_language(**parameters):
    """Return a language model that knows tokens, with random weights: no training."""
    model = make_model(min_count=1, **parameters)
    corpus = read_corpus(model, TEXTS, None)
    model.spec_ = describe_language(model, corpus)
    model.weights_ = draw_weights(model.spec_, 0, 1.0)
    model.tokenizer_, model.vocabulary_ = corpus.tokenizer, corpus.vocabulary
    model.classes_ = model.backward_weights_ = None
    return model


@pytest.mark.parametrize("tokens", ["word", "char"])
def test_the_score_of_a_text_is_its_likelihood(tokens):
    model = make_random_language(tokens=tokens)
    score = score_words(model)()
    total, state = 0.0, None
    for word in [*TEXT.split(), None]:
        log_prob, state = score(state, word)
        total += log_prob
    assert total == pytest.approx(model.score_samples([TEXT])[0], abs=1e-3)
    # The same question again costs nothing and gives the same answer.
    first = score(None, "one")
    assert score(None, "one") is first and first[0] <= 0.0
    # A word that is not known is as probable as any such word.
    if tokens == "word":
        assert score(None, "zebra")[0] == score(None, "gnu")[0]


def test_a_beam_asks_it():
    model = make_random_language()
    words = ["one", "two", "three"]
    likelihood = model.score_samples(words)
    texts = ["", *(f" {word}" for word in words)]
    # The first frame says one of three words, the second one nothing.
    log_probs = np.log([[1e-9, 1 / 3, 1 / 3, 1 / 3], [1.0, 1e-9, 1e-9, 1e-9]])
    (best,) = decode_ctc(
        log_probs, texts=texts, language_model=score_words(model)(), weight=1.0
    )
    assert best.words[0].text == words[int(np.argmax(likelihood))]
    expected = np.log(1 / 3) + likelihood.max()
    assert best.score == pytest.approx(expected, abs=1e-3)


def test_labels_are_refused():
    model = make_random_language()
    model.classes_ = np.array(["x", "y"])
    assert isinstance(model, SLMLanguageModel)
    with pytest.raises(ValueError, match="fitted with labels"):
        score_words(model)
