"""Steps lower the loss on every backend, in one thread as in two, sampled or not."""

import numpy as np
import pytest

from sklearn_slm.network.backend import import_keras
from sklearn_slm.network.language import sampling
from sklearn_slm.network.language.windows import Windows
from tests.network.language.small import SPEC, make_stream, make_trainer

is_jax = import_keras().backend.backend() == "jax"


def train(trainer, n_epochs=3, backward=False, keep=None):
    """Return the mean loss of each epoch."""
    stream, losses = make_stream(), []
    plans = [Windows(stream, 4, 5, backward=b) for b in ([False, True][: 1 + backward])]
    with trainer.open_threads():
        for epoch in range(n_epochs):
            states = [trainer.start_state(2) for _ in range(2 * len(plans))]
            total = count = 0.0
            for i, windows in enumerate(zip(*(plan.read() for plan in plans))):
                parts = [half for window in windows for half in window.halve()]
                random = np.random.default_rng([epoch, i])
                loss, states = trainer.step(parts, states, keep, random)
                total += loss
                count += sum(part.weight.sum() for part in parts)
            losses.append(total / count)
    return losses


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
@pytest.mark.parametrize("softmax", ["full", "sampled"])
def test_the_loss_falls(softmax, optimizer, monkeypatch):
    monkeypatch.setattr(sampling, "_SMALLEST", 6)
    rate = 0.05 if optimizer == "adam" else 1.0
    trainer = make_trainer(softmax=softmax, optimizer=optimizer, learning_rate=rate)
    assert bool(trainer.sample_size) == (softmax == "sampled")
    start = trainer.read_weights()[0]
    losses = train(trainer, 4)
    assert losses[-1] < (0.8 if optimizer == "adam" else 0.97) * losses[0]
    after = trainer.read_weights()[0]
    assert set(after) == set(SPEC.weights())
    assert all((after[name] != start[name]).any() for name in after)


@pytest.mark.parametrize("softmax", ["full", "sampled"])
def test_one_thread_and_two_give_the_same_bits(softmax, monkeypatch):
    monkeypatch.setattr(sampling, "_SMALLEST", 6)
    ways = [make_trainer(n_threads=n, softmax=softmax, dropout=0.3) for n in (1, 2)]
    assert train(ways[0]) == train(ways[1])
    one, two = (trainer.read_weights()[0] for trainer in ways)
    assert all(np.array_equal(one[name], two[name]) for name in one)


def test_both_directions_share_one_table():
    trainer = make_trainer(n_directions=2)
    losses = train(trainer, backward=True)
    assert losses[-1] < losses[0]
    forward, backward = trainer.read_weights()
    assert forward["embedding"] is backward["embedding"]
    assert all((forward[n] != backward[n]).any() for n in forward if n != "embedding")


def test_gradients_are_those_of_all_halves_together():
    """Two halves and one whole batch make the same step."""
    whole, halved = make_trainer(optimizer="sgd"), make_trainer(optimizer="sgd")
    (window, *_) = Windows(make_stream(), 4, 5).read()
    random = np.random.default_rng(0)
    whole.step([window], [whole.start_state(4)], None, random)
    states = [halved.start_state(2) for _ in range(2)]
    halved.step(window.halve(), states, None, random)
    for name, value in whole.read_weights()[0].items():
        np.testing.assert_allclose(halved.read_weights()[0][name], value, atol=1e-6)


def test_a_frozen_table_stays():
    for softmax in ("full", "sampled"):
        trainer = make_trainer(train_vectors=False, softmax=softmax)
        before = trainer.read_weights()[0]
        train(trainer, 1)
        after = trainer.read_weights()[0]
        assert np.array_equal(after["embedding"], before["embedding"])
        assert (after["head.bias"] != before["head.bias"]).any()


def test_dropped_tokens_are_read_as_zeros():
    keep = np.zeros(9, np.float32)
    trainer, other = make_trainer(), make_trainer()
    other.restore_state(
        [np.zeros_like(v) if v.shape == (9, 3) else v for v in other.copy_state()], 0
    )
    (window, *_) = Windows(make_stream(), 4, 5).read()
    random = np.random.default_rng(0)
    loss, _ = trainer.step([window], [trainer.start_state(4)], keep, random)
    # The tokens that come next still have their vectors.
    kept, _ = make_trainer().step([window], [trainer.start_state(4)], None, random)
    assert loss != kept


def test_what_is_copied_can_be_restored():
    trainer = make_trainer(dropout=0.2)
    train(trainer, 1)
    state, done = trainer.copy_state(), trainer.done
    first = train(trainer, 1)
    trainer.restore_state(state, done)
    assert train(trainer, 1) == first


def test_the_schedule_ends_at_nothing():
    trainer = make_trainer(n_steps=10)
    trainer.restore_state(trainer.copy_state(), 10)
    before = trainer.read_weights()[0]
    train(trainer, 1)
    moved = trainer.read_weights()[0]
    assert max(np.abs(moved[n] - before[n]).max() for n in before) < 0.05


def test_an_optimizer_object_has_no_sample():
    keras = import_keras()
    trainer = make_trainer(optimizer=keras.optimizers.Adam(0.03), softmax="sampled")
    assert trainer.sample_size == 0
    losses = train(trainer)
    assert losses[-1] < losses[0]
    assert float(trainer.optimizer.learning_rate.value) == pytest.approx(0.03)
