"""A small language model and its stream, for all tests of its training."""

import numpy as np

from sklearn_slm.network.language.step import LanguageTrainer
from sklearn_slm.network.language.windows import Stream
from sklearn_slm.network.options import TrainingOptions
from sklearn_slm.text import Ragged
from tests.networks import make_token_spec

SPEC = make_token_spec(n_tokens=9, n_components=3, hidden_size=(4,))


def make_stream(n=12, independent=True, labels=None, seed=0):
    """Return texts that count upwards, of different lengths."""
    random = np.random.RandomState(seed)
    texts = [np.arange(first, 9) for first in random.randint(2, 8, n)]
    offsets = np.concatenate([[0], np.cumsum([len(t) for t in texts])])
    values = np.concatenate(texts).astype(np.int32)
    return Stream(Ragged(values, offsets.astype(np.int64)), labels, independent)


def make_options(**fields):
    given = {"learning_rate": 0.02, "batch_size": 4, "window": 5, "n_threads": 1}
    return TrainingOptions(**(given | fields))


def make_trainer(spec=SPEC, n_directions=1, start=None, n_steps=0, **fields):
    start = [{}] * n_directions if start is None else start
    return LanguageTrainer(spec, start, make_options(**fields), seed=0, n_steps=n_steps)
