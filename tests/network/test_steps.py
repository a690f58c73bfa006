"""The training step: against Keras' own, by hand, and the same on every backend."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn_slm.network.formulas import (
    compute_confidence,
    compute_perturbation,
    compute_row_step,
    start_moments,
)
from sklearn_slm.network.schedule import Triangle, compute_pace

from sklearn_slm.network.backend import import_keras, import_native
from sklearn_slm.network.batches import TextBatches
from sklearn_slm.network.trainer import Trainer
from sklearn_slm.runtime import predict_probabilities
from sklearn_slm.spec import CELLS, NetworkSpec

keras, native = import_keras(), import_native()

SPEC = NetworkSpec(
    n_tokens=9,
    n_components=3,
    hidden_size=(4,),
    n_outputs=2,
    bidirectional=False,
    pooling="mean",
)


def build_batches(n=6, batch_size=6, seed=0):
    random = np.random.RandomState(seed)
    ids = random.randint(2, 9, n * 4).astype(np.int32)
    offsets = np.arange(n + 1, dtype=np.int64) * 4
    y = (np.arange(n) % 2).astype(np.int32)
    weight = random.uniform(0.5, 2, n).astype(np.float32)
    return TextBatches(
        ids, offsets, y, weight, batch_size=batch_size, passes=1, seed=seed
    )


def train(passes=3, batches=None, keras_step=False, **options):
    table = np.random.RandomState(1).standard_normal((9, 3)).astype(np.float32)
    table[0] = 0
    trainer = Trainer(SPEC, {"embedding": table}, seed=0, **options)
    if keras_step:
        del trainer.network.make_train_function
    trainer.run(batches or build_batches(), passes, [])
    return trainer.read_weights()


@pytest.mark.skipif(
    keras.backend.backend() == "tensorflow",
    reason="Keras' Adam there squares the gradients of a repeated word one by one",
)
@pytest.mark.parametrize("learning_rate", [0.1, 0.01])
@pytest.mark.parametrize("train_vectors", [True, False])
def test_equals_the_step_of_keras(learning_rate, train_vectors):
    def run(optimizer, **options):
        return train(optimizer=optimizer, train_vectors=train_vectors, **options)

    expected = run(keras.optimizers.Adam(learning_rate), keras_step=True)
    results = [run(keras.optimizers.Adam(learning_rate))]
    # By name, words move in a way of their own.
    if not train_vectors:
        results.append(run("adam", learning_rate=learning_rate))
    for found in results:
        for name in expected:
            np.testing.assert_allclose(found[name], expected[name], atol=2e-5)


def test_rows_move_as_worked_by_hand():
    def move(*values):
        tensors = map(keras.ops.convert_to_tensor, values)
        return map(native.to_numpy, compute_row_step(*tensors, 0.1))

    gradient = np.float32([[3, -4], [0, 0.5]])
    step, squares, touches = move(*start_moments(2, 2), gradient)
    np.testing.assert_allclose(step, [[0.1, -0.1], [0, 0.1]], atol=1e-6)
    step, squares, touches = move(squares[:1], touches[:1], np.float32([[4, 0]]))
    # (0.999 * 9 + 16) * 0.001 / (1 - 0.999^2) = 12.501751
    np.testing.assert_allclose(step, [[0.4 / 12.501751**0.5, 0]], rtol=1e-5)
    assert touches == 2


def test_a_word_that_comes_late_moves_no_further():
    table = np.random.RandomState(1).standard_normal((9, 3)).astype(np.float32)
    trainer = Trainer(SPEC, {"embedding": table}, learning_rate=0.01, seed=0)

    def run(ids, passes):
        batches = build_batches(2, 2)
        batches.ids = np.int32(ids)
        trainer.run(batches, passes, [])
        return trainer.read_weights()["embedding"]

    before = run([2, 3, 4, 5, 5, 4, 3, 6], 20)
    after = run([2, 3, 4, 5, 5, 4, 3, 8], 1)
    np.testing.assert_array_equal(before[8], table[8])
    np.testing.assert_allclose(np.abs(after[8] - before[8]), 0.01, rtol=1e-3)


def test_sgd_by_name_equals_the_object():
    named = train(optimizer="sgd", learning_rate=0.1)
    given = train(optimizer=keras.optimizers.SGD(0.1))
    for name in named:
        np.testing.assert_allclose(named[name], given[name], atol=1e-6)


@pytest.mark.skipif(keras.backend.backend() != "jax", reason="others split no batch")
@pytest.mark.parametrize("adversarial", [0.0, 0.5])
@pytest.mark.parametrize("batch_size", [1, 5])
def test_the_number_of_threads_changes_no_bit(adversarial, batch_size):
    one, two = (
        train(
            batches=build_batches(batch_size=batch_size),
            dropout=0.3,
            recurrent_dropout=0.2,
            adversarial=adversarial,
            n_threads=n,
        )
        for n in (1, 2)
    )
    for name in one:
        np.testing.assert_array_equal(one[name], two[name])


@pytest.mark.skipif(keras.backend.backend() != "jax", reason="others compile nothing")
def test_texts_of_all_widths_move_the_weights_by_one_update():
    from sklearn_slm.network.jax_update import jit_update

    # Of its own kind, so that no other test has compiled it.
    options = {"optimizer": "sgd", "clip_norm": 0.125}
    update = jit_update(
        replace(SPEC, n_tokens=1), keras.optimizers.SGD, options["clip_norm"], "sgd"
    )
    widths = set()
    for length in (4, 20):
        batches = build_batches()
        batches.ids = np.tile(batches.ids, length // 4)
        batches.offsets = np.arange(7, dtype=np.int64) * length
        batches.widths = np.array([length])
        batches._plan()
        widths.add(batches[0][0].shape[1])
        train(batches=batches, **options)
    assert widths == {4, 20}
    assert update._cache_size() == 1


def test_rows_that_no_text_holds_stay():
    batches = build_batches()
    batches.ids[batches.ids == 5] = 4
    table = np.random.RandomState(1).standard_normal((9, 3)).astype(np.float32)
    found = train(batches=batches)["embedding"]
    np.testing.assert_array_equal(found[5], table[5])
    assert (found[4] != table[4]).all()


def test_the_perturbation_has_its_length_and_goes_uphill():
    gradient = np.random.RandomState(0).standard_normal((5, 3, 2)).astype(np.float32)
    gradient[:, 2] = 0
    norms = keras.ops.convert_to_tensor(np.float32([0.7, 0.2, 0.7]))
    uphill = keras.ops.convert_to_tensor(gradient)
    step = native.to_numpy(compute_perturbation(uphill, norms))
    length = np.sqrt((step**2).sum(axis=(0, 2)))
    np.testing.assert_allclose(length, [0.7, 0.2, 0.0], rtol=1e-6)
    assert (step * gradient).sum(axis=(0, 2))[:2].min() > 0


def test_confidence_is_zero_at_chance_and_one_when_sure():
    probability = np.array([0.1, 0.25, 0.625, 1.0], np.float32)
    found = native.to_numpy(compute_confidence(-np.log(probability), 0.25))
    np.testing.assert_allclose(found, [0.0, 0.0, 0.5, 1.0], atol=1e-6)


def test_step_size_rises_for_a_tenth_and_falls_to_nothing():
    found = [compute_pace(step, 99) for step in (1, 5, 10, 55, 99)]
    np.testing.assert_allclose(found, [0.1, 0.5, 1.0, 0.5, 1 / 90], rtol=1e-6)
    assert compute_pace(7, 0) == 1.0
    # What the other backends are given is the same, counted from 0.
    rate = Triangle(0.5, 99)
    np.testing.assert_allclose(
        [float(rate(s)) for s in (0, 54)], [0.05, 0.25], rtol=1e-5
    )


def test_step_size_applies_to_all_weights():
    # One step of so many, the first of 99, has a tenth of the highest size.
    assert len(build_batches()) == 1
    found = train(1, optimizer="sgd", learning_rate=0.5, n_steps=99)
    expected = train(1, optimizer="sgd", learning_rate=0.05)
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-5, atol=1e-7)


def test_adversarial_training_differs_and_keeps_the_clean_loss():
    # The loss that is shown is the clean one: before the first step both are equal.
    class First(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            losses.append(float(logs["loss"]))

    losses, weights = [], []
    for adversarial in (0.0, 2.0):
        table = np.random.RandomState(1).standard_normal((9, 3)).astype(np.float32)
        trainer = Trainer(SPEC, {"embedding": table}, adversarial=adversarial, seed=0)
        trainer.run(build_batches(), 2, [First()])
        weights.append(trainer.read_weights())
    assert losses[0] == pytest.approx(losses[2], rel=1e-6)
    assert np.abs(weights[0]["embedding"] - weights[1]["embedding"]).max() > 1e-6


def test_clipping_shrinks_all_gradients_together():
    # SGD moves by the gradient itself: with one step the whole move has this length.
    table = np.random.RandomState(1).standard_normal((9, 3)).astype(np.float32)
    trainer = Trainer(
        SPEC,
        {"embedding": table},
        optimizer="sgd",
        learning_rate=1.0,
        clip_norm=1e-2,
        seed=0,
    )
    before = trainer.read_weights()
    trainer.run(build_batches(), 1, [])
    after = trainer.read_weights()
    moved = sum(((after[name] - before[name]) ** 2).sum() for name in before)
    assert np.sqrt(moved) == pytest.approx(1e-2, rel=1e-3)


# Every word stands once, so that a row of the table is a vector of a text.
ONCE = np.arange(2, 14).reshape(3, 4).astype(np.int32)
TARGETS = np.int32([0, 1, 1])
WEIGHT = np.float32([1, 2, 0.5])


def move(spec, weights, adversarial=0.0):
    """Return what one step of SGD of length 1 adds to the weights."""
    trainer = Trainer(
        spec,
        weights,
        optimizer="sgd",
        learning_rate=1.0,
        adversarial=adversarial,
        seed=0,
    )
    before = trainer.read_weights()
    offsets = np.arange(4, dtype=np.int64) * 4
    batches = TextBatches(
        ONCE.ravel(), offsets, TARGETS, WEIGHT, batch_size=3, passes=1, seed=0
    )
    trainer.run(batches, 1, [])
    after = trainer.read_weights()
    return {name: after[name] - before[name] for name in before}


@pytest.mark.parametrize("cell", CELLS)
def test_the_adversarial_step_is_that_of_the_texts_and_of_their_adversaries(cell):
    spec = replace(SPEC, n_tokens=14, cell=cell, bidirectional=True)
    random = np.random.RandomState(2)
    weights = {
        name: random.standard_normal(shape).astype(np.float32)
        for name, shape in spec.weight_shapes().items()
    }
    table = weights["embedding"]
    table[0] = 0
    clean = move(spec, weights)
    # Uphill, for each text by its own length: 0.8 deviations where it is certain.
    offsets = np.arange(4, dtype=np.int64) * 4
    probability = predict_probabilities(spec, weights, ONCE.ravel(), offsets)
    right = probability[np.arange(3), TARGETS]
    confidence = np.clip((right - 0.5) / 0.5, 0, 1)
    assert (confidence > 0).any()
    moved = table.copy()
    for ids, share in zip(ONCE, confidence):
        uphill = -clean["embedding"][ids]
        step = 0.8 * table[2:].std() * share * uphill / np.linalg.norm(uphill)
        moved[ids] += step
    adversaries = move(spec, weights | {"embedding": moved})
    found = move(spec, weights, adversarial=0.8)
    for name, value in found.items():
        np.testing.assert_allclose(
            value, clean[name] + adversaries[name], atol=2e-6, err_msg=name
        )


def test_every_backend_learns_the_same():
    # Three passes with adversaries, as they came out on JAX.
    random = np.random.RandomState(5)
    weights = {
        name: random.standard_normal(shape).astype(np.float32)
        for name, shape in SPEC.weight_shapes().items()
    }
    trainer = Trainer(SPEC, weights, adversarial=0.5, learning_rate=0.05, seed=0)
    trainer.run(build_batches(), 3, [])
    found = trainer.read_weights()
    head = [[0.66749, 2.08763], [0.11533, -1.42965], [-0.01753, -0.59228],
            [0.68441, 0.0747]]  # fmt: skip
    rows = [[-0.79457, -0.75624, 0.04197], [-0.42139, -1.35502, -0.31136]]
    np.testing.assert_allclose(found["head.kernel"], head, atol=1e-4)
    np.testing.assert_allclose(found["embedding"][2:4], rows, atol=1e-4)
