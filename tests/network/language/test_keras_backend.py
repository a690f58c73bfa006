"""A step on PyTorch and TensorFlow is the one of the formulas, by hand."""

import numpy as np
import pytest

from sklearn_slm.network.backend import import_keras
from sklearn_slm.network.language import sampling
from sklearn_slm.network.language.keras_backend import KerasBackend
from sklearn_slm.network.language.windows import Windows
from tests.network.language.small import make_stream, make_trainer

if import_keras().backend.backend() == "jax":
    pytest.skip("steps on other backends", allow_module_level=True)


@pytest.mark.parametrize("softmax", ["full", "sampled"])
def test_plain_gradient_descent(softmax, monkeypatch):
    """The loss falls by the rate times the square of the gradient, to first order."""
    monkeypatch.setattr(sampling, "_SMALLEST", 6)
    rate = 1e-3
    trainer = make_trainer(
        optimizer="sgd", learning_rate=rate, softmax=softmax, clip_norm=None
    )
    assert isinstance(trainer.backend, KerasBackend)
    (window, *_) = Windows(make_stream(), 4, 5).read()
    before = trainer.read_weights()[0]
    states, count = [trainer.start_state(4)], float(window.weight.sum())
    first, _ = trainer.step([window], states, None, np.random.default_rng(0))
    after = trainer.read_weights()[0]
    moved = sum(((after[n] - before[n]) ** 2).sum() for n in before)
    second, _ = trainer.step([window], states, None, np.random.default_rng(0))
    assert first - second == pytest.approx(count * moved / rate, rel=0.05)
