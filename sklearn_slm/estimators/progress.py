"""Tell the user and scikit-learn's callbacks how a training goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

__all__ = ["PassReporter", "callback_task", "format_epoch"]


class PassReporter:
    """Tell the user and scikit-learn's callbacks of each pass over the data.

    Parameters
    ----------
    estimator : estimator
        The one being fitted.
    max_iter : int
        Most passes.
    X, y : object
        What the callbacks are given.
    write : callable or None
        Receives a line of text per pass; None keeps quiet.
    reconstruct : callable
        From a pass number to the fitted attributes at that moment.
    stop : callable
        Ends the training, when a callback asks for it.
    """

    def __init__(
        self,
        estimator: Any,
        max_iter: int,
        X: Any,
        y: Any,
        *,
        write: Callable[[str], None] | None,
        stop: Callable[[], None],
        reconstruct: Callable[[], dict],
    ):
        self.estimator, self.max_iter, self.data = estimator, max_iter, {"X": X, "y": y}
        self.write, self.stop, self.reconstruct = write, stop, reconstruct
        self.seconds: list[float] = []
        self.context: Any = None
        self.task: Any = None
        if hasattr(estimator, "_init_callback_context"):
            self.context = estimator._init_callback_context(max_subtasks=max_iter)
            self.context.call_on_fit_task_begin(estimator=estimator, **self.data)
            self._begin_task()

    def _begin_task(self) -> None:
        if self.context is not None:
            self.task = self.context.subcontext(task_name="pass over the data")
            self.task.call_on_fit_task_begin(estimator=self.estimator, **self.data)

    def __call__(self, epoch: Any) -> None:
        """Report one :class:`~sklearn_slm.network.training.Epoch`."""
        self.seconds.append(epoch.seconds)
        if self.write is not None:
            self.write(format_epoch(epoch, self.max_iter, self.seconds))
        if self.task is not None:
            stop = self.task.call_on_fit_task_end(
                estimator=self.estimator,
                reconstruction_attributes=self.reconstruct,
                **self.data,
            )
            self.task = None
            if stop:
                self.stop()
            elif epoch.number < self.max_iter:
                self._begin_task()

    def close(self) -> None:
        """Say that the training is over."""
        if self.context is not None:
            self.context.call_on_fit_task_end(
                estimator=self.estimator, reconstruction_attributes={}, **self.data
            )


def format_epoch(epoch: Any, max_iter: int, seconds: list[float]) -> str:
    """Return the progress line of one pass."""
    digits = len(str(max_iter))
    line = f"pass {epoch.number:{digits}d}/{max_iter}  loss {epoch.loss:.4f}"
    if epoch.score is not None:
        line += f"  validation accuracy {epoch.score:.4f} (best {epoch.best_score:.4f})"
    # The first pass compiles; later ones tell better how long the rest will take.
    usual = np.median(seconds[1:] or seconds)
    left = usual * (max_iter - epoch.number)
    return f"{line}  {epoch.seconds:.1f} s, at most {left:.0f} s left"


@contextmanager
def callback_task(estimator: Any, X: Any, y: Any = None) -> Iterator[None]:
    """Show scikit-learn's callbacks a fit that has no steps of its own."""
    if not hasattr(estimator, "_init_callback_context"):
        yield
        return
    context = estimator._init_callback_context()
    context.call_on_fit_task_begin(estimator=estimator, X=X, y=y)
    yield
    context.call_on_fit_task_end(
        estimator=estimator, X=X, y=y, reconstruction_attributes={}
    )
