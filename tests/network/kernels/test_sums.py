"""Sums over many rows: their values, and that threads do not change their bits."""

import os
import subprocess
import sys

import numpy as np
import pytest

from sklearn_slm.network.backend import import_keras, import_native

keras, native = import_keras(), import_native()
from keras import ops  # noqa: E402

from sklearn_slm.network.kernels.sums import sum_products, sum_rows  # noqa: E402

# Long enough texts for sums that XLA would cut, a gradient that is clipped, moved vectors.
FIT = """
import hashlib, os
import numpy as np
from sklearn_slm import SLMTextClassifier

words = np.random.RandomState(0).randint(0, 300, (64, 60))
texts = [" ".join(f"w{word}" for word in row) for row in words]
model = SLMTextClassifier(
    max_iter=2, early_stopping=False, ngrams=None,
    clip_norm=0.01, random_state=0,
).fit(texts, words[:, 0] % 2)
digest = hashlib.sha256()
for name in sorted(model.weights_):
    digest.update(model.weights_[name].tobytes())
print(digest.hexdigest(), os.environ.get("NPROC"))
"""


@pytest.mark.parametrize("rows", [1, 128, 129, 300])
def test_sums_are_those_of_numpy(rows):
    draw = np.random.RandomState(rows)
    left, right = (draw.normal(size=(rows, n)).astype(np.float32) for n in (3, 5))
    products = native.to_numpy(sum_products(*map(ops.array, (left, right))))
    np.testing.assert_allclose(products, left.T @ right, rtol=1e-4, atol=1e-4)
    sums = native.to_numpy(sum_rows(ops.array(right)))
    np.testing.assert_allclose(sums, right.sum(axis=0), rtol=1e-4, atol=1e-4)


@pytest.mark.skipif(keras.backend.backend() != "jax", reason="threads of XLA on JAX")
def test_bits_do_not_depend_on_the_number_of_threads():
    kept = {
        k: v for k, v in os.environ.items() if k not in ("NPROC", "OMP_NUM_THREADS")
    }
    printed = []
    for threads in ({"OMP_NUM_THREADS": "1,2"}, {"OMP_NUM_THREADS": "2", "NPROC": "5"}):
        done = subprocess.run(
            [sys.executable, "-c", FIT],
            env={**kept, **threads},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        printed.append(done.stdout.split())
    (one, limit), (five, asked) = printed
    assert one == five
    # joblib's limit reaches XLA; what the user has said stays.
    assert (limit, asked) == ("1", "5")
