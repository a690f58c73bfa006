"""Epochs, the best of them, checkpoints that lead to the same bits, and Ctrl-C."""

from dataclasses import replace

import numpy as np
import pytest

from sklearn_slm.network.backend import import_keras
from sklearn_slm.network.language.step import LanguageTrainer
from sklearn_slm.network.language.train import train_language
from sklearn_slm.network.options import Seeds
from sklearn_slm.network.train import DivergenceError
from tests.network.language.small import SPEC, make_options, make_stream

# TensorFlow takes minutes for what is the same on all backends; test_step.py has its steps.
pytestmark = pytest.mark.skipif(
    import_keras().backend.backend() == "tensorflow", reason="the same on all backends"
)


def train(stream=None, epochs=3, n_directions=1, options=None, **others):
    return train_language(
        SPEC,
        others.pop("start", [{}] * n_directions),
        make_stream() if stream is None else stream,
        options or make_options(dropout=0.2, embedding_dropout=0.2),
        seeds=Seeds(3, 4),
        epochs=epochs,
        **others,
    )


def assert_same(ours, theirs):
    for one, other in zip(ours, theirs, strict=True):
        assert set(one) == set(other)
        assert all(np.array_equal(one[name], other[name]) for name in one)


def test_progress_counts_all_tokens_and_epochs_the_loss():
    stream, seen = make_stream(), []
    trained = train(stream, report=seen.append)
    assert [epoch.number for epoch in trained.epochs] == [1, 2, 3]
    last = [p for p in seen if p.done == p.total]
    assert [p.epoch for p in last] == [1, 2, 3] and last[0].n_epochs == 3
    assert last[0].total == stream.n_tokens == last[0].read
    assert [p.loss for p in last] == [e.loss for e in trained.epochs]
    assert trained.epochs[-1].loss < trained.epochs[0].loss
    assert not trained.interrupted and not trained.diverged


def test_the_same_seed_gives_the_same_bits_and_another_one_others():
    assert_same(train().weights, train().weights)
    other = train(options=make_options(dropout=0.2, embedding_dropout=0.1))
    table = train().weights[0]["embedding"]
    assert (other.weights[0]["embedding"] != table).any()


def test_the_best_epoch_is_kept_and_training_stops():
    validation = make_stream(seed=1)
    options = make_options(learning_rate=0.3, n_iter_no_change=2)
    trained = train(options=options, epochs=40, validation=validation)
    scores = [epoch.score for epoch in trained.epochs]
    assert len(scores) < 40 and max(scores) not in scores[-2:]
    assert trained.epochs[-1].best_score == max(scores)
    live = LanguageTrainer(SPEC, trained.weights, options, seed=0)
    again = train_language(
        SPEC,
        trained.weights,
        make_stream(),
        replace(options, learning_rate=1e-12),
        seeds=Seeds(3, 4),
        epochs=1,
        validation=validation,
    )
    assert again.epochs[0].score == pytest.approx(max(scores), abs=1e-4)
    assert live.done == 0


@pytest.mark.parametrize("n_directions", [1, 2])
@pytest.mark.parametrize("softmax", ["full", "sampled"])
def test_from_a_checkpoint_training_ends_with_the_same_bits(
    softmax, n_directions, monkeypatch
):
    from sklearn_slm.network.language import sampling

    monkeypatch.setattr(sampling, "_SMALLEST", 6)
    options = make_options(dropout=0.2, embedding_dropout=0.2, softmax=softmax)
    given = {"options": options, "n_directions": n_directions}
    given["validation"] = make_stream(seed=1)
    checkpoints = []
    whole = train(**given, save=checkpoints.append, save_seconds=0.0)
    assert len(checkpoints) == whole.live.done + len(whole.epochs)
    middle = checkpoints[len(checkpoints) // 2]
    assert middle.epoch == 1 and middle.window > 0 and middle.best
    assert checkpoints[-1].is_over and not middle.is_over
    for point in (middle, checkpoints[-1]):
        resumed = train(**given, resume=point)
        assert_same(resumed.weights, whole.weights)
        for one, other in zip(resumed.epochs, whole.epochs, strict=True):
            assert replace(one, seconds=0) == replace(other, seconds=0)


def interrupt_after(n):
    def report(progress):
        if progress.epoch > n:
            raise KeyboardInterrupt

    return report


def test_ctrl_c_keeps_the_best_epoch():
    trained = train(report=interrupt_after(2), validation=make_stream(seed=1))
    assert trained.interrupted and len(trained.epochs) == 2
    expected = train(
        epochs=3, validation=make_stream(seed=1), report_epoch=lambda e: e.number == 2
    )
    assert_same(trained.weights, expected.weights)


def test_ctrl_c_in_the_first_epoch_keeps_what_there_is():
    trained = train(report=interrupt_after(0))
    assert trained.interrupted and not trained.epochs
    assert trained.live.done == 1
    assert set(trained.weights[0]) == set(SPEC.weights())


def test_ctrl_c_before_the_first_step_changes_nothing(monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(LanguageTrainer, "step", stop)
    with pytest.raises(KeyboardInterrupt):
        train()


def test_divergence():
    options = make_options(optimizer="sgd", learning_rate=1e16, clip_norm=None)
    with pytest.raises(DivergenceError):
        train(options=options, epochs=5)


def test_pieces_of_a_stream_go_on_and_a_failed_one_changes_nothing():
    first = train(epochs=1, is_piece=True)
    live, state = first.live, first.live.copy_state()

    def fail(progress):
        raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        train(make_stream(seed=2), epochs=1, is_piece=True, live=live, report=fail)
    after = live.copy_state()
    assert all(np.array_equal(a, b) for a, b in zip(state, after, strict=True))
    second = train(make_stream(seed=2), epochs=1, is_piece=True, live=live)
    assert (second.live is live and live.done == 2 * first.live.done) or live.done > 0
    assert (second.weights[0]["embedding"] != first.weights[0]["embedding"]).any()


def test_a_stream_shorter_than_a_window():
    stream = replace(make_stream(), rows=np.array([0]))
    assert train(stream).epochs[0].loss > 0
