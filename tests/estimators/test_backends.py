"""What a fit promises on every backend of Keras; `make test-backends` runs it on each."""

import pickle
import random
import sys

import numpy as np
import pytest

from sklearn_slm import GloveTfidfVectorizer, SLMTextClassifier
from sklearn_slm.spec import CELLS
from tests.estimators.small import LABELS, TEXTS


def make_classifier(**options):
    defaults = {
        "hidden_size": 4,
        "vectorizer": GloveTfidfVectorizer(n_components=5),
        "max_iter": 4,
        "batch_size": 16,
        "learning_rate": 0.05,
        "recurrent_dropout": 0.1,
        "random_state": 0,
    }
    return SLMTextClassifier(**(defaults | options))


def get_states():
    """Return where the global generators are."""
    found = [random.getstate(), np.random.get_state()[1].tobytes()]
    if "torch" in sys.modules:
        found.append(sys.modules["torch"].get_rng_state().numpy().tobytes())
    if "tensorflow" in sys.modules:
        generator = sys.modules["tensorflow"].random.get_global_generator()
        found.append(generator.state.numpy().tobytes())
    return found


@pytest.mark.parametrize("cell", CELLS)
def test_learns_from_texts_and_adversaries_and_goes_through_pickle(cell):
    # Without the n-gram model, which would learn it alone.
    model = make_classifier(cell=cell, ngrams=None, max_iter=12).fit(TEXTS, LABELS)
    assert model.score(TEXTS, LABELS) >= 0.95
    assert np.isfinite(model.loss_curve_).all()
    assert model.loss_curve_[-1] < model.loss_curve_[0]
    restored = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(
        restored.predict_proba(TEXTS), model.predict_proba(TEXTS)
    )
    assert restored.fit(TEXTS, LABELS).score(TEXTS, LABELS) >= 0.95


def test_same_seed_same_bits_and_no_global_generator_moves():
    # The n-gram model is the same on all, and trains three more networks to be blended.
    once = {"max_iter": 1, "ngrams": None}
    # Whatever is set up once.
    make_classifier(**once).fit(TEXTS, LABELS)
    before = get_states()
    first, again = (make_classifier(**once).fit(TEXTS, LABELS) for _ in range(2))
    clean = make_classifier(**once, adversarial=0.0).fit(TEXTS, LABELS)
    other = make_classifier(**once, random_state=1).fit(TEXTS, LABELS)
    assert get_states() == before
    for name, value in first.weights_.items():
        np.testing.assert_array_equal(value, again.weights_[name], err_msg=name)
    for different in (clean, other):
        assert (
            first.weights_["head.kernel"] != different.weights_["head.kernel"]
        ).any()


def test_a_stream_goes_on_with_the_optimizer_it_has():
    live = make_classifier(max_iter=1)
    for start in (0, 20):
        piece = slice(start, start + 20)
        live.partial_fit(TEXTS[piece], LABELS[piece], classes=["neg", "pos"])
    assert live.n_iter_ == 2
    assert live._live.network.optimizer.iterations == 4
    # A copy has lost the live network, and goes on from the weights alone.
    copy = pickle.loads(pickle.dumps(live)).partial_fit(TEXTS, LABELS)
    assert copy.n_iter_ == 3


def test_warm_start_goes_on_from_the_weights():
    model = make_classifier(warm_start=True, max_iter=8, ngrams=None).fit(TEXTS, LABELS)
    learned = model.loss_curve_[-1]
    model.set_params(max_iter=1).fit(TEXTS, LABELS)
    assert model.loss_curve_[-1] < (model.loss_curve_[0] + learned) / 2


@pytest.mark.parametrize("optimizer", ["sgd", "object"])
def test_several_labels_and_every_optimizer(optimizer):
    labels = np.stack([LABELS == "pos", ["film" in text for text in TEXTS]], axis=1)
    options = {"learning_rate": 0.5 if optimizer == "sgd" else 0.05}
    if optimizer == "object":
        import keras

        optimizer = keras.optimizers.Adam(0.05)
    model = make_classifier(
        optimizer=optimizer, ngrams=None, max_iter=8, **options
    ).fit(TEXTS, labels.astype(int))
    assert model.loss_curve_[-1] < model.loss_curve_[0]
    assert model.predict(TEXTS).shape == (40, 2)


def test_vectors_stay_where_they_are_told_to():
    model = make_classifier(train_vectors=False, ngrams=None).fit(TEXTS, LABELS)
    start = model.vectorizer_.vectors_.table
    found = model.weights_["embedding"]
    np.testing.assert_array_equal(found[-len(start) :], start)


def test_ctrl_c_keeps_the_best_weights_so_far():
    import keras

    class PressCtrlC(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 1:
                raise KeyboardInterrupt

    model = make_classifier(callbacks=[PressCtrlC()], ngrams=None)
    with pytest.warns(UserWarning, match="Training interrupted by user"):
        model.fit(TEXTS, LABELS)
    assert model.n_iter_ == 2
