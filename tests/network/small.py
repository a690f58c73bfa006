"""The network, the texts and the training that the tests of the steps share."""

import numpy as np

from sklearn_slm.network.batches import TextBatches
from sklearn_slm.network.options import TrainingOptions
from sklearn_slm.network.trainer import Trainer
from sklearn_slm.text import Ragged
from tests.networks import make_examples, make_spec

SPEC = make_spec(
    n_tokens=9, n_components=3, n_outputs=2, bidirectional=False, pooling="mean"
)
TABLE = np.random.RandomState(1).standard_normal((9, 3)).astype(np.float32)
TABLE[0] = 0


def draw_examples(n=6, seed=0):
    """Return texts of four tokens, of two classes in turn, with weights."""
    random = np.random.RandomState(seed)
    ids = random.randint(2, 9, n * 4)
    weight = random.uniform(0.5, 2, n)
    return make_examples(as_texts(ids, 4), np.eye(2)[np.arange(n) % 2], weight)


def as_texts(ids, length):
    """Cut ids into texts of one length."""
    ids = np.ravel(ids).astype(np.int32)
    return Ragged(ids, np.arange(0, len(ids) + 1, length, dtype=np.int64))


def make_batches(examples, batch_size=6, unlabeled=None):
    return TextBatches(
        examples,
        "classes",
        batch_size=batch_size,
        epochs=1,
        seed=0,
        unlabeled=unlabeled,
    )


def make_trainer(spec=SPEC, start=None, *, n_steps=0, keep_weights=False, **options):
    return Trainer(
        spec,
        {"embedding": TABLE} if start is None else start,
        TrainingOptions(**options),
        seed=0,
        n_steps=n_steps,
        keep_weights=keep_weights,
    )


def train(examples=None, epochs=3, *, batch_size=6, unlabeled=None, **options):
    """Return the weights after a few epochs."""
    trainer = make_trainer(**options)
    batches = make_batches(examples or draw_examples(), batch_size, unlabeled)
    trainer.run(batches, epochs, [])
    return trainer.read_weights()
