"""The n-gram model: a linear model over n-grams of tokens, beside a network."""

from .blend import USUAL_BLEND, blend_logits, fit_blend, run_blended
from .keys import count_ngrams, find_ngrams, split_keys, weigh_ngrams
from .model import NgramModel
from .run import compute_ngram_terms, run_ngrams

__all__ = [
    "USUAL_BLEND",
    "NgramModel",
    "blend_logits",
    "compute_ngram_terms",
    "count_ngrams",
    "find_ngrams",
    "fit_blend",
    "run_blended",
    "run_ngrams",
    "split_keys",
    "weigh_ngrams",
]
