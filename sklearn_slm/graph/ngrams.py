"""The n-gram model as ONNX nodes."""

from __future__ import annotations

import numpy as np

from ..ngrams import NgramModel, split_keys
from ..runtime.weights import SCALE
from .builder import GraphBuilder, add_matrix

__all__ = ["add_ngrams"]


def add_ngrams(graph: GraphBuilder, model: NgramModel) -> str:
    """Add the n-gram model over the input ``ids``, and ``columns`` if it reads any.

    Parameters
    ----------
    graph : GraphBuilder
        The graph in the making.
    model : NgramModel
        What to add.

    Returns
    -------
    str
        Name of its logits (batch, n_outputs), not yet blended.
    """
    digits = split_keys(model.keys, model.n_tokens)
    grams = [gram[gram > 0][::-1].tolist() for gram in digits]
    shortest, longest = model.lengths
    pool: list[int] = []
    starts, places = [], []
    for n in range(1, longest + 1):
        starts.append(len(pool))
        for place, gram in enumerate(grams):
            if len(gram) == n:
                pool += gram
                places.append(place)
    counts = graph.add(
        "TfIdfVectorizer",
        "ids",
        mode="TF",
        min_gram_length=shortest,
        max_gram_length=longest,
        max_skip_count=0,
        ngram_counts=starts,
        ngram_indexes=places,
        pool_int64s=pool,
    )
    one = graph.constant(np.array(1, np.float32))
    # (1 + log tf) idf where tf is at least 1, else 0.
    logs = graph.add("Log", graph.add("Max", counts, one))
    occurs = graph.add("Min", counts, one)
    idf = graph.constant(model.idf, "ngrams.idf")
    values = graph.add(
        "Add", graph.add("Mul", occurs, idf), graph.add("Mul", logs, idf)
    )
    length = graph.add("ReduceL2", values, axes=[1], keepdims=1)
    length = graph.add("Max", length, graph.constant(np.array(1e-12, np.float32)))
    weights = {"ngrams.kernel": model.kernel}
    if model.scale is not None:
        weights["ngrams.kernel" + SCALE] = model.scale
    kernel = add_matrix(graph, weights, "ngrams.kernel")
    product = graph.add("MatMul", graph.add("Div", values, length), kernel)
    if model.columns is not None:
        weighted = graph.add("MatMul", "columns", graph.constant(model.columns))
        product = graph.add("Add", product, weighted)
    return graph.add("Add", product, graph.constant(model.bias))
