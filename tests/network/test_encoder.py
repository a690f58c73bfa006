"""The recurrent layer that trains: as Keras' own, and still on padding."""

import numpy as np
import pytest

from sklearn_slm.network.backend import import_keras, import_native
from sklearn_slm.network.build import build_network, write_weights
from sklearn_slm.network.encoder import Recurrent, layer_name
from sklearn_slm.network.initializers import Initializers
from sklearn_slm.runtime import prepare_network
from tests.networks import draw_texts, make_network

keras, native = import_keras(), import_native()


def test_our_lstm_is_keras_own():
    spec, weights = make_network(bidirectional=False, pooling="last")
    text = draw_texts([5])
    theirs = keras.layers.LSTM(4)
    x = weights["embedding"][text.values][None]
    theirs.build(x.shape)
    swap = [0, 1, 3, 2]  # Keras: input, forget, candidate, output
    theirs.set_weights(
        [
            np.concatenate([np.split(w, 4, axis=-1)[i] for i in swap], axis=-1)
            for w in (
                weights["layer_0.forward.kernel"],
                weights["layer_0.forward.recurrent_kernel"],
                weights["layer_0.forward.bias"],
            )
        ]
    )
    pooled = native.to_numpy(theirs(x))
    expected = pooled @ weights["head.kernel"] + weights["head.bias"]
    network = build_network(spec, embedding=weights["embedding"])
    write_weights(network, weights)
    ours = native.to_numpy(network(text.pad(5)))
    np.testing.assert_allclose(ours, expected, atol=1e-5)
    served = prepare_network(spec, weights).run(text)["logits"]
    np.testing.assert_allclose(served, expected, atol=1e-5)


def make_layer(**options):
    draw = Initializers("glorot_uniform", 0)
    options = {"cell": "lstm", "backward": False, "recurrent_dropout": 0.0} | options
    return Recurrent(
        4,
        candidate_activation="tanh",
        initializer=draw.draw_kernel(),
        recurrent_initializer=draw.draw_recurrent_kernel(),
        seed=1,
        **options,
    )


@pytest.mark.parametrize("backward", [False, True])
def test_the_state_stands_still_on_padding(backward):
    vectors = np.random.RandomState(0).standard_normal((5, 2, 3)).astype(np.float32)
    mask = np.float32([[1, 1], [1, 1], [1, 0], [1, 0], [1, 0]])[:, :, None]
    states = native.to_numpy(make_layer(backward=backward)(vectors, mask))
    assert states.shape == (5, 2, 4)
    padding = states[2:, 1]
    if backward:  # which reads the padding first
        assert not padding.any()
    else:
        np.testing.assert_array_equal(padding, [states[1, 1]] * 3)
    # What stands in the padding does not matter.
    vectors[2:, 1] = 1e3
    again = native.to_numpy(make_layer(backward=backward)(vectors, mask))
    np.testing.assert_array_equal(again, states)


def test_only_the_forget_gate_starts_with_a_bias():
    for cell, expected in (("lstm", [0, 1, 0, 0]), ("gru", [0] * 3), ("rnn", [0])):
        layer = make_layer(cell=cell)
        layer.build((None, None, 3), (None, None, 1))
        bias = native.to_numpy(layer.bias.value)
        np.testing.assert_array_equal(bias, np.repeat(expected, 4))


def test_dropout_of_states_has_one_mask_for_a_text():
    # What a mask leaves out is left out at every step: with all kernels but the recurrent
    # one at zero, a unit that is dropped can never reach the gates.
    layer = make_layer(cell="rnn", recurrent_dropout=0.5)
    ones = np.ones((6, 64, 3), np.float32)
    layer.build((None, None, 3), (None, None, 1))
    layer.recurrent_kernel.assign(np.eye(4, dtype=np.float32))
    states = native.to_numpy(layer(ones, ones[:, :, :1], training=True))
    x = np.ones(3) @ native.to_numpy(layer.kernel.value)
    first, second = np.tanh(x), states[1]
    kept = np.tanh(x + 2 * first)  # what is kept counts twice, as Keras scales it
    is_kept = np.isclose(second, kept, atol=1e-5)
    assert (is_kept | np.isclose(second, first, atol=1e-5)).all()
    assert 0.3 < is_kept.mean() < 0.7
    state = second
    for step in range(2, 6):
        state = np.tanh(x + 2 * is_kept * state)
        np.testing.assert_allclose(states[step], state, atol=1e-5)


def test_names_of_layers_have_no_dots():
    assert layer_name("layer_0.forward") == "layer_0_forward"
