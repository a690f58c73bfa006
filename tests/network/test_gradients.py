"""The hand-written gradients against finite differences."""

import numpy as np
import pytest

from sklearn_slm.network.backend import import_keras
from sklearn_slm.network.recurrent import run_cell
from sklearn_slm.spec import CELLS

keras = import_keras()
STEPS, BATCH, UNITS = 4, 2, 2


@pytest.mark.skipif(keras.backend.backend() != "jax", reason="uses jax.grad")
@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("candidate", ["tanh", "sigmoid"])
@pytest.mark.parametrize("cell", CELLS)
def test_against_finite_differences(cell, candidate, backward):
    import jax

    random = np.random.RandomState(0)
    columns = CELLS[cell] * UNITS
    inside = np.float32([[1, 1], [1, 1], [1, 0], [1, 0]])[:, :, None]
    mask = np.float32([[2, 0], [2, 2]])
    tangent = random.standard_normal((STEPS, BATCH, UNITS)).astype(np.float32)
    arguments = [
        random.standard_normal((STEPS, BATCH, columns)).astype(np.float32),
        random.standard_normal((UNITS, columns)).astype(np.float32),
        random.standard_normal(UNITS).astype(np.float32),
    ]

    def loss(projected, kernel, bias):
        states = run_cell(
            cell,
            projected,
            kernel,
            bias if cell == "gru" else None,
            inside,
            mask,
            candidate_activation=candidate,
            backward=backward,
        )
        return (states * tangent).sum()

    gradients = jax.grad(loss, argnums=(0, 1, 2))(*arguments)
    for _ in range(4):
        moves = [random.standard_normal(a.shape).astype(np.float32) for a in arguments]
        step = 1e-2
        ends = [
            float(loss(*(a + sign * step * m for a, m in zip(arguments, moves))))
            for sign in (1, -1)
        ]
        expected = sum(float((g * m).sum()) for g, m in zip(gradients, moves))
        assert (ends[0] - ends[1]) / (2 * step) == pytest.approx(
            expected, rel=0.02, abs=5e-3
        )
