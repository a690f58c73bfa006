"""Fewer hidden units: what nothing reads changes nothing, in all heads and kinds."""

import numpy as np
import pytest

from sklearn_slm.compression import choose_units, quantize_weights, remove_units
from sklearn_slm.runtime import prepare_network
from sklearn_slm.runtime.weights import to_float
from sklearn_slm.spec import CELLS, EncoderSpec
from tests.networks import (
    draw_frames,
    draw_targets,
    draw_texts,
    make_decoder_network,
    make_network,
    make_symbol_network,
    make_token_network,
)

# Units that stay: 3 of 4, others in each direction.
KEEP = {"layer_0.forward": [0, 1, 3], "layer_0.backward": [1, 2, 3]}
TEXTS = draw_texts([5, 3, 0, 9])


def silence(spec, weights, keep):
    """Return weights in which nothing reads the units that go."""
    weights = {name: value.copy() for name, value in weights.items()}
    encoder = spec.encoder
    for i, units in enumerate(encoder.hidden_size):
        gone = []
        for d, direction in enumerate(encoder.directions):
            name = f"layer_{i}.{direction}"
            lost = np.setdiff1d(np.arange(units), keep.get(name, np.arange(units)))
            weights[f"{name}.recurrent_kernel"][lost] = 0
            gone.extend(d * units + lost)
        if i + 1 < len(encoder.hidden_size):
            for direction in encoder.directions:
                weights[f"layer_{i + 1}.{direction}.kernel"][gone] = 0
    readers = [n for n in weights if n in ("head.kernel", "combine.kernel")]
    readers += [n for n in weights if n.startswith("bridge") and n.endswith("kernel")]
    for name in readers:
        first = spec.head.decoder.state_size if name == "combine.kernel" else 0
        weights[name][np.add(gone, first).astype(int)] = 0
    if "attention.kernel" in weights:
        weights["attention.kernel"][:, gone] = 0
    return weights


def compare(spec, weights, keep, run):
    """Assert that a network without silent units answers as with them."""
    silent = silence(spec, weights, keep)
    small, kept = remove_units(spec, silent, keep)
    wanted = small.weights()
    assert {n: v.shape for n, v in kept.items()} == {
        name: weight.shape for name, weight in wanted.items()
    }
    np.testing.assert_allclose(
        run(prepare_network(small, kept)), run(prepare_network(spec, silent)), atol=1e-6
    )


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("pooling", ["attention", "last"])
def test_units_that_nothing_reads_change_no_answer(cell, pooling):
    spec, weights = make_network(cell=cell, pooling=pooling)
    compare(spec, weights, KEEP, lambda network: network.run(TEXTS)["logits"])


def test_layers_below_lose_the_inputs_of_those_above():
    spec, weights = make_network(hidden_size=(4, 3))
    keep = KEEP | {"layer_1.forward": [2], "layer_1.backward": [0]}
    compare(spec, weights, keep, lambda network: network.run(TEXTS)["logits"])
    spec, weights = make_network(hidden_size=(4, 3), bidirectional=False)
    keep = {"layer_0.forward": [1, 2]}
    compare(spec, weights, keep, lambda network: network.run(TEXTS)["logits"])


def test_other_heads():
    spec, weights = make_network(kind="pairs")
    compare(spec, weights, KEEP, lambda network: network.run(TEXTS)["vectors"])
    spec, weights = make_symbol_network()
    frames = draw_frames([4, 2])
    compare(spec, weights, KEEP, lambda network: network.run_frames(frames).values)
    spec, weights = make_decoder_network()
    sources, targets = draw_texts([4, 2]), draw_targets([3, 5])
    compare(
        spec,
        weights,
        KEEP,
        lambda network: network.score_targets(sources, targets).log_likelihood.values,
    )
    spec, weights = make_token_network(hidden_size=(4,), n_components=6)
    compare(
        spec,
        weights,
        {"layer_0.forward": [0, 2]},
        lambda network: network.run(TEXTS)["log_likelihood"],
    )


def test_scales_go_along_with_their_columns():
    spec, weights = make_network(hidden_size=(4, 3), cell="gru")
    keep = KEEP | {"layer_1.forward": [0, 1], "layer_1.backward": [0, 2]}
    small, kept = remove_units(spec, quantize_weights(spec, weights), keep)
    whole = quantize_weights(spec, weights)
    floats = {name: to_float(whole, name) for name in spec.weights()}
    _, expected = remove_units(spec, floats, keep)
    for name in small.weights():
        np.testing.assert_array_equal(to_float(kept, name), expected[name], name)
    assert kept["layer_1.forward.kernel"].dtype == np.int8


def test_the_weights_that_were_given_stay():
    spec, weights = make_network()
    before = {name: value.copy() for name, value in weights.items()}
    remove_units(spec, weights, KEEP)
    assert all((weights[name] == before[name]).all() for name in before)


def test_the_most_important_ones_are_chosen():
    encoder = EncoderSpec(3, (4,), n_tokens=5)
    importance = {
        "layer_0.forward": np.array([0.1, 3.0, 2.0, 0.2]),
        "layer_0.backward": np.array([1.0, 1.0, 1.0, 2.0]),
    }
    chosen = choose_units(encoder, importance, [2])
    assert {name: units.tolist() for name, units in chosen.items()} == {
        "layer_0.forward": [1, 2],
        "layer_0.backward": [0, 3],
    }


@pytest.mark.parametrize(
    ("keep", "message"),
    [
        ({"layer_1.forward": [0]}, "layers that there are not"),
        ({"layer_0.forward": [0, 1]}, r"equally many units. Got \[2, 4\]"),
        ({"layer_0.forward": []}, "at least one of the units 0 to 3"),
        ({"layer_0.forward": [0, 4]}, "at least one of the units 0 to 3"),
        ({"layer_0.forward": [1, 1]}, "rising"),
    ],
)
def test_what_is_refused(keep, message):
    spec, weights = make_network()
    with pytest.raises(ValueError, match=message):
        remove_units(spec, weights, keep)


def test_a_projection_neither_comes_nor_goes():
    spec, weights = make_token_network(hidden_size=(4,), n_components=4)
    with pytest.raises(ValueError, match="with 3 in place of 4 units it would gain"):
        remove_units(spec, weights, {"layer_0.forward": [0, 1, 2]})


def test_spans_are_refused():
    spec, weights = make_network(kind="spans")
    with pytest.raises(ValueError, match="a head of spans cannot be removed"):
        remove_units(spec, weights, KEEP)
