"""Symbols of frames as nodes: inputs and outputs, padding, blocks, int8."""

import numpy as np
import pytest

from sklearn_slm.compression import quantize_weights
from sklearn_slm.graph.network import build_graphs
from sklearn_slm.runtime import prepare_network
from sklearn_slm.runtime.stepping import start_state
from sklearn_slm.spec import CELLS
from tests.networks import draw_frames, make_symbol_network

onnx = pytest.importorskip("onnx", reason="the test extra installs it")
onnxruntime = pytest.importorskip("onnxruntime", reason="the test extra installs it")

FRAMES = draw_frames([3, 0, 7, 1])


def start_session(model):
    return onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )


def describe(session):
    values = [*session.get_inputs(), *session.get_outputs()]
    return {value.name: (value.type, value.shape) for value in values}


WHOLE = {
    "frames": ("tensor(float)", ["batch", "steps", 5]),
    "lengths": ("tensor(int32)", ["batch"]),
    "log_probs": ("tensor(float)", ["batch", "steps", 6]),
}


@pytest.mark.parametrize("bidirectional", [False, True])
def test_padded_recordings(bidirectional):
    spec, weights = make_symbol_network(bidirectional=bidirectional)
    graphs = build_graphs(spec, weights, metadata={"title": "a test"})
    # From its end nobody reads block by block.
    assert list(graphs) == (["model"] if bidirectional else ["model", "step"])
    session = start_session(graphs["model"])
    assert session.get_modelmeta().custom_metadata_map == {"title": "a test"}
    assert describe(session) == WHOLE
    expected = prepare_network(spec, weights).run_frames(FRAMES).values
    for width in (7, 10):
        frames, lengths = FRAMES.pad(width), FRAMES.lengths.astype(np.int32)
        frames[3, 1:] = 5.0  # padding may be anything
        (log_probs,) = session.run(None, {"frames": frames, "lengths": lengths})
        is_frame = np.arange(width) < lengths[:, None]
        np.testing.assert_allclose(log_probs[is_frame], expected, atol=1e-6)


@pytest.mark.parametrize("cell", CELLS)
def test_inputs_and_outputs_of_a_step(cell):
    spec, weights = make_symbol_network(
        cell=cell, hidden_size=(3, 4), bidirectional=False
    )
    session = start_session(build_graphs(spec, weights)["step"])
    sizes = {"lstm": [3, 3, 4, 4], "gru": [3, 4], "rnn": [3, 4]}[cell]
    of_state = {f"state_{i}": n for i, n in enumerate(sizes)}
    of_state |= {f"next_{name}": n for name, n in of_state.items()}
    assert describe(session) == WHOLE | {
        name: ("tensor(float)", ["batch", n]) for name, n in of_state.items()
    }
    # Several recordings side by side, each of its own length.
    state = start_state(spec.encoder, 4)
    inputs = {f"state_{i}": part for i, part in enumerate(state)}
    inputs |= {"frames": FRAMES.pad(7), "lengths": FRAMES.lengths.astype(np.int32)}
    log_probs, *moved = session.run(None, inputs)
    network = prepare_network(spec, weights)
    for row in (0, 2, 3):
        one = start_state(spec.encoder, 1)
        expected, end = network.hear(one, FRAMES[row])
        np.testing.assert_allclose(log_probs[row, : len(expected)], expected, atol=1e-6)
        for part, other in zip(moved, end):
            np.testing.assert_allclose(part[row], other[0], atol=1e-6)


def test_int8_weights_stay_so_and_are_multiplied_only_if_asked():
    spec, weights = make_symbol_network(hidden_size=(64,), bidirectional=False)
    small = quantize_weights(spec, weights)
    for name in ("model", "step"):
        graph = build_graphs(spec, small)[name]
        assert "LSTM" in {node.op_type for node in graph.graph.node}
        assert graph.ByteSize() < 1.4 * sum(value.nbytes for value in small.values())
        graph = build_graphs(spec, small, int8_products=True)[name]
        assert "DynamicQuantizeLSTM" in {node.op_type for node in graph.graph.node}
