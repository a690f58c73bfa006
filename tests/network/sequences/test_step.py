"""Steps lower the loss on every backend, in one thread as in two."""

import numpy as np
import pytest

from sklearn_slm.network.backend import import_keras
from sklearn_slm.network.sequences.batches import PairBatches
from tests.network.sequences.small import SPEC, make_pairs, make_trainer

keras = import_keras()


def read_batches(pairs=None, epoch=0):
    pairs = make_pairs() if pairs is None else pairs
    return PairBatches(pairs, 8, np.array([4])).read(epoch=epoch)


def train(trainer, n_epochs=3):
    """Return the mean loss of each epoch."""
    losses = []
    with trainer.open_threads():
        for epoch in range(n_epochs):
            batches = list(read_batches(epoch=epoch))
            total = sum(trainer.step(batch) for batch in batches)
            losses.append(total / sum(batch.n_targets for batch in batches))
    return losses


def assert_same(ours, theirs):
    assert set(ours) == set(theirs)
    assert all(np.array_equal(ours[name], theirs[name]) for name in ours)


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_the_loss_falls_and_all_weights_move(optimizer):
    rate = 0.03 if optimizer == "adam" else 1.0
    trainer = make_trainer(optimizer=optimizer, learning_rate=rate)
    start = trainer.read_weights()
    losses = train(trainer, 6)
    assert losses[-1] < (0.88 if optimizer == "adam" else 0.97) * losses[0]
    after = trainer.read_weights()
    assert list(after) == list(SPEC.weights())
    assert all((after[name] != start[name]).any() for name in after)
    assert all(after[n].shape == w.shape for n, w in SPEC.weights().items())


def test_one_thread_and_two_give_the_same_bits():
    one, two = (make_trainer(n_threads=n, dropout=0.3) for n in (1, 2))
    assert train(one) == train(two)
    assert_same(one.read_weights(), two.read_weights())


def test_a_seed_gives_the_same_bits_and_another_one_others():
    first, again, other = (make_trainer(seed=s, dropout=0.2) for s in (3, 3, 4))
    assert train(first, 1) == train(again, 1)
    assert_same(first.read_weights(), again.read_weights())
    table = other.read_weights()["decoder.embedding"]
    assert (table != first.read_weights()["decoder.embedding"]).any()


def test_training_goes_on_from_given_weights():
    trained = make_trainer()
    train(trained, 1)
    weights = trained.read_weights()
    assert_same(make_trainer(start=weights, seed=9).read_weights(), weights)


def test_rows_that_no_batch_reads_stay():
    pairs = make_pairs()
    ids = pairs.inputs["ids"].values
    ids[ids == 7] = 6
    trainer = make_trainer()
    before = trainer.read_weights()["embedding"]
    for batch in read_batches(pairs):
        trainer.step(batch)
    moved = (trainer.read_weights()["embedding"] != before).any(axis=1)
    # Padding and unknown words are not among the texts; padding is no token.
    assert moved.tolist() == [False, False, *[True] * 5, False, True]


def test_halves_are_added_up():
    """A batch twice is the batch: its mean loss and its step are the same."""
    pairs = make_pairs(4)
    double = pairs.take(np.array([0, 1, 2, 3, 0, 1, 2, 3]))
    steps = []
    for examples in (pairs, double):
        trainer = make_trainer(optimizer="sgd", learning_rate=0.5)
        (batch,) = PairBatches(examples, 8, np.array([4])).read()
        steps.append((trainer.step(batch) / batch.n_targets, trainer.read_weights()))
    assert steps[0][0] == pytest.approx(steps[1][0], rel=1e-5)
    for name, value in steps[0][1].items():
        np.testing.assert_allclose(steps[1][1][name], value, atol=1e-6)


def test_the_learning_rate_follows_the_steps():
    ways = [make_trainer(optimizer="sgd", n_steps=n) for n in (0, 19)]
    batch = next(iter(read_batches()))
    moved = []
    for trainer in ways:
        before = trainer.read_weights()
        trainer.step(batch)
        moved.append(
            {name: trainer.read_weights()[name] - before[name] for name in before}
        )
    # Half way up to its highest after the first of 19 steps.
    for name, change in moved[0].items():
        np.testing.assert_allclose(moved[1][name], 0.5 * change, atol=2e-7)


def test_an_optimizer_of_the_users_holds_all_weights():
    trainer = make_trainer(optimizer=keras.optimizers.Adam(learning_rate=0.03))
    start = trainer.read_weights()
    losses = train(trainer, 4)
    assert losses[-1] < 0.95 * losses[0]
    after = trainer.read_weights()
    assert all((after[name] != start[name]).any() for name in after)


def test_evaluation_has_no_dropout_and_no_smoothing():
    weights = make_trainer().read_weights()
    batch = next(iter(read_batches()))
    plain = make_trainer(start=weights).evaluate(batch)
    other = make_trainer(start=weights, dropout=0.5, label_smoothing=0.3)
    assert other.evaluate(batch) == plain
    assert other.step(batch) != plain
