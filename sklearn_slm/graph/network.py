"""A network as ONNX models, from its spec and weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..ngrams import NgramModel
from ..spec import NetworkSpec
from .builder import GraphBuilder
from .encoder import add_encoder
from .heads import HEADS

__all__ = ["build_graphs"]


def build_graphs(
    spec: NetworkSpec,
    weights: Mapping[str, np.ndarray],
    ngrams: NgramModel | None = None,
    metadata: Mapping[str, str] | None = None,
    *,
    int8_products: bool = False,
) -> dict[str, Any]:
    """Build the ONNX models of a network.

    Parameters
    ----------
    spec : NetworkSpec
        The network.
    weights : mapping of str to ndarray
        Its weights, float32 or quantised; quantised ones stay so in the file.
    ngrams : NgramModel or None, default=None
        The n-gram model beside the network, to be blended into its logits.
    metadata : mapping of str to str or None, default=None
        Texts to put into the model's ``metadata_props``.
    int8_products : bool, default=False
        Multiply int8 kernels of LSTM layers with inputs and states that are rounded
        to int8 as they come, twice as fast, by an operator that only ONNX Runtime has.
        False turns the kernels into float32 first, by standard operators.

    Returns
    -------
    dict of str to onnx.ModelProto
        ``"model"``: inputs ``ids`` int32 (batch, steps), padded with 0, and ``lengths``
        int32 (batch,). With a head for classes its outputs are ``probabilities`` and
        ``logits`` float32 (batch, n_outputs) and, where the pooling is attention,
        ``attention`` float32 (batch, steps). ``steps`` is at least 1.

    Raises
    ------
    ImportError
        If onnx is not installed.
    """
    graph = GraphBuilder()
    encoded = add_encoder(graph, spec.encoder, weights, int8_products=int8_products)
    HEADS[spec.head.kind].add_head(graph, spec, weights, encoded, ngrams)
    return {"model": graph.build(metadata or {})}
