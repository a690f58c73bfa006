"""Pieces of a long document, side by side, say what its steps say."""

import numpy as np
import pytest

from sklearn_slm.runtime import encoder, pieces, prepare_network
from sklearn_slm.runtime.cells import prepare_layers, prepare_step, run_layer
from sklearn_slm.runtime.packing import Packing
from sklearn_slm.spec import CELLS
from tests.networks import draw_texts, make_network


def run_step_by_step(layer, projected, index, state=None):
    states, last, _ = run_layer(
        layer, projected, index, Packing.of(np.array([len(index)])), state=state
    )
    return states, last


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("n_tokens", [8_192, 9_001])
def test_pieces_say_what_steps_say(n_tokens, cell, bidirectional, monkeypatch):
    spec, weights = make_network(
        cell=cell, bidirectional=bidirectional, hidden_size=(3, 4)
    )
    network, text = prepare_network(spec, weights), draw_texts([n_tokens])
    in_pieces = network.run(text)
    cut = []

    def run(layer, projected, index, state):
        cut.append(len(index))
        return run_step_by_step(layer, projected, index, state)

    monkeypatch.setattr(encoder, "run_long", run)
    in_steps = network.run(text)
    assert cut == [n_tokens] * 2  # once a layer
    for name, bound in (("logits", 1e-6), ("attention", 1e-7)):
        np.testing.assert_allclose(in_pieces[name], in_steps[name], atol=bound)


def count_steps(monkeypatch):
    """Return a list that gets the number of pieces of each step that is made."""
    made = []

    def prepare(layer, gates, hidden, *others):
        step = prepare_step(layer, gates, hidden, *others)

        def counted():
            made.append(len(hidden))
            step()

        return counted

    monkeypatch.setattr(pieces, "prepare_step", prepare)
    return made


@pytest.mark.parametrize(
    ("forget_bias", "most_steps"), [(0.0, 0.16), (5.0, 0.41), (40.0, 1.03)]
)
def test_pieces_that_began_wrong_run_again(forget_bias, most_steps, monkeypatch):
    """With the forget gate at 1 every state depends on all tokens before it."""
    spec, weights = make_network(bidirectional=False, pooling="last", n_tokens=30)
    weights["layer_0.forward.bias"][4:8] = forget_bias
    weights["layer_0.forward.recurrent_kernel"] *= 0.1
    (layer,) = prepare_layers(spec.encoder, weights)
    ids = draw_texts([8_999], n_tokens=30).values
    projected, index = layer.project(weights["embedding"]), ids[:, None].astype(int)
    expected, expected_last = run_step_by_step(layer, projected, index)
    made = count_steps(monkeypatch)
    states, last = pieces.run_long(layer, projected, index)
    np.testing.assert_allclose(states, expected, atol=1e-6)
    np.testing.assert_allclose(last, expected_last, atol=1e-6)
    assert len(made) < most_steps * len(ids)


@pytest.mark.parametrize("cell", CELLS)
def test_a_document_that_goes_on_from_a_state(cell):
    spec, weights = make_network(cell=cell, bidirectional=False, n_tokens=30)
    (layer,) = prepare_layers(spec.encoder, weights)
    index = draw_texts([9_000], n_tokens=30).values[:, None].astype(int)
    projected = layer.project(weights["embedding"])
    start = np.random.RandomState(0).uniform(-0.9, 0.9, (2, 1, 1, 4))
    start[1] *= cell == "lstm"  # others have no cell state
    in_pieces, in_steps = np.float32([start, start])
    states, last = pieces.run_long(layer, projected, index, in_pieces)
    expected, expected_last = run_step_by_step(layer, projected, index, in_steps)
    from_zeros, _ = run_step_by_step(layer, projected, index)
    assert np.abs(expected[0] - from_zeros[0]).max() > 0.05
    np.testing.assert_allclose(states, expected, atol=1e-6)
    np.testing.assert_allclose(last, expected_last, atol=1e-6)
    np.testing.assert_allclose(in_pieces, in_steps, atol=1e-6)
    np.testing.assert_array_equal(in_pieces[0], last)
