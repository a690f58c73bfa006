"""Vectors of texts in NumPy: by hand, their length, empty texts."""

import numpy as np
import pytest

from sklearn_slm.runtime import prepare_network
from sklearn_slm.runtime.encoder import Encoded
from sklearn_slm.runtime.heads.pairs import allocate, prepare_head, run_head
from sklearn_slm.runtime.packing import Packing
from sklearn_slm.spec import POOLINGS, PairHead
from tests.networks import draw_texts, make_network, make_spec

TEXTS = draw_texts([3, 0, 7, 1])


def test_by_hand():
    spec = make_spec("pairs", n_outputs=2, hidden_size=(1,), bidirectional=False)
    weights = {
        "head.kernel": np.float32([[2.0, 0.0]]),
        "head.bias": np.float32([1.0, 4.0]),
        "head.scale": np.float32(np.log(9.0)),
    }
    # A text of two states, -1 and 1, of which the larger is pooled.
    encoded = Encoded(np.float32([[-1.0], [1.0]]), np.float32([[1.0]]), [], ())
    outputs = run_head(
        prepare_head(spec, weights),
        encoded,
        Packing.of(np.array([2])),
        np.array([2, 3]),
    )
    # (2 * 1 + 1, 4) is of length 5, and becomes one of length 3.
    np.testing.assert_allclose(outputs["vectors"], [[1.8, 2.4]], rtol=1e-6)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_all_vectors_have_the_length_of_the_scale(pooling):
    spec, weights = make_network(kind="pairs", pooling=pooling)
    vectors = prepare_network(spec, weights).run(TEXTS)["vectors"]
    assert vectors.shape == (4, 3) and vectors.dtype == np.float32
    scale = np.exp(weights["head.scale"])
    np.testing.assert_allclose((vectors**2).sum(axis=1), scale, rtol=1e-5)
    # Nothing was read of the empty text: its direction is that of the bias.
    bias = weights["head.bias"]
    expected = bias * np.sqrt(scale) / np.linalg.norm(bias)
    np.testing.assert_allclose(vectors[1], expected, rtol=1e-5)


def test_a_vector_of_zeros_stays_one():
    spec, weights = make_network(kind="pairs")
    weights |= {name: 0 * weights[name] for name in ("head.kernel", "head.bias")}
    assert not prepare_network(spec, weights).run(TEXTS)["vectors"].any()


def test_room_for_the_outputs():
    assert allocate(PairHead(7), 3, 20)["vectors"].shape == (3, 7)
