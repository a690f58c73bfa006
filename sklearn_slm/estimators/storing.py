"""What a file holds of an estimator, and what must be right about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from ..ngrams import NgramModel, split_keys
from ..persistence.fields import check_type, expect
from ..runtime.weights import SCALE, is_packable, scale_shape
from ..spec import LARGEST_WEIGHT, NetworkSpec
from ..text import FIRST_ID

__all__ = ["StoredMixin", "check_network", "check_ngram_model", "check_size"]

_KEYS_AT_A_TIME = 1 << 16


class StoredMixin:
    """Declares what a file calls an estimator, and the fitted attributes that it holds.

    ``_kind`` is the name of the class there. ``_stored`` maps names of attributes to what
    annotations would say. What follows from other parts may be left out by
    ``_get_stored``, and is made again by ``_set_stored``.
    """

    _kind: ClassVar[str]
    _stored: ClassVar[dict[str, Any]]

    def _get_stored_params(self) -> dict[str, Any]:
        """Return the parameters that a file is to hold."""
        return self.get_params(deep=False)  # type: ignore[attr-defined]

    def save(self, path: Any) -> None:
        """Write the fitted estimator to one file, without code.

        Parameters
        ----------
        path : str or path-like
            The file; :func:`~sklearn_slm.load_model` reads it. See
            :func:`~sklearn_slm.save_model`.
        """
        from .saving import save_model

        save_model(self, path)

    def _get_stored(self) -> dict[str, Any]:
        """Return the fitted attributes that a file is to hold."""
        return {name: getattr(self, name) for name in self._stored}

    def _set_stored(self, stored: Mapping[str, Any]) -> None:
        """Take over the fitted attributes that a file held."""
        unknown = sorted(set(stored) - set(self._stored))
        expect(not unknown, f"{type(self).__name__} has no {unknown[:1]}.")
        for name, value in stored.items():
            check_type(value, self._stored[name], name)
        vars(self).update(stored)

    def _check_fitted(self) -> None:
        """Refuse attributes that contradict each other."""
        missing = [name for name in self._stored if not hasattr(self, name)]
        expect(not missing, f"it holds no {missing[:1]}.")


def check_network(spec: NetworkSpec, weights: Mapping[str, np.ndarray]) -> None:
    """Refuse weights that are not those of a network, whole or quantised.

    Parameters
    ----------
    spec : NetworkSpec
        The network.
    weights : mapping of str to ndarray
        As they came from a file, finite.
    """
    # Before each layer is given a dozen names.
    n_layers = len(spec.encoder.hidden_size)
    expect(n_layers <= len(weights), f"{n_layers:,} layers have too few weights.")
    n_tokens = spec.encoder.n_tokens
    if spec.head.kind == "symbols":
        expect(n_tokens is None, "the network looks words up, and hears nothing.")
    else:
        knows = n_tokens is not None and n_tokens > FIRST_ID
        expect(knows, "the network knows no word.")
    wanted = spec.weights()
    for name, weight in wanted.items():
        expect(name in weights, f"it has no weight {name}.")
        value, scale = weights[name], weights.get(name + SCALE)
        allowed = (np.float32, np.float16) if scale is None else (np.int8, np.uint8)
        expect(value.dtype in allowed, f"weight {name} has dtype {value.dtype}.")
        shape = weight.shape
        if value.dtype == np.uint8:
            expect(is_packable(weight), f"weight {name} cannot be in four bits.")
            shape = (shape[0], shape[1] // 2)
        right = value.shape == shape
        expect(right, f"weight {name} has shape {value.shape}, not {shape}.")
        check_size(f"weight {name}", value)
        if scale is not None:
            expect(weight.kind != "small", f"weight {name} cannot be quantised.")
            _check_scale(name, scale, scale_shape(weight, value.dtype))
    known = set(wanted) | {name + SCALE for name in wanted}
    expect(set(weights) <= known, "it has weights that the network does not have.")


def check_size(name: str, array: np.ndarray, factor: int = 1) -> None:
    """Refuse numbers with which a prediction would overflow; training ends with none.

    Parameters
    ----------
    name : str
        What the message calls the array.
    array : ndarray
        As it came from a file, finite.
    factor : int, default=1
        What its numbers are multiplied by.
    """
    # Not of absolute values, which would be a second table.
    largest = max(float(array.max(initial=0)), -float(array.min(initial=0)))
    fits = largest * factor < LARGEST_WEIGHT
    expect(fits, f"{name} holds {largest:.3g}, which is too large.")


def _check_scale(name: str, scale: np.ndarray, shape: tuple[int, ...]) -> None:
    right = scale.dtype == np.float32 and scale.shape == shape
    expect(right, f"the scale of {name} has shape {scale.shape}, not {shape}.")
    check_size(f"the scale of {name}", scale, 128)


def check_ngram_model(model: NgramModel, spec: NetworkSpec) -> None:
    """Refuse an n-gram model that does not stand beside this network.

    Parameters
    ----------
    model : NgramModel
        As it came from a file.
    spec : NetworkSpec
        The network.
    """
    n_tokens, n_outputs = spec.encoder.n_tokens, spec.head.n_outputs
    expect(model.n_tokens == n_tokens, "the n-grams are of other tokens.")
    n = len(model.keys)
    small = model.kernel.dtype == np.int8
    dtypes = (np.int8,) if model.scale is not None else (np.float32, np.float16)
    expect(model.kernel.dtype in dtypes, f"the kernel is {model.kernel.dtype}.")
    shapes = {
        "keys": (n,),
        "idf": (n,),
        "kernel": (n, n_outputs),
        "bias": (n_outputs,),
        "blend": (2,),
    }
    for name, shape in shapes.items():
        array = getattr(model, name)
        kind = {"keys": np.int64, "kernel": model.kernel.dtype}.get(name, np.float32)
        expect(array.dtype == kind, f"{name} of n-grams is {array.dtype}.")
        expect(array.shape == shape, f"{name} of n-grams has shape {array.shape}.")
        if name != "keys":
            check_size(f"{name} of n-grams", array)
    if model.columns is not None:
        shape = (getattr(spec.head, "n_columns", 0), n_outputs)
        right = model.columns.dtype == np.float32 and model.columns.shape == shape
        expect(right, f"columns of n-grams have shape {model.columns.shape}.")
        check_size("columns of n-grams", model.columns)
    if small and model.scale is not None:
        _check_scale("the n-grams", model.scale, (n_outputs,))
    rising = bool((model.keys[1:] > model.keys[:-1]).all())
    expect(rising, "the n-grams are not in order.")
    shortest, longest = model.lengths
    for first in range(0, n, _KEYS_AT_A_TIME):
        # Last id first; 0 where there is none.
        ids = split_keys(model.keys[first : first + _KEYS_AT_A_TIME], model.n_tokens)
        length = np.count_nonzero(ids, axis=1)
        is_known = (ids >= FIRST_ID) == (np.arange(ids.shape[1]) < length[:, None])
        right = is_known.all() and length.min() >= shortest and length.max() <= longest
        expect(bool(right), "an n-gram holds no known tokens.")
