"""Search: texts by their words (BM25) and by their vectors, exactly or nearly."""

from .approximate import ApproximateIndex, build_approximate, measure_recall
from .bm25 import Bm25, TermStatistics, build_bm25, fit_bm25, fit_statistics
from .entries import (
    FIELDS,
    EntryIndex,
    add_entries,
    blend_fields,
    build_entries,
    compute_fields,
    remove_entries,
    visit_scores,
)
from .index import multiply_vectors, search_vectors
from .metrics import METRICS, average_ranks
from .packing import PackedEntries, pack_entries, unpack_entries
from .ranking import check_k, rank_rows, take_best
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
    "blend_fields",
    "build_approximate",
    "build_bm25",
    "build_entries",
    "check_k",
    "compute_fields",
    "fit_bm25",
    "fit_field_blend",
    "fit_statistics",
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
