"""One BLAS thread each for several Python threads.

The products of a small recurrent network are too small to be shared out: with two
BLAS threads they are no faster on an idle machine, and many times slower when another
process wants the same cores, because every product then waits for the scheduler.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from threadpoolctl import ThreadpoolController

__all__ = ["one_blas_thread", "run_in_threads"]

_lock = threading.Lock()
_inside = 0  # how many calls are inside one_blas_thread
_before: list[int] = []  # threads that each BLAS library had before the first of them


@lru_cache(maxsize=1)
def _blas_libraries() -> list[Any]:
    """Find the BLAS libraries of the process; it takes milliseconds, so only once."""
    return ThreadpoolController().select(user_api="blas").lib_controllers


@contextmanager
def one_blas_thread() -> Iterator[int]:
    """Limit BLAS to one thread; give the number of threads it was allowed before.

    The limit is one setting of the whole process. Calls may overlap in several
    threads: the first sets the limit, and the last one puts the old number back.

    Yields
    ------
    int
        Threads that BLAS was allowed, which is what environment variables,
        ``threadpool_limits`` and joblib's workers leave to this process; at least 1.
    """
    global _inside, _before
    libraries = _blas_libraries()
    with _lock:
        if _inside == 0:
            _before = [library.get_num_threads() or 1 for library in libraries]
            for library, n in zip(libraries, _before):
                if n > 1:
                    library.set_num_threads(1)
        _inside += 1
        allowed = max(_before, default=1)
    try:
        yield allowed
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0:
                for library, n in zip(libraries, _before):
                    if n > 1:
                        library.set_num_threads(n)


def run_in_threads(
    work: Callable[[Any], Any], items: Iterable[Any], n_threads: int
) -> None:
    """Call ``work`` on every item; the first error is raised.

    Parameters
    ----------
    work : callable
        Called with one item; its result is dropped.
    items : iterable
        What to work on.
    n_threads : int
        With 1, or a single item, no thread is started.
    """
    items = list(items)
    n_threads = min(n_threads, len(items))
    if n_threads <= 1:
        for item in items:
            work(item)
        return
    with ThreadPoolExecutor(n_threads) as pool:
        futures = [pool.submit(work, item) for item in items]
        try:
            for future in futures:
                future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
