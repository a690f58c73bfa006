"""Search: texts by their words (BM25) and by their vectors, exactly or nearly."""

from .approximate import ApproximateIndex, build_approximate, measure_recall
from .bm25 import Bm25, TermStatistics, build_bm25, fit_bm25, fit_statistics
from .entries import EntryIndex, add_entries, build_entries, remove_entries
from .fields import FIELDS, blend_rows, compute_fields, visit_scores
from .index import multiply_vectors, search_vectors
from .matching import match_words
from .metrics import METRICS, average_ranks
from .packing import PackedEntries, pack_entries, unpack_entries
from .ranking import check_k, rank_rows, take_best
from .terms import locate_words
from .weighing import USUAL_BLEND, FittedBlend, fit_field_blend

__all__ = [
    "FIELDS",
    "METRICS",
    "USUAL_BLEND",
    "ApproximateIndex",
    "Bm25",
    "EntryIndex",
    "FittedBlend",
    "PackedEntries",
    "TermStatistics",
    "add_entries",
    "average_ranks",
    "blend_rows",
    "build_approximate",
    "build_bm25",
    "build_entries",
    "check_k",
    "compute_fields",
    "fit_bm25",
    "fit_field_blend",
    "fit_statistics",
    "locate_words",
    "match_words",
    "measure_recall",
    "multiply_vectors",
    "pack_entries",
    "rank_rows",
    "remove_entries",
    "search_vectors",
    "take_best",
    "unpack_entries",
    "visit_scores",
]
