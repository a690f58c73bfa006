"""Tokens to vectors: word vectors, their files, GloVe and the weights of words."""

from .alignment import align_vectors, join_vectors
from .cooccurrences import count_cooccurrences
from .coverage import Coverage, measure_coverage
from .directions import find_common_direction, remove_direction
from .formats import read_vectors, write_vectors
from .glove import fit_glove, train_glove
from .missing import fill_missing, map_vectors
from .tfidf import document_vectors, log2_idf, smooth_idf, tfidf_weights
from .word_vectors import WordVectors

__all__ = [
    "Coverage",
    "WordVectors",
    "align_vectors",
    "count_cooccurrences",
    "document_vectors",
    "fill_missing",
    "find_common_direction",
    "fit_glove",
    "join_vectors",
    "log2_idf",
    "map_vectors",
    "measure_coverage",
    "read_vectors",
    "remove_direction",
    "smooth_idf",
    "tfidf_weights",
    "train_glove",
    "write_vectors",
]
