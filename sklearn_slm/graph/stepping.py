"""ONNX Runtime reading token by token: a state goes in, a state comes out.

The functions do what the methods of ``PreparedNetwork`` of their names do, by a session
of the graph ``"step"``, or of ``"encoder"``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ..runtime.heads.decoder import Memory
from ..runtime.stepping import State, take_state
from ..spec import EncoderSpec
from ..text import Ragged

__all__ = [
    "decode_step",
    "forward_chunk",
    "hear",
    "read_prompts",
    "read_sources",
    "score_chunk",
    "step",
]

# Texts side by side, and their tokens that are read at a time, padding counted.
_BATCH_DOCUMENTS, _BATCH_TOKENS = 64, 8_192
# Log-probabilities that are held at a time.
_MOST_LOGITS = 1 << 22


def step(
    session: Any, encoder: EncoderSpec, state: State, ids: np.ndarray
) -> tuple[np.ndarray, State]:
    """Read one token of each text; say what comes next.

    Parameters
    ----------
    session : onnxruntime.InferenceSession
        Runs the graph ``"step"``.
    encoder : EncoderSpec
        What reads.
    state : tuple of ndarray of shape (n, units)
        As :func:`~sklearn_slm.runtime.stepping.start_state` returns it.
    ids : ndarray of shape (n,), dtype int
        The tokens.

    Returns
    -------
    log_probs : ndarray of shape (n, n_tokens), dtype float32
        Logarithm of the probability of each token to be the next one.
    state : tuple of ndarray of shape (n, units)
        The state after the tokens.
    """
    lengths, places = np.ones(len(ids), np.int32), np.arange(len(ids))
    names = ["log_probs"]
    (log_probs,), state = _run(
        session, encoder, names, state, ids[:, None], lengths, places
    )
    return log_probs, state


def read_prompts(
    session: Any, encoder: EncoderSpec, state: State, texts: Ragged
) -> tuple[np.ndarray, State]:
    """Read all tokens of each text; say what comes next.

    Parameters
    ----------
    session, encoder, state
        As in :func:`step`.
    texts : Ragged
        Token ids of n texts, of any lengths.

    Returns
    -------
    log_probs, state
        As :func:`step` returns them, after the last token of each text.
    """
    _, state = forward_chunk(session, encoder, state, texts)
    # What comes after the given state: no token is read.
    n = len(texts)
    padding, lengths = np.zeros((n, 1), np.int32), np.zeros(n, np.int32)
    places = n + np.arange(n)
    (log_probs,), _ = _run(
        session, encoder, ["log_probs"], state, padding, lengths, places
    )
    return log_probs, state


def forward_chunk(
    session: Any, encoder: EncoderSpec, state: State, texts: Ragged
) -> tuple[np.ndarray, State]:
    """Read all tokens of each text; return the states of the last layer.

    Parameters
    ----------
    session, encoder, state, texts
        As in :func:`read_prompts`.

    Returns
    -------
    states : ndarray of shape (n_tokens, state_size), dtype float32
        The state of the last layer after each token, text by text.
    state : tuple of ndarray of shape (n, units)
        The state after the last token of each text.
    """
    _, states, state = _read(session, encoder, state, texts)
    return states, state


def score_chunk(
    session: Any,
    encoder: EncoderSpec,
    state: State,
    texts: Ragged,
    targets: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, State]:
    """Read all tokens of each text; say how probable given next tokens are.

    Parameters
    ----------
    session, encoder, state, texts
        As in :func:`read_prompts`.
    targets : ndarray of shape (n_tokens,), dtype int
        The token after each, text by text.

    Returns
    -------
    log_likelihood : ndarray of shape (n_tokens,), dtype float32
        Logarithm of the probability of each target.
    states, state
        As :func:`forward_chunk` returns them.
    """
    return _read(session, encoder, state, texts, targets)


def _read(
    session: Any,
    encoder: EncoderSpec,
    state: State,
    texts: Ragged,
    targets: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray, State]:
    """Read texts window by window; without targets there is no likelihood."""
    n_tokens, names, most = len(texts.values), ["states"], _BATCH_TOKENS
    likelihood = np.empty(0 if targets is None else n_tokens, np.float32)
    states = np.empty((n_tokens, encoder.state_size), np.float32)
    end = tuple(part.astype(np.float32) for part in state)
    if targets is not None:
        names, most = ["states", "log_probs"], _MOST_LOGITS // encoder.table_rows
    for window in _each_window(texts, min(most, _BATCH_TOKENS)):
        is_token = np.arange(window.ids.shape[1]) < window.lengths[:, None]
        places = np.flatnonzero(is_token if targets is not None else False)
        own = take_state(end, window.rows)
        (read, *log_probs), own = _run(
            session, encoder, names, own, window.ids, window.lengths, places
        )
        states[window.flat] = read[is_token]
        if targets is not None:
            rows = np.arange(len(places))
            likelihood[window.flat] = log_probs[0][rows, targets[window.flat]]
        for part, moved in zip(end, own):
            part[window.rows] = moved
    return likelihood, states, end


def read_sources(session: Any, texts: Ragged) -> tuple[Memory, State]:
    """Read the texts that a decoder looks at, each alone.

    Recurrent nodes round a whole batch to int8 by its largest number: side by side, what
    is read of a text would depend on the others. It takes no longer.

    Parameters
    ----------
    session : onnxruntime.InferenceSession
        Runs the graph ``"encoder"`` of a network with a decoder.
    texts : Ragged
        Token ids of at least one text.

    Returns
    -------
    memory : Memory
    state : tuple of ndarray of shape (n_texts, units)
        The state in which the decoder begins.
    """
    lengths = texts.lengths
    names = [value.name for value in session.get_outputs()]
    rows = []
    for i, n in enumerate(lengths.tolist()):
        ids = texts[i] if n else np.zeros(1, np.int32)
        inputs = {"ids": ids[None], "lengths": lengths[i : i + 1].astype(np.int32)}
        rows.append(session.run(names, inputs))
    state = tuple(np.concatenate(parts) for parts in list(zip(*rows))[2:])
    # Empty texts are read as one token of padding, whose states are zeros.
    offsets = np.cumsum([0, *(row[0].shape[1] for row in rows)])
    steps = int(np.diff(offsets).max())
    states, keys = (
        Ragged(np.concatenate([row[i][0] for row in rows]), offsets).pad(steps)
        for i in (0, 1)
    )
    return Memory(states, keys, lengths), state


def decode_step(
    session: Any, memory: Memory, state: State, ids: np.ndarray
) -> tuple[np.ndarray, np.ndarray, State]:
    """Read one token of each second text; say what comes next.

    Parameters
    ----------
    session : onnxruntime.InferenceSession
        Runs the graph ``"step"`` of a network with a decoder.
    memory : Memory
        Of n_texts texts, as :func:`read_sources` returns it.
    state : tuple of ndarray of shape (n, units)
        Its rows are those of `memory`, or for each of them the same number side by side.
    ids : ndarray of shape (n,), dtype int
        The tokens.

    Returns
    -------
    log_probs : ndarray of shape (n, n_tokens), dtype float32
    attention : ndarray of shape (n, steps), dtype float32
    state : tuple of ndarray of shape (n, units)
    """
    inputs = {f"state_{i}": part for i, part in enumerate(state)}
    inputs |= {"states": memory.states, "keys": memory.keys}
    inputs["lengths"] = memory.lengths.astype(np.int32)
    inputs["ids"] = ids.astype(np.int32, copy=False)
    names = ["log_probs", "attention", *(f"next_state_{i}" for i in range(len(state)))]
    log_probs, attention, *moved = session.run(names, inputs)
    return log_probs, attention, tuple(moved)


def hear(session: Any, state: State, frames: np.ndarray) -> tuple[np.ndarray, State]:
    """Read on in a recording; say how probable each symbol is at each frame.

    Parameters
    ----------
    session : onnxruntime.InferenceSession
        Runs the graph ``"step"`` of a network with a head for symbols.
    state : tuple of ndarray of shape (1, units)
        As :func:`~sklearn_slm.runtime.stepping.start_state` returns it.
    frames : ndarray of shape (n_frames, n_components)
        The next frames of the recording, one or more.

    Returns
    -------
    log_probs : ndarray of shape (n_frames, n_symbols), dtype float32
    state : tuple of ndarray of shape (1, units)
        The state after the frames.
    """
    inputs = {f"state_{i}": part for i, part in enumerate(state)}
    inputs["frames"] = frames[None].astype(np.float32, copy=False)
    inputs["lengths"] = np.array([len(frames)], np.int32)
    names = ["log_probs", *(f"next_state_{i}" for i in range(len(state)))]
    log_probs, *moved = session.run(names, inputs)
    return log_probs[0], tuple(moved)


class _Window(NamedTuple):
    """Some tokens of some texts.

    Parameters
    ----------
    rows : ndarray of shape (n,)
        Which texts.
    ids : ndarray of shape (n, steps), dtype int32
        Their tokens, padded.
    lengths : ndarray of shape (n,), dtype int32
        How many there are of each, 0 for a text that has ended.
    flat : ndarray of shape (n_tokens,)
        Place of each among the tokens of all texts, row by row.
    """

    rows: np.ndarray
    ids: np.ndarray
    lengths: np.ndarray
    flat: np.ndarray


def _each_window(texts: Ragged, most_tokens: int) -> Iterator[_Window]:
    """Cut texts into windows, those of each text in order; empty texts have none."""
    order = np.argsort(-texts.lengths, kind="stable")
    order = order[: np.count_nonzero(texts.lengths)]
    batch = min(_BATCH_DOCUMENTS, max(most_tokens, 1))
    for begin in range(0, len(order), batch):
        rows = order[begin : begin + batch]
        longest = int(texts.lengths[rows[0]])
        steps = max(most_tokens // len(rows), 1)
        for start in range(0, longest, steps):
            lengths = (texts.lengths[rows] - start).clip(0, steps).astype(np.int32)
            offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
            shift = texts.offsets[rows] + start - offsets[:-1]
            flat = np.arange(offsets[-1]) + np.repeat(shift, lengths)
            part = Ragged(texts.values[flat], offsets)
            yield _Window(rows, part.pad(int(lengths.max())), lengths, flat)


def _run(
    session: Any,
    encoder: EncoderSpec,
    names: list[str],
    state: State,
    ids: np.ndarray,
    lengths: np.ndarray,
    places: np.ndarray,
) -> tuple[list[np.ndarray], State]:
    """Return some outputs of the graph, and the state after the last token of each text.

    A text without a token keeps its state: the graph reads one of padding.
    """
    if not len(ids):  # recurrent nodes refuse no texts at all
        shapes = {
            "log_probs": (0, encoder.table_rows),
            "states": (*ids.shape, encoder.state_size),
        }
        return [np.zeros(shapes[name], np.float32) for name in names], state
    inputs = {f"state_{i}": part for i, part in enumerate(state)}
    inputs |= {
        "ids": ids.astype(np.int32, copy=False),
        "lengths": lengths,
        "places": places,
    }
    ends = [f"next_state_{i}" for i in range(len(state))]
    outputs = session.run(names + ends, inputs)
    moved = outputs[len(names) :]
    if not lengths.all():
        for part, given in zip(moved, state):
            part[lengths == 0] = given[lengths == 0]
    return outputs[: len(names)], tuple(moved)
