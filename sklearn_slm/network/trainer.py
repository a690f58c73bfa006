"""A network in training: its optimiser, its loss, its step.

The only module that uses scikeras, for what its documented hooks do well: building
and compiling on the first fit, routing parameters to the optimiser, and keeping the
optimiser's state from one fit to the next.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from ..spec import NetworkSpec
from ..text.vocabulary import FIRST_ID
from .backend import import_keras, import_native
from .batches import TextBatches
from .build import build_network, read_weights, write_weights
from .schedule import Triangle, compute_pace

keras = import_keras()
from scikeras.wrappers import BaseWrapper  # noqa: E402

native = import_native()

__all__ = ["OPTIMIZERS", "Trainer", "Weights"]

Weights = dict[str, np.ndarray]
OPTIMIZERS = {
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "sgd": keras.optimizers.SGD,
}


class _Wrapper(BaseWrapper):
    """scikeras without its own view of data: batches go to Keras as they are."""

    def _validate_data(self, X: Any, y: Any = None, reset: bool = False) -> tuple:
        return X, y


class Trainer:
    """A network in training, with its optimiser state.

    Parameters
    ----------
    spec : NetworkSpec
        The network to train.
    weights : dict of str to ndarray
        Weights to start from; names that are missing start afresh. ``"embedding"`` is
        required.
    optimizer : str or keras.optimizers.Optimizer
        A name of ``OPTIMIZERS`` or an optimiser, which is copied.
    learning_rate : float or keras.optimizers.schedules.LearningRateSchedule
        Step size; an optimiser object brings its own.
    clip_norm : float or None
        Largest norm of the gradient of all weights together.
    adversarial : float
        Length of the adversarial step of a text's vectors, in units of the standard
        deviation of the table.
    n_threads : int
        Threads that share a batch on JAX; the result does not depend on it.
    n_steps : int, default=0
        Above 0, the step size rises to `learning_rate` over the first tenth of so many
        steps, and falls to nothing at the last.
    train_vectors, dropout, recurrent_dropout, initializer, seed
        As in :func:`~sklearn_slm.network.build.build_network`.
    """

    def __init__(
        self,
        spec: NetworkSpec,
        weights: Weights,
        *,
        optimizer: Any = "adam",
        learning_rate: Any = 1e-3,
        clip_norm: float | None = None,
        train_vectors: bool = True,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        adversarial: float = 0.0,
        initializer: str = "glorot_uniform",
        n_threads: int = 2,
        n_steps: int = 0,
        seed: int = 0,
    ):
        self.spec = spec
        on_jax = keras.backend.backend() == "jax"
        # Of an optimiser known by name, only the rows that a batch touched are moved.
        rows = None
        if train_vectors and isinstance(optimizer, str):
            rows = "sgd" if optimizer == "sgd" else "adam"
        self.network = build_network(
            spec,
            embedding=weights["embedding"],
            train_vectors=train_vectors and not rows,
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            initializer=initializer,
            seed=seed,
        )
        write_weights(self.network, weights)
        routed: dict[str, Any] = {}
        if isinstance(optimizer, str):
            optimizer = OPTIMIZERS[optimizer]
            if n_steps and not on_jax:
                learning_rate = Triangle(learning_rate, n_steps)
            routed = {
                "optimizer__learning_rate": learning_rate,
                "optimizer__global_clipnorm": clip_norm,
            }
        else:
            with warnings.catch_warnings():
                # Keras reads its variables by an array protocol that NumPy 2 warns of.
                warnings.simplefilter("ignore", DeprecationWarning)
                optimizer = type(optimizer).from_config(optimizer.get_config())
        self._wrapper = _Wrapper(
            model=lambda: self.network,
            optimizer=optimizer,
            loss=_loss(spec),
            warm_start=True,
            shuffle=False,
            verbose=0,
            **routed,
        )
        step: dict[str, Any] = {
            "adversarial": adversarial * float(np.std(weights["embedding"][FIRST_ID:])),
            "rows": rows,
        }
        if on_jax:
            from .jax_step import jit_gradient
            from .jax_update import jit_update

            kind = replace(spec, n_tokens=1)
            gradient = jit_gradient(kind, dropout, recurrent_dropout, adversarial > 0)
            update = jit_update(kind, optimizer, clip_norm, rows) if routed else None
            pace = partial(compute_pace, n_steps=n_steps if routed else 0)
            step |= {"pace": pace, "n_threads": n_threads}
            self._give_step = partial(
                _give_jax_step, self.network, gradient, update, **step
            )
        else:
            step |= {
                "clip_norm": clip_norm if routed else None,
                "learning_rate": learning_rate,
            }
            self._give_step = partial(_give_keras_step, self.network, spec, **step)
        self.network.make_train_function = self._make_train_function

    def _make_train_function(self, force: bool = False) -> None:
        """Give Keras the step of this package; called at the start of each fit."""
        if self.network.train_function is None or force:
            self._give_step()

    def read_weights(self) -> Weights:
        """Copy the current weights out."""
        # On JAX, Keras brings the variables up to date only when they are asked for.
        getattr(self.network, "jax_state_sync", lambda: None)()
        return read_weights(self.network, self.spec)

    def write_weights(self, weights: Weights) -> None:
        """Set the weights; the optimiser's state stays."""
        write_weights(self.network, weights)

    def run(self, batches: TextBatches, passes: int, callbacks: Sequence[Any]) -> None:
        """Make passes over the batches."""
        self._wrapper.set_params(callbacks=list(callbacks))
        if self._wrapper.initialized_:
            self._wrapper._initialize_callbacks()
        with native.keep_generator():
            self._wrapper.fit(batches, None, epochs=passes)

    def stop(self) -> None:
        """End training after the current pass."""
        self.network.stop_training = True


def _give_jax_step(network: Any, *functions: Any, **options: Any) -> None:
    from .jax_step import make_train_step

    network.train_function = make_train_step(network, *functions, **options)


def _give_keras_step(network: Any, spec: NetworkSpec, **options: Any) -> None:
    from .keras_step import make_train_step

    # TensorFlow's compiler has no way to find the rows that a batch touches.
    network.supports_jit = False
    network.train_step = make_train_step(network, spec, **options)
    kind = type(network)
    kind.make_train_function(network, force=True)
    # Keras' own way from tensors to numbers is one that NumPy 2 warns of.
    train = network.train_function
    network.train_function = lambda data: _to_numbers(train(data))
    network.get_metrics_result = lambda: _to_numbers(kind.get_metrics_result(network))


def _to_numbers(logs: dict) -> dict:
    return {name: float(native.to_numpy(value)) for name, value in logs.items()}


def _loss(spec: NetworkSpec) -> Any:
    """Weighted mean of the log loss, so that weight 2 equals the row twice."""
    if spec.output == "softmax":
        return keras.losses.SparseCategoricalCrossentropy(
            from_logits=True, reduction="mean_with_sample_weight"
        )
    return keras.losses.BinaryCrossentropy(
        from_logits=True, reduction="mean_with_sample_weight"
    )
