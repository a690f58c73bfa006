"""What moves the weights on JAX: one compiled function for all widths."""

from dataclasses import replace

import numpy as np
import pytest

from sklearn_slm.network.backend import import_keras
from tests.network.small import SPEC, as_texts, make_batches, train
from tests.networks import make_examples

keras = import_keras()
if keras.backend.backend() != "jax":
    pytest.skip("others compile nothing", allow_module_level=True)

from sklearn_slm.network.steps.jax_update import (  # noqa: E402
    count_rows,
    jit_update,
    split_flat,
)


def test_texts_of_all_widths_move_the_weights_by_one_update():
    # Of its own kind, so that no other test has compiled it.
    clip_norm = 0.125
    kind = replace(SPEC, encoder=replace(SPEC.encoder, n_tokens=1))
    update = jit_update(kind, keras.optimizers.SGD, clip_norm, "sgd")
    widths = set()
    for length in (4, 20):
        ids = np.random.RandomState(0).randint(2, 9, (6, length))
        examples = make_examples(as_texts(ids, length), np.eye(2)[[0, 1] * 3])
        widths.add(make_batches(examples)[0][0].shape[1])
        train(examples, optimizer="sgd", clip_norm=clip_norm)
    assert widths == {4, 20}
    assert update._cache_size() == 1


def test_rows_are_rounded_up_to_few_sizes():
    sizes = {count_rows(n) for n in range(1, 5000)}
    assert sizes == {1024, 2048, 4096, 8192}
    assert all(count_rows(n) >= n for n in (1, 1024, 1025, 4097))


def test_flat_arrays_are_split_as_they_were_joined():
    arrays = [np.ones((2, 3)), np.zeros(()), np.arange(4.0)]
    flat = np.concatenate([a.ravel() for a in arrays])
    parts = split_flat(flat, [a.shape for a in arrays])
    for part, array in zip(parts, arrays):
        np.testing.assert_array_equal(part, array)
