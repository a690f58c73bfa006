"""Kneser-Ney by hand, in loops, and as a distribution."""

import pickle
from collections import Counter
from math import exp, log

import numpy as np
import pytest

from sklearn_slm.decoding.word_model import WordCounts, count_words

TEXTS = ["call home now", "call me", "now call home", "stop", "", "call home"]


def score_text(counts, words, state=None):
    total = 0.0
    for word in [*words, None]:
        log_prob, state = counts.score(state, word)
        total += log_prob
    return total


def test_pairs_by_hand():
    # Pairs: (0, a) 3, (a, b) 2, (a, c) 1, (b, 0) 2, (c, 0) 1. D = 2 / (2 + 2 * 2).
    counts = count_words(["a b", "a b", "a c"], order=2)
    assert counts.words == ("a", "b", "c")
    assert counts.ngrams.tolist() == [[0, 2], [2, 3], [2, 4], [3, 0], [4, 0]]
    assert counts.counts.tolist() == [3, 2, 1, 2, 1]
    # Words end pairs: a 1, b 1, c 1, the end 2. D = 3 / (3 + 2 * 1) = 0.6; five ids.
    uniform = 0.6 * 4 / 5 * (1 / 5)
    single = {"b": (1 - 0.6) / 5 + uniform, None: (2 - 0.6) / 5 + uniform}
    _, state = counts.score(None, "a")
    assert state == (2,)
    third = 1 / 3
    expected = (2 - third) / 3 + third * 2 / 3 * single["b"]
    assert counts.score(state, "b")[0] == pytest.approx(log(expected))
    # Never after "a"; and a word that is not known.
    assert counts.score(state, None)[0] == pytest.approx(log(2 / 9 * single[None]))
    assert counts.score(state, "x")[0] == pytest.approx(log(2 / 9 * uniform))
    # After an unknown word only single words count.
    _, unknown = counts.score(state, "x")
    assert unknown == (1,)
    assert counts.score(unknown, "b")[0] == pytest.approx(log(single["b"]))


def compute_slowly(texts, order, context, word, n=None):
    """Return p(word | context), counted anew for each length."""
    n = order if n is None else n
    words = sorted({w for text in texts for w in text.split()})
    if n == 0:
        return 1 / (len(words) + 2)
    longest = Counter()
    for text in texts:
        padded = [""] * (order - 1) + [*text.split(), ""]
        for i in range(order - 1, len(padded)):
            longest[tuple(padded[i - order + 1 : i + 1])] += 1
    counts = longest
    for _ in range(order - n):
        counts = Counter(ngram[1:] for ngram in counts)
    once, twice = (sum(c == k for c in counts.values()) for k in (1, 2))
    discount = min(max(once / (once + 2 * twice), 0.1), 0.9)
    context = tuple(context)[len(context) - n + 1 :]
    after = {ngram[-1]: c for ngram, c in counts.items() if ngram[:-1] == context}
    below = compute_slowly(texts, order, context[1:], word, n - 1)
    if not after:
        return below
    total = sum(after.values())
    own = max(after.get(word, 0) - discount, 0) / total
    return own + discount * len(after) / total * below


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_all_orders_are_those_of_the_loops(order):
    counts = count_words(TEXTS, order)
    assert counts.order == order
    contexts = [[], ["call"], ["call", "home"], ["now", "call"], ["me", "stop", "call"]]
    for context in contexts:
        state = None
        for word in context:
            _, state = counts.score(state, word)
        padded = ([""] * order + context)[len(context) + 1 :]
        assert len(padded) == order - 1
        for word in ("call", "home", "me", "unheard", None):
            expected = compute_slowly(TEXTS, order, padded, word or "")
            assert counts.score(state, word)[0] == pytest.approx(log(expected))


def test_what_comes_next_is_certain_together():
    counts = count_words(TEXTS)
    assert counts.words == ("call", "home", "me", "now", "stop")
    for context in ([], ["call"], ["now", "home"], ["unheard"]):
        state = None
        for word in context:
            _, state = counts.score(state, word)
        choices = [*counts.words, "unheard", None]
        total = sum(exp(counts.score(state, word)[0]) for word in choices)
        assert total == pytest.approx(1.0)


def test_texts_like_those_counted_are_more_probable():
    counts = count_words(TEXTS)
    said, turned = (
        score_text(counts, words) for words in (["call", "home"], ["home", "call"])
    )
    assert said > turned + 2


def test_one_text_and_none_of_words():
    counts = count_words([""])
    assert counts.words == () and counts.ngrams.tolist() == [[0, 0, 0]]
    assert counts.score(None, None)[0] > log(0.5) > counts.score(None, "a")[0] > -10


def test_a_copy_scores_the_same():
    counts = count_words(TEXTS)
    expected = score_text(counts, ["call", "me"])
    assert score_text(pickle.loads(pickle.dumps(counts)), ["call", "me"]) == expected
    # As a file holds the numbers: in the fewest bytes.
    small = WordCounts(
        counts.words, counts.ngrams.astype(np.uint8), counts.counts.astype(np.uint8)
    )
    assert score_text(small, ["call", "me"]) == expected
    assert repr(counts) == "WordCounts(5 words, 13 n-grams of 3 words)"


@pytest.mark.parametrize(
    ("ngrams", "counts", "message"),
    [
        ([0, 2], [1, 1], "Got the shape .2,."),
        (np.zeros((0, 2)), [], "at least one"),
        (np.zeros((1, 9), int), [1], "1 to 6 words"),
        ([[0, 2]], [1, 1], "counts must be 1 whole"),
        ([[0, 2]], [0], "of at least 1"),
        ([[0, 4]], [1], "ids from 0 to 3, .* Got 0 to 4"),
        ([[-1, 2]], [1], "Got -1 to 2"),
    ],
)
def test_parts_that_do_not_fit_are_refused(ngrams, counts, message):
    with pytest.raises(ValueError, match=message):
        WordCounts(("a", "b"), np.asarray(ngrams), np.asarray(counts))


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="order must be from 1 to 6. Got 0"):
        count_words(["a"], order=0)
    with pytest.raises(ValueError, match="Got a single string"):
        count_words("a b")
    with pytest.raises(ValueError, match="Got none"):
        count_words([])
