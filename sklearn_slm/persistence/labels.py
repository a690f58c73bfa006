"""Class labels as what JSON can hold, and back."""

from __future__ import annotations

import math
import re
from itertools import pairwise
from typing import Any

import numpy as np

from .fields import expect, take_field

__all__ = ["describe_labels", "read_labels"]

_TYPES: dict[str, tuple[type, ...]] = {
    "b": (bool,),
    "i": (int,),
    "u": (int,),
    "f": (float,),
    "U": (str,),
    "O": (str, bool, int, float),
}
_FREE_BYTES = 1_000_000


def describe_labels(classes: np.ndarray) -> dict[str, Any]:
    """Return the values of labels and the kind of array that they are.

    The length of strings is left out: it follows from the values.
    """
    values, kind = classes.tolist(), classes.dtype.kind
    if kind not in _TYPES or not all(isinstance(v, _TYPES[kind]) for v in values):
        raise TypeError(
            "Class labels can be saved if they are strings, numbers or booleans. Got "
            f"labels of dtype {classes.dtype}: {values[:3]}."
        )
    dtype = classes.dtype.str
    return {"dtype": dtype[:2] if kind == "U" else dtype, "values": values}


def read_labels(fields: dict, n_bytes: int) -> np.ndarray:
    """Return the class labels of a file.

    Parameters
    ----------
    fields : dict
        As :func:`describe_labels` returned it; earlier files also tell how long strings
        are, which is not believed.
    n_bytes : int
        Size of the file, which limits what strings take in an array: each there has the
        length of the longest.

    Returns
    -------
    ndarray of shape (n_labels,)
        Rising, each once.

    Raises
    ------
    RefusedError
        If they are anything else.
    """
    dtype, values = take_field(fields, "dtype", str), take_field(fields, "values", list)
    n_labels = len(values)
    expect(n_labels > 0, "it has no class labels.")
    known = re.fullmatch("[<>]U[0-9]{0,20}|[|]b1|[|]O|[|][iu]1|[<>][iuf][248]", dtype)
    expect(known is not None, f"class labels have dtype {dtype[:20]!r}.")
    kind = dtype[1]
    expect(all(type(v) in _TYPES[kind] for v in values), f"labels are not {dtype!r}.")
    finite = all(math.isfinite(v) for v in values if isinstance(v, float))
    expect(finite, "a class label is infinite.")
    if kind == "U":
        longest = max(map(len, values))
        expect(
            4 * longest * n_labels <= _FREE_BYTES + n_bytes,
            f"{n_labels:,} labels of up to {longest:,} characters do not fit in it.",
        )
        dtype = dtype[:2]
    try:
        rising = all(a < b for a, b in pairwise(values))
    except TypeError:
        rising = False
    expect(rising, "class labels are not in order, or repeat.")
    with np.errstate(over="ignore"):
        classes = np.array(values, dtype)
    expect(classes.tolist() == values, f"a class label does not fit into {dtype!r}.")
    return classes
