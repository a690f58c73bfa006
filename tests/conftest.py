"""What holds for the whole suite."""

import os

# A test that imports Keras before the package must not get TensorFlow.
os.environ.setdefault("KERAS_BACKEND", "jax")
