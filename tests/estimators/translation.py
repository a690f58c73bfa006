"""Pairs of texts and translators that many tests share."""

from functools import lru_cache

from sklearn_slm import SLMTranslator
from sklearn_slm.estimators.sides import learn_sides
from sklearn_slm.estimators.translation_fit import describe_translator
from tests.estimators.language import TEXTS, WORDS
from tests.networks import draw_weights

GERMAN = dict(zip(WORDS, ["eins", "zwei", "drei", "vier", "fünf"]))


def translate_words(text):
    return " ".join(
        GERMAN[word.strip(".!")] + word[len(word.strip(".!")) :]
        for word in text.split()
    )


SOURCES = TEXTS
TARGETS = [translate_words(text) for text in SOURCES]


def make_translator(**parameters):
    given = {"hidden_size": 16, "tokens": "word", "max_iter": 25, "batch_size": 4}
    given |= {"learning_rate": 0.02, "dropout": 0.0, "random_state": 0}
    given |= {"beam_size": 3, "runtime": "numpy"}
    return SLMTranslator(**(given | parameters))


@lru_cache(maxsize=4)
def fit_translator(**parameters):
    """Return a fitted translator; nobody may change it."""
    return make_translator(**parameters).fit(SOURCES, TARGETS)


def make_random_translator(seed=0, scale=0.8, **parameters):
    """Return a translator that knows tokens, with random weights: no training."""
    model = make_translator(**parameters)
    source, target = learn_sides(model, (SOURCES, TARGETS))
    model.spec_ = describe_translator(model, source, target)
    model.weights_ = draw_weights(model.spec_, seed, scale)
    model.weights_["head.bias"][0] -= 4.0  # or all texts are empty
    model.source_tokenizer_, model.source_vocabulary_ = source
    model.target_tokenizer_, model.target_vocabulary_ = target
    model.n_iter_, model.loss_curve_ = 1, [1.0]
    model.validation_scores_ = model.best_validation_score_ = None
    model.validation_bleu_ = model.bleu_curve_ = None
    return model
