"""A step on PyTorch and TensorFlow is the one of the formulas, by hand."""

import numpy as np
import pytest

from sklearn_slm.network.backend import import_keras
from sklearn_slm.network.sequences.batches import PairBatches
from sklearn_slm.network.sequences.keras_backend import KerasBackend
from tests.network.sequences.small import make_pairs, make_trainer

if import_keras().backend.backend() == "jax":
    pytest.skip("steps on other backends", allow_module_level=True)


def test_plain_gradient_descent():
    """The loss falls by the rate times the square of the gradient, to first order."""
    rate = 1e-3
    trainer = make_trainer(optimizer="sgd", learning_rate=rate, clip_norm=None)
    assert isinstance(trainer.backend, KerasBackend)
    batch = next(iter(PairBatches(make_pairs(), 8, np.array([4])).read()))
    before = trainer.read_weights()
    first = trainer.step(batch)
    after = trainer.read_weights()
    moved = sum(((after[n] - before[n]) ** 2).sum() for n in before)
    second = trainer.step(batch)
    count = float(batch.weight.sum())
    assert first - second == pytest.approx(count * moved / rate, rel=0.05)
