"""A network as data: what an encoder computes, what a head makes of its states."""

from .encoder import CELLS, EncoderSpec
from .heads import (
    HEADS,
    POOLINGS,
    ClassHead,
    DecoderHead,
    Head,
    PairHead,
    SpanHead,
    SymbolHead,
    TokenHead,
)
from .network import NetworkSpec
from .weights import LARGEST_WEIGHT, Weight

__all__ = [
    "CELLS",
    "HEADS",
    "LARGEST_WEIGHT",
    "POOLINGS",
    "ClassHead",
    "DecoderHead",
    "EncoderSpec",
    "Head",
    "NetworkSpec",
    "PairHead",
    "SpanHead",
    "SymbolHead",
    "TokenHead",
    "Weight",
]
