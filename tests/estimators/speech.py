"""Recordings of a language of tones, and recognisers that many tests share."""

from functools import lru_cache

import numpy as np

from sklearn_slm import SLMSpeechRecognizer
from sklearn_slm.decoding.word_model import count_words
from sklearn_slm.estimators.recognition_data import describe_features
from sklearn_slm.estimators.recognition_fit import describe_recognizer
from sklearn_slm.estimators.transcripts import learn_symbols
from tests.networks import draw_weights

RATE = 8000
# Each character is a tone, the space is none.
TONES = {"a": 400.0, "b": 900.0, "c": 1700.0}
TEXTS = ["ab c", "ba c", "ca b", "c ab", "b ca", "a bc", "bc a", "ac b", "cb a", "b ac"]
TEXTS = [*TEXTS, "a cb", "c ba"]


def sing(text, seconds=0.12, noise=0.01, seed=0):
    """Return a recording of a text: a tone for each character, with gaps between."""
    random = np.random.default_rng(seed)
    times = np.arange(round(seconds * RATE)) / RATE
    shape = np.minimum(1.0, 10 * np.sin(np.pi * times / seconds) ** 2)
    parts = [
        np.sin(2 * np.pi * TONES.get(character, 0.0) * times) * shape
        for character in text
    ]
    samples = np.concatenate([np.zeros(400), *parts, np.zeros(400)]) * 0.3
    return (samples + random.normal(0, noise, len(samples))).astype(np.float32)


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
