"""The articles of SQuAD 1.1's development part, and a baseline that needs no training.

Articles are counted in the order of the file: 1 to 38 are trained on, 39 to 48 are the
test. The baseline is that of Rajpurkar et al. (2016), after Richardson et al. (2013), but
for its candidates: theirs are constituents of a parser, these are runs of words.
"""

import gzip
import json
import math
import re
from collections import Counter
from itertools import pairwise

import numpy as np

from sklearn_slm.text import Analyzer
from sklearn_slm.text.passages import split_passage

N_TRAIN = 38
LONGEST, N_FREQUENT = 5, 100


def read_squad(path):
    """Return, for each article in its order, (question, passage) and right answers."""
    articles = {}
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            pairs, answers = articles.setdefault(row["title"], ([], []))
            pairs.append((row["question"], row["context"]))
            answers.append(row["answers"])
    return list(articles.values())


def join_articles(articles):
    """Return the pairs and the answers of all articles."""
    pairs = [pair for of_article, _ in articles for pair in of_article]
    return pairs, [right for _, answers in articles for right in answers]


def split_articles(articles, n_dev=0):
    """Return what to train on, and the test: with n_dev, the last training articles."""
    if not n_dev:
        return join_articles(articles[:N_TRAIN]), join_articles(articles[N_TRAIN:])
    # Spread over the alphabet.
    chosen = set(np.linspace(2, N_TRAIN - 2, n_dev).astype(int).tolist())
    train = [a for i, a in enumerate(articles[:N_TRAIN]) if i not in chosen]
    return join_articles(train), join_articles([articles[i] for i in sorted(chosen)])


class SlidingWindow:
    """Answers by the words that a sentence, and a window of it, share with a question."""

    def __init__(self, passages):
        self.analyze = Analyzer()
        counts = Counter(w for text in set(passages) for w in self.analyze(text))
        self.frequent = {word for word, _ in counts.most_common(N_FREQUENT)}
        self.kept = {}

    def predict(self, pairs):
        """Return the answer to each question."""
        return [self.answer(question, passage) for question, passage in pairs]

    def answer(self, question, text):
        """Return the best candidate of the best sentences."""
        if text not in self.kept:
            passage = split_passage(self.analyze, text)
            ends = {t for t in range(len(passage)) if passage.tokens[t] in ".!?"}
            self.kept[text] = (
                passage,
                np.cumsum([0, *(t in ends for t in range(len(passage)))]),
            )
        passage, sentence = self.kept[text]
        asked = self.analyze(question)
        candidates = self.list_candidates(passage, sentence, set(asked))
        if not candidates:
            return ""
        overlap = [self.count_common(asked, passage, sentence, c) for c in candidates]
        best = max(overlap)
        kept = [c for c, n in zip(candidates, overlap) if n == best]
        weight = weigh_tokens(passage.tokens)
        scores = [score_window(passage.tokens, weight, set(asked), c) for c in kept]
        first, last = kept[int(np.argmax(scores))]
        return text[passage.starts[first] : passage.ends[last]]

    def list_candidates(self, passage, sentence, asked):
        """Return runs of words of one sentence, with no frequent one at an end."""
        is_word = [bool(re.search(r"\w", token)) for token in passage.tokens]
        is_end = [
            w and t not in self.frequent and t not in asked
            for w, t in zip(is_word, passage.tokens)
        ]
        found = []
        for first in np.flatnonzero(is_end).tolist():
            for last in range(first, min(first + LONGEST, len(passage))):
                if not is_word[last] or sentence[last] != sentence[first]:
                    break
                if is_end[last]:
                    found.append((first, last))
        return found

    def count_common(self, asked, passage, sentence, candidate):
        """Count words and pairs of words of the question in the rest of the sentence."""
        first, last = candidate
        begin, end = np.searchsorted(
            sentence[:-1], [sentence[first], sentence[first] + 1]
        )
        rest = [*passage.tokens[begin:first], "", *passage.tokens[last + 1 : end]]
        words = len(set(asked) & set(rest))
        return words + len({*pairwise(asked)} & {*pairwise(rest)})


def weigh_tokens(tokens):
    """Return log(1 + 1 / n) of tokens that occur n times."""
    counts = Counter(tokens)
    return np.array([math.log(1 + 1 / counts[token]) for token in tokens])


def score_window(tokens, weight, asked, candidate):
    """Return the best window's sum of weights, less the distance to the question."""
    first, last = candidate
    answer = set(tokens[first : last + 1])
    wanted = asked | answer
    sums = np.cumsum([0.0, *(w * (t in wanted) for t, w in zip(tokens, weight))])
    size = min(len(wanted), len(tokens))
    best = float((sums[size:] - sums[: len(sums) - size]).max())
    near = [i for i, token in enumerate(tokens) if token in asked - answer]
    if not near or len(tokens) < 2:
        return best - 1.0
    distance = min(max(first - i, i - last) for i in near)
    return best - (distance + 1) / (len(tokens) - 1)
