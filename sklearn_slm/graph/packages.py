"""The packages of the extra ``onnx``: imported when they are used."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

__all__ = ["has_onnxruntime", "import_package"]


@cache
def has_onnxruntime() -> bool:
    """Tell whether what runs graphs is installed; imports nothing."""
    return all(find_spec(name) is not None for name in ("onnx", "onnxruntime"))


def import_package(name: str) -> Any:
    """Import a package of the extra ``onnx``, or say how it is installed."""
    try:
        return import_module(name)
    except ImportError as error:
        raise ImportError(
            f"This needs {name}, which is not installed. Install it with: "
            'pip install "sklearn_slm[onnx]"'
        ) from error
