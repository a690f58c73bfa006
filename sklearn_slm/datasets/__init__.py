"""The embedded demonstration corpora, and readers for texts in files."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._corpus import load_demo_corpus
    from ._drift import make_drifting_stream
    from ._readers import iter_texts, read_csv_texts, read_texts
    from ._speech import load_demo_speech

__all__ = [
    "iter_texts",
    "load_demo_corpus",
    "load_demo_speech",
    "make_drifting_stream",
    "read_csv_texts",
    "read_texts",
]

_HOMES = {
    "load_demo_corpus": "._corpus",
    "load_demo_speech": "._speech",
    "make_drifting_stream": "._drift",
}


def __getattr__(name: str) -> object:
    # Readers need the standard library alone, and a command line starts with them.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = _HOMES.get(name, "._readers")
    return getattr(import_module(home, __name__), name)
