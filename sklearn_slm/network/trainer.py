"""A network in training: its optimizer, its loss, its step.

The only module that uses scikeras, for what its documented hooks do well: compiling in a
build function, routing parameters to the optimizer, and keeping the optimizer's state from
one fit to the next.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..spec import NetworkSpec
from ..text.vocabulary import FIRST_ID
from .backend import float32_variables, import_keras, import_native
from .batches import TextBatches
from .build import build_network, read_weights, write_weights
from .checkpoints import skip_steps
from .heads import HEADS
from .options import TrainingOptions

keras = import_keras()
from scikeras.wrappers import BaseWrapper  # noqa: E402

native = import_native()

__all__ = ["OPTIMIZERS", "Trainer", "Weights", "copy_optimizer"]

Weights = dict[str, np.ndarray]
OPTIMIZERS = {
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "sgd": keras.optimizers.SGD,
}


def copy_optimizer(options: TrainingOptions) -> Any:
    """Return a new optimizer, which clips no gradients if it is known by name.

    Parameters
    ----------
    options : TrainingOptions
        Name the optimizer, or hold the object to copy.
    """
    if isinstance(options.optimizer, str):
        # Gradients are clipped together with those of rows, which it does not hold.
        return OPTIMIZERS[options.optimizer](learning_rate=options.learning_rate)
    with warnings.catch_warnings():
        # Keras reads its variables by an array protocol that NumPy 2 warns of.
        warnings.simplefilter("ignore", DeprecationWarning)
        return type(options.optimizer).from_config(options.optimizer.get_config())


class _Wrapper(BaseWrapper):
    """scikeras without its own view of data: batches go to Keras as they are."""

    def _validate_data(self, X: Any, y: Any = None, reset: bool = False) -> tuple:
        return X, y


class _Relay(keras.callbacks.CallbackList):  # type: ignore[name-defined]
    """The callbacks of a run: scikeras takes its own once, those of a run come later.

    Keras chooses when a list is made whether to call it from another thread, where
    callbacks would meet weights that the next step has already replaced.
    """

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        for callback in self.callbacks:
            callback.on_train_batch_end(batch, logs)


class Trainer:
    """A network in training, with its optimizer's state.

    Parameters
    ----------
    spec : NetworkSpec
        The network to train.
    start : mapping of str to ndarray
        Weights to start from; names that are missing start afresh. ``"embedding"`` is
        required.
    options : TrainingOptions
        How to train.
    seed : int
        Seed of first weights and dropout.
    n_steps : int, default=0
        Above 0, the learning rate of an optimizer known by name rises to its highest over
        the first tenth of so many steps, and falls to nothing at the last.
    keep_weights : bool, default=False
        Whether the size of the weights of the texts counts, and not only their ratio in
        a batch: a step is then multiplied by the mean weight of its texts, see
        :func:`~sklearn_slm.network.steps.schedule.weigh_step`.

    Attributes
    ----------
    latest : dict of str to ndarray
        What :meth:`read_weights` returned last.
    is_intact : bool
        False after a Ctrl-C while the state was restored.
    """

    def __init__(
        self,
        spec: NetworkSpec,
        start: Mapping[str, np.ndarray],
        options: TrainingOptions,
        *,
        seed: int = 0,
        n_steps: int = 0,
        keep_weights: bool = False,
    ):
        self.spec, self.options = spec, options
        self.is_intact = True
        self.latest: Weights = {}
        self._relay = _Relay()
        is_named = isinstance(options.optimizer, str)
        # An optimizer known by name moves only the rows that a batch touched.
        rows = None
        if options.train_vectors and is_named:
            rows = "sgd" if options.optimizer == "sgd" else "adam"
        self.network = build_network(
            spec,
            embedding=start["embedding"],
            train_vectors=options.train_vectors and not rows,
            dropout=options.dropout,
            recurrent_dropout=options.recurrent_dropout,
            initializer=options.initializer,
            seed=seed,
        )
        write_weights(self.network, start)
        with float32_variables():
            self._wrapper = self._wrap()
            self.network.optimizer.build(self.network.trainable_variables)
        deviation = float(np.std(start["embedding"][FIRST_ID:]))
        step: dict[str, Any] = {
            "adversarial": options.adversarial * deviation,
            "virtual": options.virtual * deviation,
            "rows": rows,
            "n_steps": n_steps if is_named else 0,
            "keep_weights": keep_weights,
        }
        self._step: Any
        if keras.backend.backend() == "jax":
            from .steps.jax_gradients import jit_gradient, jit_virtual_gradient
            from .steps.jax_step import JaxStep
            from .steps.jax_update import jit_update

            kind = replace(spec, encoder=replace(spec.encoder, n_tokens=1))
            rates = options.dropout, options.recurrent_dropout
            gradient = jit_gradient(kind, *rates, options.adversarial > 0)
            if options.virtual > 0:
                step["virtual_gradient"] = jit_virtual_gradient(kind, *rates)
            update = None
            if is_named:
                named = OPTIMIZERS[options.optimizer]
                update = jit_update(kind, named, options.clip_norm, rows)
            self._step = JaxStep(
                self.network,
                gradient,
                update,
                n_threads=options.n_threads,
                mesh=options.mesh,
                **step,
            )
            self.network.train_function = self._step
        else:
            from .steps.keras_step import KerasStep

            step["clip_norm"] = options.clip_norm if is_named else None
            self._step = KerasStep(self.network, spec, seed=seed, **step)
            _give_step(self.network, self._step)

    def _wrap(self) -> BaseWrapper:
        """Return scikeras' wrapper of the network, which it compiles."""
        optimizer, routed = self.options.optimizer, {}
        if isinstance(optimizer, str):
            optimizer = OPTIMIZERS[optimizer]
            routed = {
                "optimizer__learning_rate": self.options.learning_rate,
                "optimizer__global_clipnorm": self.options.clip_norm,
            }
        else:
            optimizer = copy_optimizer(self.options)
        head = self.spec.head

        def loss(y: Any, outputs: Any) -> Any:
            # The steps compute it themselves; Keras wants to know of one.
            return HEADS[head.kind].compute_losses(head, outputs, y)

        def build(compile_kwargs: dict) -> Any:
            self.network.compile(optimizer=compile_kwargs["optimizer"], loss=loss)
            return self.network

        wrapper = _Wrapper(
            model=build,
            optimizer=optimizer,
            callbacks=[self._relay],
            warm_start=True,
            shuffle=False,
            verbose=0,
            **routed,
        )
        return wrapper.initialize(None)

    def read_weights(self) -> Weights:
        """Copy the current weights out."""
        self._sync()
        self.latest = read_weights(self.network, self.spec)
        return self.latest

    def _sync(self) -> None:
        # On JAX, Keras brings the variables up to date only when they are asked for.
        getattr(self.network, "jax_state_sync", lambda: None)()

    def copy_state(self) -> tuple[list[np.ndarray], Any, Weights]:
        """Copy all that training changes: weights, optimizer's state, seeds of dropout."""
        self._sync()
        values = [np.array(native.to_numpy(v.value)) for v in self._variables()]
        return values, self._step.copy_state(), self.latest

    def restore_state(self, state: tuple[list[np.ndarray], Any, Weights]) -> None:
        """Go back to where :meth:`copy_state` was called, however a run ended."""
        # A second Ctrl-C would leave it half restored.
        self.is_intact = False
        for variable, value in zip(self._variables(), state[0]):
            variable.assign(value)
        self._step.restore_state(state[1])
        self.latest = state[2]
        self.is_intact = True

    def read_sums(self) -> list[float]:
        """Return what the epoch under way has summed, of which its loss is made."""
        self._sync()
        values = [native.to_numpy(v.value) for v in self.network.metrics_variables]
        return [float(value) for value in values]

    def write_sums(self, sums: Sequence[float]) -> None:
        """Go on with sums that :meth:`read_sums` returned."""
        for variable, value in zip(self.network.metrics_variables, sums):
            variable.assign(np.float32(value))

    def _variables(self) -> list:
        return [*self.network.variables, *self.network.optimizer.variables]

    def run(
        self,
        batches: TextBatches,
        epochs: int,
        callbacks: Sequence[Any],
        *,
        n_done: int = 0,
        n_skipped: int = 0,
    ) -> None:
        """Train for a number of epochs.

        Parameters
        ----------
        batches : TextBatches
            Those of the first epoch that is made here, and of the ones after it.
        epochs : int
            Epochs in all.
        callbacks : sequence of keras.callbacks.Callback
            Called on the way.
        n_done, n_skipped : int, default=0
            Epochs that were made before, and batches of the next one.
        """
        self._relay.callbacks = list(callbacks)
        skip_steps(self.network, n_skipped)
        with native.keep_generator(), self._step.open_threads():
            # scikeras adds the two.
            left = epochs - n_done
            self._wrapper.fit(batches, None, epochs=left, initial_epoch=n_done)

    def stop(self) -> None:
        """End training after the current epoch."""
        self.network.stop_training = True


def _give_step(network: Any, step: Any) -> None:
    """Have Keras make this step on PyTorch and TensorFlow."""
    # TensorFlow's compiler has no way to find the rows that a batch touches.
    network.supports_jit = False
    network.train_step = native.untraced(step.__call__)
    network.make_train_function(force=True)
    # Keras' own way from tensors to numbers is one that NumPy 2 warns of.
    train, read_metrics = network.train_function, network.get_metrics_result
    network.train_function = lambda data: _to_numbers(train(data))
    network.get_metrics_result = lambda: _to_numbers(read_metrics())


def _to_numbers(logs: dict) -> dict:
    return {name: float(native.to_numpy(value)) for name, value in logs.items()}
