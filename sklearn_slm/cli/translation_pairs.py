"""Pairs of texts out of files, and a translator's scores on them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from ..text.overlap import choose_tokenization, compute_bleu, compute_chrf
from .pairs import PairColumns, read_columns

__all__ = ["format_scores", "measure_pairs", "read_pairs"]

_COLUMNS = PairColumns("source", "target", "a translator", "pair of texts")


def read_pairs(
    files: Sequence[str],
    kind: str | None,
    source: str | None,
    target: str | None,
    quoted: bool | None,
) -> tuple[list[str], list[str]]:
    """Return texts and their translations; see :func:`~.pairs.read_columns`."""
    return read_columns(_COLUMNS, files, kind, source, target, quoted)


def measure_pairs(
    model: Any, sources: Sequence[str], targets: Sequence[str]
) -> dict[str, Any]:
    """Return scores of a translator on given pairs, as what JSON can hold.

    Parameters
    ----------
    model : SLMTranslator
        A fitted one.
    sources, targets : sequence of str
        Texts and their translations.

    Returns
    -------
    dict
        ``n_pairs``, ``bleu`` and ``chrf`` (from 0 to 100), ``tokenize`` (how BLEU split
        the texts), ``texts_per_second``.
    """
    began = time.perf_counter()
    written = model.predict(sources)
    seconds = time.perf_counter() - began
    tokenize = choose_tokenization(targets)
    return {
        "n_pairs": len(sources),
        "bleu": compute_bleu(written, targets, tokenize),
        "chrf": compute_chrf(written, targets),
        "tokenize": tokenize,
        "texts_per_second": len(sources) / seconds,
    }


def format_scores(scores: dict[str, Any]) -> str:
    """Return the scores of a translator for people.

    Parameters
    ----------
    scores : dict
        What :func:`measure_pairs` returns.
    """
    return (
        f"BLEU {scores['bleu']:.2f} (tokenization {scores['tokenize']}), chrF "
        f"{scores['chrf']:.2f}"
    )
