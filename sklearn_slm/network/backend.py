"""Import Keras, on JAX unless the user has chosen a backend; keep compiled code."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import platform
import random
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import numpy as np

__all__ = [
    "BACKENDS",
    "compile_once",
    "float32_variables",
    "import_keras",
    "import_native",
]

# Those that can train, each with a module of what it does in its own way.
BACKENDS = ("jax", "torch", "tensorflow")

# Set to "0", it leaves JAX's compilation cache alone.
CACHE_VARIABLE = "SKLEARN_SLM_CACHE"

# Seconds to wait for another process that compiles.
_LONGEST_WAIT = 60

# Held while Keras' default types are set aside.
_default_types = threading.RLock()


def import_keras() -> Any:
    """Return the keras module, choosing JAX only when nothing was chosen.

    A choice is: Keras is already imported, the environment variable
    ``KERAS_BACKEND``, or another backend than TensorFlow in ``keras.json``. (Keras
    writes that file by itself, with TensorFlow in it, whatever is installed.)

    Where ``OMP_NUM_THREADS`` limits the threads of the process, as joblib does in its
    workers, XLA keeps to it too, unless it runs already.

    On JAX, what was compiled is kept in the user's cache directory, so that the folds
    of a search and the next process need not compile it again. A cache that the user
    has set up stays; the environment variable ``SKLEARN_SLM_CACHE=0`` keeps none.

    Returns
    -------
    module
        ``keras``.

    Raises
    ------
    ImportError
        If Keras or its backend is not installed; the message names the command that
        installs it.
    """
    if "keras" not in sys.modules and not _is_chosen():
        os.environ["KERAS_BACKEND"] = "jax"
    # XLA reads no other limit than this variable, and only as it starts. OpenMP's may
    # be a list, one number for each level.
    limit = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    if limit.isdigit() and int(limit):
        os.environ.setdefault("NPROC", limit)
    # Importing JAX draws from NumPy's global generator, Keras from Python's.
    states = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        import keras

        if keras.backend.backend() == "jax":
            _keep_compiled_code()
    except ImportError as error:
        backend = os.environ.get("KERAS_BACKEND", "jax")
        raise ImportError(
            f"Training needs Keras with its backend {backend!r}, but {error.name!r} "
            f"cannot be imported. Install both with: pip install keras {backend}. "
            "Predicting with a fitted model needs neither."
        ) from error
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])  # noqa: NPY002
    return keras


def import_native() -> Any:
    """Return the module of what Keras' backend does in its own way.

    Returns
    -------
    module
        One of ``jax_ops``, ``torch_ops``, ``tensorflow_ops``.

    Raises
    ------
    RuntimeError
        If Keras runs on a backend that cannot train these networks.
    """
    backend = import_keras().backend.backend()
    if backend not in BACKENDS:
        raise RuntimeError(
            f"Training needs Keras on one of {', '.join(BACKENDS)}, but it runs on "
            f"{backend}. Set KERAS_BACKEND to one of them before Keras is imported. "
            "Predicting with a fitted model needs no Keras."
        )
    return importlib.import_module(f".{backend}_ops", __package__)


@contextmanager
def float32_variables() -> Iterator[None]:
    """Have Keras make layers, optimizers and metrics of float32, whatever its defaults.

    The steps and the runtime are made for float32 alone. The defaults,
    ``keras.config.set_dtype_policy`` (of the thread) and ``set_floatx`` (of the process),
    are set aside while things are made, and not while they run: some tenths of a second
    at the start of a fit. Optimizers and metrics cannot be told their type otherwise.
    """
    config = import_keras().config
    # The second of two threads would take float32 for the user's choice.
    with _default_types:
        floatx, policy = config.floatx(), config.dtype_policy()
        try:
            config.set_floatx("float32")
            config.set_dtype_policy("float32")
            yield
        finally:
            config.set_floatx(floatx)
            config.set_dtype_policy(policy)


@contextmanager
def compile_once() -> Iterator[None]:
    """Wait while another process compiles; if none does, let others wait.

    The processes of a search meet a new kind of network together. The compiler keeps
    both cores busy for one of them; the others then find in the cache what it compiled.
    Without a cache, on systems without such locks, or after a minute, nobody waits.
    """
    lock: Any = nullcontext()
    with suppress(ImportError, OSError):
        import fcntl

        import jax

        if directory := getattr(jax.config, "jax_compilation_cache_dir", None):
            lock = open(Path(directory) / "compiling", "ab")
    with lock as file:
        end, waited = time.monotonic() + _LONGEST_WAIT, False
        while file is not None and time.monotonic() < end:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # Those who have waited find the code together, not in a row.
                if waited:
                    fcntl.flock(file, fcntl.LOCK_UN)
                break
            except BlockingIOError:
                waited = True
                time.sleep(0.02)
            except OSError:  # a file system without locks
                break
        yield


def _is_chosen() -> bool:
    if os.environ.get("KERAS_BACKEND"):
        return True
    home = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras"))
    try:
        config = json.loads((home / "keras.json").read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return config.get("backend", "tensorflow") != "tensorflow"


def _keep_compiled_code() -> None:
    """Give JAX a compilation cache, where the user has not chosen one."""
    import jax

    if os.environ.get(CACHE_VARIABLE) == "0":
        return
    if getattr(jax.config, "jax_compilation_cache_dir", None):
        return
    home = os.environ.get("XDG_CACHE_HOME")
    try:
        base = Path(home) if home else Path.home() / ".cache"
        directory = base / "sklearn_slm" / f"jax-{jax.__version__}-{_processor()}"
        directory.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):
        return
    if os.access(directory, os.W_OK):
        jax.config.update("jax_compilation_cache_dir", str(directory))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)


def _processor() -> str:
    """Return a short name of the instruction set: compiled code runs on no other."""
    described = platform.machine() + platform.processor()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            described += next((line for line in lines if line.startswith("flags")), "")
    except OSError:
        pass
    return hashlib.sha256(described.encode()).hexdigest()[:12]
