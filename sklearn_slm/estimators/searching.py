"""Texts translated by a network: tokens, search, and tokens joined again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..decoding.beam import Hypothesis, beam_search, sample_translations
from ..runtime.decoding import decode_batches
from ..text import FIRST_ID, UNKNOWN_ID, Ragged
from ..text.spacing import is_unspaced
from .sides import Side

__all__ = [
    "SearchOptions",
    "Sources",
    "Translation",
    "draw_translations",
    "translate",
]

# Tokens that any translation may have beyond the ratio.
_FREE_TOKENS = 10


@dataclass(frozen=True)
class SearchOptions:
    """How translations are looked for; the parameters of a translator.

    Parameters
    ----------
    width : int, default=1
        Hypotheses that are kept of each text; 1 is greedy.
    n_best : int, default=1
        Translations of each text.
    length_penalty, coverage_penalty : float
        See :func:`~sklearn_slm.decoding.beam.beam_search`.
    max_length_ratio : float, default=2.0
        Most tokens of a translation for each token of its source, and 10 more.
    """

    width: int = 1
    n_best: int = 1
    length_penalty: float = 1.0
    coverage_penalty: float = 0.0
    max_length_ratio: float = 2.0


class Translation(NamedTuple):
    """One translation of a text.

    Parameters
    ----------
    text : str
        What was written.
    score : float
        What the search ranks by.
    tokens : list of str
        Its tokens.
    attention : ndarray of shape (n_tokens, n_source_tokens), dtype float32
        Weight of each token of the source when a token was written.
    """

    text: str
    score: float
    tokens: list[str]
    attention: np.ndarray


@dataclass(frozen=True, eq=False)
class Sources:
    """Texts to translate, split into tokens.

    Parameters
    ----------
    tokens : list of list of str
        Their tokens.
    ids : Ragged
        The ids of these.
    """

    tokens: list[list[str]]
    ids: Ragged

    @classmethod
    def of(cls, side: Side, texts: Sequence[str]) -> Sources:
        """Split texts."""
        tokens = [side.tokenizer.split(text) for text in texts]
        rows = [side.vocabulary.encode(row) for row in tokens]
        offsets = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
        values = np.concatenate([np.zeros(0, np.int32), *rows])
        return cls(tokens, Ragged(values, offsets.astype(np.int64)))


def translate(
    network: Any,
    source: Side,
    target: Side,
    texts: Sequence[str],
    options: SearchOptions,
) -> list[list[Translation]]:
    """Translate texts by beam search.

    Parameters
    ----------
    network : PreparedNetwork or OnnxNetwork
        The network.
    source, target : Side
        How its texts are split.
    texts : sequence of str
        What to translate.
    options : SearchOptions
        How.

    Returns
    -------
    list of list of Translation
        The best translations of each text, best first, at most ``options.n_best``; an
        empty one of a text without a token.
    """

    def search(part: _Part) -> list[list[Hypothesis]]:
        return beam_search(
            network.decode_step,
            part.memory,
            part.state,
            part.lengths,
            max_lengths=part.max_lengths,
            width=options.width,
            n_best=options.n_best,
            length_penalty=options.length_penalty,
            coverage_penalty=options.coverage_penalty,
            forbidden=part.forbidden,
        )

    sources = Sources.of(source, texts)
    found = _translate_with(search, network, target, sources, options.max_length_ratio)
    return [_drop_repeated(row) for row in found]


def draw_translations(
    network: Any,
    source: Side,
    target: Side,
    texts: Sequence[str],
    seeds: np.ndarray,
    *,
    max_length_ratio: float,
    **sampling: Any,
) -> list[Translation]:
    """Translate texts by chance.

    Parameters
    ----------
    network, source, target, texts
        As in :func:`translate`.
    seeds : ndarray of shape (n_texts,), dtype uint64
        Where the randomness of each text comes from.
    max_length_ratio : float
        See :class:`SearchOptions`.
    **sampling : float or int
        ``temperature``, ``top_k`` and ``top_p`` as in
        :func:`~sklearn_slm.decoding.sample.filter_log_probs`.

    Returns
    -------
    list of Translation
        One for each text.
    """

    def sample(part: _Part) -> list[list[Hypothesis]]:
        drawn = sample_translations(
            network.decode_step,
            part.memory,
            part.state,
            part.lengths,
            max_lengths=part.max_lengths,
            seeds=seeds[part.rows],
            forbidden=part.forbidden,
            **sampling,
        )
        return [[one] for one in drawn]

    sources = Sources.of(source, texts)
    found = _translate_with(sample, network, target, sources, max_length_ratio)
    return [row[0] for row in found]


class _Part(NamedTuple):
    """Texts that are decoded side by side."""

    rows: np.ndarray
    memory: Any
    state: Any
    lengths: np.ndarray
    max_lengths: np.ndarray
    forbidden: list[tuple[int, ...]]


def _translate_with(
    decode: Callable[[_Part], list[list[Hypothesis]]],
    network: Any,
    target: Side,
    sources: Sources,
    max_length_ratio: float,
) -> list[list[Translation]]:
    """Return what is written of texts, empty for those without a token."""
    ids = sources.ids
    limits = np.floor(ids.lengths * max_length_ratio).astype(np.int64) + _FREE_TOKENS
    filled = np.flatnonzero(ids.lengths)

    def decode_part(memory: Any, state: Any, part: np.ndarray) -> list:
        rows = filled[part]
        # Only a source with an unknown token has something to copy.
        forbidden: list[tuple[int, ...]] = [
            () if UNKNOWN_ID in ids[row] else (UNKNOWN_ID,) for row in rows
        ]
        lengths = ids.lengths[rows]
        return decode(_Part(rows, memory, state, lengths, limits[rows], forbidden))

    found = [[Translation("", 0.0, [], np.zeros((0, 0), np.float32))]] * len(ids)
    results = decode_batches(network, ids.take(filled), decode_part)
    for row, hypotheses in zip(filled.tolist(), results):
        tokens, own_ids = sources.tokens[row], ids[row]
        found[row] = [_spell(target, h, tokens, own_ids) for h in hypotheses]
    return found


def _spell(
    target: Side, hypothesis: Hypothesis, source: list[str], source_ids: np.ndarray
) -> Translation:
    """Return the text of ids; where one is unknown, an unknown token of the source."""
    ids = hypothesis.ids
    attention = hypothesis.attention[: len(ids), : len(source)]
    places = np.flatnonzero(source_ids == UNKNOWN_ID)
    is_copied = np.zeros(len(places), bool)
    tokens: list[str] = []
    for i, token in enumerate(ids.tolist()):
        if token >= FIRST_ID:
            tokens.append(target.vocabulary.tokens[token - FIRST_ID])
        elif token == UNKNOWN_ID and len(places):
            # Each is copied once before one is copied again.
            weight = attention[i, places] - (is_copied & ~is_copied.all())
            best = int(np.argmax(weight))
            is_copied[best] = True
            before = tokens[-1] if tokens else ""
            tokens.append(_fit_space(target, source[places[best]], before))
    text = target.tokenizer.join(tokens)
    return Translation(text, float(hypothesis.score), tokens, attention)


def _fit_space(target: Side, token: str, before: str) -> str:
    """Return a copied token with a space before it where the target's script has one."""
    bare = token.removeprefix(" ")
    if before and is_unspaced(before[-1]):
        return bare or token
    if target.tokenizer.kind == "word" and is_unspaced(token) and before:
        return f" {token}"
    return token


def _drop_repeated(translations: list[Translation]) -> list[Translation]:
    """Leave the best of those that are the same text, spelled by other tokens."""
    best: dict[str, Translation] = {}
    for translation in translations:
        best.setdefault(translation.text, translation)
    return list(best.values())
