"""Where an answer begins and ends in a passage, and its loss, in Keras' operations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...spec import NetworkSpec
from ...text.vocabulary import PADDING_ID
from ..backend import import_keras
from ..encoder import build_encoder, drop, make_stages, run_stages
from ..initializers import Initializers
from .decoder import attend

keras = import_keras()
from keras import ops  # noqa: E402

__all__ = ["ROWS", "build_body", "compute_loss"]

# Weights that have a row for each token; the body has all others.
ROWS = ("embedding",)


def build_body(
    spec: NetworkSpec,
    *,
    dropout: float,
    recurrent_dropout: float,
    initializers: Initializers,
) -> Any:
    """Build what a network makes of word vectors.

    Parameters
    ----------
    spec : NetworkSpec
        With a :class:`~sklearn_slm.spec.SpanHead`.
    dropout : float
        Dropout rate of word vectors, of states between layers, of what the layer over
        both texts reads, features among it, and of what the bilinear forms meet.
    recurrent_dropout : float
        Dropout rate of the recurrent states, one mask per text.
    initializers : Initializers
        Draw the first weights.

    Returns
    -------
    keras.Model
        From vectors of the questions (steps, batch, n_components), their mask (steps,
        batch, 1), vectors and mask of the passages and, if there are any, features
        (steps, batch, n_features) to two logits (1 + steps of the passages, batch): of
        the first and of the last token, that of no token in front.
    """
    encoder, head = spec.encoder, spec.head
    rates: Any = {"dropout": dropout, "recurrent_dropout": recurrent_dropout}
    sizes = [encoder.n_components, 1] * 2 + [head.n_features] * (head.n_features > 0)
    inputs = [keras.Input(batch_shape=(None, None, size)) for size in sizes]
    question, is_asked, passage, is_read, *features = inputs
    stages = make_stages(encoder, initializers=initializers, **rates)
    asked, read = (
        run_stages(stages, vectors, mask).states
        for vectors, mask in ((question, is_asked), (passage, is_read))
    )
    align = _make_dense("align", encoder.state_size, initializers, use_bias=False)
    aligned = attend(ops.relu(align(read)), ops.relu(align(asked)), asked, is_asked)
    layer = head.describe_layer(encoder)
    known = ops.concatenate([read, aligned, read * aligned, *features], axis=-1)
    model = build_encoder(
        layer, known, is_read, initializers=initializers, prefix="model.", **rates
    )
    states = drop(model.states, dropout, initializers.draw_seed())
    scores = _make_dense("question", 1, initializers, use_bias=False)(asked)
    weight = ops.softmax(scores + (is_asked - 1.0) * 1e9, axis=0) * is_asked
    vector = ops.sum(weight * asked, axis=0)
    vector = drop(vector, dropout, initializers.draw_seed())
    forms = [
        _make_dense(name, layer.state_size, initializers)(vector)
        for name in ("start", "end")
    ]
    none = ops.transpose(_make_dense("none", 1, initializers)(vector))
    closed = (is_read[:, :, 0] - 1.0) * 1e9
    outputs = []
    for form in forms:
        logits = ops.sum(states * ops.expand_dims(form, 0), axis=-1) + closed
        outputs.append(ops.concatenate([none, logits], axis=0))
    return keras.Model(inputs, outputs, name="body")


def _make_dense(
    name: str, units: int, initializers: Initializers, *, use_bias: bool = True
) -> Any:
    return keras.layers.Dense(
        units,
        use_bias=use_bias,
        kernel_initializer=initializers.draw_kernel(),
        name=name,
    )


def compute_loss(
    spec: NetworkSpec,
    body: Any,
    rows: Sequence[Any],
    weights: Sequence[Any],
    seeds: Sequence[Any],
    batch: Sequence[Any],
    *,
    label_smoothing: float = 0.0,
    training: bool = True,
) -> tuple:
    """Return the weighted sum of the log losses of a batch of questions.

    Parameters
    ----------
    spec : NetworkSpec
        The network.
    body : keras.Model
        What :func:`build_body` returned.
    rows : sequence of tensors
        The embedding table alone.
    weights, seeds : sequences of tensors
        Trainable and other values of the body.
    batch : sequence of tensors
        The parts of a :class:`~sklearn_slm.network.sequences.spans.SpanBatch`.
    label_smoothing : float, default=0.0
        Not used: most tokens of a passage are no answer at all.
    training : bool, default=True
        Whether dropout is active.

    Returns
    -------
    loss : tensor of shape ()
        For each question, the loss of the first token of its answer plus that of the last.
    seeds : list of tensors
        The seeds of dropout after it.
    """
    ids, second, features, spans, weight = batch
    (table,) = rows
    given = []
    for text in (ids, second):
        mask = ops.cast(ops.not_equal(text, PADDING_ID), "float32")[:, :, None]
        given += [ops.take(table, text, axis=0), mask]
    if spec.head.n_features:
        given.append(features)
    outputs, seeds = body.stateless_call(
        list(weights), list(seeds), given, training=training
    )
    loss = 0.0
    for side, logits in enumerate(outputs):
        # No token, -1 among the targets, is the first logit.
        is_right = ops.one_hot(spans[:, side] + 1, logits.shape[0])
        right = ops.sum(ops.transpose(is_right) * logits, axis=0)
        loss = loss + ops.sum(weight * (ops.logsumexp(logits, axis=0) - right))
    return loss, seeds
