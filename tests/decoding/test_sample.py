"""Tokens from log-probabilities: what may come, what is drawn, and when it ends."""

import itertools
import tracemalloc

import numpy as np
import pytest

from sklearn_slm.decoding import (
    draw,
    draw_uniform,
    filter_log_probs,
    generate,
    sample,
)

RANDOM = np.random.RandomState(0)
P = np.float32([[0.4, 0.1, 0.3, 0.2], [0.25, 0.25, 0.25, 0.25]])
LOG_P = np.log(P)


def draw_log_probs(n, n_tokens, seed=0):
    logits = 3 * np.random.RandomState(seed).standard_normal((n, n_tokens))
    logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return logits.astype(np.float32)


def find_kept(log_probs, **options):
    kept = np.isfinite(filter_log_probs(log_probs, **options))
    return [np.flatnonzero(row).tolist() for row in kept]


def test_temperature_by_hand():
    for temperature in (0.5, 1.0, 2.0):
        expected = P ** (1 / temperature)
        expected /= expected.max(axis=1, keepdims=True)
        scores = filter_log_probs(LOG_P, temperature=temperature)
        assert scores.dtype == np.float32
        np.testing.assert_allclose(np.exp(scores), expected, rtol=1e-5)
    assert find_kept(LOG_P, temperature=0) == [[0], [0]]  # the first among equals


@pytest.mark.parametrize("temperature", [1e-300, 1e-44, 1e-30, 1e30])
def test_any_temperature_gives_a_distribution(temperature):
    log_probs = draw_log_probs(3, 50)
    scores = filter_log_probs(log_probs, temperature=temperature)
    powers = np.exp(scores)
    assert (powers.max(axis=1) == 1).all() and not np.isnan(powers).any()
    assert powers.sum() == pytest.approx(3 if temperature < 1 else 150)


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        ({}, [[0, 1, 2, 3], [0, 1, 2, 3]]),
        ({"top_k": 1}, [[0], [0]]),
        ({"top_k": 2}, [[0, 2], [0, 1]]),
        ({"top_k": 4}, [[0, 1, 2, 3], [0, 1, 2, 3]]),
        ({"top_k": 9}, [[0, 1, 2, 3], [0, 1, 2, 3]]),
        ({"top_p": 1e-9}, [[0], [0]]),
        ({"top_p": 0.4}, [[0], [0, 1]]),
        ({"top_p": 0.41}, [[0, 2], [0, 1]]),
        ({"top_p": 0.7}, [[0, 2], [0, 1, 2]]),
        ({"top_p": 0.75}, [[0, 2, 3], [0, 1, 2]]),
        ({"top_p": 1.0}, [[0, 1, 2, 3], [0, 1, 2, 3]]),
        # The nucleus of what top_k left: 4/7 and 3/7.
        ({"top_k": 2, "top_p": 0.5}, [[0], [0]]),
        ({"top_k": 2, "top_p": 0.6}, [[0, 2], [0, 1]]),
        # At temperature 0.5 they are 16 : 1 : 9 : 4.
        ({"temperature": 0.5, "top_p": 0.53}, [[0], [0, 1, 2]]),
        ({"temperature": 0.5, "top_p": 0.54}, [[0, 2], [0, 1, 2]]),
    ],
    ids=str,
)
def test_what_is_left_by_hand(options, kept):
    before = LOG_P.copy()
    assert find_kept(LOG_P, **options) == kept
    np.testing.assert_array_equal(LOG_P, before)


@pytest.mark.parametrize("n_tokens", [5, 127, 3_000])
def test_what_is_left_is_what_sorting_leaves(n_tokens):
    log_probs = draw_log_probs(20, n_tokens)
    log_probs[:, 3] = -np.inf
    log_probs[::2] = np.round(log_probs[::2])  # many equal ones
    order = np.argsort(-log_probs, axis=1, kind="stable")
    for k in (1, 2, 4, 40, 700):
        expected = [sorted(set(row[:k].tolist()) - {3}) for row in order]
        assert find_kept(log_probs, top_k=k) == expected
    p = np.exp(np.float64(log_probs))
    p /= p.sum(axis=1, keepdims=True)
    sums = np.take_along_axis(p, order, axis=1).cumsum(axis=1)
    for top_p in (0.1, 0.5, 0.9, 0.95, 0.999):
        n = (sums < top_p - 6e-8).sum(axis=1) + 1
        for row, kept in enumerate(find_kept(log_probs, top_p=top_p)):
            assert kept == sorted(order[row, : n[row]].tolist())


def test_a_forbidden_token_is_never_left():
    log_probs = np.float32([[-np.inf, 0.0, -np.inf, -0.5]])
    for options in ({}, {"top_k": 3}, {"top_p": 0.999}, {"temperature": 9.0}):
        assert find_kept(log_probs, **options) == [[1, 3]]
    with pytest.raises(ValueError, match="no token that may come next"):
        filter_log_probs(np.full((2, 3), -np.inf, np.float32))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"temperature": -1}, "temperature must be 0 .* Got -1"),
        ({"temperature": np.nan}, "temperature must be 0 .* Got nan"),
        ({"temperature": np.inf}, "temperature must be 0 .* Got inf"),
        ({"top_k": -1}, "top_k must be 0 .* Got -1"),
        ({"top_p": 0.0}, "top_p must be above 0 .* Got 0.0"),
        ({"top_p": 1.1}, "top_p must be above 0 .* Got 1.1"),
    ],
)
def test_what_is_out_of_range_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        filter_log_probs(LOG_P, **options)
    with pytest.raises(ValueError, match=message):
        next(generate(None, (), LOG_P, seeds=np.zeros(2, np.uint64), **options))


@pytest.mark.parametrize("n_tokens", [4, 128, 129, 5_000])
def test_the_token_is_the_first_whose_sum_exceeds_the_number(n_tokens):
    log_probs = draw_log_probs(50, n_tokens)
    log_probs[:, RANDOM.permutation(n_tokens)[: n_tokens // 2]] = -np.inf
    uniform = np.random.RandomState(1).rand(50)
    p = np.exp(np.float64(log_probs))
    sums = p.cumsum(axis=1) / p.sum(axis=1, keepdims=True)
    expected = (sums <= uniform[:, None]).sum(axis=1)
    ids = draw(log_probs, uniform)
    assert ids.dtype == np.int32 and ids.tolist() == expected.tolist()
    alone = [draw(log_probs[i : i + 1], uniform[i : i + 1])[0] for i in range(50)]
    assert alone == ids.tolist()


def test_the_ends_of_the_interval_draw_tokens_that_are_allowed():
    log_probs = draw_log_probs(40, 1_000)
    allowed = np.zeros((40, 1_000), bool)
    allowed[np.arange(40), 25 * np.arange(40)] = True
    allowed[::2, 700] = True
    log_probs[~allowed] = -np.inf
    for number in (0.0, 0.5, np.nextafter(1.0, 0.0)):
        ids = draw(log_probs, np.full(40, number))
        assert allowed[np.arange(40), ids].all()


@pytest.mark.parametrize("top_p", [0.05, 0.4, 0.6, 0.95])
def test_the_nucleus_is_drawn_from_without_sorting(top_p):
    n, n_tokens = 6_000, 30
    log_probs = draw_log_probs(1, n_tokens, seed=2) / 2
    log_probs[0, 5:9] = log_probs[0, 5]  # equal ones
    p = np.exp(np.float64(filter_log_probs(log_probs, top_p=top_p)[0]))
    p /= p.sum()
    uniform = draw_uniform(np.arange(n), 3)
    ids = draw(np.repeat(log_probs, n, axis=0), uniform, top_p=top_p)
    found = np.bincount(ids, minlength=n_tokens) / n
    assert not found[p == 0].any()
    assert (np.abs(found - p) <= 4 * np.sqrt(p * (1 - p) / n)).all()
    alone = [draw(log_probs, uniform[i : i + 1], top_p=top_p)[0] for i in range(50)]
    assert alone == ids[:50].tolist()


@pytest.mark.parametrize("most_draws", [0, 1, 50])
def test_the_nucleus_is_the_one_that_is_filtered(most_draws, monkeypatch):
    monkeypatch.setattr(sample, "_MOST_DRAWS", most_draws)
    log_probs = draw_log_probs(60, 2_000)
    log_probs[::2] = np.round(log_probs[::2])
    for top_p in (1e-9, 0.3, 0.9, 0.999):
        left = np.isfinite(filter_log_probs(log_probs, top_p=top_p))
        for seed in range(5):
            uniform = np.random.RandomState(seed).rand(60)
            ids = draw(log_probs, uniform, top_p=top_p)
            assert left[np.arange(60), ids].all()


def test_frequencies_are_probabilities():
    n = 40_000
    ids = draw(np.repeat(LOG_P[:1], n, axis=0), draw_uniform(np.arange(n), 7))
    found = np.bincount(ids, minlength=4) / n
    np.testing.assert_allclose(found, P[0], atol=4 * np.sqrt(0.25 / n))


def test_uniform_numbers_are_those_of_splitmix64():
    # The first numbers of the generator with seed 0 in the authors' own program.
    first = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]
    seed = np.zeros(1, np.uint64)
    for step, bits in enumerate(first):
        assert draw_uniform(seed, step)[0] == (bits >> 11) / 2**53
    seeds = np.array([5, 2**64 - 1], np.uint64)
    several = draw_uniform(seeds, np.array([[7], [10**6]]))
    both = draw_uniform(seeds, 10**6)
    assert several.tolist() == [draw_uniform(seeds, 7).tolist(), both.tolist()]
    assert both.tolist() == [draw_uniform(seeds[i : i + 1], 10**6)[0] for i in (0, 1)]
    numbers = draw_uniform(np.random.RandomState(2).randint(2**62, size=10_000), 3)
    assert numbers.mean() == pytest.approx(0.5, abs=0.02)
    assert numbers.var() == pytest.approx(1 / 12, abs=0.005)
    assert 0 <= numbers.min() and numbers.max() < 1


# A chain of five tokens, of which 0 ends a text.
CHAIN = draw_log_probs(5, 5, seed=4)


def step_chain(state, ids):
    """Return what follows each token; the state is which row it was, and its ids."""
    rows, history = state
    history = np.concatenate([history, ids[:, None]], axis=1)
    return CHAIN[ids], (rows, history)


def start_chain(n):
    return np.arange(n), np.zeros((n, 0), np.int32)


def generate_chain(n, rows=None, **options):
    rows = np.arange(n) if rows is None else rows
    state = tuple(part[rows] for part in start_chain(n))
    seeds = np.arange(100, 100 + n).astype(np.uint64)[rows]
    first = CHAIN[np.arange(n) % 5][rows]
    return list(generate(step_chain, state, first, seeds=seeds, **options))


def test_rows_do_not_depend_on_each_other():
    together = np.array(generate_chain(12, n_tokens=30, end=0))
    assert len({tuple(column) for column in together.T}) > 6
    for row in range(12):
        alone = np.array(generate_chain(12, np.array([row]), n_tokens=30, end=0))[:, 0]
        expected = together[: len(alone), row]
        assert alone.tolist() == expected.tolist()
        assert (together[len(alone) :, row] == -1).all()


def test_what_has_ended_is_run_no_more():
    sizes = []

    def step(state, ids):
        assert 0 not in ids
        rows, history = state
        sizes.append(len(ids))
        # Each row of the state came along with its own tokens.
        for row, own in zip(rows, history):
            assert own.tolist() == [ids[row] for ids in drawn[: len(own)]]
        return step_chain(state, ids)

    drawn = []
    seeds = np.arange(100, 112).astype(np.uint64)
    first = CHAIN[np.arange(12) % 5]
    for ids in generate(step, start_chain(12), first, seeds=seeds, end=0):
        drawn.append(ids)
    drawn = np.array(drawn)
    lengths = [column.tolist().index(0) + 1 for column in drawn.T]
    assert len(drawn) == max(lengths)
    # The last token of each text is not read.
    expected = [sum(n > step + 1 for n in lengths) for step in range(len(drawn) - 1)]
    assert sizes == expected
    for column, n in zip(drawn.T, lengths):
        assert (column[n:] == -1).all() and (column[: n - 1] > 0).all()


def test_each_token_is_the_one_that_its_number_draws():
    seeds = np.array([5, 6], np.uint64)
    options = {"temperature": 0.7, "top_k": 4, "top_p": 0.9}
    state, log_probs = start_chain(2), CHAIN[:2]
    stream = generate(step_chain, state, log_probs, seeds=seeds, **options)
    for i, ids in enumerate(itertools.islice(stream, 150)):
        scores = filter_log_probs(log_probs, temperature=0.7, top_k=4)
        expected = draw(scores, draw_uniform(seeds, i), top_p=0.9)
        assert ids.tolist() == expected.tolist()
        log_probs = CHAIN[ids]


def test_how_many_tokens():
    assert generate_chain(3, n_tokens=0) == []
    assert len(generate_chain(3, n_tokens=7)) == 7  # nothing ends without an end
    assert (np.array(generate_chain(3, n_tokens=7)) >= 0).all()


def test_forbidden_tokens_are_never_drawn():
    drawn = np.array(generate_chain(20, n_tokens=50, forbidden=np.array([1, 3])))
    assert set(drawn.ravel().tolist()) == {0, 2, 4}
    with pytest.raises(ValueError, match="no token that may come next"):
        generate_chain(2, n_tokens=1, forbidden=np.arange(5))


def test_at_temperature_zero_the_most_probable_token_comes():
    drawn = np.array(generate_chain(5, n_tokens=6, temperature=0.0))
    expected = [np.arange(5)]
    for _ in range(6):
        expected.append(CHAIN[expected[-1]].argmax(axis=1))
    np.testing.assert_array_equal(drawn, expected[1:])


def test_who_reads_may_end_a_text():
    ended = np.array([False, True, False])
    state, seeds = start_chain(3), np.zeros(3, np.uint64)
    drawn = []
    for ids in generate(step_chain, state, CHAIN[:3], seeds=seeds, ended=ended):
        drawn.append(ids)
        ended[0] = len(drawn) == 2
        ended[2] = len(drawn) == 4
    drawn = np.array(drawn)
    assert (drawn[:, 1] == -1).all()
    assert (drawn[:2, 0] >= 0).all() and (drawn[2:, 0] == -1).all()
    assert (drawn[:, 2] >= 0).all() and len(drawn) == 4


def test_memory_is_flat():
    def step(state, ids):
        return CHAIN[ids], state

    stream = generate(step, (), CHAIN[:1], seeds=np.zeros(1, np.uint64))
    next(stream)
    tracemalloc.start()
    for _ in itertools.islice(stream, 3_000):
        pass
    now, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert now < 20_000
