"""A training step on JAX that uses two cores, touched rows and adversarial vectors.

A batch is split into two halves, always in the same way, and their gradients are added
up, with those of the halves of a batch without labels where there is one. Where there
are two cores to give, the halves run in a thread each: products as small as these would
leave the second core idle. The same bits come out of one thread and of two.

The network is differentiated by the vectors of the batch's tokens. That is what the
adversarial perturbation needs, and only the touched rows of the table move.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from ..backend import import_keras
from ..devices import (
    FIRST,
    PIECES,
    SEEDS,
    SUM,
    cut_rows,
    replicate,
    spread,
    wait_for_compiler,
)
from ..live import shift_seeds
from .jax_update import Arrays, build_update, count_rows
from .rows import start_moments
from .schedule import compute_rate_factor, weigh_step

keras = import_keras()
import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402

__all__ = ["JaxStep"]

# Shapes of ids and table that each gradient was compiled for in this process.
_MET: WeakKeyDictionary[Callable, set] = WeakKeyDictionary()


class JaxStep:
    """One step after another: what ``network.train_function`` calls, with its own state.

    Parameters
    ----------
    network : keras.Model
        From ids to logits, compiled, with a layer named ``"embedding"``.
    gradient : callable
        What :func:`~sklearn_slm.network.steps.jax_gradients.jit_gradient` returns for
        this kind of network.
    update : callable or None
        What :func:`~sklearn_slm.network.steps.jax_update.jit_update` returns for it; None
        makes one of the network's optimizer.
    adversarial : float
        Greatest norm of the perturbation of a text's vectors; 0 for none.
    rows : {"adam", "sgd"} or None
        How touched rows of a table move that Keras' optimizer does not hold; None where
        it does, or where the table stays as it is.
    n_steps : int
        As in :func:`~sklearn_slm.network.steps.schedule.compute_rate_factor`.
    keep_weights : bool
        Whether the size of the weights of the texts counts; see
        :class:`~sklearn_slm.network.trainer.Trainer`.
    n_threads : int, default=2
        Threads to use at most; two are the most that help.
    virtual : float, default=0.0
        Norm of the virtual adversarial perturbation of a text without labels; above 0,
        the second half of the rows of each batch are such texts.
    virtual_gradient : callable or None, default=None
        What :func:`~sklearn_slm.network.steps.jax_gradients.jit_virtual_gradient` returns
        for this kind of network, where there is such a norm.
    mesh : jax.sharding.Mesh or None, default=None
        Devices that share the texts of each half, see :mod:`~sklearn_slm.network.devices`.
    """

    def __init__(
        self,
        network: Any,
        gradient: Callable,
        update: Callable | None,
        *,
        adversarial: float,
        rows: str | None,
        n_steps: int,
        keep_weights: bool,
        n_threads: int = 2,
        virtual: float = 0.0,
        virtual_gradient: Callable | None = None,
        mesh: Any = None,
    ):
        embedding = network.get_layer("embedding").embeddings
        trained, others = network.trainable_variables, network.non_trainable_variables
        self.in_keras = any(v is embedding for v in trained)
        holding = trained if self.in_keras else others
        self.place = next(i for i, v in enumerate(holding) if v is embedding)
        if update is None:
            body = network.get_layer("body")
            held = self.place if self.in_keras else None
            update = build_update(network.optimizer, body, held, None, None)
        self.mesh, self.update = mesh, update
        gives = (SUM, SUM, PIECES), FIRST
        takes: tuple = None, 1, SEEDS, None, 1, 0, 0, 0
        self.gradient = spread(gradient, mesh, takes, gives)
        if virtual_gradient is not None:
            takes = None, 1, SEEDS, None, None, 1, 0
            virtual_gradient = spread(virtual_gradient, mesh, takes, gives)
        self.norm = np.float32(adversarial)
        self.virtual, self.virtual_gradient = np.float32(virtual), virtual_gradient
        self.n_steps, self.keep_weights = n_steps, keep_weights
        self.optimizer = network.optimizer
        self.moments: Arrays = []
        if rows == "adam":
            start = start_moments(*embedding.shape)
            self.moments = replicate(start, mesh)
        self.done = 0
        self.met = _MET.setdefault(self.gradient, set())
        # A GPU runs one half after the other anyway, and so do several devices.
        is_cpu = jax.local_devices()[0].platform == "cpu"
        self.two = n_threads > 1 and mesh is None and is_cpu
        self.pool: ThreadPoolExecutor | None = None

    @contextmanager
    def open_threads(self) -> Iterator[None]:
        """Keep two threads while steps are made, and none after."""
        with ThreadPoolExecutor(2) if self.two else nullcontext() as self.pool:
            try:
                yield
            finally:
                self.pool = None

    def copy_state(self) -> tuple[int, list[np.ndarray]]:
        """Copy what the steps left behind beside the network and its optimizer."""
        return self.done, [np.array(m) for m in self.moments]

    def restore_state(self, state: tuple[int, list[np.ndarray]]) -> None:
        """Undo the steps since :meth:`copy_state`."""
        self.done = state[0]
        self.moments = replicate(state[1], self.mesh)

    def _measure(self, weight: np.ndarray) -> list[np.float32]:
        """Return the weight of a batch, and the factors of gradient and learning rate."""
        total, factors = weight.sum(), (1.0, 1.0)
        if self.keep_weights:
            factors = weigh_step(total / np.count_nonzero(weight), self.optimizer)
        factor = compute_rate_factor(self.done, self.n_steps)
        return [np.float32(v) for v in (total, factors[0], factor * factors[1])]

    def __call__(self, state: tuple, iterator: Any) -> tuple[dict, tuple]:
        """Make a step, as Keras' JAX trainer calls it."""
        # A fit begins with arrays that are bound to no device, for which all would be
        # compiled a second time.
        if not all(getattr(v, "committed", False) for v in jax.tree.leaves(state)):
            state = replicate(state, self.mesh)
        small, seeds, slots, metrics = (list(part) for part in state)
        table = (small if self.in_keras else seeds).pop(self.place)
        data = keras.utils.unpack_x_y_sample_weight(next(iterator))
        read_too = [np.asarray(data[0][1])] if isinstance(data[0], tuple) else []
        ids = np.asarray(data[0][0] if read_too else data[0])
        y, weight = map(np.asarray, data[1:])
        n_texts = len(ids) // 2 if self.virtual_gradient else len(ids)
        middle = (n_texts + 1) // 2
        parts = [slice(0, middle), slice(middle, n_texts)][: min(n_texts, 2)]
        n_labeled, labeled_weight = len(parts), weight[:n_texts]
        if self.virtual_gradient:
            parts += [slice(n_texts + p.start, n_texts + p.stop) for p in parts]
            others = weight[n_texts:]
            # Their mean loss counts as much as that of the texts with labels.
            shares = others * (labeled_weight.sum() / max(others.sum(), 1))
            weight = np.concatenate([labeled_weight, shares])
        read = [ids[part].T for part in parts]
        sent = _send(small, table, seeds, read)
        shapes = n_texts, ids.shape, table.shape

        def run(k: int) -> tuple:
            if k < n_labeled:
                given: tuple = self.norm, read[k], y[parts[k]], weight[parts[k]]
                columns = [values[parts[k]] for values in read_too]
                return jax.block_until_ready(self.gradient(*sent[k], *given, *columns))
            assert self.virtual_gradient is not None
            given = self.virtual, self.done, read[k], weight[parts[k]]
            return jax.block_until_ready(self.virtual_gradient(*sent[k], *given))

        self.done += 1
        # Two threads, or processes, that meet new shapes at once would compile twice.
        with nullcontext() if shapes in self.met else wait_for_compiler(self.mesh):
            pool = self.pool if shapes in self.met else None
            running = (pool.map if pool else map)(run, range(len(read)))
            labeled = [cut_rows(ids, self.mesh) for ids in read[:n_labeled]]
            touched = _touched([ids for cut in labeled for ids in cut], len(table))
            results = list(running)
            after = results[0][1]
            small, table, slots, self.moments, metrics, loss = self.update(
                small,
                table,
                slots,
                self.moments,
                metrics,
                [gradients for gradients, _ in results],
                *touched,
                *self._measure(labeled_weight),
            )
        self.met.add(shapes)
        (small if self.in_keras else after).insert(self.place, table)
        return {"loss": loss}, (small, after, slots, metrics)


@jax.jit
def _send(small: Arrays, table: jax.Array, seeds: Arrays, read: Arrays) -> list[tuple]:
    """Return what each part needs: weights end to end, vectors of its tokens, seeds."""
    flat = jnp.concatenate([v.ravel() for v in small])
    return [
        (
            flat,
            jnp.take(table, ids, axis=0),
            shift_seeds(seeds, k),
        )
        for k, ids in enumerate(read)
    ]


def _touched(parts: list[np.ndarray], n_tokens: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows that the parts read, and the place of each token among them.

    Both are as long as the gradients of the vectors, so that nothing is compiled anew:
    the places that are left name a row after the last, which is dropped, and no token
    is at the row that zeros are added to.
    """
    ids = np.concatenate([part.ravel() for part in parts])
    distinct, inverse = np.unique(ids, return_inverse=True)
    rows = [count_rows(part.size) for part in parts]
    touched = np.full(sum(rows), n_tokens, np.int32)
    touched[: len(distinct)] = distinct
    places = np.zeros(sum(rows), np.int32)
    is_token = [np.arange(n) < part.size for n, part in zip(rows, parts)]
    places[np.concatenate(is_token)] = inverse
    return touched, places
