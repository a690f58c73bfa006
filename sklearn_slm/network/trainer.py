"""A network in training: its optimiser, its loss, its step.

The only module that uses scikeras, for what its documented hooks do well: building
and compiling on the first fit, routing parameters to the optimiser, and keeping the
optimiser's state from one fit to the next.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..spec import NetworkSpec
from ..text.vocabulary import FIRST_ID
from .backend import float32_variables, import_keras, import_native
from .batches import TextBatches
from .build import build_network, read_weights, write_weights

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
    learning_rate : float
        Step size; an optimiser object brings its own.
    clip_norm : float or None
        Largest norm of the gradient of all weights together.
    adversarial : float
        Length of the adversarial step of a text's vectors, in units of the standard
        deviation of the table.
    n_threads : int
        Threads that share a batch on JAX; the result does not depend on it.
    n_steps : int, default=0
        Above 0, the step size of an optimiser known by name rises to `learning_rate` over
        the first tenth of so many steps, and falls to nothing at the last.
    keep_weights : bool, default=False
        Whether the size of the weights of the texts counts, and not only their ratio in
        a batch: a step is then multiplied by the mean weight of its texts, see
        :func:`~sklearn_slm.network.schedule.weigh_step`.
    train_vectors, dropout, recurrent_dropout, initializer, seed
        As in :func:`~sklearn_slm.network.build.build_network`.
    """

    def __init__(
        self,
        spec: NetworkSpec,
        weights: Weights,
        *,
        optimizer: Any = "adam",
        learning_rate: float = 1e-3,
        clip_norm: float | None = None,
        train_vectors: bool = True,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        adversarial: float = 0.0,
        initializer: str = "glorot_uniform",
        n_threads: int = 2,
        n_steps: int = 0,
        keep_weights: bool = False,
        seed: int = 0,
    ):
        self.spec = spec
        is_named = isinstance(optimizer, str)
        # Of an optimiser known by name, only the rows that a batch touched are moved.
        rows = None
        if train_vectors and is_named:
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
        if is_named:
            optimizer = OPTIMIZERS[optimizer]
            routed = {
                "optimizer__learning_rate": learning_rate,
                "optimizer__global_clipnorm": clip_norm,
            }
        with float32_variables(), warnings.catch_warnings():
            if not is_named:
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
            self._wrapper.initialize(None)
            self._wrapper._ensure_compiled_model()
            self.network.optimizer.build(self.network.trainable_variables)
        step: dict[str, Any] = {
            "adversarial": adversarial * float(np.std(weights["embedding"][FIRST_ID:])),
            "rows": rows,
            "n_steps": n_steps if is_named else 0,
            "keep_weights": keep_weights,
        }
        self._step: Any
        if keras.backend.backend() == "jax":
            from .jax_step import JaxStep, jit_gradient
            from .jax_update import jit_update

            kind = replace(spec, n_tokens=1)
            gradient = jit_gradient(kind, dropout, recurrent_dropout, adversarial > 0)
            update = jit_update(kind, optimizer, clip_norm, rows) if is_named else None
            self._step = JaxStep(
                self.network, gradient, update, n_threads=n_threads, **step
            )
            self.network.train_function = self._step
        else:
            from .keras_step import KerasStep

            step["clip_norm"] = clip_norm if is_named else None
            self._step = KerasStep(self.network, spec, **step)
            _give_step(self.network, self._step)

    def read_weights(self) -> Weights:
        """Copy the current weights out."""
        # On JAX, Keras brings the variables up to date only when they are asked for.
        getattr(self.network, "jax_state_sync", lambda: None)()
        return read_weights(self.network, self.spec)

    def copy_state(self) -> tuple[list[np.ndarray], Any]:
        """Copy all that training changes: weights, optimiser's state, seeds of dropout."""
        values = [np.array(native.to_numpy(v.value)) for v in self._variables()]
        return values, self._step.copy_state()

    def restore_state(self, state: tuple[list[np.ndarray], Any]) -> None:
        """Go back to where :meth:`copy_state` was called, however a run ended."""
        for variable, value in zip(self._variables(), state[0]):
            variable.assign(value)
        self._step.restore_state(state[1])

    def _variables(self) -> list:
        return [*self.network.variables, *self.network.optimizer.variables]

    def run(self, batches: TextBatches, passes: int, callbacks: Sequence[Any]) -> None:
        """Make passes over the batches."""
        self._wrapper.set_params(callbacks=list(callbacks))
        self._wrapper._initialize_callbacks()
        with native.keep_generator(), self._step.open_threads():
            self._wrapper.fit(batches, None, epochs=passes)

    def stop(self) -> None:
        """End training after the current pass."""
        self.network.stop_training = True


def _give_step(network: Any, step: Any) -> None:
    """Have Keras make this step on PyTorch and TensorFlow."""
    # TensorFlow's compiler has no way to find the rows that a batch touches.
    network.supports_jit = False
    network.train_step = step
    network.make_train_function(force=True)
    # Keras' own way from tensors to numbers is one that NumPy 2 warns of.
    train, read_metrics = network.train_function, network.get_metrics_result
    network.train_function = lambda data: _to_numbers(train(data))
    network.get_metrics_result = lambda: _to_numbers(read_metrics())


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
