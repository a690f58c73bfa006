"""Batches: every document once, few widths, seeded order."""

import numpy as np
import pytest

from sklearn_slm.network.batches import (
    TextBatches,
    choose_widths,
    limit_weights,
    plan_batches,
    rows_in_batch,
)
from sklearn_slm.network.examples import Examples
from sklearn_slm.text import UNKNOWN_ID, Ragged
from tests.networks import draw_texts, make_examples

TEXTS = draw_texts(np.random.RandomState(0).randint(0, 40, 101), n_tokens=20)
ROWS = np.eye(2)[np.random.RandomState(1).randint(0, 2, 101)]
EXAMPLES = make_examples(TEXTS, ROWS)


def make_batches(examples=EXAMPLES, **options):
    options = {"batch_size": 16, "epochs": 500, "seed": 3} | options
    return TextBatches(examples, "classes", **options)


def read_all(batches):
    return [batches[i] for i in range(len(batches))]


def test_every_document_comes_once_and_fits():
    lengths = TEXTS.lengths
    plan = plan_batches(lengths, np.array([10, 20, 40]), 16, np.random.RandomState(0))
    rows = np.concatenate([rows for rows, _ in plan])
    assert sorted(rows) == list(range(101))
    assert all(lengths[rows].max() <= width for rows, width in plan)
    # Only the widest may have a batch that is not full.
    assert all(len(rows) == 16 or width == 40 for rows, width in plan)
    assert sum(len(rows) < 16 for rows, _ in plan) == 1


def test_widths_trade_padding_for_compilation():
    lengths = np.array([3] * 1000 + [100] * 1000)
    assert choose_widths(lengths[900:1010], epochs=1).tolist() == [112]
    assert choose_widths(lengths, epochs=10).tolist() == [4, 112]
    assert choose_widths(np.array([0, 0]), epochs=1).tolist() == [4]
    many = choose_widths(np.arange(1, 3000), epochs=10_000)
    assert len(many) == 12
    assert many[-1] >= 2999


def test_batches_of_a_width_have_one_shape_and_hold_what_was_given():
    batches = make_batches()
    assert len(batches.widths) > 1
    read = []
    for ids, targets, weight in read_all(batches):
        assert ids.shape[0] == len(targets) == len(weight) == 16
        assert ids.shape[1] in batches.widths
        assert ids.dtype == np.int32 and targets.dtype == weight.dtype == np.float32
        assert not ids[weight == 0].any() and not targets[weight == 0].any()
        read += [
            (tuple(row[row > 0].tolist()), tuple(target.tolist()))
            for row, target, w in zip(ids, targets, weight)
            if w
        ]
    given = [(tuple(TEXTS[i].tolist()), tuple(ROWS[i].tolist())) for i in range(101)]
    assert sorted(read) == sorted(given)


def test_long_documents_make_small_batches():
    long = Ragged(np.full(200_000, 2, np.int32), np.array([0, 100_000, 200_000]))
    batches = make_batches(make_examples(long, ROWS[:2]), batch_size=2, epochs=1)
    assert [ids.shape[0] for ids, _, _ in read_all(batches)] == [1, 1]
    assert rows_in_batch(64, 1024) == 64 and rows_in_batch(64, 2048) == 32


def test_the_order_depends_on_seed_and_epoch_alone():
    def order(batches):
        return np.concatenate([rows for rows, _ in batches.plan]).tolist()

    first, again, other = make_batches(), make_batches(), make_batches(seed=4)
    assert order(first) == order(again) != order(other)
    first.on_epoch_end()
    assert order(first) != order(again)
    assert order(first) == order(make_batches(first_epoch=1))


def test_dropped_words_are_read_as_unknown_in_whatever_order_batches_are_asked_for():
    plain, first, again = (make_batches(word_dropout=rate) for rate in (0.0, 0.3, 0.3))
    n_dropped = n_words = 0
    for i in reversed(range(len(plain))):
        whole, dropped = plain[i][0], first[i][0]
        changed = whole != dropped
        assert (dropped[changed] == UNKNOWN_ID).all()
        n_dropped += changed.sum()
        n_words += (whole > UNKNOWN_ID).sum()
    assert n_dropped / n_words == pytest.approx(0.3, abs=0.03)
    for i in range(len(plain)):
        np.testing.assert_array_equal(again[i][0], first[i][0])
    again.on_epoch_end()
    n_unknown = [
        sum((ids == UNKNOWN_ID).sum() for ids, _, _ in read_all(batches))
        for batches in (first, again)
    ]
    assert n_unknown[0] != n_unknown[1]


def test_large_weights_keep_their_ratio():
    weight = np.where(np.arange(101) % 2, 1e200, 3e200)
    examples = make_examples(TEXTS, ROWS, np.ones(101))
    examples = type(examples)(examples.inputs, examples.targets, weight)
    for _, _, limited in read_all(make_batches(examples, keep_weights=True)):
        limited = limited[limited > 0]
        assert limited.mean() == pytest.approx(10, rel=1e-5)
        assert set(np.round(limited / limited.min(), 4)) <= {1, 3}
    np.testing.assert_array_equal(limit_weights(np.array([0.5, 4.0])), [0.5, 4])
    assert limit_weights(np.array([1.0, 1e-300]))[1] > 0


def test_half_of_the_rows_are_texts_without_labels():
    others = draw_texts([3] * 10 + [50] * 10, seed=5, n_tokens=20)
    plain, mixed = make_batches(), make_batches(unlabeled=others)
    known = [tuple(others[i].tolist()) for i in range(20)]
    for (ids, targets, weight), (more, more_targets, more_weight) in zip(
        read_all(plain), read_all(mixed)
    ):
        assert len(more) == len(more_targets) == len(more_weight) == 32
        np.testing.assert_array_equal(more[:16], ids)
        np.testing.assert_array_equal(more_targets[:16], targets)
        np.testing.assert_array_equal(more_weight[:16], weight)
        assert more_weight[16:].tolist() == [1] * 16 and not more_targets[16:].any()
        assert more.dtype == np.int32 and more_weight.dtype == np.float32
        width, met = more.shape[1], set()
        for row in more[16:]:
            text = tuple(row[row > 0].tolist())
            assert len(text) == 3 or len(text) == min(width, 50)
            met.update(
                i
                for i, whole in enumerate(known)
                for start in range(len(whole) - len(text) + 1)
                if whole[start : start + len(text)] == text
            )
        assert len(met) >= 16  # each text once
    again = make_batches(unlabeled=others)
    assert all((a[0] == b[0]).all() for a, b in zip(read_all(mixed), read_all(again)))
    # Of fewer texts than a batch has room for, the other rows are padding.
    ids, _, weight = make_batches(unlabeled=others.slice(0, 4))[0]
    assert weight[16:].tolist() == [1] * 4 + [0] * 12 and not ids[20:].any()
    dropped, _, _ = make_batches(unlabeled=others, word_dropout=1.0)[0]
    assert set(np.unique(dropped[16:]).tolist()) <= {0, UNKNOWN_ID}


def test_columns_go_with_their_texts():
    columns = np.arange(202, dtype=np.float32).reshape(101, 2) + 1
    examples = Examples(
        {**EXAMPLES.inputs, "columns": columns}, EXAMPLES.targets, EXAMPLES.weight
    )
    with_columns, plain = make_batches(examples), make_batches()
    for i, ((ids, own), *others) in enumerate(read_all(with_columns)):
        rows, _ = plain.plan[i]
        for found, expected in zip([ids, *others], plain[i]):
            np.testing.assert_array_equal(found, expected)
        np.testing.assert_array_equal(own[: len(rows)], columns[rows])
        assert own.shape == (len(ids), 2)
        assert not own[len(rows) :].any()
