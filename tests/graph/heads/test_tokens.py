"""The next token as nodes: blocks and padding change nothing, and both graphs agree."""

import numpy as np
import pytest

from sklearn_slm.compression import quantize_weights
from sklearn_slm.graph.heads import tokens
from sklearn_slm.graph.network import build_graphs
from sklearn_slm.runtime import prepare_network
from sklearn_slm.runtime.stepping import start_state
from tests.networks import draw_texts, make_token_network

onnx = pytest.importorskip("onnx", reason="the test extra installs it")
onnxruntime = pytest.importorskip("onnxruntime", reason="the test extra installs it")

TEXTS = draw_texts([3, 0, 7, 1])


def start_session(model):
    return onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )


def describe(session):
    values = [*session.get_inputs(), *session.get_outputs()]
    return {value.name: (value.type, value.shape) for value in values}


@pytest.mark.parametrize("block", [1, 4, 5, 64])
@pytest.mark.parametrize("n_components", [4, 6])
def test_likelihood_of_padded_texts(n_components, block, monkeypatch):
    monkeypatch.setattr(tokens, "_BLOCK", block)
    spec, weights = make_token_network(n_components=n_components)
    session = start_session(build_graphs(spec, weights)["model"])
    assert describe(session) == {
        "ids": ("tensor(int32)", ["batch", "steps"]),
        "lengths": ("tensor(int32)", ["batch"]),
        "log_likelihood": ("tensor(float)", ["batch", "steps"]),
    }
    expected = prepare_network(spec, weights).run(TEXTS)["log_likelihood"]
    for width in (7, 10):
        ids, lengths = TEXTS.pad(width), TEXTS.lengths.astype(np.int32)
        ids[3, 1:] = 5  # padding may be anything
        (likelihood,) = session.run(None, {"ids": ids, "lengths": lengths})
        is_token = np.arange(width) < lengths[:, None]
        np.testing.assert_allclose(likelihood[is_token], expected, atol=1e-6)
        assert not likelihood[~is_token].any()


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_inputs_and_outputs_of_a_step(cell):
    spec, weights = make_token_network(cell=cell, hidden_size=(3, 4))
    graphs = build_graphs(spec, weights, metadata={"title": "a test"})
    session = start_session(graphs["step"])
    assert session.get_modelmeta().custom_metadata_map == {"title": "a test"}
    state = {"lstm": [3, 3, 4, 4], "gru": [3, 4]}[cell]
    of_state = {f"state_{i}": n for i, n in enumerate(state)}
    of_state |= {f"next_{name}": n for name, n in of_state.items()}
    assert describe(session) == {
        "ids": ("tensor(int32)", ["batch", "steps"]),
        "lengths": ("tensor(int32)", ["batch"]),
        "places": ("tensor(int64)", ["n"]),
        "log_probs": ("tensor(float)", ["n", 12]),
        "states": ("tensor(float)", ["batch", "steps", 4]),
    } | {name: ("tensor(float)", ["batch", n]) for name, n in of_state.items()}


def test_places_choose_states_and_the_given_ones():
    spec, weights = make_token_network()
    session = start_session(build_graphs(spec, weights)["step"])
    network = prepare_network(spec, weights)
    random = np.random.RandomState(0)
    state = tuple(
        random.uniform(-0.9, 0.9, part.shape).astype(np.float32)
        for part in start_state(spec.encoder, 4)
    )
    inputs = {"ids": TEXTS.pad(7), "lengths": TEXTS.lengths.astype(np.int32)}
    inputs |= {f"state_{i}": part for i, part in enumerate(state)}
    # The second token of the third text, the last of the first, and what row 3 began with.
    places = np.array([2 * 7 + 1, 0 * 7 + 2, 4 * 7 + 3])
    log_probs, states = session.run(
        ["log_probs", "states"], inputs | {"places": places}
    )
    found, _ = network.forward_chunk(state, TEXTS)
    np.testing.assert_allclose(states[2], found[3:10], atol=1e-6)
    expected = tokens_of(weights, np.stack([found[4], found[2], state[0][3]]))
    np.testing.assert_allclose(log_probs, expected, atol=1e-6)
    none = session.run(["log_probs"], inputs | {"places": places[:0]})
    assert none[0].shape == (0, 12)


def tokens_of(weights, states):
    logits = states @ weights["head.kernel"] @ weights["embedding"].T
    logits += weights["head.bias"]
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))


@pytest.mark.parametrize("name", ["model", "step"])
def test_the_table_is_stored_once_and_stays_int8(name):
    spec, weights = make_token_network(n_tokens=3_000, n_components=32)
    small = quantize_weights(spec, weights)
    whole, part = (build_graphs(spec, w)[name].ByteSize() for w in (weights, small))
    assert whole < 1.1 * sum(value.nbytes for value in weights.values())
    # The bias and the scales, of which each token has one, stay float32.
    assert part < 1.1 * sum(value.nbytes for value in small.values())


def find_kinds(graph):
    kinds = set()
    for node in graph.node:
        kinds.add(node.op_type)
        for attribute in node.attribute:
            if attribute.HasField("g"):
                kinds |= find_kinds(attribute.g)
    return kinds


@pytest.mark.parametrize("name", ["model", "step"])
def test_int8_products_only_where_they_are_asked_for(name):
    spec, weights = make_token_network()
    small = quantize_weights(spec, weights)
    rounded = {"MatMulInteger", "DynamicQuantizeLinear"}
    graphs = build_graphs(spec, small, int8_products=True)
    assert rounded <= find_kinds(graphs[name].graph)
    assert not rounded & find_kinds(build_graphs(spec, small)[name].graph)
    graphs = build_graphs(spec, weights, int8_products=True)
    assert not rounded & find_kinds(graphs[name].graph)
