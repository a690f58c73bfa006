"""Documents in batches: their order, the empty ones, and outputs put back in place."""

import numpy as np
import pytest

from sklearn_slm.runtime.batches import order_documents, run_batches
from sklearn_slm.text import Ragged
from tests.networks import draw_texts, make_spec, make_token_spec


def test_documents_come_longest_first_and_equal_ones_side_by_side():
    texts = Ragged(
        np.array([2, 3, 4, 2, 3, 5, 6, 7, 2, 3], np.int32),
        np.array([0, 2, 3, 5, 5, 8, 10]),
    )
    order = order_documents(texts)
    assert texts.lengths[order].tolist() == [3, 2, 2, 2, 1, 0]
    assert order.tolist() == [4, 0, 2, 5, 1, 3]


@pytest.mark.parametrize("n_threads", [1, 2])
def test_outputs_stand_where_their_documents_and_tokens_stood(n_threads):
    texts = draw_texts([3, 0, 7, 1, 0, 7, 12, 2], seed=1)
    sizes = []

    def run(part):
        sizes.append(part.lengths.tolist())
        sums = [text.sum() for text in map(part.__getitem__, range(len(part)))]
        return {"logits": np.tile(sums, (3, 1)).T, "attention": part.values}

    options = {"n_threads": n_threads, "most_documents": 3, "most_tokens": 15}
    outputs = run_batches(make_spec(), texts, run, **options)
    expected = [texts[row].sum() for row in range(8)]
    np.testing.assert_array_equal(outputs["logits"], np.tile(expected, (3, 1)).T)
    np.testing.assert_array_equal(outputs["attention"], texts.values)
    # Padding counts, and of the empty documents only one is run.
    assert sorted(sizes) == [[0], [3, 2, 1], [7, 7], [12]]


def test_a_head_may_have_outputs_of_tokens_alone():
    texts = draw_texts([2, 0, 4])
    outputs = run_batches(
        make_token_spec(),
        texts,
        lambda part: {"log_likelihood": -part.values},
        n_threads=None,
        most_documents=2,
        most_tokens=100,
    )
    np.testing.assert_array_equal(outputs["log_likelihood"], -texts.values)
    assert outputs["log_likelihood"].dtype == np.float32
