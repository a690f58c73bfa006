"""The Keras network of a spec: its weights in and out, and its layers."""

import numpy as np
import pytest

from sklearn_slm.network.backend import import_keras, import_native
from sklearn_slm.network.build import build_network, read_weights, write_weights
from sklearn_slm.spec import CELLS, POOLINGS
from tests.networks import draw_texts, make_network

keras, native = import_keras(), import_native()


def build(spec, weights, **options):
    network = build_network(spec, embedding=weights["embedding"], **options)
    write_weights(network, weights)
    return network


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("cell", CELLS)
def test_weights_come_out_as_they_went_in(cell, pooling):
    spec, weights = make_network(cell=cell, pooling=pooling, hidden_size=(4, 3))
    read = read_weights(build(spec, weights), spec)
    assert list(read) == list(spec.weights())
    for name, value in read.items():
        assert value.dtype == np.float32 and isinstance(value, np.ndarray)
        np.testing.assert_array_equal(value, weights[name])


def test_what_is_read_is_a_copy():
    spec, weights = make_network()
    network = build(spec, weights)
    for value in read_weights(network, spec).values():
        value[...] = 9
    for name, value in read_weights(network, spec).items():
        np.testing.assert_array_equal(value, weights[name])


def test_vocabularies_of_about_one_size_have_tables_of_one_size():
    sizes = []
    for n_tokens in (1000, 1010):
        spec, weights = make_network(n_tokens=n_tokens)
        network = build(spec, weights)
        sizes.append(network.get_layer("embedding").embeddings.shape[0])
        assert read_weights(network, spec)["embedding"].shape == (n_tokens, 5)
    assert sizes == [1024, 1024]


@pytest.mark.parametrize("train_vectors", [True, False])
def test_the_table_is_trained_only_where_it_is_to_be(train_vectors):
    spec, weights = make_network()
    network = build(spec, weights, train_vectors=train_vectors)
    table = network.get_layer("embedding").embeddings
    assert any(v is table for v in network.trainable_variables) == train_vectors
    body = network.get_layer("body")
    assert len(body.trainable_variables) == len(spec.weights()) - 1


def test_dropout_is_active_in_training_alone():
    spec, weights = make_network(hidden_size=(4, 3))
    padded = draw_texts([5, 2]).pad(5)
    plain = native.to_numpy(build(spec, weights)(padded))
    dropping = build(spec, weights, dropout=0.5, recurrent_dropout=0.5)
    np.testing.assert_array_equal(native.to_numpy(dropping(padded)), plain)
    assert np.abs(native.to_numpy(dropping(padded, training=True)) - plain).max() > 1e-3


def test_whatever_the_defaults_of_keras_are_a_network_is_of_float32():
    spec, weights = make_network()
    keras.config.set_floatx("float64")
    try:
        network = build(spec, weights)
        assert keras.config.floatx() == "float64"
    finally:
        keras.config.set_floatx("float32")
    assert {v.dtype for v in network.trainable_variables} == {"float32"}
