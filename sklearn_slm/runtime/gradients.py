"""The backward pass in NumPy: how outputs change with the word vectors of a text.

It is for explaining, not for training: weights get no gradient, only inputs do. Texts
run side by side in float64, padded on the right; a padded step passes nothing back,
because nothing after it is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from ..spec import NetworkSpec
from ..text.sequences import pad_ids, take_ragged
from .cell_gradients import STEPS
from .packing import split_batches
from .weights import take_embedding, to_float32

__all__ = [
    "Encoded",
    "encode_batches",
    "encode_vectors",
    "float_weights",
    "input_gradients",
    "pull_back",
]

Weights = Mapping[str, np.ndarray]
_BATCH_DOCUMENTS, _BATCH_TOKENS = 64, 16_384


def input_gradients(
    spec: NetworkSpec,
    weights: Weights,
    ids: np.ndarray,
    offsets: np.ndarray,
    outputs: np.ndarray,
) -> np.ndarray:
    """Return the gradient of a mixture of each text's logits by its word vectors.

    The wide branch reads no vectors and has no part in it.

    Parameters
    ----------
    spec : NetworkSpec
        The network.
    weights : mapping of str to ndarray
        Its weights, as ``spec.weight_shapes()`` names them.
    ids : ndarray of shape (n_tokens_in_all_documents,), dtype int32
        Token ids of the documents, end to end.
    offsets : ndarray of shape (n_documents + 1,), dtype int64
        Where each document begins.
    outputs : ndarray of shape (n_documents, n_outputs)
        Weight of each logit in what is differentiated: a row of the unit matrix for
        one logit.

    Returns
    -------
    ndarray of shape (n_tokens_in_all_documents, n_components), dtype float64
        The gradient by the vector of each token.
    """
    gradients = np.zeros((len(ids), spec.n_components))
    floats = float_weights(spec, weights)
    for rows, tokens, encoded in encode_batches(spec, weights, ids, offsets):
        by_pooled = outputs[rows] @ floats["head.kernel"].T
        found = pull_back(spec, floats, encoded, by_pooled)
        gradients[tokens] = found[encoded.inside]
    return gradients


def float_weights(spec: NetworkSpec, weights: Weights) -> dict[str, np.ndarray]:
    """Return the recurrent branch's weights but the embedding, in float64."""
    return {
        name: to_float32(weights, name).astype(np.float64)
        for name in spec.without_wide().weight_shapes()
        if name != "embedding"
    }


def encode_batches(
    spec: NetworkSpec, weights: Weights, ids: np.ndarray, offsets: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray, Encoded]]:
    """Encode documents side by side, those of similar length together.

    Parameters
    ----------
    spec, weights, ids, offsets
        As in :func:`input_gradients`.

    Yields
    ------
    rows : ndarray of shape (n,), dtype int
        Which documents; empty ones never come.
    tokens : ndarray of shape (n_tokens,), dtype int
        Where in ``ids`` their tokens are, document by document.
    encoded : Encoded
        What the network made of them.
    """
    floats = float_weights(spec, weights)
    lengths = np.diff(offsets)
    order = np.argsort(-lengths, kind="stable")
    for batch in split_batches(lengths[order], _BATCH_DOCUMENTS, _BATCH_TOKENS):
        rows = order[batch]
        rows = rows[lengths[rows] > 0]
        if not len(rows):
            return
        taken, starts = take_ragged(np.arange(len(ids)), offsets, rows)
        padded = pad_ids(ids[taken], starts, int(lengths[rows[0]]))
        vectors = take_embedding(weights, padded.ravel()).astype(np.float64)
        vectors = vectors.reshape(*padded.shape, spec.n_components)
        yield rows, taken, encode_vectors(spec, floats, vectors, lengths[rows])


@dataclass
class Encoded:
    """What the encoder computed, kept for the way back.

    Parameters
    ----------
    lengths : ndarray of shape (n,)
        Tokens of each text.
    states : ndarray of shape (n, width, state_size)
        States of the last layer; where padded, of no meaning.
    share : ndarray, broadcasts to (n, width, state_size)
        How much of each component of each state is in the pooled vector, which is
        ``(share * states).sum(axis=1)``; zeros where padded.
    kept : dict of str to tuple of ndarray
        For each layer and direction the gates and states of its steps.
    """

    lengths: np.ndarray
    states: np.ndarray
    share: np.ndarray
    kept: dict[str, tuple[np.ndarray, ...]] = field(repr=False)

    @property
    def inside(self) -> np.ndarray:
        """Which places hold a token, shape (n, width), dtype bool."""
        return np.arange(self.states.shape[1]) < self.lengths[:, None]


def encode_vectors(
    spec: NetworkSpec, weights: Weights, vectors: np.ndarray, lengths: np.ndarray
) -> Encoded:
    """Run the layers and the pooling over word vectors.

    Parameters
    ----------
    spec : NetworkSpec
        The network.
    weights : mapping of str to ndarray, dtype float64
        Its weights but the embedding.
    vectors : ndarray of shape (n, width, n_components), dtype float64
        Word vectors, padded on the right.
    lengths : ndarray of shape (n,)
        Tokens of each text, at least 1.

    Returns
    -------
    Encoded
        The states, their shares in the pooled vectors and what :func:`pull_back` needs.
    """
    kept: dict[str, tuple[np.ndarray, ...]] = {}
    states = vectors
    for depth in range(len(spec.hidden_size)):
        found = []
        for direction in spec.directions:
            name = f"layer_{depth}.{direction}"
            inputs = _oriented(states, lengths, direction)
            kept[name] = STEPS[spec.cell][0](spec, weights, name, inputs)
            hidden = kept[name][0].swapaxes(0, 1)[:, 1:]
            found.append(_oriented(hidden, lengths, direction))
        states = np.concatenate(found, axis=2)
    share = _pooling_share(spec, weights, states, lengths)
    return Encoded(lengths, states, share, kept)


def pull_back(
    spec: NetworkSpec, weights: Weights, encoded: Encoded, gradient: np.ndarray
) -> np.ndarray:
    """Bring a gradient by the pooled vectors back to the word vectors.

    Parameters
    ----------
    spec : NetworkSpec
        The network.
    weights : mapping of str to ndarray, dtype float64
        Its weights but the embedding.
    encoded : Encoded
        What the forward pass kept.
    gradient : ndarray of shape (n, state_size)
        Gradient by the pooled vectors.

    Returns
    -------
    ndarray of shape (n, width, n_components)
        Gradient by the word vectors, zeros where padded.
    """
    lengths = encoded.lengths
    above = _pool_back(spec, weights, encoded, gradient)
    for depth in reversed(range(len(spec.hidden_size))):
        units = spec.hidden_size[depth]
        below: np.ndarray | float = 0.0
        for d, direction in enumerate(spec.directions):
            name = f"layer_{depth}.{direction}"
            part = above[:, :, d * units : (d + 1) * units]
            given = _oriented(part, lengths, direction).swapaxes(0, 1)
            gates = STEPS[spec.cell][1](spec, weights, name, encoded.kept[name], given)
            by_input = (gates @ weights[f"{name}.kernel"].T).swapaxes(0, 1)
            below = below + _oriented(by_input, lengths, direction)
        assert isinstance(below, np.ndarray)
        above = below
    return above


def _oriented(values: np.ndarray, lengths: np.ndarray, direction: str) -> np.ndarray:
    """Reverse each text within its own length, if that is how it is read."""
    if direction == "forward":
        return values
    steps = np.arange(values.shape[1])
    mirrored = np.where(
        steps < lengths[:, None], lengths[:, None] - 1 - steps, steps[None]
    )
    return np.take_along_axis(values, mirrored[:, :, None], axis=1)


def _pooling_share(
    spec: NetworkSpec, weights: Weights, states: np.ndarray, lengths: np.ndarray
) -> np.ndarray:
    inside = np.arange(states.shape[1]) < lengths[:, None]
    if spec.pooling == "attention":
        kernel = weights["attention.kernel"]
        score = states @ kernel[1]
        score[:, 1:] += (states @ kernel[0])[:, :-1]
        score = np.where(inside, score, -np.inf)
        weight = np.exp(score - score.max(axis=1, keepdims=True))
        return (weight / weight.sum(axis=1, keepdims=True))[:, :, None]
    if spec.pooling == "mean":
        return (inside / lengths[:, None])[:, :, None]
    share = np.zeros_like(states)
    if spec.pooling == "max":
        largest = np.where(inside[:, :, None], states, -np.inf).argmax(axis=1)
        np.put_along_axis(share, largest[:, None, :], 1.0, axis=1)
        return share
    units = spec.hidden_size[-1]
    share[np.arange(len(lengths)), lengths - 1, :units] = 1.0
    share[:, 0, units:] = 1.0  # the backward direction ends at the first token
    return share


def _pool_back(
    spec: NetworkSpec, weights: Weights, encoded: Encoded, gradient: np.ndarray
) -> np.ndarray:
    back = encoded.share * gradient[:, None, :]
    if spec.pooling == "attention":
        # The weights move too, by the softmax of their scores.
        weight, kernel = encoded.share[:, :, 0], weights["attention.kernel"]
        by_weight = np.einsum("nts,ns->nt", encoded.states, gradient)
        mean = (weight * by_weight).sum(axis=1, keepdims=True)
        by_score = (weight * (by_weight - mean))[:, :, None]
        back += by_score * kernel[1]
        back[:, :-1] += by_score[:, 1:] * kernel[0]
    return back
