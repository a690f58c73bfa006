"""Devices that share a batch, on one device; with several: test_training_on_devices.py."""

import numpy as np
import pytest

from sklearn_slm.network.backend import import_keras

if import_keras().backend.backend() != "jax":
    pytest.skip("devices of JAX", allow_module_level=True)

import jax
import jax.numpy as jnp

from sklearn_slm.network.devices import (
    FIRST,
    PIECES,
    ROWS,
    SEEDS,
    SUM,
    _summarize,
    cut_rows,
    make_mesh,
    replicate,
    spread,
    use_devices,
)
from sklearn_slm.network.options import Seeds, TrainingOptions
from sklearn_slm.network.train import train_network
from tests.network.small import SPEC, TABLE, draw_examples

keras = import_keras()
THREE = jax.sharding.AbstractMesh((3,), ("batch",))


@pytest.fixture
def distribution():
    made = keras.distribution.DataParallel(devices=["cpu:0"])
    keras.distribution.set_distribution(made)
    yield made
    keras.distribution.set_distribution(None)


def test_the_mesh_has_the_devices_of_keras(distribution):
    mesh = make_mesh(distribution)
    assert mesh.devices.tolist() == [jax.devices("cpu")[0]]
    assert mesh.axis_names == ("batch",)


def test_another_distribution_is_refused():
    shape = keras.distribution.DeviceMesh((1, 1), ["batch", "model"], ["cpu:0"])
    layout = keras.distribution.LayoutMap(shape)
    parallel = keras.distribution.ModelParallel(
        layout_map=layout, batch_dim_name="batch"
    )
    message = "expected keras.distribution.DataParallel .* got ModelParallel"
    with pytest.raises(ValueError, match=message):
        make_mesh(parallel)


def test_each_device_is_given_as_many_rows():
    values = np.arange(10).reshape(2, 5)
    assert [piece.tolist() for piece in cut_rows(values, THREE)] == [
        [[0, 1], [5, 6]],
        [[2, 3], [7, 8]],
        [[4, 0], [9, 0]],
    ]
    assert cut_rows(values, None)[0] is values


def test_results_are_summed_or_put_in_a_row(distribution):
    @jax.jit
    def compute(weight, seeds, rows, scale):
        return (weight * jnp.sum(rows), [s + 1 for s in seeds]), rows * scale, rows[0]

    args = np.float32(2), [np.uint32([7, 1])], np.float32([[1, 2], [3, 4]]), 10.0
    mesh = make_mesh(distribution)
    gives = (SUM, FIRST), ROWS, PIECES
    found = spread(compute, mesh, (None, SEEDS, 0), gives)(*args)
    jax.tree.map(np.testing.assert_array_equal, found, compute(*args))
    assert found[1].sharding.is_fully_replicated
    assert spread(compute, None, (None, SEEDS, 0), gives) is compute


def test_arrays_are_put_on_every_device_once(distribution):
    mesh = make_mesh(distribution)
    first = replicate({"a": np.float32([1, 2])}, mesh)
    assert first["a"].tolist() == [1, 2]
    assert replicate(first, mesh)["a"] is first["a"]


def test_keras_sets_its_distribution_aside_while_a_network_trains(distribution):
    seen = []

    @use_devices
    def train(spec, start, examples, options, **others):
        seen.append((keras.distribution.distribution(), options.mesh, others))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(None, {}, None, TrainingOptions(), seeds=Seeds(0, 0))
    assert seen == [(None, make_mesh(distribution), {"seeds": Seeds(0, 0)})]
    assert keras.distribution.distribution() is distribution


def test_a_mesh_of_one_device_trains_as_that_device(distribution):
    options = TrainingOptions(batch_size=6, learning_rate=0.05)

    def train():
        start, examples = {"embedding": TABLE}, draw_examples()
        return train_network(
            SPEC, start, examples, options, seeds=Seeds(0, 0), epochs=2
        )

    shared = train()
    assert shared.live.options.mesh == make_mesh(distribution)
    keras.distribution.set_distribution(None)
    alone = train()
    for name, value in alone.weights.items():
        np.testing.assert_allclose(shared.weights[name], value, atol=1e-6)
    assert shared.epochs[1].loss == pytest.approx(alone.epochs[1].loss, abs=1e-6)


def test_what_differs_between_processes_is_seen():
    first, again, other = (draw_examples(seed=s) for s in (0, 0, 1))
    start = [{"embedding": TABLE}]
    assert _summarize((first, start), 0) == _summarize((again, start), 0)
    assert _summarize((first, start), 0) != _summarize((other, start), 0)
    assert _summarize(Seeds(0, 1), 0) != _summarize(Seeds(1, 0), 0)
    # Of large arrays some values are compared.
    large = np.zeros(10_000_000, np.int8)
    before = _summarize(large, 0)
    large[0] = 1
    assert _summarize(large, 0) != before
