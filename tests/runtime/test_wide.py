"""N-grams and the linear model over them, against a plain reading of the formulas."""

from itertools import pairwise
from math import log, sqrt

import numpy as np
import pytest

from sklearn_slm.runtime.quantize import quantize_weights
from sklearn_slm.runtime.wide import (
    count_ngrams,
    find_ngrams,
    run_wide,
    split_keys,
    weigh_ngrams,
)
from sklearn_slm.spec import NetworkSpec

# Documents: "2 3 2 3", nothing, "3", "2 unknown 3".
IDS = np.array([2, 3, 2, 3, 3, 2, 1, 3], np.int32)
OFFSETS = np.array([0, 4, 4, 5, 8])
SPEC = NetworkSpec(n_tokens=5, n_components=2, hidden_size=(2,), n_outputs=2, n_wide=3)
# The n-grams (2,), (3,) and (2, 3).
WEIGHTS = {
    "wide.keys": np.array([2, 3, 13]),
    "wide.idf": np.array([1.0, 2.0, 3.0], np.float32),
    "wide.kernel": np.array([[1, -1], [0.5, 2], [-3, 4]], np.float32),
    "wide.bias": np.array([0.25, -0.25], np.float32),
}


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
    offsets = np.cumsum([0, *map(len, documents)])
    rows, keys = find_ngrams(ids, offsets, 9, lengths)
    grams = [tuple(gram[gram > 0][::-1].tolist()) for gram in split_keys(keys, 9)]
    found = sorted(zip(rows, grams))
    expected = sorted(
        (row, gram)
        for row, document in enumerate(documents)
        for gram in plain_ngrams(document, *lengths)
    )
    assert found == expected


def test_counts_of_known_ngrams():
    documents, places, counts = count_ngrams(SPEC, WEIGHTS["wide.keys"], IDS, OFFSETS)
    assert documents.tolist() == [0, 0, 0, 2, 3, 3]
    assert places.tolist() == [0, 1, 2, 1, 0, 1]
    assert counts.tolist() == [2, 2, 2, 1, 1, 1]
    assert len(count_ngrams(SPEC, np.zeros(0, np.int64), IDS, OFFSETS)[0]) == 0


def test_weights_by_hand():
    values = weigh_ngrams(
        np.array([0, 0, 1]), np.array([1.0, 2.0, 5.0]), np.array([2, 1, 7]), 3
    )
    first = 1 + log(2)
    length = sqrt(first**2 + 2**2)
    np.testing.assert_allclose(values, [first / length, 2 / length, 1.0], rtol=1e-6)


def test_logits_by_hand():
    found = run_wide(SPEC, WEIGHTS, IDS, OFFSETS)
    all_three = np.array([1.0, 2.0, 3.0]) * (1 + log(2))
    expected = np.array(
        [
            all_three / np.linalg.norm(all_three) @ WEIGHTS["wide.kernel"],
            [0, 0],
            [0.5, 2],
            np.array([1, 2, 0]) / sqrt(5) @ WEIGHTS["wide.kernel"],
        ]
    )
    np.testing.assert_allclose(found, expected + WEIGHTS["wide.bias"], atol=1e-6)
    alone = [
        run_wide(SPEC, WEIGHTS, IDS[a:b], np.array([0, b - a]))[0]
        for a, b in pairwise(OFFSETS)
    ]
    np.testing.assert_allclose(found, alone, rtol=1e-6)


def test_quantised_kernel_is_near():
    small = quantize_weights(WEIGHTS)
    assert small["wide.kernel"].dtype == np.int8
    np.testing.assert_array_equal(small["wide.keys"], WEIGHTS["wide.keys"])
    np.testing.assert_allclose(
        run_wide(SPEC, small, IDS, OFFSETS),
        run_wide(SPEC, WEIGHTS, IDS, OFFSETS),
        atol=0.03,
    )
