"""Fits that diverge, that Ctrl-C ends, that get what cannot work: nothing is lost."""

import signal
import threading
import warnings
from contextlib import contextmanager

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from sklearn_slm import GloveTfidfVectorizer, SLMTextClassifier
from sklearn_slm.network import train
from sklearn_slm.network.backend import import_keras
from sklearn_slm.ngrams import fit
from tests.estimators.small import LABELS, TEXTS

keras = import_keras()

CLASSES = ["neg", "pos"]
SEQUENCES = GloveTfidfVectorizer(n_components=4, random_state=0).fit_transform(TEXTS)
OPTIONS = {"hidden_size": 3, "max_iter": 2, "batch_size": 8, "random_state": 0}
# Keras reads its variables by an array protocol that NumPy 2 warns of.
keras_arrays = pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")


def make_classifier(**options):
    return SLMTextClassifier(**(OPTIONS | options))


def begin_stream(**options):
    model = make_classifier(**options)
    return model.partial_fit(SEQUENCES, LABELS, classes=CLASSES)


@contextmanager
def nothing_changes(model):
    """Assert that neither the attributes nor the live network is touched."""
    before = dict(vars(model))
    state = model._live.copy_state() if model._live else None
    yield
    assert vars(model).keys() == before.keys()
    assert all(vars(model)[name] is before[name] for name in before)
    if state is not None:
        after = model._live.copy_state()
        for old, new in zip([*state[0], *state[1][1]], [*after[0], *after[1][1]]):
            np.testing.assert_array_equal(old, new)


class At(keras.callbacks.Callback):
    """Do something at one batch of one epoch, or at its end."""

    def __init__(self, act, epoch, batch=None):
        super().__init__()
        self.act, self.when, self.now = act, (epoch, batch), 0

    def on_epoch_begin(self, epoch, logs=None):
        self.now = epoch

    def on_train_batch_end(self, batch, logs=None):
        if (self.now, batch) == self.when:
            self.act(self.model)

    def on_epoch_end(self, epoch, logs=None):
        if (epoch, None) == self.when:
            self.act(self.model)


def press_ctrl_c(*_):
    signal.raise_signal(signal.SIGINT)


def spoil(network):
    network.get_layer("embedding").embeddings.assign_add(np.float32(1e30))


@pytest.mark.parametrize(
    "options",
    [
        {"learning_rate": 1e30},
        {"learning_rate": 1e30, "clip_norm": None, "early_stopping": True},
        {"learning_rate": 1e20, "optimizer": "sgd"},
    ],
)
def test_a_fit_that_diverges_changes_nothing(options):
    model = make_classifier().fit(SEQUENCES, LABELS)
    name = "learning_rate"
    model.set_params(**options)
    with nothing_changes(model):
        with pytest.raises(ValueError, match=f"diverged.*lower {name}.*or clip_norm"):
            model.fit(SEQUENCES, LABELS)


@pytest.mark.parametrize("learning_rate", [1e3, 1e8, 1e14])
def test_probabilities_are_numbers_however_large_the_steps(learning_rate):
    model = make_classifier(learning_rate=learning_rate, clip_norm=None)
    try:
        model.fit(SEQUENCES, LABELS)
    except ValueError as error:
        assert "diverged" in str(error)
    else:
        assert np.isfinite(model.predict_proba(SEQUENCES)).all()


def test_a_fit_that_diverges_late_keeps_the_epochs_before():
    two = make_classifier(max_iter=4, callbacks=[At(press_ctrl_c, 1)])
    with pytest.warns(UserWarning, match="interrupted by user after 2 epochs"):
        two.fit(SEQUENCES, LABELS)
    model = make_classifier(max_iter=4, callbacks=[At(spoil, 2, 1)])
    with pytest.warns(ConvergenceWarning, match="diverged in epoch 3"):
        model.fit(SEQUENCES, LABELS)
    assert model.n_iter_ == 2
    np.testing.assert_array_equal(
        model.weights_["embedding"], two.weights_["embedding"]
    )


def test_a_piece_that_diverges_leaves_the_stream_as_it_was():
    model = begin_stream()
    model.set_params(callbacks=[At(spoil, 0, 1)])
    with nothing_changes(model):
        with pytest.raises(ValueError, match="diverged in the first epoch"):
            model.partial_fit(SEQUENCES, LABELS)
    # It goes on as if nothing had been, with the optimiser that it has.
    model.set_params(callbacks=None).partial_fit(SEQUENCES, LABELS)
    expected = begin_stream().partial_fit(SEQUENCES, LABELS)
    for name, value in expected.weights_.items():
        np.testing.assert_array_equal(model.weights_[name], value)


@pytest.mark.parametrize("batch", [0, 3])
@pytest.mark.parametrize("early_stopping", ["auto", True])
def test_ctrl_c_in_the_first_epoch_is_not_swallowed(batch, early_stopping):
    model = make_classifier(
        callbacks=[At(press_ctrl_c, 0, batch)], early_stopping=early_stopping
    )
    with pytest.raises(KeyboardInterrupt):
        model.fit(SEQUENCES, LABELS)
    assert not hasattr(model, "weights_")
    assert make_classifier().fit(SEQUENCES, LABELS).n_iter_ == 2


def test_ctrl_c_while_compiling_leaves_all_as_it_was(monkeypatch):
    from sklearn_slm.network.steps import jax_step

    model = begin_stream()

    @contextmanager
    def wait_for_compiler(mesh):
        press_ctrl_c()
        yield

    monkeypatch.setattr(jax_step, "wait_for_compiler", wait_for_compiler)
    # Of as many texts as no batch before had.
    model.set_params(batch_size=5)
    with nothing_changes(model), pytest.raises(KeyboardInterrupt):
        model.partial_fit(SEQUENCES[:5], LABELS[:5])
    with nothing_changes(model), pytest.raises(KeyboardInterrupt):
        model.fit(SEQUENCES[:5], LABELS[:5])
    monkeypatch.undo()
    assert model.partial_fit(SEQUENCES, LABELS).n_iter_ == 2


@pytest.mark.parametrize("early_stopping", ["auto", True])
@pytest.mark.parametrize("batch", [None, 0, 2])
def test_ctrl_c_keeps_the_epochs_that_are_done(early_stopping, batch):
    at = At(press_ctrl_c, 0 if batch is None else 1, batch)
    model = make_classifier(callbacks=[at], early_stopping=early_stopping)
    with pytest.warns(UserWarning, match="after 1 epochs; the best weights so far are"):
        model.fit(SEQUENCES, LABELS)
    assert model.n_iter_ == len(model.loss_curve_) == 1
    assert len(model.ngrams_) > 0
    assert np.isfinite(model.predict_proba(SEQUENCES)).all()


@pytest.mark.parametrize("where", ["margins", "blend", "third fold"])
def test_ctrl_c_after_the_last_epoch_keeps_the_network(where, monkeypatch):
    full = make_classifier(ngrams=None).fit(SEQUENCES, LABELS)
    if where == "third fold":
        build, built = train.Trainer, []

        def build_trainer(*args, **options):
            built.append(1)
            return press_ctrl_c() if len(built) == 3 else build(*args, **options)

        monkeypatch.setattr(train, "Trainer", build_trainer)
    else:
        monkeypatch.setattr(fit, f"fit_{where}", press_ctrl_c)
    model = make_classifier()
    with pytest.warns(UserWarning, match="2 epochs.* kept, without the n-gram model"):
        model.fit(SEQUENCES, LABELS)
    assert model.ngrams_ is None
    for name, value in full.weights_.items():
        np.testing.assert_array_equal(model.weights_[name], value)


def test_fitted_models_keep_no_thread():
    before = threading.active_count()
    models = [
        make_classifier(random_state=seed).fit(SEQUENCES, LABELS) for seed in range(3)
    ]
    models.append(begin_stream().partial_fit(SEQUENCES, LABELS))
    assert threading.active_count() == before


class Fake:
    def apply_gradients(self):
        pass


@pytest.mark.parametrize(
    ("optimizer", "message"),
    [
        ("Adam", "must be a str among .* Got 'Adam'"),
        ({"class_name": "Adam"}, "must be a str among .* Got {'class_name'"),
        (keras.optimizers.Adam, r"Got the class Adam instead.*Adam\(learning_rate="),
        (Fake(), "Got an object of type .*Fake instead"),
        (
            keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam()),
            "give its inner_optimizer",
        ),
    ],
)
def test_optimizers_that_cannot_work(optimizer, message):
    with pytest.raises(ValueError, match=message):
        make_classifier(optimizer=optimizer).fit(SEQUENCES, LABELS)


kinds = keras.callbacks


@pytest.mark.parametrize(
    ("callback", "message"),
    [
        (kinds.TerminateOnNaN, "is the class TerminateOnNaN. Make an instance"),
        (3, "is an object of type builtins.int"),
        ([kinds.History()], "is an object of type builtins.list"),
        (
            kinds.ModelCheckpoint("model.keras"),
            "ModelCheckpoint, cannot work: .*save_w",
        ),
        (
            kinds.BackupAndRestore("folder"),
            "BackupAndRestore, cannot work: .*resume_fr",
        ),
        (kinds.SwapEMAWeights(), "SwapEMAWeights, cannot work: .*use_ema=True"),
        (kinds.EarlyStopping("val_accuracy"), "'val_accuracy' should rise.*mode='max'"),
    ],
)
def test_callbacks_that_cannot_work(callback, message):
    model = make_classifier(callbacks=[kinds.History(), callback])
    with pytest.raises(ValueError, match=rf"callbacks\[1\].*{message}"):
        model.fit(SEQUENCES, LABELS)


@keras_arrays
def test_callbacks_that_work(tmp_path):
    halve = kinds.LearningRateScheduler(lambda epoch, rate: rate / 2)
    reduce = kinds.ReduceLROnPlateau("loss", patience=0, min_delta=9.0, factor=0.1)
    best = kinds.EarlyStopping(
        "loss", patience=0, min_delta=9.0, restore_best_weights=True
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        plain = make_classifier(max_iter=3, ngrams=None).fit(SEQUENCES, LABELS)
        found = {}
        for callback in (
            halve,
            reduce,
            best,
            kinds.EarlyStopping("val_accuracy", mode="max", patience=5),
            kinds.ModelCheckpoint(tmp_path / "w.weights.h5", save_weights_only=True),
            kinds.CSVLogger(tmp_path / "log.csv"),
            kinds.TerminateOnNaN(),
            kinds.LambdaCallback(on_epoch_end=lambda epoch, logs: None),
        ):
            name = type(callback).__name__
            model = make_classifier(
                max_iter=3,
                ngrams=None,
                early_stopping=getattr(callback, "monitor", "") == "val_accuracy",
                callbacks=[callback],
            )
            found.setdefault(name, model.fit(SEQUENCES, LABELS))
    assert (tmp_path / "w.weights.h5").exists() and (tmp_path / "log.csv").exists()
    assert found["LearningRateScheduler"].loss_curve_[0] != plain.loss_curve_[0]
    # From the third epoch on the steps are shorter, and the first two are the same.
    assert found["ReduceLROnPlateau"].loss_curve_[:2] == plain.loss_curve_[:2]
    assert found["ReduceLROnPlateau"].loss_curve_[2] != plain.loss_curve_[2]
    # It stops after the second epoch, and goes back to the first.
    stopped = found["EarlyStopping"]
    assert stopped.n_iter_ == 2
    one = make_classifier(max_iter=3, ngrams=None, callbacks=[At(press_ctrl_c, 0)])
    with pytest.warns(UserWarning, match="after 1 epochs"):
        one.fit(SEQUENCES, LABELS)
    np.testing.assert_array_equal(
        stopped.weights_["head.kernel"], one.weights_["head.kernel"]
    )
