"""The embedded demonstration corpus, and a reader for labelled text in tables."""

from __future__ import annotations

from ._corpus import load_demo_corpus
from ._readers import read_csv_texts

__all__ = ["load_demo_corpus", "read_csv_texts"]
