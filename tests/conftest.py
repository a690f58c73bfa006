"""What holds for the whole suite."""

import gc
import os
import signal
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

# A test that imports Keras before the package must not get TensorFlow.
os.environ.setdefault("KERAS_BACKEND", "jax")

# Networks as small as those of the tests wait for the compiler and not for what it
# made: XLA's older way to compile loops takes a third less time, and its code a quarter
# more. JAX 0.11 has no longer got it, and ends the process at a flag that it does not know.
if os.environ["KERAS_BACKEND"] == "jax" and (
    tuple(map(int, version("jaxlib").split(".")[:2])) < (0, 11)
):
    os.environ.setdefault("XLA_FLAGS", "--xla_cpu_use_fusion_emitters=false")

# Who starts the suite in the background may have it ignore Ctrl-C, which tests press.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Compiled networks of one module are of little use to the next one, and a worker that kept
# all of them would hold several gigabytes.
MOST_MEMORY = 1.2e9


@pytest.fixture(autouse=True, scope="module")
def drop_compiled_code():
    yield
    jax, statm = sys.modules.get("jax"), Path("/proc/self/statm")
    if jax is None or not statm.exists():
        return
    if int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") > MOST_MEMORY:
        jax.clear_caches()
        gc.collect()
