"""Smaller networks, pure: (spec, weights) to (spec, weights)."""

from .quantize import quantize_ngrams, quantize_weights
from .words import count_ngrams_by_word, keep_ngrams, keep_words

__all__ = [
    "count_ngrams_by_word",
    "keep_ngrams",
    "keep_words",
    "quantize_ngrams",
    "quantize_weights",
]
