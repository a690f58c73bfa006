"""First weights: how they are drawn, and that every backend draws the same."""

import numpy as np
import pytest

from sklearn_slm.network.build import build_network, read_weights
from tests.networks import make_spec


@pytest.mark.parametrize("initializer", ["glorot_uniform", "gaussian", "uniform"])
def test_first_weights_are_drawn_as_said(initializer):
    spec = make_spec(
        n_tokens=5, n_components=16, hidden_size=(32,), bidirectional=False
    )
    table = np.zeros((5, 16), np.float32)
    first, again, other = (
        read_weights(
            build_network(spec, embedding=table, initializer=initializer, seed=seed),
            spec,
        )
        for seed in (3, 3, 4)
    )
    kernel, recurrent = (
        first[f"layer_0.forward.{n}"] for n in ("kernel", "recurrent_kernel")
    )
    np.testing.assert_array_equal(kernel, again["layer_0.forward.kernel"])
    assert (kernel != other["layer_0.forward.kernel"]).mean() > 0.99
    assert not first["layer_0.forward.bias"][:32].any()
    if initializer == "gaussian":
        np.testing.assert_allclose([kernel.std(), recurrent.std()], 0.05, rtol=0.05)
        assert np.abs(kernel).max() > 0.12
        return
    # Glorot's limit is sqrt(6 / (16 + 4 * 32)).
    limit = 0.05 if initializer == "uniform" else 0.204124
    np.testing.assert_allclose([kernel.min(), kernel.max()], [-limit, limit], rtol=0.02)
    if initializer == "uniform":
        np.testing.assert_allclose(np.abs(recurrent).max(), 0.05, rtol=0.02)
        return
    for gate in np.split(recurrent, 4, axis=1):
        np.testing.assert_allclose(gate.T @ gate, np.eye(32), atol=1e-5)
    # The same numbers on every backend.
    np.testing.assert_allclose(
        kernel[0, :3], [0.126442, -0.120239, 0.194454], atol=1e-6
    )
