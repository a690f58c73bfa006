"""Why a model said what it said, what surprised it, and pictures of both."""

from importlib import import_module
from typing import TYPE_CHECKING

from .explain import METHODS, explain
from .explanation import Explanation
from .surprisal import Surprisal, compute_surprisal
from .top_tokens import TopToken, top_tokens

if TYPE_CHECKING:
    from .alignment_display import AlignmentDisplay
    from .compression_display import CompressionDisplay
    from .displays import AttentionDisplay, ExplanationDisplay
    from .perplexity import PerplexityDisplay
    from .speech_display import HeardRecording, SpeechDisplay
    from .surprisal_display import SurprisalDisplay
    from .training_curve import TrainingCurveDisplay
    from .word_map import WordMapDisplay

__all__ = [
    "METHODS",
    "AlignmentDisplay",
    "AttentionDisplay",
    "CompressionDisplay",
    "Explanation",
    "ExplanationDisplay",
    "HeardRecording",
    "PerplexityDisplay",
    "SpeechDisplay",
    "Surprisal",
    "SurprisalDisplay",
    "TopToken",
    "TrainingCurveDisplay",
    "WordMapDisplay",
    "compute_surprisal",
    "explain",
    "top_tokens",
]

_HOME = {
    "AlignmentDisplay": "alignment_display",
    "AttentionDisplay": "displays",
    "CompressionDisplay": "compression_display",
    "ExplanationDisplay": "displays",
    "HeardRecording": "speech_display",
    "PerplexityDisplay": "perplexity",
    "SpeechDisplay": "speech_display",
    "SurprisalDisplay": "surprisal_display",
    "TrainingCurveDisplay": "training_curve",
    "WordMapDisplay": "word_map",
}


def __getattr__(name: str) -> object:
    # Displays come when used: explaining needs none of what they need.
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)
