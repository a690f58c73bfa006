"""Fewer words: n-grams by hand, and a network that reads the others as unknown."""

import numpy as np

from sklearn_slm.compression import (
    count_ngrams_by_word,
    keep_ngrams,
    keep_words,
    quantize_weights,
)
from sklearn_slm.runtime import prepare_network
from sklearn_slm.text import Ragged
from tests.networks import draw_texts, make_network, make_ngrams


def test_ngrams_by_hand():
    model = make_ngrams(
        n_tokens=10,
        keys=np.array([2, 9, 23, 92]),
        idf=np.arange(4, dtype=np.float32),
        kernel=np.arange(12, dtype=np.float32).reshape(4, 3),
    )
    assert count_ngrams_by_word(model, 8).tolist() == [1, 1, 0, 0, 0, 0, 0, 2]
    kept = keep_ngrams(model, 3)
    assert kept.n_tokens == 5 and kept.keys.tolist() == [2, 2 * 5 + 3]
    assert kept.idf.tolist() == [0, 2]
    assert kept.kernel.tolist() == [[0, 1, 2], [6, 7, 8]]


def test_dropped_words_are_read_as_unknown_ones():
    spec, weights = make_network()
    weights = quantize_weights(spec, weights)
    texts = draw_texts([5, 3, 9])
    small, kept = keep_words(spec, weights, n_words=4)
    assert small.encoder.n_tokens == 6 and kept["embedding.scale"].shape == (6, 1)
    blanked = Ragged(np.where(texts.values < 6, texts.values, 1), texts.offsets)
    np.testing.assert_array_equal(
        prepare_network(small, kept).run(blanked)["logits"],
        prepare_network(spec, weights).run(blanked)["logits"],
    )
