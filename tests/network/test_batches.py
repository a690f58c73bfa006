"""Batches: every document once, few widths, seeded order; weights in the loss."""

import numpy as np
import pytest
from sklearn_slm.network.training import train_network

from sklearn_slm.network.batches import TextBatches, choose_widths, plan_batches
from sklearn_slm.network.trainer import Trainer
from sklearn_slm.spec import NetworkSpec
from sklearn_slm.text import take_ragged

RANDOM = np.random.RandomState(0)
LENGTHS = RANDOM.randint(0, 40, 101)
OFFSETS = np.concatenate([[0], np.cumsum(LENGTHS)]).astype(np.int64)
IDS = RANDOM.randint(1, 20, OFFSETS[-1]).astype(np.int32)
TARGETS = RANDOM.randint(0, 2, 101).astype(np.int32)


def make_batches(**options):
    weight = np.ones(101, np.float32)
    options = {"batch_size": 16, "passes": 500, "seed": 3} | options
    return TextBatches(IDS, OFFSETS, TARGETS, weight, **options)


def test_every_document_comes_once_and_fits():
    plan = plan_batches(LENGTHS, np.array([10, 20, 40]), 16, np.random.RandomState(0))
    rows = np.concatenate([rows for rows, _ in plan])
    assert sorted(rows) == list(range(101))
    assert all(LENGTHS[rows].max() <= width for rows, width in plan)
    # Only the widest may have a batch that is not full.
    assert all(len(rows) == 16 or width == 40 for rows, width in plan)
    assert sum(len(rows) < 16 for rows, _ in plan) == 1


def test_widths_trade_padding_for_compilation():
    lengths = np.array([3] * 1000 + [100] * 1000)
    assert choose_widths(lengths[900:1010], passes=1).tolist() == [112]
    assert choose_widths(lengths, passes=10).tolist() == [4, 112]
    assert choose_widths(np.array([0, 0]), passes=1).tolist() == [4]
    many = choose_widths(np.arange(1, 3000), passes=10_000)
    assert len(many) == 12
    assert many[-1] >= 2999


def test_batches_of_a_width_have_one_shape():
    batches = make_batches()
    assert len(batches.widths) > 1
    total = 0.0
    for i in range(len(batches)):
        ids, targets, weight = batches[i]
        assert ids.shape[0] == len(targets) == len(weight) == 16
        assert ids.shape[1] in batches.widths
        assert not ids[weight == 0].any()
        total += weight.sum()
    assert total == 101


def test_long_documents_make_small_batches():
    ids = np.full(200_000, 2, np.int32)
    offsets = np.array([0, 100_000, 200_000])
    batches = TextBatches(
        ids,
        offsets,
        TARGETS[:2],
        np.ones(2, np.float32),
        batch_size=2,
        passes=1,
        seed=0,
    )
    assert [batches[i][0].shape[0] for i in range(len(batches))] == [1, 1]


def test_the_order_depends_on_seed_and_pass_alone():
    def order(batches):
        return np.concatenate([rows for rows, _ in batches.plan]).tolist()

    first, again, other = make_batches(), make_batches(), make_batches(seed=4)
    assert order(first) == order(again) != order(other)
    first.on_epoch_end()
    assert order(first) != order(again)
    assert order(first) == order(make_batches(first_pass=1))


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_weight_two_equals_the_row_twice(optimizer):
    rows = np.array([3, 5, 8])
    twice = np.array([3, 5, 5, 8])
    results = []
    for chosen, weight in ((rows, [1, 2, 1]), (twice, [1, 1, 1, 1])):
        ids, offsets = take_ragged(IDS, OFFSETS, chosen)
        batches = TextBatches(
            ids,
            offsets,
            TARGETS[chosen],
            np.float32(weight),
            batch_size=8,
            passes=1,
            seed=0,
        )
        spec = NetworkSpec(20, 3, (2,), 2)
        table = np.random.RandomState(1).standard_normal((20, 3)).astype(np.float32)
        trainer = Trainer(spec, {"embedding": table}, optimizer=optimizer, seed=0)
        results.append(train_network(trainer, batches, max_iter=1))
    assert results[0].epochs[0].loss == pytest.approx(
        results[1].epochs[0].loss, rel=1e-5
    )
    for name, value in results[0].weights.items():
        np.testing.assert_allclose(value, results[1].weights[name], atol=2e-5)
