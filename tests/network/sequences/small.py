"""A small network that writes a text backwards, and pairs for it, for all tests."""

import numpy as np

from sklearn_slm.network.examples import Examples
from sklearn_slm.network.options import TrainingOptions
from sklearn_slm.network.sequences.step import SequenceTrainer
from sklearn_slm.spec import DecoderHead, EncoderSpec, NetworkSpec
from sklearn_slm.text import Ragged

N_SOURCE, N_TARGET = 9, 10
SPEC = NetworkSpec(
    EncoderSpec(4, (5,), n_tokens=N_SOURCE),
    DecoderHead(EncoderSpec(3, (6,), n_tokens=N_TARGET, bidirectional=False)),
)


def make_pairs(n=24, longest=4, seed=0):
    """Return texts, and each of them backwards with the next token's name."""
    random = np.random.RandomState(seed)
    texts = [
        random.randint(2, N_SOURCE, random.randint(1, longest + 1)) for _ in range(n)
    ]
    offsets = np.cumsum([0, *map(len, texts)]).astype(np.int64)
    sources = np.concatenate(texts).astype(np.int32)
    targets = np.concatenate([text[::-1] + 1 for text in texts]).astype(np.int32)
    return Examples(
        {"ids": Ragged(sources, offsets)},
        {"ids": Ragged(targets, offsets)},
        np.ones(n, np.float32),
    )


def make_options(**fields):
    given = {"learning_rate": 0.02, "batch_size": 8, "n_threads": 1}
    return TrainingOptions(**(given | fields))


def make_trainer(spec=SPEC, start=None, n_steps=0, seed=0, **fields):
    options = make_options(**fields)
    return SequenceTrainer(spec, start or {}, options, seed=seed, n_steps=n_steps)
