"""From log-probabilities to tokens: pure functions, no weights."""

from .alignment import SpokenWord, align_symbols, count_least_frames
from .beam import Hypothesis, beam_search, sample_translations
from .cache import (
    NeuralCache,
    extend_cache,
    mix_cache,
    score_with_cache,
    start_cache,
)
from .ctc import SpokenSymbols, SpokenText, decode_ctc, decode_greedy
from .prefixes import BeamOptions, PrefixBeam
from .sample import draw, draw_uniform, filter_log_probs, generate
from .word_list import WordList
from .word_model import WordCounts, count_words

__all__ = [
    "BeamOptions",
    "Hypothesis",
    "NeuralCache",
    "PrefixBeam",
    "SpokenSymbols",
    "SpokenText",
    "SpokenWord",
    "WordCounts",
    "WordList",
    "align_symbols",
    "beam_search",
    "count_least_frames",
    "count_words",
    "decode_ctc",
    "decode_greedy",
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
