"""How the rows of a table move that a batch reads, by hand."""

import numpy as np

from sklearn_slm.network.backend import import_keras, import_native
from sklearn_slm.network.steps.rows import compute_row_step, start_moments

keras, native = import_keras(), import_native()


def move(*values):
    tensors = map(keras.ops.convert_to_tensor, values)
    return map(native.to_numpy, compute_row_step(*tensors, 0.1))


def test_rows_move_as_worked_by_hand():
    gradient = np.float32([[3, -4], [0, 0.5]])
    step, squares, touches = move(*start_moments(2, 2), gradient)
    np.testing.assert_allclose(step, [[0.1, -0.1], [0, 0.1]], atol=1e-6)
    step, squares, touches = move(squares[:1], touches[:1], np.float32([[4, 0]]))
    # (0.999 * 9 + 16) * 0.001 / (1 - 0.999^2) = 12.501751
    np.testing.assert_allclose(step, [[0.4 / 12.501751**0.5, 0]], rtol=1e-5)
    assert touches == 2


def test_a_row_counts_its_own_steps():
    squares, touches = start_moments(2, 1)
    touches[0] = 1000
    step, _, after = move(squares, touches, np.float32([[2], [2]]))
    assert after.tolist() == [[1001], [1]]
    # A first step has the length of the learning rate; of one that was touched often and
    # had no gradient, the mean square is small.
    np.testing.assert_allclose(step[1], 0.1, rtol=1e-5)
    np.testing.assert_allclose(
        step[0], 0.2 / np.sqrt(0.004 / (1 - 0.999**1001)), rtol=1e-4
    )
