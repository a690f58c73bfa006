"""Which n-grams count, by hand."""

import numpy as np
import pytest

from sklearn_slm.compression import measure_ngrams, quantize_ngrams, select_ngrams
from sklearn_slm.ngrams import run_ngrams
from tests.networks import draw_texts, make_ngrams


def test_importance_by_hand():
    # Of 9 documents, 4 and 1 have the n-gram: (1 + 4) / (1 + 9), (1 + 1) / (1 + 9).
    idf = 1 + np.log([10 / 5, 10 / 2])
    kernel = np.array([[1, 3, 2], [0, 0, 6]], np.float32)
    model = make_ngrams(
        keys=np.array([2, 3]), idf=idf.astype(np.float32), kernel=kernel
    )
    found = measure_ngrams(model)
    expected = [0.5 * idf[0] * np.sqrt(2 / 3), 0.2 * idf[1] * np.sqrt((4 + 4 + 16) / 3)]
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    found = measure_ngrams(model, multilabel=True)
    expected = [0.5 * idf[0] * np.sqrt(14 / 3), 0.2 * idf[1] * np.sqrt(12)]
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    # What all classes get alike decides nothing.
    alike = make_ngrams(
        keys=np.array([2]),
        idf=np.ones(1, np.float32),
        kernel=np.full((1, 3), 5, np.float32),
    )
    assert measure_ngrams(alike) == pytest.approx(0.0, abs=1e-12)


def test_a_selection_knows_its_n_grams_and_no_others():
    model = quantize_ngrams(make_ngrams())
    texts = draw_texts([6, 2])
    few = select_ngrams(model, np.array([0, 4, 12]))
    assert len(few) == 3 and few.kernel.dtype == np.int8 and len(model) == 20
    assert few.keys.tolist() == model.keys[[0, 4, 12]].tolist()
    none = select_ngrams(model, np.arange(0))
    np.testing.assert_array_equal(run_ngrams(none, texts), [model.bias] * 2)
