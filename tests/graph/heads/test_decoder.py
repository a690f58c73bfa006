"""A decoder as nodes: what goes in and out, padding, and rows that stand side by side."""

import numpy as np
import pytest

from sklearn_slm.compression import quantize_weights
from sklearn_slm.graph.network import build_graphs
from sklearn_slm.graph.session import OnnxNetwork
from sklearn_slm.runtime import prepare_network
from sklearn_slm.runtime.weights import SCALE
from sklearn_slm.spec import EncoderSpec
from tests.networks import draw_targets, draw_texts, each_text, make_decoder_network

onnx = pytest.importorskip("onnx", reason="the test extra installs it")
onnxruntime = pytest.importorskip("onnxruntime", reason="the test extra installs it")

TEXTS = draw_texts([3, 0, 7, 1])
TARGETS = draw_targets([2, 1, 0, 5])


def start_session(model):
    return onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )


def describe(session):
    values = [*session.get_inputs(), *session.get_outputs()]
    return {value.name: (value.type, value.shape) for value in values}


def describe_floats(**shapes):
    return {name: ("tensor(float)", shape) for name, shape in shapes.items()}


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_inputs_and_outputs(cell):
    spec, weights = make_decoder_network(cell=cell, hidden_size=(3, 4))
    graphs = build_graphs(spec, weights, metadata={"title": "a test"})
    assert set(graphs) == {"encoder", "step"}
    sizes = {"lstm": [3, 3, 4, 4], "gru": [3, 4]}[cell]
    encoder, step = (start_session(graphs[name]) for name in ("encoder", "step"))
    assert step.get_modelmeta().custom_metadata_map == {"title": "a test"}
    memory = describe_floats(states=["batch", "steps", 8], keys=["batch", "steps", 4])
    lengths = {"lengths": ("tensor(int32)", ["batch"])}
    assert describe(encoder) == lengths | memory | {
        "ids": ("tensor(int32)", ["batch", "steps"])
    } | describe_floats(**{f"start_{i}": ["batch", n] for i, n in enumerate(sizes)})
    assert describe(step) == lengths | memory | {
        "ids": ("tensor(int32)", ["n"])
    } | describe_floats(
        log_probs=["n", 9],
        attention=["n", "steps"],
        **{f"state_{i}": ["n", n] for i, n in enumerate(sizes)},
        **{f"next_state_{i}": ["n", n] for i, n in enumerate(sizes)},
    )


@pytest.mark.parametrize("width", [7, 10])
def test_texts_are_read_side_by_side(width):
    spec, weights = make_decoder_network(hidden_size=(3, 4))
    session = start_session(build_graphs(spec, weights)["encoder"])
    ids, lengths = TEXTS.pad(width), TEXTS.lengths.astype(np.int32)
    ids[3, 1:] = 5  # padding may be anything
    states, keys, *start = session.run(None, {"ids": ids, "lengths": lengths})
    memory, state = prepare_network(spec, weights).read_sources(TEXTS)
    np.testing.assert_allclose(states[:, :7], memory.states, atol=1e-6)
    np.testing.assert_allclose(keys[:, :7], memory.keys, atol=1e-6)
    assert not states[:, 7:].any() and not keys[:, 7:].any()
    for part, expected in zip(start, state):
        np.testing.assert_allclose(part, expected, atol=1e-6)


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_hypotheses_stand_side_by_side(cell):
    spec, weights = make_decoder_network(cell=cell, hidden_size=(3, 4))
    network = prepare_network(spec, weights)
    memory, state = network.read_sources(TEXTS)
    rows, ids = np.repeat(np.arange(4), 3), np.tile([0, 5, 8], 4)
    state = tuple(part[rows] for part in state)
    expected = network.decode_step(memory, state, ids)
    found = OnnxNetwork(spec, weights).decode_step(memory, state, ids)
    for one, two in zip(found[:2], expected[:2]):
        assert one.dtype == np.float32
        np.testing.assert_allclose(one, two, atol=1e-5)
    for one, two in zip(found[2], expected[2]):
        np.testing.assert_allclose(one, two, atol=1e-6)
    assert not found[1][3:6].any()  # of an empty text


def test_whole_numbers_do_not_depend_on_other_rows():
    spec, weights = make_decoder_network(hidden_size=(3, 4))
    network = OnnxNetwork(spec, quantize_weights(spec, weights))
    among = network.score_targets(TEXTS, TARGETS, attention=True)
    for row, pair in enumerate(zip(each_text(TEXTS), each_text(TARGETS))):
        alone = network.score_targets(*pair, attention=True)
        np.testing.assert_allclose(
            alone.log_likelihood.values, among.log_likelihood[row], atol=1e-6
        )
        np.testing.assert_allclose(alone.attention[0], among.attention[row], atol=1e-6)


def test_products_of_whole_numbers_by_hand():
    """What is read is whole already; a state is rounded to 127 steps."""
    spec, weights = make_decoder_network(cell="rnn")
    small = quantize_weights(spec, weights)
    # An rnn is read as floats by the encoder, so that the start is the same for both.
    memory, (hidden,) = prepare_network(spec, small).read_sources(TEXTS)
    ids = np.array([0, 3, 5, 8])
    _, _, (moved,) = OnnxNetwork(spec, small).decode_step(memory, (hidden,), ids)
    name = "decoder.layer_0.forward"
    vectors = small["decoder.embedding"] * small["decoder.embedding" + SCALE]
    kernels = [
        small[f"{name}.{k}"] * small[f"{name}.{k}{SCALE}"]
        for k in ("kernel", "recurrent_kernel")
    ]
    rounded = np.rint(hidden * 127) / 127
    total = vectors[ids] @ kernels[0] + small[f"{name}.bias"] + rounded @ kernels[1]
    np.testing.assert_allclose(moved, np.tanh(total), atol=1e-6)


def test_each_table_is_stored_once_and_stays_int8():
    sizes = {"n_components": 32, "bidirectional": False, "hidden_size": (4,)}
    head = {"decoder": EncoderSpec(n_tokens=2_000, **sizes)}
    spec, weights = make_decoder_network(n_tokens=3_000, n_components=32, **head)
    graphs = build_graphs(spec, weights)
    small = build_graphs(spec, quantize_weights(spec, weights))
    for name, n_rows in (("encoder", 3_000), ("step", 2_000)):
        # The bias and the scales, of which each token has one, stay float32.
        assert n_rows * 128 < graphs[name].ByteSize() < 1.1 * n_rows * 132
        assert n_rows * 32 < small[name].ByteSize() < 1.2 * n_rows * 40


def find_kinds(graph):
    return {node.op_type for node in graph.node}


def test_int8_products_only_where_they_are_asked_for():
    spec, weights = make_decoder_network()
    small = quantize_weights(spec, weights)
    graphs = build_graphs(spec, small, int8_products=True)
    assert "DynamicQuantizeLSTM" in find_kinds(graphs["encoder"].graph)
    nodes = graphs["step"].graph.node
    # Of the tokens, the state, what is combined and the table.
    assert sum(node.op_type == "MatMulInteger" for node in nodes) == 4
    for given, asked in ((small, False), (weights, True)):
        for model in build_graphs(spec, given, int8_products=asked).values():
            kinds = find_kinds(model.graph)
            assert not kinds & {"MatMulInteger", "DynamicQuantizeLSTM"}
