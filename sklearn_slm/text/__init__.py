"""Documents to tokens to ids."""

from .analyzer import Analyzer, compile_pattern, takes_any_document
from .corpus import encode_corpus, learn_corpus, read_lines
from .documents import check_documents, is_missing, to_plain
from .merging import merge_vocabularies
from .offsets import align_tokens
from .ragged import Ragged
from .sequences import TokenSequences, encode_documents
from .subword_training import train_subwords
from .subwords import SubwordModel
from .tokenizers import Tokenizer
from .vocabulary import (
    BOUNDARY_ID,
    FIRST_ID,
    PADDING_ID,
    UNKNOWN_ID,
    Vocabulary,
    learn_vocabulary,
)

__all__ = [
    "BOUNDARY_ID",
    "FIRST_ID",
    "PADDING_ID",
    "UNKNOWN_ID",
    "Analyzer",
    "Ragged",
    "SubwordModel",
    "TokenSequences",
    "Tokenizer",
    "Vocabulary",
    "align_tokens",
    "check_documents",
    "compile_pattern",
    "encode_corpus",
    "encode_documents",
    "is_missing",
    "learn_corpus",
    "learn_vocabulary",
    "merge_vocabularies",
    "read_lines",
    "takes_any_document",
    "to_plain",
    "train_subwords",
]
