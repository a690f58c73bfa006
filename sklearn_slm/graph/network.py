"""A network as ONNX models, from its spec and weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..ngrams import NgramModel
from ..spec import NetworkSpec
from .builder import GraphBuilder
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
        With a head for tokens, so are the table and the states, and with a decoder all
        of its kernels; with a head for spans, only those that read one text. False turns
        all of them into float32 first, by standard operators.

    Returns
    -------
    dict of str to onnx.ModelProto
        ``"model"``, but not with a decoder: inputs ``ids`` int32 (batch, steps), padded
        with 0, and ``lengths`` int32 (batch,). With a head for classes its outputs are
        ``probabilities`` and ``logits`` float32 (batch, n_outputs) and, where the pooling
        is attention, ``attention`` float32 (batch, steps). ``steps`` is at least 1. A head
        for classes that reads columns has ``columns`` float32 (batch, n_columns) as a
        third input. With a head for tokens its output is ``log_likelihood`` float32
        (batch, steps): of the token after each, 0 at the last one of a text and at padding.

        ``"step"``, only with a head for tokens: reads on from a state. Its inputs are
        ``ids`` and ``lengths`` as above, ``state_0``, ``state_1`` and so on, float32
        (batch, units), which are the hidden and, for an LSTM, the cell state of each
        layer, zeros at first, and ``places`` int64 (n,): for which states to give the
        next token, ``row * steps + step``, or ``batch * steps + row`` for the hidden
        state that was given. With one step these are the numbers of the rows. Its
        outputs are ``log_probs`` float32 (n, n_tokens), ``states`` float32 (batch, steps,
        state_size) and ``next_state_0`` and so on.

        ``"encoder"`` and another ``"step"``, only with a decoder: the first reads texts,
        the second writes others from what was read. Inputs of ``"encoder"`` are ``ids``
        and ``lengths`` as above. Its outputs are ``states`` float32 (batch, steps,
        state_size) and ``keys`` float32 (batch, steps, units), zeros at padding and to be
        given to every step, and ``start_0``, ``start_1`` and so on, float32 (batch,
        units): the state in which the decoder begins. Inputs of ``"step"`` are ``ids``
        int32 (n,), the boundary 0 at first, ``state_0`` and so on, float32 (n, units),
        ``states``, ``keys`` and ``lengths``. Its outputs are ``log_probs`` float32 (n,
        n_tokens), ``attention`` float32 (n, steps) and ``next_state_0`` and so on. n is
        batch, or a multiple of it: hypotheses of a text stand side by side.

        With a head for symbols, ``"model"`` has ``frames`` float32 (batch, steps,
        n_components) as its input, in the place of ``ids``, and as its output
        ``log_probs`` float32 (batch, steps, n_symbols), which after the last frame of a
        recording are of no consequence. If the network is of one direction, there is
        also a ``"step"``, with the same inputs and outputs, and ``state_0`` and so on and
        ``next_state_0`` and so on, float32 (batch, units): it reads recordings block by
        block.

        With a head for spans, ``"encoder"`` reads questions and passages: its inputs are
        ``ids`` and ``lengths`` as above, its output ``states`` float32 (batch, steps,
        state_size). ``"spans"`` finds answers in what was read. Its inputs are
        ``question`` float32 (batch, question_steps, state_size) and ``question_lengths``
        int32 (batch,), ``passage`` float32 (batch, steps, state_size) and ``lengths``
        and, if the head reads any, ``features`` float32 (batch, steps, n_features). Its
        outputs are the log-probabilities ``start`` and ``end`` float32 (batch, steps),
        which after the last token of a passage are of no consequence, and ``none``
        float32 (batch, 2), that there is no first token, and no last one.

    Raises
    ------
    ImportError
        If onnx is not installed.
    """
    graphs = {}
    for name, fill in HEADS[spec.head.kind].GRAPHS.items():
        graph = GraphBuilder()
        fill(graph, spec, weights, ngrams, int8_products=int8_products)
        if graph.outputs:  # nothing is filled in where a network has no such graph
            graphs[name] = graph.build(metadata or {})
    return graphs
