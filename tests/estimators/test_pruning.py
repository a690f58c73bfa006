"""Smaller copies of fitted classifiers: units, words and n-grams."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression

from sklearn_slm import SLMTextClassifier, load_model, prune, quantize, save_model
from tests.estimators.small import LABELS, TEXTS, make_steps

HELD_OUT = TEXTS[::2], LABELS[::2]
PLAIN = {"adversarial": 0.0, "runtime": "numpy", "early_stopping": False}


@pytest.fixture(scope="module")
def pipeline():
    return make_steps(**PLAIN).fit(TEXTS, LABELS)


@pytest.fixture(scope="module")
def halved(pipeline):
    return prune(pipeline, *HELD_OUT, amount=0.5)


def test_half_of_everything(pipeline, halved, tmp_path):
    small = halved.estimator_["slm"]
    assert small.hidden_size == 2 and small.spec_.encoder.hidden_size == (2,)
    whole = pipeline["slm"]
    assert len(small.vocabulary_) == len(whole.vocabulary_) // 2
    assert 0 < len(small.ngrams_) <= len(whole.ngrams_) // 2
    assert halved.estimator_["vectors"].vocabulary_ is small.vocabulary_
    # What was given is as it was.
    assert whole.hidden_size == 4 and whole.spec_.encoder.hidden_size == (4,)
    assert len(pipeline["vectors"].vocabulary_) == len(whole.vocabulary_)
    save_model(halved.estimator_, tmp_path / "small.slm")
    np.testing.assert_array_equal(
        load_model(tmp_path / "small.slm").predict_proba(TEXTS),
        halved.estimator_.predict_proba(TEXTS),
    )
    assert clone(small).hidden_size == 2


def test_the_table_tells_what_was_and_what_is(pipeline, halved, tmp_path):
    was, small = halved.table
    for step, model in ((was, pipeline), (small, halved.estimator_)):
        save_model(model, tmp_path / "m.slm")
        assert step.n_bytes == (tmp_path / "m.slm").stat().st_size
        assert step.score == model.score(*HELD_OUT)
        assert step.n_words == len(model["slm"].vocabulary_)
        assert step.n_ngrams == len(model["slm"].ngrams_)
        right = np.searchsorted(["neg", "pos"], HELD_OUT[1])
        found = model.predict_proba(HELD_OUT[0])[np.arange(len(right)), right]
        assert step.log_loss == pytest.approx(-np.log(found).mean(), rel=1e-5)
        assert step.texts_per_second > 0
    assert (was.name, small.name) == ("as it was", "amount=0.5")


def test_training_goes_on_from_what_is_left(pipeline, halved):
    trained = prune(
        pipeline,
        *HELD_OUT,
        amount=0.5,
        parts=("units",),
        X_train=TEXTS,
        y_train=LABELS,
        n_epochs=4,
    )
    alone = prune(pipeline, *HELD_OUT, amount=0.5, parts=("units",))
    assert trained.table[1].log_loss < alone.table[1].log_loss
    small = trained.estimator_["slm"]
    assert small.max_iter == 4 and not small.warm_start and small.ngrams == (1, 2)
    assert len(small.ngrams_) == len(pipeline["slm"].ngrams_)
    assert small.hidden_size == 2 and not small.warm_start and small.max_iter == 4


def test_as_small_as_it_must_be_in_int8(pipeline, halved):
    whole = halved.table[0].n_bytes
    result = prune(pipeline, *HELD_OUT, max_bytes=whole - 400, dtype="int8")
    names = [step.name for step in result.table]
    assert names[:2] == ["as it was", "int8"]
    sizes = [step.n_bytes for step in result.table]
    assert sizes[-1] <= whole - 400 and all(size > whole - 400 for size in sizes[:-1])
    assert result.estimator_["slm"].weights_["embedding"].dtype == np.int8
    assert result.table[-1].score == result.estimator_.score(*HELD_OUT)
    # What fits is left alone.
    as_it_was = prune(pipeline, *HELD_OUT, max_bytes=10**6)
    assert [step.name for step in as_it_was.table] == ["as it was"]
    np.testing.assert_array_equal(
        as_it_was.estimator_.predict_proba(TEXTS), pipeline.predict_proba(TEXTS)
    )


def test_as_small_as_the_accuracy_allows(pipeline):
    result = prune(pipeline, *HELD_OUT, max_drop=0.0, parts=("units",))
    last = result.table[-1]
    assert len(result.table) > 1
    assert (
        last.score >= result.table[0].score and last.n_bytes < result.table[0].n_bytes
    )
    assert last.n_words == result.table[0].n_words


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "expected one goal: amount, max_bytes or max_drop"),
        ({"amount": 0.5, "max_bytes": 1000}, "expected one goal"),
        ({"amount": 1.0}, r"amount must be between 0 and 1. Got 1.0"),
        ({"amount": 0.5, "parts": ("layers",)}, "parts must be a tuple of some of"),
        ({"amount": 0.5, "parts": "units"}, "parts must be a tuple of some of"),
        ({"amount": 0.5, "dtype": "int2"}, "must be 'int8', 'int4' or 'float16'"),
        ({"amount": 0.5, "parts": None}, "parts must be a tuple of some of"),
        ({"amount": 0.5, "n_epochs": 0}, "n_epochs must be a whole number"),
        ({"amount": 0.5, "X_train": TEXTS}, "X_train and y_train belong together"),
        (
            {"max_bytes": 100, "parts": ("units",)},
            r"max_bytes=100 cannot be reached: .* has [\d,]+ bytes",
        ),
        ({"amount": 0.5, "max_drop": -1}, "more than max_drop=-1. Allow more, remove"),
    ],
    ids=str,
)
def test_what_is_refused(pipeline, options, message):
    with pytest.raises(ValueError, match=message):
        prune(pipeline, *HELD_OUT, **options)


def test_other_models_and_other_texts_are_refused(pipeline):
    with pytest.raises(ValueError, match="must have the same number of rows"):
        prune(pipeline, TEXTS, LABELS[:3], amount=0.5)
    with pytest.raises(ValueError, match="among the classes"):
        prune(pipeline, TEXTS[:1], ["other"], amount=0.5)
    with pytest.raises(ValueError, match="X holds no document"):
        prune(pipeline, [], [], amount=0.5)
    with pytest.raises(NotFittedError):
        prune(SLMTextClassifier(), *HELD_OUT, amount=0.5)
    with pytest.raises(TypeError, match="expected a fitted SLMTextClassifier"):
        prune(LogisticRegression(), *HELD_OUT, amount=0.5)
    sequences = pipeline["vectors"].transform(TEXTS)
    with pytest.raises(ValueError, match="words are removed from the vectorizer too"):
        prune(pipeline["slm"], sequences, LABELS, amount=0.5)
    alone = prune(pipeline["slm"], sequences, LABELS, amount=0.5, parts=("units",))
    assert alone.estimator_.predict(sequences).shape == LABELS.shape


@pytest.mark.parametrize("dtype", ["int8", "float16"])
def test_a_quantised_model_stays_so(pipeline, dtype):
    small = quantize(pipeline, dtype)
    kinds = {name: w.dtype for name, w in small["slm"].weights_.items()}
    training = {"X_train": iter(TEXTS), "y_train": LABELS, "n_epochs": 1}
    result = prune(small, *HELD_OUT, amount=0.5, parts=("units",), **training)
    sizes = [step.n_bytes for step in result.table]
    assert sizes[1] < sizes[0] and len(sizes) == 2
    pruned = result.estimator_["slm"].weights_
    assert {name: w.dtype for name, w in pruned.items()} == kinds
    training["X_train"] = iter(TEXTS)
    walked = prune(small, *HELD_OUT, max_drop=1.0, parts=("units",), **training)
    assert walked.table[-1].hidden_size == (1,)
