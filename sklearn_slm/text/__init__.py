"""Documents to tokens to ids."""

from .analyzer import Analyzer
from .documents import check_documents
from .offsets import align_tokens
from .ragged import Ragged
from .sequences import TokenSequences, encode_documents
from .vocabulary import (
    FIRST_ID,
    PADDING_ID,
    UNKNOWN_ID,
    Vocabulary,
    learn_vocabulary,
)

__all__ = [
    "FIRST_ID",
    "PADDING_ID",
    "UNKNOWN_ID",
    "Analyzer",
    "Ragged",
    "TokenSequences",
    "Vocabulary",
    "align_tokens",
    "check_documents",
    "encode_documents",
    "learn_vocabulary",
]
