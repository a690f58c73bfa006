"""Logits of the n-gram model by hand, and what each token adds to them."""

from dataclasses import replace
from math import log, sqrt

import numpy as np
import pytest

from sklearn_slm.compression import quantize_ngrams
from sklearn_slm.ngrams import NgramModel, compute_ngram_terms, run_ngrams
from sklearn_slm.text import Ragged
from tests.networks import draw_texts, each_text, make_ngrams

# Documents: "2 3 2 3", nothing, "3", "2 unknown 3"; the n-grams (2,), (3,) and (2, 3).
TEXTS = Ragged(np.array([2, 3, 2, 3, 3, 2, 1, 3]), np.array([0, 4, 4, 5, 8]))
MODEL = NgramModel(
    lengths=(1, 2),
    n_tokens=5,
    keys=np.array([2, 3, 13]),
    idf=np.array([1.0, 2.0, 3.0], np.float32),
    kernel=np.array([[1, -1], [0.5, 2], [-3, 4]], np.float32),
    bias=np.array([0.25, -0.25], np.float32),
    blend=np.array([1.0, 1.0], np.float32),
)


def test_logits_by_hand():
    logits = run_ngrams(MODEL, TEXTS)
    all_three = np.array([1.0, 2.0, 3.0]) * (1 + log(2))
    expected = np.array(
        [
            all_three / np.linalg.norm(all_three) @ MODEL.kernel,
            [0, 0],
            [0.5, 2],
            np.array([1, 2, 0]) / sqrt(5) @ MODEL.kernel,
        ]
    )
    np.testing.assert_allclose(logits, expected + MODEL.bias, atol=1e-6)
    alone = [run_ngrams(MODEL, text)[0] for text in each_text(TEXTS)]
    np.testing.assert_allclose(logits, alone, rtol=1e-6)


def test_many_chunks_and_threads_give_the_same_bits():
    model = make_ngrams(n_tokens=30)
    texts = draw_texts(np.random.RandomState(0).randint(0, 200, 2000), n_tokens=30)
    assert len(texts.values) > 2 * 65_536
    one, two = (run_ngrams(model, texts, n_threads=n) for n in (1, 2))
    np.testing.assert_array_equal(one, two)
    for row in (0, 700, 1999):
        (alone,) = run_ngrams(model, texts.take(np.array([row])))
        np.testing.assert_allclose(alone, one[row], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("dtype", "bound"), [("int8", 0.03), ("float16", 0.002)])
def test_a_smaller_kernel_is_near(dtype, bound):
    small = quantize_ngrams(MODEL, dtype)
    assert small.kernel.dtype == dtype
    np.testing.assert_allclose(
        run_ngrams(small, TEXTS), run_ngrams(MODEL, TEXTS), atol=bound
    )


def test_terms_and_bias_sum_to_the_logits():
    model, texts = make_ngrams(), draw_texts([4, 0, 7, 1, 7])
    terms, logits = compute_ngram_terms(model, texts), run_ngrams(model, texts)
    for i, row in enumerate(logits):
        total = terms[texts.offsets[i] : texts.offsets[i + 1]].sum(axis=0) + model.bias
        np.testing.assert_allclose(total, row, atol=1e-5)


def test_an_ngram_is_divided_among_its_tokens_and_occurrences():
    model = make_ngrams(
        keys=np.array([12 * 3 + 4]),  # token 3, then token 4
        idf=np.ones(1, np.float32),
        kernel=np.array([[6.0, 0.0, -3.0]], np.float32),
    )
    texts = Ragged(np.array([3, 4, 4, 1, 3, 4, 3]), np.array([0, 6, 7]))
    # One known n-gram: its feature has length one; it occurs twice, with two tokens.
    expected = np.array([1, 1, 0, 0, 1, 1, 0])[:, None] * [1.5, 0.0, -0.75]
    np.testing.assert_allclose(compute_ngram_terms(model, texts), expected, atol=1e-6)


def test_a_model_of_no_ngrams_gives_its_bias():
    model = make_ngrams(n_ngrams=0)
    texts = draw_texts([3, 2])
    np.testing.assert_array_equal(run_ngrams(model, texts), [model.bias] * 2)
    np.testing.assert_array_equal(run_ngrams(model, each_text(texts)[0]), [model.bias])


def test_columns_add_their_products():
    columns = np.float32([[1, 2], [0, 0], [0, 1], [3, 0]])
    kernel = np.float32([[1, -1], [0.5, 0]])
    model = replace(MODEL, columns=kernel)
    expected = run_ngrams(MODEL, TEXTS) + columns @ kernel
    np.testing.assert_allclose(run_ngrams(model, TEXTS, columns), expected, rtol=1e-6)
    np.testing.assert_array_equal(run_ngrams(model, TEXTS), run_ngrams(MODEL, TEXTS))
