"""The training step of this backend: against Keras' own, by hand, and as on the others."""

from dataclasses import replace

import numpy as np
import pytest

from sklearn_slm.network.backend import import_keras
from sklearn_slm.network.heads.classes import compute_chance
from sklearn_slm.runtime import prepare_network
from sklearn_slm.runtime.heads.classes import compute_probabilities
from sklearn_slm.spec import CELLS
from tests.network.small import (
    SPEC,
    TABLE,
    as_texts,
    draw_examples,
    make_batches,
    make_trainer,
    train,
)
from tests.networks import draw_weights, make_examples

keras = import_keras()


def train_by_keras(epochs=3, **options):
    """Return the weights that Keras' own step and loss lead to."""
    network = (trainer := make_trainer(**options)).network
    for name in ("train_step", "get_metrics_result"):
        vars(network).pop(name, None)
    loss = keras.losses.CategoricalCrossentropy(
        from_logits=True, reduction="mean_with_sample_weight"
    )
    network.compile(optimizer=network.optimizer, loss=loss)
    network.train_function = None
    network.fit(make_batches(draw_examples()), epochs=epochs, shuffle=False, verbose=0)
    return trainer.read_weights()


@pytest.mark.skipif(
    keras.backend.backend() == "tensorflow",
    reason="Keras' Adam there squares the gradients of a repeated word one by one",
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Keras' own step
@pytest.mark.parametrize("learning_rate", [0.1, 0.01])
@pytest.mark.parametrize("train_vectors", [True, False])
def test_equals_the_step_of_keras(learning_rate, train_vectors):
    def adam():
        return keras.optimizers.Adam(learning_rate)

    expected = train_by_keras(optimizer=adam(), train_vectors=train_vectors)
    results = [train(optimizer=adam(), train_vectors=train_vectors)]
    # By name, words move in a way of their own.
    if not train_vectors:
        results.append(
            train(
                optimizer="adam",
                learning_rate=learning_rate,
                clip_norm=None,
                train_vectors=False,
            )
        )
    for weights in results:
        for name in expected:
            np.testing.assert_allclose(weights[name], expected[name], atol=2e-5)


def test_sgd_by_name_equals_the_object():
    named = train(optimizer="sgd", learning_rate=0.1, clip_norm=None)
    given = train(optimizer=keras.optimizers.SGD(0.1))
    for name in named:
        np.testing.assert_allclose(named[name], given[name], atol=1e-6)


def test_a_word_that_comes_late_moves_no_further():
    trainer = make_trainer(learning_rate=0.01)

    def run(ids, epochs):
        examples = make_examples(as_texts(ids, 4), np.eye(2))
        trainer.run(make_batches(examples), epochs, [])
        return trainer.read_weights()["embedding"]

    before = run([2, 3, 4, 5, 5, 4, 3, 6], 20)
    after = run([2, 3, 4, 5, 5, 4, 3, 8], 1)
    np.testing.assert_array_equal(before[8], TABLE[8])
    np.testing.assert_allclose(np.abs(after[8] - before[8]), 0.01, rtol=1e-3)


def test_rows_that_no_text_holds_stay():
    examples = draw_examples()
    ids = examples.inputs["ids"].values
    ids[ids == 5] = 4
    table = train(examples)["embedding"]
    np.testing.assert_array_equal(table[5], TABLE[5])
    assert (table[4] != TABLE[4]).all()


def test_step_size_applies_to_all_weights():
    # One step of so many, the first of 99, has a tenth of the highest size.
    scheduled = train(epochs=1, optimizer="sgd", learning_rate=0.5, n_steps=99)
    expected = train(epochs=1, optimizer="sgd", learning_rate=0.05)
    for name, value in expected.items():
        np.testing.assert_allclose(scheduled[name], value, rtol=1e-5, atol=1e-7)


def test_adversarial_training_differs_and_keeps_the_clean_loss():
    # The loss that is shown is the clean one: before the first step both are equal.
    class First(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            losses.append(float(logs["loss"]))

    losses, tables = [], []
    for adversarial in (0.0, 2.0):
        trainer = make_trainer(adversarial=adversarial)
        trainer.run(make_batches(draw_examples()), 2, [First()])
        tables.append(trainer.read_weights()["embedding"])
    assert losses[0] == pytest.approx(losses[2], rel=1e-6)
    assert np.abs(tables[0] - tables[1]).max() > 1e-6


def test_clipping_shrinks_all_gradients_together():
    # SGD moves by the gradient itself: with one step the whole move has this length.
    trainer = make_trainer(optimizer="sgd", learning_rate=1.0, clip_norm=1e-2)
    before = trainer.read_weights()
    trainer.run(make_batches(draw_examples()), 1, [])
    after = trainer.read_weights()
    moved = sum(((after[name] - before[name]) ** 2).sum() for name in before)
    assert np.sqrt(moved) == pytest.approx(1e-2, rel=1e-3)


# Every word stands once, so that a row of the table is a vector of a text.
ONCE = np.arange(2, 14).reshape(3, 4)
TARGETS = np.array([0, 1, 1])
WEIGHT = [1, 2, 0.5]


def move(spec, weights, rows, adversarial=0.0, ids=ONCE, unlabeled=None, virtual=0.0):
    """Return what one step of SGD of length 1 adds to the weights."""
    trainer = make_trainer(
        spec,
        weights,
        optimizer="sgd",
        learning_rate=1.0,
        clip_norm=None,
        adversarial=adversarial,
        virtual=virtual,
    )
    before = trainer.read_weights()
    examples = make_examples(as_texts(ids, len(ids[0])), rows, WEIGHT[: len(ids)])
    trainer.run(make_batches(examples, unlabeled=unlabeled), 1, [])
    after = trainer.read_weights()
    return {name: after[name] - before[name] for name in before}


@pytest.mark.parametrize("cell", CELLS)
def test_the_adversarial_step_is_that_of_the_texts_and_of_their_adversaries(cell):
    encoder = replace(SPEC.encoder, n_tokens=14, cell=cell, bidirectional=True)
    spec = replace(SPEC, encoder=encoder)
    weights = draw_weights(spec, seed=2, scale=1.0)
    table, rows = weights["embedding"], np.eye(2)[TARGETS]
    table[0] = 0
    clean = move(spec, weights, rows)
    # Uphill, for each text by its own length: 0.8 deviations where it is certain.
    logits = prepare_network(spec, weights).run(as_texts(ONCE, 4))["logits"]
    right = compute_probabilities(spec.head, logits)[np.arange(3), TARGETS]
    chance = compute_chance(spec)
    confidence = np.clip((right - chance) / (1 - chance), 0, 1)
    assert (confidence > 0).any()
    moved = table.copy()
    for ids, share in zip(ONCE, confidence):
        uphill = -clean["embedding"][ids]
        step = 0.8 * table[2:].std() * share * uphill / np.linalg.norm(uphill)
        moved[ids] += step
    adversaries = move(spec, weights | {"embedding": moved}, rows)
    both = move(spec, weights, rows, adversarial=0.8)
    for name, value in both.items():
        np.testing.assert_allclose(
            value, clean[name] + adversaries[name], atol=2e-6, err_msg=name
        )


@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
def test_virtual_adversaries_go_where_the_prediction_changes_most(output):
    encoder = replace(SPEC.encoder, n_tokens=14)
    spec = replace(SPEC, encoder=encoder, head=replace(SPEC.head, output=output))
    weights = draw_weights(spec, seed=2, scale=1.0)
    table = weights["embedding"]
    table[0] = 0
    # Two components of three are not read: one direction, or the other, changes most.
    weights["layer_0.forward.kernel"][1:] = 0
    text = as_texts([7], 1)
    logits = prepare_network(spec, weights).run(text)["logits"]
    soft = compute_probabilities(spec.head, logits)
    labeled, rows = [[5]], np.eye(2)[:1]
    virtual = move(spec, weights, rows, ids=labeled, unlabeled=text, virtual=1.5)
    clean, expected = move(spec, weights, rows, ids=labeled), []
    for sign in (1, -1):
        moved = table.copy()
        moved[7, 0] += sign * 1.5 * table[2:].std()
        adversary = move(spec, weights | {"embedding": moved}, soft, ids=[[7]])
        # Word vectors learn of the texts with labels alone.
        adversary["embedding"][:] = 0
        expected.append({name: clean[name] + adversary[name] for name in clean})
    errors = [
        max(np.abs(virtual[name] - value).max() for name, value in of_sign.items())
        for of_sign in expected
    ]
    assert min(errors) < 5e-6 and max(errors) > 1e-2, errors


def test_a_step_with_soft_labels_is_the_mean_of_the_steps_with_hard_ones():
    encoder = replace(SPEC.encoder, n_tokens=14)
    spec = replace(SPEC, encoder=encoder)
    weights = draw_weights(spec, seed=2)
    first, second = (move(spec, weights, np.eye(2)[[k] * 3]) for k in (0, 1))
    soft = move(spec, weights, [[0.25, 0.75]] * 3)
    for name, value in soft.items():
        np.testing.assert_allclose(
            value, 0.25 * first[name] + 0.75 * second[name], atol=2e-6, err_msg=name
        )
        assert np.abs(value - first[name]).max() > 1e-4


def test_every_backend_learns_the_same():
    # Three epochs with adversaries, as they came out on JAX.
    weights = draw_weights(SPEC, seed=5, scale=1.0)
    trained = train(start=weights, adversarial=0.5, learning_rate=0.05, clip_norm=None)
    head = [[0.66749, 2.08763], [0.11533, -1.42965], [-0.01753, -0.59228],
            [0.68441, 0.0747]]  # fmt: skip
    rows = [[-0.79457, -0.75624, 0.04197], [-0.42139, -1.35502, -0.31136]]
    np.testing.assert_allclose(trained["head.kernel"], head, atol=1e-4)
    np.testing.assert_allclose(trained["embedding"][2:4], rows, atol=1e-4)
