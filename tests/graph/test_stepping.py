"""ONNX Runtime from a state to a state, as NumPy does it."""

import numpy as np
import pytest

from sklearn_slm.compression import quantize_weights
from sklearn_slm.graph import stepping
from sklearn_slm.graph.session import OnnxNetwork
from sklearn_slm.runtime import prepare_network
from sklearn_slm.runtime.stepping import start_state
from sklearn_slm.spec import CELLS
from sklearn_slm.text import Ragged
from tests.networks import (
    draw_frames,
    draw_texts,
    make_decoder_network,
    make_symbol_network,
    make_token_network,
)

pytest.importorskip("onnx", reason="the test extra installs it")
pytest.importorskip("onnxruntime", reason="the test extra installs it")

TEXTS = draw_texts([3, 0, 7, 1, 7])
TARGETS = draw_texts([18], seed=9).values


def draw_state(encoder, n):
    random = np.random.RandomState(0)
    return tuple(
        random.uniform(-0.9, 0.9, part.shape).astype(np.float32)
        for part in start_state(encoder, n)
    )


def flatten(result):
    """Return all arrays of a result, those of the state too."""
    *arrays, state = result
    return [*arrays, *state]


def assert_agrees(found, expected, bound=1e-5):
    found, expected = flatten(found), flatten(expected)
    assert len(found) == len(expected)
    for array, other in zip(found, expected):
        assert array.dtype == np.float32 and array.shape == other.shape
        np.testing.assert_allclose(array, other, atol=bound)


def assert_networks_agree(network, reference, bound=1e-5):
    state = draw_state(network.spec.encoder, 5)
    before = [part.copy() for part in state]
    for name, arguments in {
        "step": [np.array([3, 0, 5, 5, 11])],
        "read_prompts": [TEXTS],
        "forward_chunk": [TEXTS],
        "score_chunk": [TEXTS, TARGETS],
    }.items():
        found = getattr(network, name)(state, *arguments)
        expected = getattr(reference, name)(state, *arguments)
        assert_agrees(found, expected, bound)
        if name != "step":  # the text without a token stays where it was
            for part, other in zip(found[-1], state):
                np.testing.assert_array_equal(part[1], other[1])
    for part, other in zip(state, before):
        np.testing.assert_array_equal(part, other)


@pytest.mark.parametrize("hidden_size", [(4,), (3, 5)])
@pytest.mark.parametrize("cell", CELLS)
def test_it_does_what_numpy_does(cell, hidden_size):
    spec, weights = make_token_network(cell=cell, hidden_size=hidden_size)
    assert_networks_agree(OnnxNetwork(spec, weights), prepare_network(spec, weights))


@pytest.mark.parametrize("cell", CELLS)
def test_int8_states_and_products(cell):
    spec, weights = make_token_network(cell=cell)
    small = quantize_weights(spec, weights)
    reference = prepare_network(spec, small)
    assert_networks_agree(OnnxNetwork(spec, small), reference, bound=0.08)


@pytest.mark.parametrize(
    ("documents", "tokens", "logits"),
    [(64, 1, 1), (2, 6, 10**6), (64, 20, 48), (1, 3, 24)],
)
def test_windows_change_nothing(documents, tokens, logits, monkeypatch):
    monkeypatch.setattr(stepping, "_BATCH_DOCUMENTS", documents)
    monkeypatch.setattr(stepping, "_BATCH_TOKENS", tokens)
    monkeypatch.setattr(stepping, "_MOST_LOGITS", logits)
    spec, weights = make_token_network()
    assert_networks_agree(OnnxNetwork(spec, weights), prepare_network(spec, weights))


def test_a_window_holds_no_more_log_probabilities_than_it_may():
    windows = list(stepping._each_window(TEXTS, 8))
    assert all(window.ids.size <= 8 for window in windows)
    seen = np.concatenate([window.flat for window in windows])
    np.testing.assert_array_equal(np.sort(seen), np.arange(18))
    for window in windows:
        is_token = np.arange(window.ids.shape[1]) < window.lengths[:, None]
        np.testing.assert_array_equal(window.ids[is_token], TEXTS.values[window.flat])


def test_no_texts_at_all():
    spec, weights = make_token_network()
    network = OnnxNetwork(spec, weights)
    state = start_state(spec.encoder, 0)
    none = draw_texts([])
    states, end = network.forward_chunk(state, none)
    assert states.shape == (0, 4) and [part.shape for part in end] == [(0, 4)] * 2
    log_probs, _ = network.step(state, np.zeros(0, np.int32))
    assert log_probs.shape == (0, 12)
    log_probs, _ = network.read_prompts(state, none)
    assert log_probs.shape == (0, 12)
    state = draw_state(spec.encoder, 1)
    empty = Ragged(none.values, np.zeros(2, np.int64))
    assert_agrees(
        network.read_prompts(state, empty),
        prepare_network(spec, weights).read_prompts(state, empty),
    )


@pytest.mark.parametrize("lengths", [[3, 0, 7, 1], [0, 0], [5]])
def test_sources_are_read_as_numpy_reads_them(lengths):
    spec, weights = make_decoder_network(hidden_size=(3, 4))
    texts = draw_texts(lengths)
    network = OnnxNetwork(spec, weights)
    found = stepping.read_sources(network.session("encoder"), texts)
    expected = prepare_network(spec, weights).read_sources(texts)
    np.testing.assert_array_equal(found[0].lengths, lengths)
    for one, two in zip((*found[0][:2], *found[1]), (*expected[0][:2], *expected[1])):
        assert one.shape == two.shape and one.dtype == np.float32
        np.testing.assert_allclose(one, two, atol=1e-6)


def test_whole_numbers_of_a_source_do_not_depend_on_the_others():
    spec, weights = make_decoder_network()
    network = OnnxNetwork(spec, quantize_weights(spec, weights))
    memory, _ = network.read_sources(TEXTS)
    alone, _ = network.read_sources(TEXTS.slice(2, 3))
    np.testing.assert_array_equal(memory.states[2:3], alone.states)


@pytest.mark.parametrize("dtype", ["float32", "int8"])
@pytest.mark.parametrize("cell", CELLS)
def test_it_hears_what_numpy_hears(cell, dtype):
    spec, weights = make_symbol_network(
        cell=cell, hidden_size=(3, 5), bidirectional=False
    )
    weights = quantize_weights(spec, weights) if dtype == "int8" else weights
    network, reference = OnnxNetwork(spec, weights), prepare_network(spec, weights)
    state, frames = draw_state(spec.encoder, 1), draw_frames([9]).values
    before = [part.copy() for part in state]
    # Frames and states are rounded by their largest number as well.
    bound = 0.08 if dtype == "int8" and cell == "lstm" else 1e-5
    for n in (1, 9):
        found = network.hear(state, frames[:n])
        assert_agrees(found, reference.hear(state, frames[:n]), bound)
    for part, other in zip(state, before):
        np.testing.assert_array_equal(part, other)
