"""The step on JAX: against Keras' own step, by hand, and on one device or two."""

import numpy as np
import pytest

from sklearn_slm.network.backend import import_keras
from sklearn_slm.network.batches import TextBatches
from sklearn_slm.network.training import Trainer, _pace, _Triangle
from sklearn_slm.spec import NetworkSpec

keras = import_keras()
if keras.backend.backend() != "jax":
    pytest.skip("the step is JAX's own", allow_module_level=True)

from sklearn_slm.network import jax_step  # noqa: E402

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


@pytest.mark.parametrize("learning_rate", [0.1, 0.01])
def test_equals_the_step_of_keras(learning_rate):
    # All seven words occur in the one batch, so that moving only touched rows is
    # moving all; an optimiser given as an object goes through Keras altogether.
    def optimizer():
        return keras.optimizers.Adam(learning_rate)

    expected = train(optimizer=optimizer(), keras_step=True)
    for found in (
        train(optimizer=optimizer()),
        train(optimizer="adam", learning_rate=learning_rate),
    ):
        for name in expected:
            np.testing.assert_allclose(found[name], expected[name], atol=2e-5)


def test_sgd_by_name_equals_the_object():
    named = train(optimizer="sgd", learning_rate=0.1)
    given = train(optimizer=keras.optimizers.SGD(0.1))
    for name in named:
        np.testing.assert_allclose(named[name], given[name], atol=1e-6)


@pytest.mark.parametrize("adversarial", [0.0, 0.5])
@pytest.mark.parametrize("batch_size", [1, 5])
def test_the_number_of_devices_changes_no_bit(adversarial, batch_size):
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
    norms = np.array([0.7, 0.2, 0.7], np.float32)
    step = np.asarray(jax_step._perturbation(gradient, norms))
    length = np.sqrt((step**2).sum(axis=(0, 2)))
    np.testing.assert_allclose(length, [0.7, 0.2, 0.0], rtol=1e-6)
    assert (step * gradient).sum(axis=(0, 2))[:2].min() > 0


def test_confidence_is_zero_at_chance_and_one_when_sure():
    probability = np.array([0.1, 0.25, 0.625, 1.0], np.float32)
    found = jax_step._confidence(-np.log(probability), 0.25)
    np.testing.assert_allclose(found, [0.0, 0.0, 0.5, 1.0], atol=1e-6)


def test_step_size_rises_for_a_tenth_and_falls_to_nothing():
    found = [_pace(step, 99) for step in (1, 5, 10, 55, 99)]
    np.testing.assert_allclose(found, [0.1, 0.5, 1.0, 0.5, 1 / 90], rtol=1e-6)
    assert _pace(7, 0) == 1.0
    # What the other backends are given is the same, counted from 0.
    rate = _Triangle(0.5, 99)
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
        trainer.run(build_batches(), 1, [First()])
        weights.append(trainer.read_weights())
    assert losses[0] == pytest.approx(losses[1], rel=1e-6)
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
