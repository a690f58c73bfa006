"""What networks need of JAX itself; its training step is in jax_step.py."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import numpy as np

from .backend import import_keras

keras = import_keras()
from keras import ops  # noqa: E402

__all__ = ["custom_gradient", "keep_generator", "scan", "to_numpy"]

custom_gradient, scan = ops.custom_gradient, ops.scan
keep_generator = nullcontext


def to_numpy(tensor: Any) -> np.ndarray:
    """Return the values of a tensor."""
    return np.asarray(tensor)
