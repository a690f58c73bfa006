"""A larger network is the smaller one, and its optimizer goes on."""

import numpy as np

from sklearn_slm.network.growing import grow_trainer, grow_weights, spread_columns
from sklearn_slm.network.options import TrainingOptions
from sklearn_slm.network.trainer import Trainer
from sklearn_slm.runtime import prepare_network
from sklearn_slm.spec import ClassHead, EncoderSpec, NetworkSpec
from sklearn_slm.text import Ragged

SPEC = NetworkSpec(EncoderSpec(3, (2,), n_tokens=62), ClassHead(2))
PLACES = np.array([0, 2])


def draw_weights():
    random = np.random.RandomState(0)
    return {
        name: random.standard_normal(weight.shape).astype(np.float32)
        for name, weight in SPEC.weights().items()
    }


def test_predictions_of_what_was_known_are_the_same_bits():
    weights = draw_weights()
    rows = np.ones((5, 3), np.float32)
    spec, larger = grow_weights(SPEC, weights, rows, PLACES, 3)
    assert {n: w.shape for n, w in spec.weights().items()} == {
        n: w.shape for n, w in larger.items()
    }
    texts = Ragged(np.array([2, 61, 1, 7], np.int32), np.array([0, 3, 4]))
    before = prepare_network(SPEC, weights).run(texts)["logits"]
    after = prepare_network(spec, larger).run(texts)["logits"]
    np.testing.assert_array_equal(after[:, PLACES], before)
    # The new class is as likely as the others are in the mean.
    np.testing.assert_allclose(after[:, 1], before.mean(axis=1), atol=1e-6)
    np.testing.assert_array_equal(larger["embedding"][62:], rows)
    same_spec, same = grow_weights(SPEC, weights, rows[:0], np.arange(2), 2)
    assert same_spec == SPEC and all(same[n] is w for n, w in weights.items())


def test_the_optimizer_goes_on():
    weights = draw_weights()
    live = Trainer(SPEC, weights, TrainingOptions(), keep_weights=True)
    random = np.random.RandomState(1)
    values, steps, latest = live.copy_state()
    values = [v + random.random_sample(v.shape).astype(v.dtype) for v in values]
    moments = [random.random_sample(m.shape).astype("f4") for m in live._step.moments]
    of_step = (7, moments) if isinstance(steps, tuple) else moments
    live.restore_state((values, of_step, latest))
    # Seven words more than a table of 64 rows has room for.
    rows = np.ones((7, 3), np.float32)
    spec, larger = grow_weights(SPEC, live.read_weights(), rows, PLACES, 3)
    grown = grow_trainer(live, spec, larger, PLACES)
    for name, value in larger.items():
        np.testing.assert_array_equal(grown.latest[name], value)
    first = len(live.network.variables)
    old, new = (trainer.copy_state()[0][first:] for trainer in (live, grown))
    assert len(old) == len(new) > 6
    for a, b in zip(old, new):
        expected = a if a.shape == b.shape else spread_columns(a, PLACES, 3)
        np.testing.assert_array_equal(b, expected)
    _, state, _ = grown.copy_state()
    for a, b in zip(moments, state[1] if isinstance(state, tuple) else state):
        np.testing.assert_array_equal(b[: len(a)], a)
        assert len(b) > len(a) and not b[len(a) :].any()
    assert live.spec == SPEC
