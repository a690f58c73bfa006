"""N-grams of documents, against a plain reading of the formulas."""

from math import log, sqrt

import numpy as np
import pytest

from sklearn_slm.ngrams import count_ngrams, find_ngrams, split_keys, weigh_ngrams
from sklearn_slm.text import Ragged

# Documents: "2 3 2 3", nothing, "3", "2 unknown 3"; the n-grams (2,), (3,) and (2, 3).
TEXTS = Ragged(np.array([2, 3, 2, 3, 3, 2, 1, 3]), np.array([0, 4, 4, 5, 8]))
KNOWN = np.array([2, 3, 13])


def plain_ngrams(document, shortest, longest):
    return [
        tuple(document[i : i + n])
        for n in range(shortest, longest + 1)
        for i in range(len(document) - n + 1)
        if min(document[i : i + n]) >= 2
    ]


@pytest.mark.parametrize("lengths", [(1, 1), (1, 2), (2, 3), (1, 3)])
def test_ngrams_of_random_documents(lengths):
    random = np.random.RandomState(0)
    documents = [random.randint(1, 9, size=n).tolist() for n in (0, 1, 5, 2, 0, 12)]
    ids = np.concatenate([np.array(d, np.int32) for d in documents])
    texts = Ragged(ids, np.cumsum([0, *map(len, documents)]))
    rows, keys = find_ngrams(texts, 9, lengths)
    grams = [tuple(gram[gram > 0][::-1].tolist()) for gram in split_keys(keys, 9)]
    expected = sorted(
        (row, gram)
        for row, document in enumerate(documents)
        for gram in plain_ngrams(document, *lengths)
    )
    assert sorted(zip(rows, grams)) == expected


def test_counts_of_known_ngrams():
    documents, places, counts = count_ngrams(KNOWN, TEXTS, 5, (1, 2))
    assert documents.tolist() == [0, 0, 0, 2, 3, 3]
    assert places.tolist() == [0, 1, 2, 1, 0, 1]
    assert counts.tolist() == [2, 2, 2, 1, 1, 1]
    assert len(count_ngrams(KNOWN[:0], TEXTS, 5, (1, 2))[0]) == 0


def test_weights_by_hand():
    values = weigh_ngrams(
        np.array([0, 0, 1]), np.array([1.0, 2.0, 5.0]), np.array([2, 1, 7]), 3
    )
    first = 1 + log(2)
    length = sqrt(first**2 + 2**2)
    np.testing.assert_allclose(values, [first / length, 2 / length, 1.0], rtol=1e-6)
