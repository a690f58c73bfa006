"""Fewer hidden units: rows and columns of every gate, and of all that reads states."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from ..runtime.weights import SCALE
from ..spec import CELLS, EncoderSpec, NetworkSpec

__all__ = ["choose_units", "remove_units"]

Weights = dict[str, np.ndarray]
Units = Mapping[str, np.ndarray]
# name of a weight -> (axis of the states, where they begin on it)
Readers = dict[str, tuple[int, int]]


def remove_units(
    spec: NetworkSpec, weights: Mapping[str, np.ndarray], keep: Units
) -> tuple[NetworkSpec, Weights]:
    """Return a network without some hidden units of its encoder.

    The matrices become smaller, in every runtime: a unit's columns of all gates, its row
    of the recurrent kernel, and its row or column of whatever reads its state, which is
    the next layer or the head. A unit whose state nothing reads (all weights from it are
    zero) can be removed without any change of the outputs.

    Parameters
    ----------
    spec : NetworkSpec
        The network.
    weights : mapping of str to ndarray
        Its weights, quantised or not. They stay as they are.
    keep : mapping of str to ndarray of int
        For each layer and direction, as :meth:`EncoderSpec.layers` names them, the rising
        numbers of the units that stay. A name that is missing keeps all. The directions
        of a layer must keep equally many, which need not be the same ones.

    Returns
    -------
    spec : NetworkSpec
        With the smaller ``hidden_size``.
    weights : dict of str to ndarray
        The types stay; arrays that no unit belongs to are shared.

    Raises
    ------
    ValueError
        If there is no such layer or unit, none stays, or the directions of a layer would
        differ in size; if a head for tokens would gain or lose its projection, or the
        head is one for spans, whose own layers are as wide as the states.

    Examples
    --------
    >>> from sklearn_slm.spec import ClassHead, EncoderSpec
    >>> encoder = EncoderSpec(3, (2,), n_tokens=5, bidirectional=False)
    >>> spec = NetworkSpec(encoder, ClassHead(2, pooling="mean"))
    >>> weights = {n: np.zeros(w.shape, np.float32) for n, w in spec.weights().items()}
    >>> small, kept = remove_units(spec, weights, {"layer_0.forward": np.array([1])})
    >>> small.encoder.hidden_size, kept["layer_0.forward.kernel"].shape
    ((1,), (3, 4))
    """
    encoder = spec.encoder
    if spec.head.kind not in _READERS:
        raise ValueError(
            f"units of an encoder below a head of {spec.head.kind} cannot be removed; "
            f"those below heads of {sorted(_READERS)} can."
        )
    readers = _READERS[spec.head.kind](spec)
    kept = _check_units(encoder, keep)
    n_layers = len(encoder.hidden_size)
    sizes = tuple(len(kept[f"layer_{i}.forward"]) for i in range(n_layers))
    smaller = replace(spec, encoder=replace(encoder, hidden_size=sizes))
    if smaller.weights().keys() != spec.weights().keys():
        raise ValueError(
            "a head for tokens has a projection unless states are as long as vectors, "
            f"{encoder.n_components}: with {smaller.encoder.state_size} in place of "
            f"{encoder.state_size} units it would gain or lose it. Keep more or fewer."
        )
    small = dict(weights)
    rows = None  # of the states of the layer below, both directions side by side
    for i, units in enumerate(encoder.hidden_size):
        for direction in encoder.directions:
            name = f"layer_{i}.{direction}"
            chosen = kept[name]
            gates = np.arange(CELLS[encoder.cell])[:, None] * units
            columns = (gates + chosen).ravel()
            if rows is not None:
                _take(small, f"{name}.kernel", rows, 0)
            _take(small, f"{name}.kernel", columns, 1)
            _take(small, f"{name}.recurrent_kernel", chosen, 0)
            _take(small, f"{name}.recurrent_kernel", columns, 1)
            _take(small, f"{name}.bias", columns, 0)
            if f"{name}.recurrent_bias" in small:  # of a GRU
                _take(small, f"{name}.recurrent_bias", chosen, 0)
        rows = np.concatenate(
            [
                d * units + kept[f"layer_{i}.{direction}"]
                for d, direction in enumerate(encoder.directions)
            ]
        )
    assert rows is not None
    for name, (axis, first) in readers.items():
        _take(small, name, np.concatenate([np.arange(first), first + rows]), axis)
    return smaller, small


def choose_units(
    encoder: EncoderSpec, importance: Mapping[str, np.ndarray], sizes: Sequence[int]
) -> dict[str, np.ndarray]:
    """Choose the most important units of each layer and direction.

    Parameters
    ----------
    encoder : EncoderSpec
        The encoder.
    importance : mapping of str to ndarray of shape (units,)
        As :func:`~sklearn_slm.compression.measure_units` returns it.
    sizes : sequence of int
        How many to keep in each layer.

    Returns
    -------
    dict of str to ndarray of int
        For :func:`remove_units`; of equal ones the first are kept.
    """
    return {
        f"layer_{i}.{direction}": np.sort(
            np.argsort(-importance[f"layer_{i}.{direction}"], kind="stable")[:size]
        )
        for i, size in enumerate(sizes)
        for direction in encoder.directions
    }


def _check_units(encoder: EncoderSpec, keep: Units) -> dict[str, np.ndarray]:
    """Return the units of every layer and direction that stay."""
    sizes = {name: units for name, _, units in encoder.layers()}
    unknown = sorted(set(keep) - set(sizes))
    if unknown:
        raise ValueError(
            f"keep names layers that there are not, {unknown}. Those of this encoder are "
            f"{list(sizes)}."
        )
    kept = {}
    for name, units in sizes.items():
        chosen = np.asarray(keep.get(name, np.arange(units)), dtype=np.intp)
        rises = chosen.ndim == 1 and len(chosen) > 0 and (np.diff(chosen) > 0).all()
        if not rises or chosen[0] < 0 or chosen[-1] >= units:
            raise ValueError(
                f"keep[{name!r}] must hold at least one of the units 0 to {units - 1}, "
                f"rising. Got {chosen.tolist()!s:.80}."
            )
        kept[name] = chosen
    for i in range(len(encoder.hidden_size)):
        n_kept = {len(kept[f"layer_{i}.{d}"]) for d in encoder.directions}
        if len(n_kept) > 1:
            raise ValueError(
                f"the directions of layer {i} must keep equally many units. Got "
                f"{sorted(n_kept)}."
            )
    return kept


def _take(weights: Weights, name: str, places: np.ndarray, axis: int) -> None:
    """Keep some rows or columns of a weight, and of its scale, in a dict of our own."""
    weights[name] = weights[name].take(places, axis)
    # A kernel has one for each column.
    if axis == 1 and name + SCALE in weights:
        weights[name + SCALE] = weights[name + SCALE][places]


def _find_pooled(spec: NetworkSpec) -> Readers:
    readers = {"head.kernel": (0, 0)}
    if spec.head.pooling == "attention":
        readers["attention.kernel"] = (1, 0)
    return readers


def _find_projected(spec: NetworkSpec) -> Readers:
    return {"head.kernel": (0, 0)} if "head.kernel" in spec.weights() else {}


def _find_decoded(spec: NetworkSpec) -> Readers:
    decoder = spec.head.decoder
    bridges = [f"bridge.layer_{i}.kernel" for i in range(len(decoder.hidden_size))]
    return dict.fromkeys(bridges, (0, 0)) | {
        "attention.kernel": (1, 0),
        # Behind the state of the decoder.
        "combine.kernel": (0, decoder.state_size),
    }


_READERS: dict[str, Callable[[NetworkSpec], Readers]] = {
    "classes": _find_pooled,
    "pairs": _find_pooled,
    "tokens": _find_projected,
    "symbols": _find_projected,
    "decoder": _find_decoded,
}
