"""Recordings of a language of tones, and recognisers that many tests share."""

from functools import lru_cache

from sklearn_slm import SLMSpeechRecognizer
from sklearn_slm.decoding.word_model import count_words
from sklearn_slm.estimators.recognition_data import describe_features
from sklearn_slm.estimators.recognition_fit import describe_recognizer
from sklearn_slm.estimators.transcripts import learn_symbols
from tests.golden import RATE, sing
from tests.networks import draw_weights

TEXTS = ["ab c", "ba c", "ca b", "c ab", "b ca", "a bc", "bc a", "ac b", "cb a", "b ac"]
TEXTS = [*TEXTS, "a cb", "c ba"]


SOUNDS = [sing(text, seed=i) for i, text in enumerate(TEXTS)]


def make_recognizer(**parameters):
    given = {"hidden_size": 24, "sample_rate": RATE, "n_mels": 12, "speeds": 1.0}
    given |= {"n_masks": 0, "dropout": 0.0, "batch_size": 4, "max_iter": 40}
    given |= {"learning_rate": 0.02, "random_state": 0, "beam_size": 4}
    given |= {"runtime": "numpy"}
    return SLMSpeechRecognizer(**(given | parameters))


@lru_cache(maxsize=4)
def fit_recognizer(**parameters):
    """Return a fitted recogniser; nobody may change it."""
    return make_recognizer(**parameters).fit(SOUNDS, TEXTS)


def make_random_recognizer(seed=0, scale=1.5, **parameters):
    """Return a recogniser that knows symbols, with random weights: no training."""
    model = make_recognizer(**{"hidden_size": (6, 5), **parameters})
    symbols = learn_symbols(model, TEXTS)
    model.features_ = describe_features(model)
    model.spec_ = describe_recognizer(model, model.features_, symbols)
    model.weights_ = draw_weights(model.spec_, seed, scale)
    model.tokenizer_, model.vocabulary_ = symbols
    model.word_counts_ = count_words(TEXTS)
    model.language_weight_, model.word_bonus_ = 0.5, 0.5
    model.n_iter_, model.loss_curve_ = 1, [1.0]
    model.validation_scores_ = model.best_validation_score_ = None
    model.validation_wer_ = None
    return model
