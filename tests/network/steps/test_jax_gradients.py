"""Gradients on JAX: compiled once for networks of a kind, and what they are of."""

import numpy as np
import pytest

from sklearn_slm.network.backend import import_keras
from tests.network.small import SPEC, make_trainer

keras = import_keras()
if keras.backend.backend() != "jax":
    pytest.skip("others have another step", allow_module_level=True)

import jax  # noqa: E402

from sklearn_slm.network.steps.jax_gradients import (  # noqa: E402
    jit_gradient,
    jit_virtual_gradient,
)


def test_networks_of_a_kind_share_what_is_compiled():
    kind = SPEC, 0.0, 0.0, False
    assert jit_gradient(*kind) is jit_gradient(*kind)
    assert jit_virtual_gradient(*kind[:3]) is jit_virtual_gradient(*kind[:3])
    steps = [make_trainer()._step for _ in range(2)]
    assert steps[0].gradient is steps[1].gradient
    assert steps[0].update is steps[1].update
    assert steps[0].virtual_gradient is None
    assert make_trainer(dropout=0.1)._step.gradient is not steps[0].gradient
    first, second = (make_trainer(virtual=1.0)._step for _ in range(2))
    assert first.gradient is steps[0].gradient
    assert first.virtual_gradient is second.virtual_gradient is not None


def test_texts_without_labels_move_no_word_vectors():
    # Not run, only shaped: what comes out is what the update takes.
    vectors = jax.ShapeDtypeStruct((4, 2, 3), np.float32)
    body = make_trainer().network.get_layer("body")
    n = sum(int(np.prod(v.shape)) for v in body.trainable_variables)
    seeds = [np.asarray(v.value) for v in body.non_trainable_variables]
    flat, ids = np.zeros(n, np.float32), np.zeros((4, 2), np.int32)
    (loss, d_weights, d_tokens), after = jax.eval_shape(
        jit_virtual_gradient(SPEC, 0.0, 0.0),
        flat,
        vectors,
        seeds,
        np.float32(1),
        3,
        ids,
        np.ones(2, np.float32),
    )
    assert loss.shape == () and [g.shape for g in d_weights] == [(n,)]
    assert d_tokens.shape == (0, 3) and len(after) == len(seeds)
