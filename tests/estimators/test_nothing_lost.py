"""What fails changes nothing, and nobody writes into an estimator that it was given."""

import copy
from contextlib import contextmanager

import numpy as np
import pytest

from sklearn_slm import export_onnx, predict_iter, quantize, save_model
from sklearn_slm.inspection import explain, top_tokens
from sklearn_slm.network import train
from sklearn_slm.network.backend import import_keras
from sklearn_slm.ngrams import fit as ngrams_fit
from tests.estimators.small import LABELS, TEXTS, assert_same_fit, make_classifier

keras = import_keras()
CLASSES = ["neg", "pos"]


def begin_stream(**options):
    model = make_classifier(recurrent_dropout=0.2, **options)
    return model.partial_fit(TEXTS[:24], LABELS[:24], classes=CLASSES)


def flatten(state):
    """Return the arrays of a trainer's state, and what else there is."""
    if isinstance(state, np.ndarray):
        return [state]
    if isinstance(state, dict):
        return [array for value in state.values() for array in flatten(value)]
    if isinstance(state, (list, tuple)):
        return [array for value in state for array in flatten(value)]
    return [np.array(state)]


@contextmanager
def nothing_changes(model):
    """Assert that attributes and their values, and a live network, stay as they are."""
    before = dict(vars(model))
    values = copy.deepcopy(
        {name: before[name] for name in before if name not in ("_live", "callbacks")}
    )
    live = before.get("_live")
    state = live.copy_state() if live else ()
    yield
    assert vars(model).keys() == before.keys()
    assert all(vars(model)[name] is before[name] for name in before)
    for name in ("weights_", "loss_curve_", "validation_scores_", "n_iter_"):
        if name in values:
            for old, new in zip(flatten(values[name]), flatten(before[name])):
                np.testing.assert_array_equal(old, new)
    for old, new in zip(flatten(state), flatten(live.copy_state() if live else ())):
        np.testing.assert_array_equal(old, new)


class Fail(keras.callbacks.Callback):
    """Raise at the end of a batch, or of the epoch."""

    def __init__(self, batch=None):
        super().__init__()
        self.batch = batch

    def on_train_batch_end(self, batch, logs=None):
        if batch == self.batch:
            raise OSError("the disk is full")

    def on_epoch_end(self, epoch, logs=None):
        raise OSError("the disk is full")


def fail_at(n, function):
    """Return a function that fails when it is called for the n-th time."""
    calls = []

    def fail(*args, **options):
        calls.append(1)
        if len(calls) == n:
            raise OSError("the disk is full")
        return function(*args, **options)

    return fail


@pytest.mark.parametrize("batch", [0, 1, None])
def test_a_callback_that_fails_leaves_the_stream_as_it_was(batch):
    model = begin_stream()
    assert model._live.copy_state()[0][0].any()
    model.set_params(callbacks=[Fail(batch)])
    with nothing_changes(model), pytest.raises(OSError, match="the disk is full"):
        model.partial_fit(TEXTS, LABELS)
    # It goes on as one to which nothing has happened.
    model.set_params(callbacks=None).partial_fit(TEXTS, LABELS)
    expected = begin_stream().partial_fit(TEXTS, LABELS)
    assert_same_fit(model, expected)
    assert model.loss_curve_ == expected.loss_curve_
    live, other = model._live.network, expected._live.network
    assert live.optimizer.iterations == other.optimizer.iterations


@pytest.mark.parametrize("n", [1, 2])
def test_a_step_that_fails_leaves_the_stream_as_it_was(n, monkeypatch):
    model = begin_stream()
    step = model._live._step
    monkeypatch.setattr(step, "update", fail_at(n, step.update))
    with nothing_changes(model), pytest.raises(OSError, match="the disk is full"):
        model.partial_fit(TEXTS, LABELS)
    monkeypatch.undo()
    model.partial_fit(TEXTS, LABELS)
    assert_same_fit(model, begin_stream().partial_fit(TEXTS, LABELS))


def test_the_first_piece_that_fails_begins_nothing():
    model = make_classifier(callbacks=[Fail(0)])
    with nothing_changes(model), pytest.raises(OSError):
        model.partial_fit(TEXTS, LABELS, classes=CLASSES)
    assert not hasattr(model, "classes_")


@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize(
    ("module", "name", "n"),
    [
        (train, "train_network", 1),
        (train, "train_network", 2),  # a fold
        (ngrams_fit, "fit_ngrams", 1),
        (ngrams_fit, "fit_blend", 1),
    ],
)
def test_a_fit_that_fails_inside_writes_nothing(module, name, n, begun, monkeypatch):
    model = make_classifier(max_iter=1, warm_start=False)
    if begun:
        model.fit(TEXTS, LABELS)
    monkeypatch.setattr(module, name, fail_at(n, getattr(module, name)))
    with nothing_changes(model), pytest.raises(OSError, match="the disk is full"):
        model.fit(TEXTS, LABELS)


def test_a_warm_start_that_fails_inside_writes_nothing(fitted, monkeypatch):
    model = copy.copy(fitted).set_params(warm_start=True)
    monkeypatch.setattr(train, "train_network", fail_at(1, train.train_network))
    with nothing_changes(model), pytest.raises(OSError):
        model.fit(TEXTS, LABELS)


USES = {
    "predict": lambda model, path: model.predict(TEXTS),
    "score": lambda model, path: model.score(TEXTS, LABELS),
    "predict_iter": lambda model, path: list(predict_iter(model, TEXTS)),
    "explain": lambda model, path: explain(model, TEXTS[:2]),
    "occlusion": lambda model, path: explain(model, TEXTS[:2], method="occlusion"),
    "top_tokens": lambda model, path: top_tokens(model, TEXTS, min_count=1),
    "quantize": lambda model, path: quantize(model),
    "fewer words": lambda model, path: quantize(model, max_bytes=13_050),
    "save": lambda model, path: save_model(model, path),
    "onnx": lambda model, path: export_onnx(model, path),
    "repr": lambda model, path: (repr(model), model._repr_html_()),
}


@pytest.mark.parametrize("use", USES)
def test_using_a_model_writes_nothing_into_it(fitted, tmp_path, use):
    model = copy.copy(fitted)
    model.predict(TEXTS[:1])  # what is made once
    with nothing_changes(model), nothing_changes(model.vectorizer_):
        USES[use](model, tmp_path / "file")
