"""A training step on JAX that uses two cores, touched rows and adversarial vectors.

A batch is split into two halves, always in the same way, and their gradients are added
up. Where there are two cores to give, the halves run in a thread each: products as
small as these would leave the second core idle. The same bits come out of one thread
and of two.

The network is differentiated by the vectors of the batch's tokens. That is what the
adversarial perturbation needs, and only the touched rows of the table move.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from ...spec import NetworkSpec
from ...text.vocabulary import PADDING_ID
from ..backend import compile_once, import_keras
from ..build import build_network
from ..heads import HEADS
from .adversarial import compute_confidence, compute_perturbation
from .jax_update import Arrays, build_update, count_rows, split_flat
from .rows import start_moments
from .schedule import compute_rate_factor, weigh_step

keras = import_keras()
import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402

__all__ = ["JaxStep", "jit_gradient"]

# Sets the seeds of the second half apart from those of the first.
_SEED_SHIFT = np.uint32(0x9E3779B9)

# Shapes of ids and table that each gradient was compiled for in this process.
_MET: WeakKeyDictionary[Callable, set] = WeakKeyDictionary()


class JaxStep:
    """One step after another: what ``network.train_function`` calls, with its own state.

    Parameters
    ----------
    network : keras.Model
        From ids to logits, compiled, with a layer named ``"embedding"``.
    gradient : callable
        What :func:`jit_gradient` returns for this kind of network.
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
        self.gradient, self.update = gradient, update
        self.norm = np.float32(adversarial)
        self.n_steps, self.keep_weights = n_steps, keep_weights
        self.optimizer = network.optimizer
        self.device = jax.local_devices()[0]
        self.moments: Arrays = []
        if rows == "adam":
            start = start_moments(*embedding.shape)
            self.moments = jax.device_put(start, self.device)
        self.done = 0
        self.met = _MET.setdefault(gradient, set())
        # A GPU runs one half after the other anyway.
        self.two = n_threads > 1 and self.device.platform == "cpu"
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
        self.moments = jax.device_put(state[1], self.device)

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
            state = jax.device_put(state, self.device)
        small, seeds, slots, metrics = (list(part) for part in state)
        table = (small if self.in_keras else seeds).pop(self.place)
        data = keras.utils.unpack_x_y_sample_weight(next(iterator))
        ids, y, weight = (np.asarray(part) for part in data)
        middle = (len(ids) + 1) // 2
        halves = [slice(0, middle), slice(middle, None)][: min(len(ids), 2)]
        read = [ids[half].T for half in halves]
        sent = _send(small, table, seeds, read)
        shapes = ids.shape, table.shape

        def run(k: int) -> tuple:
            data = read[k], y[halves[k]], weight[halves[k]]
            return jax.block_until_ready(self.gradient(*sent[k], self.norm, *data))

        self.done += 1
        # Two threads, or processes, that meet new shapes at once would compile twice.
        with nullcontext() if shapes in self.met else compile_once():
            pool = self.pool if shapes in self.met else None
            running = (pool.map if pool else map)(run, range(len(read)))
            touched = _touched(read, len(table))
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
                *self._measure(weight),
            )
        self.met.add(shapes)
        (small if self.in_keras else after).insert(self.place, table)
        return {"loss": loss}, (small, after, slots, metrics)


@jax.jit
def _send(small: Arrays, table: jax.Array, seeds: Arrays, read: Arrays) -> list[tuple]:
    """Return what each half needs: weights end to end, vectors of its tokens, seeds."""
    flat = jnp.concatenate([v.ravel() for v in small])
    return [
        (
            flat,
            jnp.take(table, ids, axis=0),
            [seed.at[0].add(_SEED_SHIFT) for seed in seeds] if k else seeds,
        )
        for k, ids in enumerate(read)
    ]


@lru_cache(maxsize=16)
def jit_gradient(
    spec: NetworkSpec, dropout: float, recurrent_dropout: float, adversarial: bool
) -> Callable:
    """Return the function from half a batch to its summed loss and gradients.

    One for all networks of a kind, so that a second fit in a process traces and compiles
    nothing, and leaves nothing behind.

    Parameters
    ----------
    spec : NetworkSpec
        With ``n_tokens=1``: the table plays no part here.
    dropout, recurrent_dropout : float
        As in :func:`~sklearn_slm.network.build.build_network`.
    adversarial : bool
        Whether the gradients are those of the moved vectors as well.

    Returns
    -------
    callable
        From (weights end to end, vectors, seeds, norm, ids, targets, weights of the
        texts) to ((loss, gradient with respect to the weights, gradient with respect to
        the vectors), seeds). The first gradient is a list of arrays, to be put end to
        end; the last one has a row for each token and then rows of zeros, which
        :func:`~sklearn_slm.network.steps.jax_update.count_rows` counts.
    """
    head = HEADS[spec.head.kind]
    body = build_network(
        spec,
        embedding=np.zeros((1, spec.encoder.n_components), np.float32),
        dropout=dropout,
        recurrent_dropout=recurrent_dropout,
    ).get_layer("body")
    shapes = [v.shape for v in body.trainable_variables]
    chance = head.compute_chance(spec)

    def summed_loss(
        weights: Arrays,
        vectors: jax.Array,
        seeds: Arrays,
        ids: jax.Array,
        y: jax.Array,
        weight: jax.Array,
    ) -> tuple[jax.Array, tuple]:
        mask = (ids != PADDING_ID).astype(vectors.dtype)[:, :, None]
        outputs, after = body.stateless_call(
            weights, seeds, [vectors, mask], training=True
        )
        losses = head.compute_losses(spec.head, outputs, y)
        return jnp.sum(weight * losses), (after, losses)

    differentiate = jax.value_and_grad(summed_loss, argnums=(0, 1), has_aux=True)

    def gradient(
        flat: jax.Array, vectors: jax.Array, seeds: Arrays, norm: jax.Array, *data: Any
    ) -> tuple:
        loss, (d_weights, d_vectors), after = compute(flat, vectors, seeds, norm, *data)
        d_tokens = d_vectors.reshape(-1, vectors.shape[-1])
        n_zeros = count_rows(len(d_tokens)) - len(d_tokens)
        return (loss, d_weights, jnp.pad(d_tokens, [(0, n_zeros), (0, 0)])), after

    def compute(
        flat: jax.Array, vectors: jax.Array, seeds: Arrays, norm: jax.Array, *data: Any
    ) -> tuple:
        if not adversarial:
            weights = split_flat(flat, shapes)
            (loss, (after, _)), gradients = differentiate(
                weights, vectors, seeds, *data
            )
            return loss, gradients, after

        def add(state: tuple, is_first: jax.Array) -> tuple:
            moved, sums, loss, _ = state
            weights = split_flat(flat, shapes)
            (summed, (after, losses)), (d_weights, d_vectors) = differentiate(
                weights, moved, seeds, *data
            )
            # One array is quicker to add up than many.
            gradients = jnp.concatenate([g.ravel() for g in d_weights]), d_vectors
            norms = norm * compute_confidence(losses, chance)
            moved = vectors + compute_perturbation(d_vectors, norms)
            loss = jnp.where(is_first, summed, loss)
            return (moved, jax.tree.map(jnp.add, sums, gradients), loss, after), None

        # In a loop, the network is compiled once, and both gradients use the same memory.
        sums = jnp.zeros_like(flat), jnp.zeros_like(vectors)
        start = vectors, sums, jnp.zeros_like(norm), seeds
        (_, sums, loss, after), _ = jax.lax.scan(add, start, jnp.array([True, False]))
        return loss, ([sums[0]], sums[1]), after

    # A higher level is slower at run time too (docs/notes/speed.md).
    options = {"xla_backend_optimization_level": 1}
    return jax.jit(gradient, compiler_options=options)


def _touched(halves: list[np.ndarray], n_tokens: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows that the halves read, and the place of each token among them.

    Both are as long as the gradients of the vectors, so that nothing is compiled anew:
    the places that are left name a row after the last, which is dropped, and no token
    is at the row that zeros are added to.
    """
    ids = np.concatenate([half.ravel() for half in halves])
    distinct, inverse = np.unique(ids, return_inverse=True)
    rows = [count_rows(half.size) for half in halves]
    touched = np.full(sum(rows), n_tokens, np.int32)
    touched[: len(distinct)] = distinct
    places = np.zeros(sum(rows), np.int32)
    is_token = [np.arange(n) < half.size for n, half in zip(rows, halves)]
    places[np.concatenate(is_token)] = inverse
    return touched, places
