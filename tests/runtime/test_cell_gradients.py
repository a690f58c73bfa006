"""The way back through one direction of a layer, against finite differences."""

import numpy as np
import pytest

from sklearn_slm.runtime.cell_gradients import BACKWARD
from sklearn_slm.runtime.cells import prepare_layers, run_layer
from sklearn_slm.runtime.packing import Packing
from sklearn_slm.spec import CELLS
from tests.networks import make_network

PACKING = Packing.of(np.array([4, 3, 1]))
NAME = "layer_0.forward"


@pytest.mark.parametrize("candidate", ["tanh", "sigmoid"])
@pytest.mark.parametrize("cell", CELLS)
def test_gradient_by_the_inputs_of_the_gates(cell, candidate):
    spec, weights = make_network(
        cell=cell, candidate_activation=candidate, bidirectional=False, scale=0.8
    )
    floats = {name: value.astype(np.float64) for name, value in weights.items()}
    (layer,) = prepare_layers(spec.encoder, floats)
    random = np.random.RandomState(1)
    inputs = random.standard_normal((8, 5))
    tangent = random.standard_normal((8, 4))
    index = np.arange(8)[:, None]  # the inputs are packed already

    def run(inputs):
        states, _, cells = run_layer(
            layer, layer.project(inputs), index, PACKING, keep=True
        )
        return states[:, 0], None if cells is None else cells[:, 0]

    states, cells = run(inputs)
    d_gates = BACKWARD[cell](
        spec.encoder, floats, NAME, inputs, states, cells, tangent, PACKING
    )
    assert d_gates.shape == (8, CELLS[cell] * 4)
    by_inputs = d_gates @ floats[f"{NAME}.kernel"].T
    step = 1e-6
    for place in np.ndindex(inputs.shape):
        ends = []
        for sign in (1, -1):
            moved = inputs.copy()
            moved[place] += sign * step
            ends.append((run(moved)[0] * tangent).sum())
        slope = (ends[0] - ends[1]) / (2 * step)
        assert by_inputs[place] == pytest.approx(slope, abs=1e-7)


def test_every_cell_has_its_way_back():
    assert set(BACKWARD) == set(CELLS)
