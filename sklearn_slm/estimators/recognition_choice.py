"""Which weights to keep, and how much a language model counts, on a validation set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from ..audio import FeatureOptions
from ..decoding.word_model import WordCounts
from ..runtime import prepare_network
from ..spec import NetworkSpec
from ..text import Ragged
from ..text.errors import compute_error_rate
from .frames import join_frames
from .language_fit import ProgressLines
from .recognition_data import Speech
from .recognizing import prepare_search
from .recordings import hear_batches
from .transcribing import SpeechSearch, find_texts, write_text
from .transcripts import Symbols
from .translation_fit import average_weights

__all__ = ["choose_search", "choose_weights", "settle_search"]

Weights = dict[str, np.ndarray]
# Recordings that a language model is tried on, and epochs of the small average.
_MOST_SEARCHED, _FEW_EPOCHS = 100, 3
# What "auto" tries: the usual value first, which is taken among equals, and where there
# is no validation set.
_WEIGHTS, _BONUSES = (0.5, 0.0, 0.25, 0.75, 1.0, 1.5), (0.5, 0.0, 1.0, 2.0)


def choose_weights(
    spec: NetworkSpec,
    kept: Sequence[Mapping[str, np.ndarray]],
    options: FeatureOptions,
    symbols: Symbols,
    speech: Speech,
    trim: bool = False,
) -> tuple[Weights, list[np.ndarray], float]:
    """Return the weights that recognise best: of an epoch, or averaged over several.

    Candidates are the best epoch, the average of the best three, and that of all. The one
    with the fewest word errors is taken, among equals with the fewest character errors.

    Parameters
    ----------
    spec : NetworkSpec
        The network.
    kept : sequence of mapping of str to ndarray
        Weights of epochs, best first.
    options : FeatureOptions
        What the network reads.
    symbols : Symbols
        What it writes.
    speech : Speech
        What to recognise, greedily.
    trim : bool, default=False
        Cut silence off both ends.

    Returns
    -------
    weights : dict of str to ndarray
        Those of the best candidate.
    log_probs : list of ndarray of shape (n_frames, n_symbols)
        What they make of each recording.
    wer : float
        The word error rate with them.
    """
    batches = hear_batches(speech.recordings, options, trim=trim)
    heard = [batch.frames[i] for batch in batches for i in range(len(batch.frames))]
    frames = join_frames(heard, options.n_inputs)
    search = SpeechSearch(symbols.texts)
    best: tuple[tuple[float, float], Weights, Ragged] | None = None
    for size in sorted({1, min(_FEW_EPOCHS, len(kept)), len(kept)}):
        weights = average_weights(kept[:size])
        log_probs = prepare_network(spec, weights).run_frames(frames)
        rows = [log_probs[i] for i in range(len(log_probs))]
        errors = _count_errors(rows, speech.transcripts, search)
        if best is None or errors < best[0]:
            best = errors, weights, log_probs
    assert best is not None
    (wer, _), weights, log_probs = best
    return weights, [log_probs[i] for i in range(len(log_probs))], wer


def choose_search(
    search: SpeechSearch,
    log_probs: Sequence[np.ndarray],
    transcripts: Sequence[str],
    weight: float | None = None,
    word_bonus: float | None = None,
) -> tuple[float, float, float]:
    """Choose how much a language model counts.

    Parameters
    ----------
    search : SpeechSearch
        How to search. Without a language model nothing is to be chosen.
    log_probs : sequence of ndarray of shape (n_frames, n_symbols)
        Of recordings that were not trained on; 100 of them are taken, from all over.
    transcripts : sequence of str
        What was said in them.
    weight, word_bonus : float or None, default=None
        What is given; None to choose it.

    Returns
    -------
    weight, word_bonus, wer : float
        Those with the fewest word errors, among equals with the fewest character errors;
        and the word error rate.
    """
    step = -(-len(log_probs) // _MOST_SEARCHED)
    rows, texts = list(log_probs[::step]), list(transcripts[::step])
    weights = _WEIGHTS if weight is None else (weight,)
    bonuses = _BONUSES if word_bonus is None else (word_bonus,)
    if search.make_scorer is None:
        weights, bonuses = weights[:1], bonuses[:1]
    best: tuple[tuple[float, float], float, float] | None = None
    for own, bonus in product(weights, bonuses):
        tried = replace(search, weight=own, word_bonus=bonus)
        errors = _count_errors(rows, texts, tried)
        if best is None or errors < best[0]:
            best = errors, own, bonus
        if errors[0] == 0.0:
            break
    assert best is not None
    return best[1], best[2], best[0][0]


def _count_errors(
    log_probs: Sequence[np.ndarray], transcripts: Sequence[str], search: SpeechSearch
) -> tuple[float, float]:
    """Return the word and the character error rate."""
    written = [write_text(find_texts(row, search)[0]) for row in log_probs]
    return (
        compute_error_rate(written, transcripts, "word"),
        compute_error_rate(written, transcripts, "char"),
    )


def settle_search(
    model: Any,
    symbols: Symbols,
    word_counts: WordCounts,
    held_out: tuple[Sequence[np.ndarray], Sequence[str]] | None,
    wer: float | None,
) -> tuple[float, float, float | None]:
    """Return how a fitted recogniser searches, and how well.

    Parameters
    ----------
    model : SLMSpeechRecognizer
        Its parameters are read.
    symbols : Symbols
        What the network writes.
    word_counts : WordCounts
        The n-gram model of the transcripts that were trained on.
    held_out : (sequence of ndarray, sequence of str) or None
        Log-probabilities of validation recordings, and transcripts.
    wer : float or None
        Their word error rate, decoded greedily.

    Returns
    -------
    weight, word_bonus : float
        What was given, or chosen on the validation set; without one the usual values.
    wer : float or None
        Word error rate of the validation set with them.
    """
    given = [
        None if value == "auto" else float(value)
        for value in (model.language_weight, model.word_bonus)
    ]
    usual = zip(given, (_WEIGHTS[0], _BONUSES[0]))
    weight, bonus = (other if own is None else own for own, other in usual)
    if held_out is None:
        return weight, bonus, None
    search = prepare_search(model, symbols, word_counts, 0.0, 0.0)
    try:
        weight, bonus, wer = choose_search(search, *held_out, *given)
    except KeyboardInterrupt:  # what was trained is kept
        return weight, bonus, wer
    if model.verbose:
        line = f"validation word error rate {wer:.2%}"
        if search.make_scorer is not None:
            line += f" (language_weight {weight:g}, word_bonus {bonus:g})"
        ProgressLines().write(line)
    return weight, bonus, wer
