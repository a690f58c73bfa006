"""Several devices that train one network: each computes some rows of every batch.

Which devices is Keras' own setting, :class:`keras.distribution.DataParallel`. The weights
are on all of them; each computes the loss and the gradients of its rows with the function
that one device computes those of all rows with, and XLA adds them up. The devices may be
those of several processes, once ``jax.distributed`` has joined these.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import fields, is_dataclass, replace
from functools import lru_cache, wraps
from typing import Any, TypeVar

import numpy as np

from .backend import compile_once, import_keras
from .options import TrainingOptions

keras = import_keras()

__all__ = [
    "FIRST",
    "PIECES",
    "ROWS",
    "SEEDS",
    "SUM",
    "cut_rows",
    "make_mesh",
    "replicate",
    "spread",
    "use_devices",
    "wait_for_compiler",
]

# What an argument is that is neither rows nor the same for every device.
SEEDS = "seeds"
# What becomes of a result: the sum over the devices; that of the first device; rows, in
# their order; or what each device gives, end to end.
SUM, FIRST, ROWS, PIECES = "sum", "first", "rows", "pieces"

_AXIS = "batch"
# Sets the seeds of dropout of the devices apart; in live.py another one those of halves.
_SEED_SHIFT = 0x85EBCA6B
# Values of an array that are compared between processes, at most about.
_MOST_COMPARED = 2**22
# A higher level is slower at run time too (docs/notes/speed.md).
_COMPILER_OPTIONS = {"xla_backend_optimization_level": 1}

Train = TypeVar("Train", bound=Callable[..., Any])


def use_devices(train: Train) -> Train:
    """Have a training use the devices that Keras' distribution names, if there is one.

    Parameters
    ----------
    train : callable
        From (spec, start, examples, options), and seeds among the keyword arguments.

    Returns
    -------
    callable
        The same. Under ``keras.distribution.set_distribution(...)`` it is called with
        ``options.mesh``, while Keras' setting is set aside: it would cut up batches once
        more.

    Raises
    ------
    ValueError
        From the result: if the distribution is not
        :class:`keras.distribution.DataParallel`, Keras does not run on JAX, or processes
        differ in their examples, first weights, seeds or checkpoints.
    """

    @wraps(train)
    def run(
        spec: Any, start: Any, examples: Any, options: TrainingOptions, **others: Any
    ) -> Any:
        distribution = keras.distribution.distribution()
        if distribution is None:
            return train(spec, start, examples, options, **others)
        mesh = make_mesh(distribution)
        if _is_joint(mesh):
            _check_alike(start, examples, others["seeds"], others.get("resume"))
        keras.distribution.set_distribution(None)
        try:
            options = replace(options, mesh=mesh)
            return train(spec, start, examples, options, **others)
        finally:
            keras.distribution.set_distribution(distribution)

    return run  # type: ignore[return-value]


def make_mesh(distribution: Any) -> Any:
    """Return the devices of a distribution in a row, as JAX has them.

    Parameters
    ----------
    distribution : keras.distribution.DataParallel
        Names the devices.

    Returns
    -------
    jax.sharding.Mesh
        With one axis.

    Raises
    ------
    ValueError
        If it is another kind of distribution, or Keras does not run on JAX.
    """
    if not isinstance(distribution, keras.distribution.DataParallel):
        raise ValueError(
            "Training shares the rows of a batch among devices: expected "
            "keras.distribution.DataParallel as Keras' distribution, got "
            f"{type(distribution).__name__}. Set another one, or none, with "
            "keras.distribution.set_distribution(None)."
        )
    if keras.backend.backend() != "jax":
        raise ValueError(
            "Training on the devices of keras.distribution needs Keras on JAX, but it "
            f"runs on {keras.backend.backend()}. Set KERAS_BACKEND=jax before Keras is "
            "imported, or keras.distribution.set_distribution(None)."
        )
    import jax

    names = np.ravel(distribution.device_mesh.devices).tolist()
    kinds = {str(name).split(":")[0] for name in names if isinstance(name, str)}
    known = {f"{d.platform}:{d.id}": d for kind in kinds for d in jax.devices(kind)}
    devices = np.array([known.get(name, name) for name in names])
    return jax.sharding.Mesh(devices, (_AXIS,))


def replicate(values: Any, mesh: Any) -> Any:
    """Put arrays on every device of a mesh; without one, on the first device.

    Parameters
    ----------
    values : tree of arrays
        The same in every process.
    mesh : jax.sharding.Mesh or None
        The devices.

    Returns
    -------
    tree of jax.Array
    """
    import jax

    if mesh is None:
        return jax.device_put(values, jax.local_devices()[0])
    sharding = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec())
    devices = set(mesh.devices.flat)

    def put(value: Any) -> jax.Array:
        if isinstance(value, jax.Array) and value.sharding.device_set == devices:
            return value
        array = np.asarray(value)
        return jax.make_array_from_callback(array.shape, sharding, array.__getitem__)

    return jax.tree.map(put, values)


def cut_rows(values: np.ndarray, mesh: Any, axis: int = 1) -> list[np.ndarray]:
    """Return what each device reads of an array, filled up with rows of zeros.

    Parameters
    ----------
    values : ndarray
        Has rows along `axis`.
    mesh : jax.sharding.Mesh or None
        The devices; without them all is one piece.

    Returns
    -------
    list of ndarray
        Of equal shapes.
    """
    if mesh is None:
        return [values]
    widths = [(0, 0)] * values.ndim
    widths[axis] = 0, -values.shape[axis] % mesh.size
    return np.split(np.pad(values, widths), mesh.size, axis=axis)


@lru_cache(maxsize=64)
def spread(function: Callable, mesh: Any, takes: tuple, gives: Any) -> Callable:
    """Return a function of a whole batch that computes some of its rows on each device.

    Where the rows cannot be shared out evenly, rows of zeros are added, which must count
    nothing: those of a weight of 0.

    Parameters
    ----------
    function : callable
        What ``jax.jit`` returned.
    mesh : jax.sharding.Mesh or None
        The devices; without them `function` itself is returned.
    takes : tuple of int, None or SEEDS
        For each argument the axis of its rows; None if every device is given all of it;
        SEEDS for those of dropout, which become different for each device. It may name
        more arguments than there are; those that it does not name are given to all.
    gives : tree of str
        For each result, or each tree of results, what becomes of it: SUM, FIRST, ROWS or
        PIECES.

    Returns
    -------
    callable
        Its results are on every device.
    """
    if mesh is None:
        return function
    import jax
    import jax.numpy as jnp

    Spec = jax.sharding.PartitionSpec
    # Only the outermost of compiled functions may have options.
    compute = function.__wrapped__  # type: ignore[attr-defined]

    def compute_piece(*args: Any) -> Any:
        k = jax.lax.axis_index(_AXIS)
        shift = k.astype(jnp.uint32) * np.uint32(_SEED_SHIFT)
        given = [
            [seed.at[0].add(shift) for seed in arg] if how == SEEDS else arg
            for how, arg in zip(_extend(takes, args), args)
        ]

        def gather(how: str, values: Any) -> Any:
            if how == FIRST:
                values = jax.tree.map(lambda v: jnp.where(k == 0, v, 0), values)
            return jax.lax.psum(values, _AXIS) if how in (FIRST, SUM) else values

        return jax.tree.map(gather, gives, compute(*given))

    def compute_all(*args: Any) -> Any:
        hows = _extend(takes, args)
        with_rows = [(h, jax.tree.leaves(a)[0]) for h, a in zip(hows, args) if _is(h)]
        n_rows = with_rows[0][1].shape[with_rows[0][0]]

        def fill(how: Any, arg: Any) -> Any:
            def pad(values: Any) -> Any:
                widths = [(0, 0)] * values.ndim
                widths[how] = 0, -values.shape[how] % mesh.size
                return jnp.pad(values, widths)

            return jax.tree.map(pad, arg) if _is(how) else arg

        results = _map_shards(
            compute_piece,
            mesh=mesh,
            in_specs=tuple(
                Spec(*[None] * how, _AXIS) if _is(how) else Spec() for how in hows
            ),
            out_specs=jax.tree.map(
                lambda how: Spec() if how in (FIRST, SUM) else Spec(_AXIS), gives
            ),
        )(*(fill(how, arg) for how, arg in zip(hows, args)))

        def cut(how: str, values: Any) -> Any:
            return jax.tree.map(lambda v: v[:n_rows], values) if how == ROWS else values

        return jax.tree.map(cut, gives, results)

    everywhere = jax.sharding.NamedSharding(mesh, Spec())
    return jax.jit(
        compute_all, out_shardings=everywhere, compiler_options=_COMPILER_OPTIONS
    )


def wait_for_compiler(mesh: Any) -> AbstractContextManager:
    """Return what a first call happens in: see :func:`~.backend.compile_once`.

    Processes that train together must come to each call together: none waits.
    """
    return nullcontext() if mesh is not None and _is_joint(mesh) else compile_once()


def _map_shards(function: Callable, **where: Any) -> Callable:
    """Return JAX's ``shard_map`` of a function, for its older versions too.

    Unchecked: gradients are then added up once, at the end, and not by each product.
    """
    import jax

    if hasattr(jax, "shard_map"):
        return jax.shard_map(function, check_vma=False, **where)
    from jax.experimental.shard_map import shard_map

    return shard_map(function, check_rep=False, **where)


def _extend(takes: tuple, args: tuple) -> tuple:
    return (takes + (None,) * len(args))[: len(args)]


def _is(how: Any) -> bool:
    """Tell whether an argument has rows."""
    return isinstance(how, int)


def _is_joint(mesh: Any) -> bool:
    """Tell whether devices are those of several processes."""
    return len({device.process_index for device in mesh.devices.flat}) > 1


def _check_alike(*values: Any) -> None:
    """Refuse processes that begin with different things: their steps would not match."""
    from jax.experimental import multihost_utils

    own = np.uint32(_summarize(values, 0))
    found = np.ravel(multihost_utils.process_allgather(own))
    if len(set(found.tolist())) > 1:
        raise ValueError(
            "Processes that train one network need the same data and the same seeds: each "
            "reads every batch and computes its rows of it. Got examples, first weights, "
            "seeds or checkpoints that differ between processes. Give each of them all "
            "data, in the same order, the same integer random_state and copies of one "
            "checkpoint."
        )


def _summarize(value: Any, before: int) -> int:
    """Return a checksum of arrays, numbers and names in containers."""
    if isinstance(value, np.ndarray):
        before = zlib.crc32(f"{value.shape} {value.dtype}".encode(), before)
        some = value.reshape(-1)[:: value.size // _MOST_COMPARED + 1]
        return zlib.crc32(np.ascontiguousarray(some).tobytes(), before)
    if is_dataclass(value):
        value = [getattr(value, f.name) for f in fields(value)]
    elif isinstance(value, Mapping):
        value = [part for item in value.items() for part in item]
    if isinstance(value, (list, tuple)):
        for part in value:
            before = _summarize(part, before)
        return before
    known = isinstance(value, (str, int, float, np.generic, type(None)))
    return zlib.crc32(repr(value).encode() if known else b"", before)
