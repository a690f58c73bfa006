"""Smaller networks, pure: (spec, weights) to (spec, weights)."""

from .importance import measure_units
from .ngrams import measure_ngrams, select_ngrams
from .quantize import quantize_ngrams, quantize_weights
from .steps import CompressionStep, find_front
from .units import choose_units, remove_units
from .words import count_ngrams_by_word, keep_ngrams, keep_words

__all__ = [
    "CompressionStep",
    "choose_units",
    "count_ngrams_by_word",
    "find_front",
    "keep_ngrams",
    "keep_words",
    "measure_ngrams",
    "measure_units",
    "quantize_ngrams",
    "quantize_weights",
    "remove_units",
    "select_ngrams",
]
