"""Trainers of a classifier: new ones, and the one that a stream goes on with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from joblib import effective_n_jobs

from ..runtime.threads import one_blas_thread
from ..runtime.weights import to_float32
from ..spec import NetworkSpec

__all__ = ["build_trainer", "open_trainer", "read_options"]

_OPTIONS = (
    "optimizer",
    "learning_rate",
    "clip_norm",
    "train_vectors",
    "dropout",
    "recurrent_dropout",
    "adversarial",
    "initializer",
)


def read_options(model: Any, n_steps: int | None) -> dict:
    """Return the options of a trainer.

    Parameters
    ----------
    model : SLMTextClassifier
        Its parameters are read.
    n_steps : int or None
        Steps that the schedule of a fit has. None for a stream: it has no end, and in
        it the weights of texts keep their size.
    """
    options = {name: getattr(model, name) for name in _OPTIONS}
    return options | {"n_steps": n_steps or 0, "keep_weights": n_steps is None}


def build_trainer(
    model: Any, spec: NetworkSpec, options: dict, seed: int, start: dict
) -> Any:
    """Return a new trainer that begins with some weights, or first vectors alone."""
    from ..network.trainer import Trainer

    with one_blas_thread() as allowed:
        n_threads = min(allowed, effective_n_jobs(model.n_jobs or 2))
    return Trainer(spec, start, n_threads=n_threads, seed=seed, **options)


@contextmanager
def open_trainer(
    model: Any, spec: NetworkSpec, options: dict, seed: int, start: dict | None
) -> Iterator[Any]:
    """Provide a trainer; should the block fail, the model has the one it had, as it was.

    Parameters
    ----------
    model : SLMTextClassifier
        It may keep a live trainer, with the options that this was made with.
    spec : NetworkSpec
        The recurrent branch.
    options : dict
        As :func:`read_options` returns them. A stream whose options stayed goes on with
        the live trainer, and so with the state of its optimiser.
    seed : int
        Seed of a new trainer.
    start : dict or None
        First vectors of a new network; None to go on from the weights of the model.
    """
    if start is None:
        kept = vars(model).get("_trainer")
        if options["keep_weights"] and kept is not None and kept[0] == options:
            state = kept[1].copy_state()
            try:
                yield kept[1]
            except BaseException:
                # Unless what it learned is stored already.
                if model._trainer is kept:
                    # A second Ctrl-C would leave it half restored; weights are enough.
                    model._trainer = None
                    kept[1].restore_state(state)
                    model._trainer = kept
                raise
            return
        start = {
            name: to_float32(model.weights_, name) for name in spec.weight_shapes()
        }
    yield build_trainer(model, spec, options, seed, start)
