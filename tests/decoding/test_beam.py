"""Beams over small chains, where every text can be counted up."""

import itertools

import numpy as np
import pytest

from sklearn_slm.decoding.beam import beam_search, sample_translations

N_TOKENS, N_TEXTS = 4, 3
LENGTHS = np.array([2, 3, 0])
MAX_LENGTHS = np.array([4, 2, 3])


def normalise(logits):
    return np.float32(logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True)))


def draw_chains(n_texts=N_TEXTS, n_tokens=N_TOKENS, seed=0):
    """Return the log-probabilities of the next token after each, for each text."""
    random = np.random.RandomState(seed)
    return normalise(random.standard_normal((n_texts, n_tokens, n_tokens)))


def draw_attention(n_texts=N_TEXTS, n_tokens=N_TOKENS, steps=3, seed=1):
    """Return the attention when each token is read, for each text."""
    return np.float32(np.random.RandomState(seed).rand(n_texts, n_tokens, steps))


def step(memory, state, ids):
    """The memory is the chains and the attention; the state counts steps."""
    chains, attention = memory
    texts = np.repeat(np.arange(len(chains)), len(ids) // len(chains))
    assert len(state[0]) == len(ids)
    return chains[texts, ids], attention[texts, ids], (state[0] + 1,)


def search(chains, attention=None, lengths=None, **options):
    n = len(chains)
    attention = draw_attention(n, chains.shape[1]) if attention is None else attention
    lengths = np.full(n, attention.shape[2]) if lengths is None else lengths
    return beam_search(
        step, (chains, attention), (np.zeros(n),), lengths, no_repeat=0, **options
    )


def list_texts(chain, attention, length, most, alpha, beta):
    """Return (score, ids) of all texts, best first."""
    texts = []
    for n in range(most + 1):
        for ids in itertools.product(range(1, len(chain)), repeat=n):
            read, after = [0, *ids], [*ids, 0]
            log_prob = float(np.float64(chain[read, after]).sum())
            covered = np.float64(attention[read, :length]).sum(axis=0)
            score = log_prob / ((5 + n + 1) / 6) ** alpha
            score += beta * np.log(np.minimum(covered, 1)).sum()
            texts.append((score, list(ids), log_prob))
    return sorted(texts, key=lambda text: -text[0])


@pytest.mark.parametrize("beta", [0.0, 0.4])
@pytest.mark.parametrize("alpha", [0.0, 1.0, 3.0])
def test_a_wide_beam_finds_the_best_of_all_texts(alpha, beta):
    chains, attention = draw_chains(), draw_attention()
    found = search(
        chains,
        attention,
        LENGTHS,
        max_lengths=MAX_LENGTHS,
        width=200,  # more than there are texts
        n_best=8,
        length_penalty=alpha,
        coverage_penalty=beta,
    )
    for row, hypotheses in enumerate(found):
        options = LENGTHS[row], MAX_LENGTHS[row], alpha, beta
        expected = list_texts(chains[row], attention[row], *options)[:8]
        assert len(hypotheses) == 8
        for one, (score, ids, log_prob) in zip(hypotheses, expected):
            assert one.ids.tolist() == ids and one.ids.dtype == np.int32
            assert one.score == pytest.approx(score, rel=1e-6)
            assert one.log_prob == pytest.approx(log_prob, rel=1e-6)
            read = [0, *ids][: len(ids)]
            expected_weights = attention[row, read, : LENGTHS[row]]
            np.testing.assert_array_equal(one.attention, expected_weights)


def test_a_beam_of_one_takes_the_most_probable_token():
    chains = draw_chains(20, 12, seed=3)
    chains[:, :, 0] -= 1.0
    found = search(chains, max_lengths=np.full(20, 9), width=1)
    lengths = set()
    for chain, (best,) in zip(chains, found):
        ids, token = [], 0
        while len(ids) < 9 and chain[token].argmax():
            token = int(chain[token].argmax())
            ids.append(token)
        assert best.ids.tolist() == ids
        lengths.add(len(ids))
    assert {0, 9} <= lengths


def test_a_wider_beam_finds_what_a_greedy_one_misses():
    chains = draw_chains(30, 8, seed=5)
    options = {"max_lengths": np.full(30, 6), "length_penalty": 0.0}
    narrow, wide = (
        np.array([best.score for best, *_ in search(chains, width=n, **options)])
        for n in (1, 20)
    )
    assert (wide >= narrow - 1e-6).all() and (wide > narrow + 0.1).any()


def test_a_text_is_written_alone_as_among_others():
    chains, attention = draw_chains(9, 10), draw_attention(9, 10)
    limits = np.array([5, 0, 9, 1, 3, 9, 2, 7, 4])
    options = {"width": 3, "n_best": 3}
    among = search(chains, attention, max_lengths=limits, **options)
    for row in range(9):
        one = slice(row, row + 1)
        (alone,) = search(
            chains[one], attention[one], max_lengths=limits[one], **options
        )
        assert len(alone) == len(among[row])
        for left, right in zip(alone, among[row]):
            assert left.score == right.score
            assert left.ids.tolist() == right.ids.tolist()
            np.testing.assert_array_equal(left.attention, right.attention)
    assert [len(best.ids) <= n for (best, *_), n in zip(among, limits)] == [True] * 9
    ((empty,),) = search(chains[1:2], max_lengths=[0])
    assert empty.ids.tolist() == [] and empty.attention.shape == (0, 3)
    assert empty.log_prob == pytest.approx(float(chains[1, 0, 0]))


def test_no_text_waits_for_a_longer_one():
    chain = normalise(np.float64([[0, 9, 0], [0, 0, 9], [0, 9, 0]]))
    sizes = []

    def count(memory, state, ids):
        sizes.append(len(ids))
        return step(memory, state, ids)

    memory = np.stack([chain] * 3), draw_attention(3, 3)
    start = (np.zeros(3),)
    limits = np.array([1, 4, 2])
    beam_search(count, memory, start, LENGTHS, max_lengths=limits, width=2)
    # One row for each text at first, two for each that goes on.
    assert sizes == [3, 6, 4, 2, 2]


def test_of_equal_texts_the_first_in_order_is_taken():
    chains = normalise(np.zeros((1, 4, 4)))
    (found,) = search(chains, max_lengths=[1], width=4, n_best=4, length_penalty=0.0)
    assert [one.ids.tolist() for one in found] == [[], [1], [2], [3]]


@pytest.mark.parametrize("width", [1, 3])
def test_no_four_tokens_come_three_times(width):
    logits = [[0, 9, 0, 0], [0, 0, 9, 0], [0, 9, 0, 5], [0, 9, 0, 0]]
    chains, attention = normalise(np.float64([logits])), draw_attention(1)
    memory, start, one = (chains, attention), (np.zeros(1),), np.array([3])

    def write(n):
        ((best,),) = beam_search(
            step, memory, start, one, max_lengths=[40], width=width, no_repeat=n
        )
        ids = best.ids.tolist()
        grams = [tuple(ids[i : i + 4]) for i in range(len(ids) - 3)]
        return ids, max(map(grams.count, grams), default=0)

    ids, most = write(0)
    assert ids[:8] == [1, 2] * 4 and most > 2
    ids, most = write(4)
    assert most == 2
    assert ids[:6] == ([1, 2] * 3 if width == 1 else [1, 2, 3, 1, 2, 1])


def test_each_text_has_its_forbidden_tokens():
    chains = np.stack([normalise(np.float64([[0, 2, 1], [3, 0, 0], [3, 0, 0]]))] * 2)
    options = {"max_lengths": [3, 3], "width": 2, "length_penalty": 0.0}
    ids = [
        [best.ids.tolist() for best, *_ in search(chains, forbidden=banned, **options)]
        for banned in (None, [[], [1]])
    ]
    assert ids == [[[1], [1]], [[1], [2]]]


def test_memory_keeps_its_type():
    from sklearn_slm.runtime.heads.decoder import Memory

    seen = []

    def look(memory, state, ids):
        seen.append((type(memory), memory.lengths.tolist()))
        chains = memory.states
        texts = np.repeat(np.arange(len(chains)), len(ids) // len(chains))
        return chains[texts, ids], np.ones((len(ids), 2), np.float32), state

    chain = normalise(np.float64([[0, 9, 0], [0, 0, 9], [0, 9, 0]]))
    memory = Memory(np.stack([chain, chain]), np.zeros((2, 2, 2)), np.array([2, 1]))
    beam_search(look, memory, (), memory.lengths, max_lengths=[0, 1], width=1)
    assert seen == [(Memory, [2, 1]), (Memory, [1])]
    seen.clear()
    sample_translations(
        look, memory, (), memory.lengths, max_lengths=[1, 2], seeds=np.uint64([1, 2])
    )
    assert seen == [(Memory, [2, 1]), (Memory, [1])]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"width": 0}, "width must be at least 1"),
        ({"n_best": 0}, "n_best must be from 1 to width, which is 5"),
        ({"n_best": 6}, "n_best must be from 1 to width, which is 5"),
        ({"length_penalty": -0.5}, "length_penalty must be a number of at least 0"),
        ({"coverage_penalty": np.inf}, "coverage_penalty must be a number of at"),
        ({"no_repeat": -1}, "no_repeat must be 0"),
        ({"forbidden": [range(4)]}, "no token that may come next"),
    ],
)
def test_what_no_beam_can_be(options, message):
    memory = draw_chains(1), draw_attention(1)
    with pytest.raises(ValueError, match=message):
        beam_search(
            step, memory, (np.zeros(1),), np.array([3]), max_lengths=[3], **options
        )


def test_probabilities_that_are_no_numbers_are_refused():
    with pytest.raises(ValueError, match="their probabilities are NaN"):
        search(draw_chains(1) * np.float32(np.nan), max_lengths=[3])


def sample(chains, limits, seeds, **options):
    n = len(chains)
    memory = chains, draw_attention(n, chains.shape[1])
    return sample_translations(
        step,
        memory,
        (np.zeros(n),),
        np.full(n, 2),
        max_lengths=limits,
        seeds=np.asarray(seeds, np.uint64),
        **options,
    )


def test_drawn_texts_are_as_frequent_as_they_are_probable():
    n = 3_000
    chains = np.repeat(draw_chains(1, 3), n, axis=0)
    drawn = sample(chains, np.full(n, 2), np.arange(n))
    for first in range(3):
        part = np.mean([[*one.ids.tolist(), 0][0] == first for one in drawn])
        assert part == pytest.approx(np.exp(chains[0, 0, first]), abs=0.03)
    for one in drawn[:50]:
        ids = [0, *one.ids.tolist()]
        after = [*ids[1:], 0][: min(len(ids), 2)]  # a cut text has no end
        total = float(np.float64(chains[0, ids[: len(after)], after]).sum())
        assert one.log_prob == one.score == pytest.approx(total, rel=1e-6)
        assert one.attention.shape == (len(ids) - 1, 2)


def test_a_text_is_drawn_alone_as_among_others():
    chains, limits = draw_chains(6, 8), np.array([4, 0, 9, 9, 1, 6])
    attention = draw_attention(6, 8)
    options = {"temperature": 1.5, "top_k": 6, "top_p": 0.95}
    among = sample(chains, limits, np.arange(6), forbidden=[[3]] * 6, **options)
    assert sum(len(one.ids) for one in among) > 8
    for row, wanted in enumerate(among):
        ids = wanted.ids.tolist()
        assert 3 not in ids and len(ids) <= limits[row]
        expected = attention[row, [0, *ids][: len(ids)], :2]
        np.testing.assert_array_equal(wanted.attention, expected.reshape(-1, 2))
        one = slice(row, row + 1)
        (alone,) = sample(chains[one], limits[one], [row], forbidden=[[3]], **options)
        assert alone.ids.tolist() == ids
        assert alone.log_prob == pytest.approx(wanted.log_prob)


def test_no_temperature_is_a_beam_of_one():
    chains = draw_chains(9, 10)
    limits = np.full(9, 6)
    drawn = sample(chains, limits, np.arange(9), temperature=0.0, no_repeat=0)
    for one, (best,) in zip(drawn, search(chains, max_lengths=limits, width=1)):
        assert one.ids.tolist() == best.ids.tolist()


def test_drawn_texts_do_not_repeat_themselves_either():
    chains = normalise(np.float64([[[0, 9, 0], [0, 0, 9], [0, 9, 0]]]))
    looped, mended = (
        sample(chains, [40], [0], temperature=0.0, no_repeat=n)[0].ids.tolist()
        for n in (0, 4)
    )
    assert looped == [1, 2] * 20
    # What would come next is left out, and the first of the two others comes, the end.
    assert mended == [1, 2] * 3 + [1]
    with pytest.raises(ValueError, match="no_repeat must be 0"):
        sample(chains, [40], [0], no_repeat=-1)
