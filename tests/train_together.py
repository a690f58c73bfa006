"""Train small networks as one process of several, or alone; print what they gave.

Run by tests/test_training_on_devices.py, in processes of their own: JAX counts the
devices of a process once, as it starts.

    python -m tests.train_together devices [address number processes]
"""

import json
import sys
import zlib
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np

import tests.network.language.small as language
import tests.network.sequences.small as sequences
from sklearn_slm import SLMTextClassifier
from sklearn_slm.network.backend import import_keras
from sklearn_slm.network.devices import (
    FIRST,
    PIECES,
    ROWS,
    SEEDS,
    SUM,
    make_mesh,
    spread,
)
from sklearn_slm.network.language.train import train_language
from sklearn_slm.network.options import Seeds
from sklearn_slm.network.sequences.train import train_sequences
from sklearn_slm.spec import EncoderSpec, NetworkSpec, PairHead, SymbolHead
from tests.network.sequences import test_spans
from tests.network.sequences.test_answers import make_questions
from tests.network.sequences.test_frames import make_recordings

keras = import_keras()
TEXTS = [f"{a} {b} {c}" for a in "abc" for b in "defg" for c in "hi"]
LABELS = [int(text[0] == "a" or text[2] == "d") for text in TEXTS]


def classify():
    """Make 102 steps; the last of three batches has other weights."""
    model = SLMTextClassifier(
        6, batch_size=9, max_iter=34, dropout=0.0, word_dropout=0.0, ngrams=None,
        early_stopping=False, runtime="numpy", random_state=0,
    )  # fmt: skip
    model.fit(TEXTS, LABELS, sample_weight=np.linspace(0.5, 1.5, len(TEXTS)))
    return model.loss_curve_, model.predict_proba(TEXTS)


def translate():
    """Make 102 steps, with a validation set after each epoch."""
    trained = train_sequences(
        sequences.SPEC,
        {},
        sequences.make_pairs(),
        sequences.make_options(),
        seeds=Seeds(0, 0),
        epochs=34,
        validation=sequences.make_pairs(6, seed=1),
    )
    return list_losses(trained.epochs), np.hstack(
        [v.ravel() for v in trained.kept[0][1].values()]
    )


def model_language():
    """Make about 100 steps in each direction, in rows that no two devices share evenly."""
    trained = train_language(
        language.SPEC,
        [{}, {}],
        language.make_stream(24),
        replace(language.make_options(), batch_size=6),
        seeds=Seeds(0, 0),
        epochs=10,
        validation=language.make_stream(5, seed=1),
    )
    return list_losses(trained.epochs), np.hstack(
        [v.ravel() for weights in trained.weights for v in weights.values()]
    )


def train_other_heads():
    """Make two epochs with each of the heads that are left."""
    encoder = EncoderSpec(3, (4,), n_tokens=20)
    sounds = EncoderSpec(4, (6,), n_tokens=None)
    tasks = [
        (NetworkSpec(encoder, PairHead(5)), make_questions(22, negatives=2)),
        (test_spans.SPEC, test_spans.make_examples(22)),
        (NetworkSpec(sounds, SymbolHead(4)), make_recordings()),
    ]
    losses, weights = [], []
    for spec, examples in tasks:
        options = replace(sequences.make_options(), batch_size=6)
        trained = train_sequences(
            spec, {}, examples, options, seeds=Seeds(0, 0), epochs=2
        )
        losses += [epoch.loss for epoch in trained.epochs]
        weights += [v.ravel() for v in trained.kept[0][1].values()]
    return losses, np.hstack(weights)


def list_losses(epochs):
    return [value for e in epochs for value in (e.loss, e.validation_loss)]


def report(losses, values):
    values = np.ascontiguousarray(values, np.float32)
    return {
        "losses": [float(loss) for loss in losses],
        "mean": float(values.mean()),
        "checksum": zlib.crc32(values.tobytes()),
    }


def check_spread():
    """Share six rows among four devices."""

    @jax.jit
    def compute(rows, seeds):
        n_rows = jnp.float32(len(rows))
        return jnp.sum(rows), seeds, rows * 2, jnp.stack([n_rows, seeds[0][0]])[None]

    mesh = make_mesh(keras.distribution.distribution())
    rows, seeds = np.float32([1, 2, 3, 4, 5, 6]), [np.uint32([7, 0])]
    shared = spread(compute, mesh, (0, SEEDS), (SUM, FIRST, ROWS, PIECES))
    total, after, doubled, pieces = shared(rows, seeds)
    assert float(total) == 21
    assert after[0].tolist() == [7, 0]
    assert doubled.tolist() == [2, 4, 6, 8, 10, 12]
    assert pieces[:, 0].tolist() == [2, 2, 2, 2]
    assert len(set(pieces[:, 1].tolist())) == 4
    assert shared.lower(rows, seeds).compile().as_text().count("all-reduce") > 0
    return "as expected"


def refuse(number):
    """Return the message for a process that has other texts."""
    model = SLMTextClassifier(6, ngrams=None, random_state=0)
    try:
        model.fit(TEXTS[number:], LABELS[number:])
    except ValueError as error:
        return str(error)


def main(n_devices, *others):
    if others:
        address, number, processes = others
        jax.config.update("jax_cpu_collectives_implementation", "gloo")
        jax.distributed.initialize(address, int(processes), int(number))
    if n_devices > 1:
        assert jax.device_count() == n_devices
        keras.distribution.set_distribution(keras.distribution.DataParallel())
    tasks = classify, translate, model_language, train_other_heads
    found = {task.__name__: report(*task()) for task in tasks}
    if others:
        found["refused"] = refuse(int(number))
    elif n_devices > 1:
        found["spread"] = check_spread()
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(int(sys.argv[1]), *sys.argv[2:])))
