"""The training step: against Keras' own, by hand, and the same on every backend."""

import threading
from dataclasses import replace

import numpy as np
import pytest

from sklearn_slm.network.backend import import_keras, import_native
from sklearn_slm.network.batches import TextBatches, limit_weights
from sklearn_slm.network.build import build_network, read_weights
from sklearn_slm.network.formulas import (
    compute_confidence,
    compute_perturbation,
    compute_row_step,
    start_moments,
)
from sklearn_slm.network.schedule import compute_pace
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


TABLE = np.random.RandomState(1).standard_normal((9, 3)).astype(np.float32)
TABLE[0] = 0


def train(passes=3, batches=None, **options):
    trainer = Trainer(SPEC, {"embedding": TABLE}, seed=0, **options)
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

    network = build_network(SPEC, embedding=TABLE, train_vectors=train_vectors, seed=0)
    loss = keras.losses.SparseCategoricalCrossentropy(
        from_logits=True, reduction="mean_with_sample_weight"
    )
    network.compile(keras.optimizers.Adam(learning_rate), loss)
    network.fit(build_batches(), epochs=3, shuffle=False, verbose=0)
    expected = read_weights(network, SPEC)
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


def test_step_size_applies_to_all_weights():
    # One step of so many, the first of 99, has a tenth of the highest size.
    assert len(build_batches()) == 1
    found = train(1, optimizer="sgd", learning_rate=0.5, n_steps=99)
    expected = train(1, optimizer="sgd", learning_rate=0.05)
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-5, atol=1e-7)


def measure_moves(*mean_weights, **options):
    """Return what a step of each weight adds, and then one of weight 1 and other labels."""
    moves = []
    for mean_weight in mean_weights:
        trainer = Trainer(
            SPEC, {"embedding": TABLE}, keep_weights=True, seed=0, **options
        )
        batches = build_batches(3, 3)
        batches.keep_weights = True
        weights = [trainer.read_weights()]
        for weight in (mean_weight, 1.0):
            batches.sample_weight = np.full(3, weight)
            batches.targets = 1 - batches.targets
            trainer.run(batches, 1, [])
            weights.append(trainer.read_weights())
        moves.append(
            [
                {name: after[name] - before[name] for name in before}
                for before, after in zip(weights, weights[1:])
            ]
        )
    return moves


def get_length(move):
    return np.sqrt(sum((value**2).sum() for value in move.values()))


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd", "object"])
def test_a_step_is_as_long_as_its_texts_weigh(optimizer):
    options = {"optimizer": optimizer, "learning_rate": 0.01}
    if optimizer == "object":
        options = {"optimizer": keras.optimizers.RMSprop(0.01)}
    moves = measure_moves(1.0, 0.5, 3.0, **options)
    # The largest gradients: beside small ones, what keeps optimizers from dividing by
    # nothing shows.
    unit, half, triple = (first["head.bias"] for first, _ in moves)
    np.testing.assert_allclose(half, unit / 2, rtol=1e-3)
    np.testing.assert_allclose(triple, unit * 3, rtol=1e-3)


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_a_text_of_next_to_no_weight_leads_no_later_step(optimizer):
    full, tiny = measure_moves(1.0, 1e-6, optimizer=optimizer, learning_rate=0.01)
    assert get_length(tiny[0]) < 1e-4 * get_length(full[0])
    # The same texts with other labels then lead the other way.
    against = sum((tiny[1][name] * full[0][name]).sum() for name in full[0])
    assert against / get_length(tiny[1]) / get_length(full[0]) < -0.9


def test_weights_of_any_size_make_no_step_longer_than_ten():
    np.testing.assert_allclose(limit_weights(np.array([0.5, 2.0])), [0.5, 2.0])
    np.testing.assert_allclose(limit_weights(np.array([1e3, 3e3])), [5.0, 15.0])
    np.testing.assert_allclose(limit_weights(np.array([1e308] * 9)), [10.0] * 9)
    assert (limit_weights(np.array([1e-300, 1e300])) > 0).all()
    large, ten = measure_moves(1e38, 10.0, learning_rate=0.01)
    for name, value in ten[0].items():
        np.testing.assert_array_equal(large[0][name], value)


def test_a_run_can_be_undone():
    for optimizer in ("adam", "sgd", keras.optimizers.Adam(0.01)):
        trainer = Trainer(
            SPEC, {"embedding": TABLE}, optimizer=optimizer, dropout=0.3, seed=0
        )
        trainer.run(build_batches(), 1, [])
        state = trainer.copy_state()
        results = []
        for _ in range(2):
            trainer.run(build_batches(), 2, [])
            results.append(trainer.read_weights())
            trainer.restore_state(state)
        for name, value in results[0].items():
            np.testing.assert_array_equal(value, results[1][name])


def test_schedules_of_callbacks_reach_all_weights():
    class Halve(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            self.model.optimizer.learning_rate = 0.05

    trainer = Trainer(
        SPEC, {"embedding": TABLE}, optimizer="sgd", learning_rate=0.5, n_steps=9, seed=0
    )
    trainer.run(build_batches(), 1, [Halve()])
    found = trainer.read_weights()
    expected = train(1, optimizer="sgd", learning_rate=0.05, n_steps=9)
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("default", ["mixed_float16", "bfloat16", "float64"])
def test_networks_are_float32_whatever_the_defaults_of_keras(default):
    options = {"dropout": 0.2, "recurrent_dropout": 0.2, "adversarial": 0.5}
    expected = train(1, **options)
    floatx, policy = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_dtype_policy(default)
    keras.config.set_floatx(default.removeprefix("mixed_"))
    try:
        found = train(1, **options)
        assert keras.config.dtype_policy().name == default
        assert keras.config.floatx() == default.removeprefix("mixed_")
    finally:
        keras.config.set_floatx(floatx)
        keras.config.set_dtype_policy(policy)
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value)


@pytest.mark.skipif(keras.backend.backend() != "jax", reason="others have their own")
def test_threads_end_with_training():
    before = threading.active_count()
    trainers = [Trainer(SPEC, {"embedding": TABLE}, seed=0) for _ in range(3)]
    during = []

    class Count(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            during.append(threading.active_count())

    for trainer in trainers:
        trainer.run(build_batches(), 3, [Count()])
    assert max(during) > before == threading.active_count()


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
