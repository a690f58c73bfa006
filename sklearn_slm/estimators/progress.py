"""Tell the user and scikit-learn's callbacks how a training goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

__all__ = ["EpochReporter", "callback_task", "format_epoch", "format_time"]


class EpochReporter:
    """Tell the user and scikit-learn's callbacks of each epoch.

    Parameters
    ----------
    estimator : estimator
        The one being fitted.
    max_iter : int
        Most epochs.
    data : tuple of (X, y)
        What the callbacks are given.
    write : callable or None
        Receives a line of text per epoch; None keeps quiet.
    reconstruct : callable
        From weights to the fitted attributes that they make.
    tell : callable or None, default=None
        From an epoch to what its line says behind the loss; None tells the validation
        score.
    """

    def __init__(
        self,
        estimator: Any,
        max_iter: int,
        data: tuple[Any, Any],
        *,
        write: Callable[[str], None] | None,
        reconstruct: Callable[[dict], dict],
        tell: Callable[[Any], str] | None = None,
    ):
        self.estimator, self.max_iter = estimator, max_iter
        self.tell = tell or tell_score
        self.data = dict(zip(("X", "y"), data))
        self.write, self.reconstruct = write, reconstruct
        self.seconds: list[float] = []
        self.context: Any = None
        self.task: Any = None
        if hasattr(estimator, "_init_callback_context"):
            self.context = estimator._init_callback_context(max_subtasks=max_iter)
            self.context.call_on_fit_task_begin(estimator=estimator, **self.data)
            self._begin_task()

    def _begin_task(self) -> None:
        if self.context is not None:
            self.task = self.context.subcontext(task_name="epoch")
            self.task.call_on_fit_task_begin(estimator=self.estimator, **self.data)

    def __call__(self, epoch: Any, read_weights: Callable[[], dict]) -> bool:
        """Report one :class:`~sklearn_slm.network.train.Epoch`; tell whether to stop."""
        self.seconds.append(epoch.seconds)
        if self.write is not None:
            self.write(format_epoch(epoch, self.max_iter, self.seconds, self.tell))
        if self.task is None:
            return False
        stop = self.task.call_on_fit_task_end(
            estimator=self.estimator,
            reconstruction_attributes=lambda: self.reconstruct(read_weights()),
            **self.data,
        )
        self.task = None
        if not stop and epoch.number < self.max_iter:
            self._begin_task()
        return bool(stop)

    def close(self) -> None:
        """Say that the training is over."""
        if self.context is not None:
            self.context.call_on_fit_task_end(
                estimator=self.estimator, reconstruction_attributes={}, **self.data
            )


def tell_score(epoch: Any) -> str:
    """Return what a line says of the validation score, if there is one."""
    if epoch.score is None:
        return ""
    return f"  validation {epoch.score:.4f} (best {epoch.best_score:.4f})"


def format_epoch(
    epoch: Any,
    max_iter: int,
    seconds: list[float],
    tell: Callable[[Any], str] = tell_score,
) -> str:
    """Return the progress line of one epoch; the time left is that of all epochs.

    It has 80 columns at most, for up to 99 epochs and losses below 10.
    """
    digits = len(str(max_iter))
    line = f"epoch {epoch.number:{digits}d}/{max_iter}  loss {epoch.loss:.4f}"
    line += tell(epoch)
    # The first epoch compiles; later ones tell better how long the rest will take.
    usual = np.median(seconds[1:] or seconds)
    left = usual * (max_iter - epoch.number)
    took = epoch.seconds
    taken = f"{took:.1f} s" if took < 100 else format_time(took)
    return f"{line}  {taken}, {format_time(left)} left"


def format_time(seconds: float) -> str:
    """Return a time in few letters: seconds, minutes or hours.

    Examples
    --------
    >>> format_time(99), format_time(600), format_time(7200)
    ('99 s', '10 min', '2.0 h')
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


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
