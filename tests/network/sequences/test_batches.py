"""Pairs in batches: every pair once, boundaries, weights, seeded orders."""

import numpy as np
import pytest

from sklearn_slm.network.examples import Examples
from sklearn_slm.network.sequences.batches import PairBatches
from sklearn_slm.text import Ragged
from tests.network.sequences.small import make_options, make_pairs


def read_pairs(batches, **order):
    """Return (source, target) of every row that holds a pair."""
    pairs = []
    for batch in batches.read(**order):
        for ids, targets, weight in zip(batch.ids.T, batch.targets.T, batch.weight.T):
            if weight.any():
                n = np.count_nonzero(weight)
                assert targets[n - 1] == 0 and (weight[:n] == 1).all()
                pairs.append((tuple(ids[ids > 0]), tuple(targets[: n - 1])))
    return pairs


def test_by_hand():
    source = Ragged(np.int32([5, 6, 7]), np.array([0, 1, 3]))
    target = Ragged(np.int32([2, 3, 4]), np.array([0, 3, 3]))
    pairs = Examples({"ids": source}, {"ids": target}, np.float32([1, 0.5]))
    (batch,) = PairBatches(pairs, 8, np.array([4])).read()
    first = int(batch.ids[0, 1] == 5)
    assert batch.ids[:, first].tolist() == [5, 0, 0, 0]
    assert batch.read[:, first].tolist() == [0, 2, 3, 4, 0]
    assert batch.targets[:, first].tolist() == [2, 3, 4, 0, 0]
    assert batch.weight[:, first].tolist() == [1, 1, 1, 1, 0]
    # An empty text to write is a boundary alone.
    assert batch.weight[:, 1 - first].tolist() == [0.5, 0, 0, 0, 0]
    assert batch.n_targets == 5


def test_every_pair_comes_once_in_an_order_of_seed_and_epoch():
    pairs = make_pairs(21)
    batches = PairBatches.of(pairs, make_options(batch_size=4), 3)
    sources, targets = pairs.inputs["ids"], pairs.targets["ids"]
    expected = [
        (tuple(sources[i].tolist()), tuple(targets[i].tolist())) for i in range(21)
    ]
    first = read_pairs(batches, seed=1, epoch=0)
    assert sorted(first) == sorted(expected)
    assert first == read_pairs(batches, seed=1, epoch=0)
    assert first != read_pairs(batches, seed=1, epoch=1)
    assert first != read_pairs(batches, seed=2, epoch=0)
    assert len(batches) == sum(1 for _ in batches.read())


def test_all_batches_of_a_width_have_one_shape():
    pairs = make_pairs(21)
    batches = list(PairBatches(pairs, 4, np.array([2, 8])).read())
    assert {batch.ids.shape for batch in batches} == {(2, 4), (8, 4)}
    assert all(batch.read.shape[0] == batch.ids.shape[0] + 1 for batch in batches)


@pytest.mark.parametrize("n_rows", [1, 4, 5])
def test_halves_are_the_rows_of_the_batch(n_rows):
    pairs = make_pairs(n_rows)
    (batch,) = PairBatches(pairs, n_rows, np.array([4])).read()
    halves = batch.halve()
    assert len(halves) == min(n_rows, 2)
    for i, part in enumerate(batch):
        joined = np.concatenate([half[i] for half in halves], axis=1)
        np.testing.assert_array_equal(joined, part)


def test_dropped_words_are_read_as_unknown_and_still_written():
    pairs = make_pairs(40)
    plain, dropped = (PairBatches(pairs, 40, np.array([4]), rate) for rate in (0, 0.5))
    (before,), (after,) = plain.read(), dropped.read()
    for name in ("ids", "read"):
        ours, theirs = getattr(after, name), getattr(before, name)
        changed = ours != theirs
        assert (ours[changed] == 1).all() and not changed[theirs == 0].any()
        assert 0.35 < changed.sum() / (theirs > 0).sum() < 0.65
    np.testing.assert_array_equal(after.targets, before.targets)


def test_evaluation_uses_the_widths_of_training():
    options = make_options(word_dropout=0.5)
    training = PairBatches.of(make_pairs(8, 2), options, 1)
    assert training.word_dropout == 0.5 and training.n_targets == sum(
        batch.n_targets for batch in training.read()
    )
    tests = PairBatches.of(make_pairs(8, 40), options, 1, training)
    assert tests.word_dropout == 0
    assert tests.widths.tolist() == [*training.widths.tolist(), 48]
