"""The encoder in NumPy: layers upon layers, and what is kept for the way back."""

import numpy as np
import pytest

from sklearn_slm.runtime.encoder import prepare_encoder, run_encoder
from sklearn_slm.runtime.packing import Packing
from tests.networks import make_network

PACKING = Packing.of(np.array([4, 2, 0]))
IDS = np.array([2, 3, 4, 5, 6, 2])


def encode(encoder, ids=IDS, packing=PACKING, **options):
    projected = encoder.layers[0].project(encoder.embed(ids))
    return run_encoder(encoder, projected, np.arange(len(ids)), packing, **options)


def split_network(spec, weights):
    """Return the two layers of a deep encoder, each as an encoder of its own."""
    width = spec.encoder.hidden_size[0] * 2
    first, n = make_network(hidden_size=spec.encoder.hidden_size[:1])
    second, _ = make_network(
        hidden_size=spec.encoder.hidden_size[1:], n_components=width
    )
    lower = n | {k: v for k, v in weights.items() if not k.startswith("layer_1")}
    upper = {
        k.replace("layer_1", "layer_0"): v
        for k, v in weights.items()
        if k.startswith("layer_1")
    }
    return (first.encoder, lower), (second.encoder, upper)


def test_a_layer_reads_the_states_of_the_one_below():
    spec, weights = make_network(hidden_size=(4, 3))
    both = encode(prepare_encoder(spec.encoder, weights))
    lower, upper = split_network(spec, weights)
    below = encode(prepare_encoder(*lower))
    second = prepare_encoder(*upper)
    above = run_encoder(
        second, second.layers[0].project(below.states), flat_places(), PACKING
    )
    np.testing.assert_allclose(both.states, above.states, atol=1e-6)
    np.testing.assert_allclose(both.last, above.last, atol=1e-6)


def flat_places():
    """Return for each token, document by document, its packed place."""
    places = np.empty(len(IDS), np.intp)
    places[PACKING.flat] = np.arange(len(IDS))
    return places


def test_last_is_the_state_at_the_end_that_a_direction_reads_to():
    spec, weights = make_network()
    encoded = encode(prepare_encoder(spec.encoder, weights))
    by_token = np.empty_like(encoded.states)
    by_token[PACKING.flat] = encoded.states
    np.testing.assert_array_equal(encoded.last[0, :4], by_token[3, :4])
    np.testing.assert_array_equal(encoded.last[0, 4:], by_token[0, 4:])
    np.testing.assert_array_equal(encoded.last[1, :4], by_token[5, :4])
    np.testing.assert_array_equal(encoded.last[1, 4:], by_token[4, 4:])
    assert not encoded.last[2].any()


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_what_is_kept_changes_nothing_and_is_what_each_layer_read(cell):
    spec, weights = make_network(cell=cell, hidden_size=(4, 3))
    encoder = prepare_encoder(spec.encoder, weights, np.float64)
    plain, kept = encode(encoder), encode(encoder, keep=True)
    assert plain.states.dtype == np.float64
    np.testing.assert_array_equal(plain.states, kept.states)
    assert plain.kept == [] and len(kept.kept) == 2
    first, second = kept.kept
    assert (first.cells is not None) == (cell == "lstm")
    mirrored = first.states[PACKING.mirror, 1]
    np.testing.assert_array_equal(
        second.inputs, np.concatenate([first.states[:, 0], mirrored], axis=1)
    )


def test_the_table_is_read_row_by_row():
    spec, weights = make_network()
    encoder = prepare_encoder(spec.encoder, weights)
    rows = encoder.embed(np.array([3, 3, 0]))
    np.testing.assert_array_equal(rows, weights["embedding"][[3, 3, 0]])
