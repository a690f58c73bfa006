"""What a forked process must not take over from its parent.

A fork copies the memory of all threads, but only the thread that forks runs on: a lock
that another one held stays locked, and a pool has no threads. A module that keeps such
a thing tells :func:`keep_whole` how a fork leaves it whole. What trains cannot be
renewed: :func:`check_can_train` refuses where it is lost.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from typing import Any

__all__ = ["check_can_train", "keep_whole"]

_lost: str | None = None  # what ran in a process that this one was forked from


def keep_whole(lock: Any, renew: Callable[[], None]) -> None:
    """Let no fork happen while another thread changes what a lock guards.

    Parameters
    ----------
    lock : threading.RLock
        Held by whoever changes the state; a fork waits for it. It is reentrant, for a
        thread may fork while it holds the lock.
    renew : callable
        Puts right in the child what the parent's other threads had a part in.
    """

    def after_in_child() -> None:
        try:
            renew()
        finally:
            lock.release()

    if hasattr(os, "register_at_fork"):  # not on Windows
        os.register_at_fork(
            before=lock.acquire,
            after_in_parent=lock.release,
            after_in_child=after_in_child,
        )


def check_can_train() -> None:
    """Refuse to train in a fork of a process in which the backend of Keras ran already.

    Its threads are not here: the first work given to it would wait forever. Whether this
    package or the user's own code started it makes no difference, except for PyTorch,
    where only the fits of this package are seen.

    Raises
    ------
    RuntimeError
        In such a process.
    """
    if _lost is not None:
        raise RuntimeError(
            f"this process was forked from one in which {_lost} ran already, and has none "
            "of its threads: a fit would wait forever. Fit in a process that is started "
            'anew: by multiprocessing.get_context("spawn"), or by joblib\'s backend '
            '"loky". Predicting works in a fork.'
        )


def _find_engine() -> str | None:
    # None has a public function that tells without starting it.
    if getattr(sys.modules.get("jax._src.xla_bridge"), "_backends", None):
        return "JAX"
    tensorflow = sys.modules.get("tensorflow.python.eager.context")
    if getattr(getattr(tensorflow, "_context", None), "_initialized", False):
        return "TensorFlow"
    # What PyTorch has done cannot be seen; this comes with the first fit.
    if f"{__package__}.network.torch_ops" in sys.modules:
        return "PyTorch"
    return None


def _lose_engine() -> None:
    global _lost
    _lost = _lost or _find_engine()


def _has_only_python_threads() -> bool:
    """Tell whether an engine that seems to run can have no thread of its own."""
    try:
        return len(os.listdir("/proc/self/task")) <= threading.active_count()
    except OSError:
        return False


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_lose_engine)
# A fork before this module was imported was seen by nobody.
if _has_only_python_threads():
    _lose_engine()
