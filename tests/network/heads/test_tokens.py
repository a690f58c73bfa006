"""The head for next tokens that trains: logits over the table, losses by hand."""

import numpy as np
import pytest

from sklearn_slm.network.backend import import_keras, import_native
from sklearn_slm.network.build import build_network, read_weights, write_weights
from sklearn_slm.network.heads.tokens import TARGET, compute_chance, compute_losses
from sklearn_slm.spec import TokenHead
from tests.networks import draw_weights, make_token_spec

keras, native = import_keras(), import_native()


@pytest.mark.parametrize("n_components", [4, 5])
def test_logits_are_products_with_the_table(n_components):
    spec = make_token_spec(n_components=n_components)
    weights = draw_weights(spec)
    # States as long as the vectors need no projection.
    assert ("head.kernel" in weights) == (n_components != 4)
    network = build_network(spec, embedding=weights["embedding"])
    write_weights(network, weights)
    ids = np.int32([[2, 5, 3]])
    logits = native.to_numpy(network(keras.ops.convert_to_tensor(ids)))
    assert logits.shape == (3, 1, spec.encoder.n_tokens)
    read = read_weights(network, spec)
    assert all(np.array_equal(read[name], weights[name]) for name in weights)
    moved = weights | {"head.bias": weights["head.bias"] + 1.5}
    moved["embedding"] = weights["embedding"].copy()
    moved["embedding"][7] *= 2.0  # not among the ids that are read
    write_weights(network, moved)
    after = native.to_numpy(network(keras.ops.convert_to_tensor(ids)))
    expected = logits + 1.5
    bias = weights["head.bias"][7]
    expected[..., 7] = 2.0 * (logits[..., 7] - bias) + bias + 1.5
    np.testing.assert_allclose(after, expected, atol=1e-5)


def test_losses_are_means_over_the_tokens():
    logits = np.log(np.float32([[[0.5, 0.25, 0.25]], [[0.1, 0.2, 0.7]]]))
    targets = np.int32([[0, 1]])
    losses = compute_losses(
        TokenHead(), *map(keras.ops.convert_to_tensor, (logits, targets))
    )
    expected = -(np.log(0.5) + np.log(0.2)) / 2
    assert native.to_numpy(losses) == pytest.approx([expected])
    assert TARGET == "ids"
    assert compute_chance(make_token_spec(n_tokens=8)) == 1 / 8
