"""Epochs of pairs: what is learned, the best, early stopping, checkpoints, Ctrl-C."""

from dataclasses import replace

import numpy as np
import pytest

from sklearn_slm.network.backend import import_keras
from sklearn_slm.network.options import Seeds
from sklearn_slm.network.sequences.step import SequenceTrainer
from sklearn_slm.network.sequences.train import train_sequences
from sklearn_slm.network.train import DivergenceError
from tests.network.sequences.small import SPEC, make_options, make_pairs

# TensorFlow takes minutes for what is the same on all backends; test_step.py has its steps.
pytestmark = pytest.mark.skipif(
    import_keras().backend.backend() == "tensorflow", reason="the same on all backends"
)


def train(pairs=None, epochs=3, options=None, **others):
    return train_sequences(
        SPEC,
        others.pop("start", {}),
        make_pairs() if pairs is None else pairs,
        options or make_options(),
        seeds=Seeds(3, 4),
        epochs=epochs,
        **others,
    )


def assert_same(ours, theirs):
    assert all(np.array_equal(ours[name], theirs[name]) for name in ours)


def test_it_learns_to_write_backwards():
    options = make_options(learning_rate=0.1)
    trained = train(make_pairs(60, 3), 25, options, validation=make_pairs(20, 3, 1))
    # Alike for all, a token would cost log 10 = 2.3.
    assert trained.kept[0][0] < 0.8
    assert trained.epochs[-1].score == pytest.approx(-trained.kept[0][0], abs=0.1)


def test_progress_counts_all_tokens():
    seen = []
    trained = train(report=seen.append)
    assert [epoch.number for epoch in trained.epochs] == [1, 2, 3]
    last = [p for p in seen if p.done == p.total]
    assert [p.epoch for p in last] == [1, 2, 3] and last[0].n_epochs == 3
    assert [p.loss for p in last] == [e.loss for e in trained.epochs]
    (kept,) = trained.kept
    assert kept[0] == trained.epochs[-1].loss
    assert not trained.interrupted and not trained.diverged


def test_the_same_seeds_give_the_same_bits():
    one, two = (
        train(options=make_options(dropout=0.3, word_dropout=0.1)) for _ in "ab"
    )
    assert_same(one.kept[0][1], two.kept[0][1])


def test_the_best_epochs_are_kept_best_first():
    options = make_options(learning_rate=0.5, n_iter_no_change=9)
    trained = train(epochs=6, options=options, validation=make_pairs(8, 4, 1), n_keep=3)
    losses = [loss for loss, _ in trained.kept]
    assert losses == sorted(e.validation_loss for e in trained.epochs)[:3]
    assert trained.epochs[-1].best_score == -losses[0]


def test_training_stops_when_nothing_is_gained():
    options = make_options(learning_rate=1e-9, n_iter_no_change=2)
    trained = train(epochs=9, options=options, validation=make_pairs(8, 4, 1))
    assert 2 < len(trained.epochs) < 9


def test_the_weights_of_each_epoch_are_shown():
    seen, epochs = [], []
    trained = train(
        report_weights=lambda weights: seen.append((len(epochs), weights)),
        report_epoch=lambda epoch: epochs.append(epoch.number),
    )
    assert [number for number, _ in seen] == [0, 1, 2] and epochs == [1, 2, 3]
    assert_same(seen[-1][1], trained.kept[0][1])
    assert (seen[0][1]["embedding"] != seen[1][1]["embedding"]).any()


def test_a_report_ends_training():
    trained = train(epochs=9, report_epoch=lambda epoch: epoch.number == 2)
    assert len(trained.epochs) == 2


@pytest.fixture(scope="module")
def saved():
    """Return a training of three steps an epoch, how, and all of its checkpoints."""
    checkpoints, given = [], {"options": make_options(dropout=0.3, word_dropout=0.1)}
    given |= {"validation": make_pairs(8, 4, 1), "n_keep": 2}
    given |= {"report_weights": lambda weights: float(weights["embedding"].sum())}
    return train(**given, save=checkpoints.append, save_seconds=0.0), given, checkpoints


# Within an epoch, behind its last step, between two, and at the end.
@pytest.mark.parametrize("at", [5, 6, 7, 11])
def test_from_a_checkpoint_training_ends_with_the_same_bits(saved, at):
    trained, given, checkpoints = saved
    assert len(checkpoints) == 3 * (3 + 1) and len(trained.measured) == 3
    numbers, later = [], []
    resumed = train(
        **given,
        resume=checkpoints[at],
        save=later.append,
        save_seconds=0.0,
        report_epoch=lambda epoch: numbers.append(epoch.number),
    )
    assert numbers == list(range(len(checkpoints[at].epochs) + 1, 4))
    assert resumed.measured == trained.measured
    for ours, theirs in zip(resumed.kept, trained.kept, strict=True):
        assert ours[0] == theirs[0]
        assert_same(ours[1], theirs[1])
    for one, other in zip(resumed.epochs, trained.epochs, strict=True):
        assert replace(one, seconds=0) == replace(other, seconds=0)
    for one, other in zip(later, checkpoints[at + 1 :], strict=True):
        assert (one.batch, one.sums, one.values[1]) == (
            other.batch,
            other.sums,
            other.values[1],
        )
        assert all(map(np.array_equal, one.values[0], other.values[0]))


def test_later_epochs_have_other_orders():
    first, later = train(epochs=1), train(epochs=1, first_epoch=1)
    assert (first.kept[0][1]["embedding"] != later.kept[0][1]["embedding"]).any()


def test_validation_texts_may_be_longer_than_those_of_training():
    trained = train(make_pairs(8, 2), 1, validation=make_pairs(4, 30, 1))
    assert np.isfinite(trained.kept[0][0])


def stop_at_step(monkeypatch, n):
    step = SequenceTrainer.step

    def stop(self, batch):
        if self.done == n:
            raise KeyboardInterrupt
        return step(self, batch)

    monkeypatch.setattr(SequenceTrainer, "step", stop)


# An epoch has three steps.
@pytest.mark.parametrize(("step", "epochs"), [(1, 0), (4, 1)])
def test_ctrl_c_keeps_the_best_so_far(step, epochs, monkeypatch):
    stop_at_step(monkeypatch, step)
    trained = train(epochs=2)
    assert trained.interrupted and len(trained.epochs) == epochs
    assert set(trained.kept[0][1]) == set(SPEC.weights())


def test_ctrl_c_before_the_first_step_is_raised(monkeypatch):
    stop_at_step(monkeypatch, 0)
    with pytest.raises(KeyboardInterrupt):
        train()


def test_a_first_epoch_that_diverges_is_refused():
    start = {"head.bias": np.full(10, np.nan, np.float32)}
    with pytest.raises(DivergenceError):
        train(start=start)
