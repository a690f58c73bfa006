"""One BLAS thread each for several Python threads.

The products of a small recurrent network are too small to be shared out: with two
BLAS threads they are no faster on an idle machine, and many times slower when another
process wants the same cores, because every product then waits for the scheduler.
"""

from __future__ import annotations

import sys
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Any, Generic, TypeVar

from threadpoolctl import ThreadpoolController

from ..forks import keep_whole

__all__ = ["Ahead", "one_blas_thread", "run_in_threads"]

Result = TypeVar("Result")

# What lets another thread set a limit, where threadpoolctl keeps one thread in control.
_RELEASE = "clear_controlling_thread"
_lock = threading.RLock()
_calls: Counter[int] = Counter()  # of each thread that is inside one_blas_thread
_before: list[int] = []  # threads that each BLAS library had before the first of them


@lru_cache(maxsize=1)
def _blas_libraries() -> list[Any]:
    """Find the BLAS libraries of the process; it takes milliseconds, so only once."""
    return ThreadpoolController().select(user_api="blas").lib_controllers


def _set_threads(library: Any, n_threads: int) -> None:
    """Set a limit from whichever thread this is.

    Newer threadpoolctl lets one thread alone set the limit of OpenBLAS, the first
    that did while it lives, and does nothing in others. Here the last call to leave puts
    the number back, in its own thread; the lock keeps calls apart.
    """
    library.set_num_threads(n_threads)
    if library.get_num_threads() != n_threads and hasattr(library, _RELEASE):
        getattr(library, _RELEASE)(force=True)
        library.set_num_threads(n_threads)


@contextmanager
def one_blas_thread() -> Iterator[int]:
    """Limit BLAS to one thread; give the number of threads it was allowed before.

    The limit is one setting of the whole process. Calls may overlap in several
    threads: the first sets the limit, and the last one puts the old number back. So
    does a fork, in a child whose only thread is not inside.

    Yields
    ------
    int
        Threads that BLAS was allowed, which is what environment variables,
        ``threadpool_limits`` and joblib's workers leave to this process; at least 1.
    """
    global _before
    caller = threading.get_ident()
    with _lock:
        if not _calls:
            libraries = _blas_libraries()
            _before = [library.get_num_threads() or 1 for library in libraries]
            for library, n in zip(libraries, _before):
                if n > 1:
                    _set_threads(library, 1)
        _calls[caller] += 1
        allowed = max(_before, default=1)
    try:
        yield allowed
    finally:
        with _lock:
            _calls[caller] -= 1
            if not _calls[caller]:
                del _calls[caller]
            _restore_if_none_is_inside()


def _restore_if_none_is_inside() -> None:
    if not _calls:
        for library, n in zip(_blas_libraries(), _before):
            if n > 1:
                _set_threads(library, n)


def _forget_other_threads() -> None:
    """Leave the calls of the thread that forked: the others are not in the child."""
    if _calls:
        survivor = threading.get_ident()
        for caller in [caller for caller in _calls if caller != survivor]:
            del _calls[caller]
        _restore_if_none_is_inside()


keep_whole(_lock, _forget_other_threads)


class Ahead(Generic[Result]):
    """Work that a thread does beside its caller.

    Where no thread can be started, and in a forked child, where it is gone, the caller
    does the work when it asks for the result. No thread can be started while the
    interpreter shuts down: in exit handlers, and in threads that outlive the main one.

    Parameters
    ----------
    work : callable
        Called without arguments.
    """

    def __init__(self, work: Callable[[], Result]):
        self._work = work
        self._outcome: tuple[Any, BaseException | None] | None = None
        self._thread: threading.Thread | None = None
        if not sys.is_finalizing():
            thread = threading.Thread(target=self._run, name="sklearn_slm", daemon=True)
            with suppress(RuntimeError):
                thread.start()
                self._thread = thread

    def _run(self) -> None:
        try:
            self._outcome = self._work(), None
        except BaseException as error:
            self._outcome = None, error

    def join(self) -> None:
        """Wait for the thread."""
        if self._thread is not None:
            self._thread.join()

    def result(self) -> Result:
        """Return what the work gave, or raise what it raised."""
        self.join()
        if self._outcome is None:
            self._run()
        assert self._outcome is not None  # for mypy
        value, error = self._outcome
        if error is not None:
            raise error
        return value


def run_in_threads(
    work: Callable[[Any], Any], items: Iterable[Any], n_threads: int
) -> None:
    """Call ``work`` on every item; the first error is raised.

    The calling thread works too. In a forked child it does again what other threads had
    begun.

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
    waiting, undone = deque(range(len(items))), set(range(len(items)))

    def take_and_work() -> None:
        while True:
            try:
                taken = waiting.popleft()
            except IndexError:
                return
            try:
                work(items[taken])
            except BaseException:
                waiting.clear()  # nobody begins anything more
                raise
            undone.remove(taken)

    helpers = [Ahead(take_and_work) for _ in range(min(n_threads, len(items)) - 1)]
    try:
        take_and_work()
        for helper in helpers:
            helper.result()
        for left in sorted(undone):
            work(items[left])
    finally:
        waiting.clear()
        for helper in helpers:
            helper.join()
