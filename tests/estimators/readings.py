"""Questions on passages, and readers that many tests share."""

from functools import lru_cache

import numpy as np

from sklearn_slm import GloveTfidfVectorizer, SLMReader
from sklearn_slm.estimators.reader_fit import describe_reader, read_reading_task
from sklearn_slm.estimators.reading_data import read_reading_set
from tests.networks import draw_weights

PEOPLE = [
    ("Anna", "Rome", "1900"),
    ("Bert", "Oslo", "1911"),
    ("Cleo", "Lima", "1922"),
    ("Dora", "Rome", "1933"),
    ("Ezra", "Oslo", "1944"),
    ("Finn", "Lima", "1955"),
]
TEXT = "{} was born in {} in {}."
QUESTIONS = ["who was born there", "where was the birth", "when was the birth"]
PAIRS = [(question, TEXT.format(*p)) for p in PEOPLE for question in QUESTIONS]
ANSWERS = [word for person in PEOPLE for word in person]
NEW = [(question, TEXT.format("Gwen", "Bonn", "1871")) for question in QUESTIONS]


def make_reader(**parameters):
    given = {"hidden_size": 6, "n_units": 6, "max_iter": 60, "learning_rate": 0.05}
    given |= {"dropout": 0.1, "negative_rate": 0.0, "random_state": 0}
    given |= {"runtime": "numpy"}
    if "vectorizer" not in parameters:
        given["vectorizer"] = GloveTfidfVectorizer(n_components=6)
    return SLMReader(**(given | parameters))


def make_guide_reader(**parameters):
    """Return the reader of the user guide, whose training is compiled once for both."""
    return make_reader(vectorizer=None, negative_rate=0.1, **parameters)


@lru_cache(maxsize=1)
def describe_guide_reader():
    """Return its network, for others that are trained: compiled once for all.

    It reads 20 questions of 4 tokens and passages of 8 at a time, with a dropout rate of
    0.1; so should they.
    """
    return make_random_reader(vectorizer=None).spec_


@lru_cache(maxsize=1)
def fit_reader():
    """Return a fitted reader; nobody may change it."""
    return make_guide_reader().fit(PAIRS, ANSWERS)


def make_random_reader(pairs=PAIRS, answers=ANSWERS, seed=0, **parameters):
    """Return a reader that knows words, with random weights: no training."""
    model = make_reader(**parameters)
    asked = read_reading_set(pairs, answers)
    task, vectorizer = read_reading_task(model, asked, None, [0, 1, 2, 3])
    model.spec_ = describe_reader(model, task.vectors)
    model.weights_ = draw_weights(model.spec_, seed, 0.5)
    model.vocabulary_, model.vectorizer_ = task.vectors.vocabulary, vectorizer
    model.knows_none_, model.temperature_ = task.knows_none, 1.0
    model.n_iter_, model.loss_curve_ = 1, [1.0]
    model.validation_scores_ = model.best_validation_score_ = None
    model.validation_f1_ = model.validation_exact_match_ = None
    return model


@lru_cache(maxsize=1)
def make_doubting_reader():
    """Return a random reader that finds an answer in half of the passages."""
    model = make_random_reader(PAIRS[:6], [*ANSWERS[:5], None])
    ratios = []
    for entries in model.predict_topk(PAIRS, k=99):
        none = dict(entries)[""]
        ratios.append(max(p for text, p in entries if text) / none)
    bias = model.weights_["none.bias"] + 0.5 * np.log(np.median(ratios))
    model.weights_ = model.weights_ | {"none.bias": np.float32(bias)}
    return model
