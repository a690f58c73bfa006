"""Documents to tokens to ids."""

from .analyzer import Analyzer, takes_any_document
from .documents import check_documents, is_missing, to_plain
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
    "is_missing",
    "learn_vocabulary",
    "takes_any_document",
    "to_plain",
]
