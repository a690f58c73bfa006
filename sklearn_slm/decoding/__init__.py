"""From log-probabilities to tokens: pure functions, no weights."""

from .beam import Hypothesis, beam_search, sample_translations
from .cache import (
    NeuralCache,
    extend_cache,
    mix_cache,
    score_with_cache,
    start_cache,
)
from .sample import draw, draw_uniform, filter_log_probs, generate

__all__ = [
    "Hypothesis",
    "NeuralCache",
    "beam_search",
    "draw",
    "draw_uniform",
    "extend_cache",
    "filter_log_probs",
    "generate",
    "mix_cache",
    "sample_translations",
    "score_with_cache",
    "start_cache",
]
