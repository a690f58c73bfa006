"""The symbols that a recogniser writes: learned from transcripts, numbered, joined."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..text import FIRST_ID, Ragged, Tokenizer, Vocabulary
from .pairs import read_texts
from .sides import SideOptions, learn_side

__all__ = ["Symbols", "learn_symbols", "read_transcripts"]

# Most symbols that are learned where max_features is "auto".
_MOST_SYMBOLS = {"char": 8_000, "subword": 300, "word": 5_000}
# Symbol 0 is the blank, so that the first token of the vocabulary is symbol 1.
_SHIFT = FIRST_ID - 1


class Symbols(NamedTuple):
    """How transcripts become symbols, and symbols become texts.

    Parameters
    ----------
    tokenizer : Tokenizer
        Splits transcripts.
    vocabulary : Vocabulary
        Its tokens are the symbols, from symbol 1 on.
    """

    tokenizer: Tokenizer
    vocabulary: Vocabulary

    @property
    def texts(self) -> tuple[str, ...]:
        """What each symbol writes; the blank, symbol 0, writes nothing."""
        return ("", *self.vocabulary.tokens)

    def encode(self, transcripts: Sequence[str]) -> tuple[Ragged, int]:
        """Return transcripts as symbols.

        Parameters
        ----------
        transcripts : sequence of str
            As :func:`read_transcripts` returns them.

        Returns
        -------
        symbols : Ragged of int32
            From 1 on; what is not among the symbols is left out.
        n_unknown : int
            How many transcripts hold such.
        """
        index, rows, n_unknown = self.vocabulary.index, [], 0
        for transcript in transcripts:
            tokens = self.tokenizer.split(transcript)
            row = [index[token] - _SHIFT for token in tokens if token in index]
            n_unknown += len(row) < len(tokens)
            rows.append(np.array(row, np.int32))
        offsets = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
        empty = np.zeros(0, np.int32)
        values = np.concatenate([empty, *rows])
        return Ragged(values, offsets.astype(np.int64)), n_unknown


def read_transcripts(y: Any, name: str = "y") -> list[str]:
    """Return transcripts, with one space between words and none at the ends.

    Parameters
    ----------
    y : iterable of str or path-like
        Transcripts, or a file of one a line.
    name : str, default="y"
        What the messages call them.

    Examples
    --------
    >>> read_transcripts(["turn  on ", ""])
    ['turn on', '']
    """
    if y is None:
        raise ValueError(
            f"a recogniser needs what was said: {name} must be transcripts, one for each "
            "recording. Got None."
        )
    return [" ".join(text.split()) for text in read_texts(y, name)]


def learn_symbols(model: Any, transcripts: Sequence[str]) -> Symbols:
    """Learn the symbols of transcripts.

    Parameters
    ----------
    model : SLMSpeechRecognizer
        Its parameters are read.
    transcripts : sequence of str
        As :func:`read_transcripts` returns them.

    Raises
    ------
    ValueError
        If all are empty.
    """
    if not any(transcripts):
        raise ValueError(
            f"y holds {len(transcripts):,} transcripts, all of which are empty. At least "
            "one must say something."
        )
    limit = model.max_features
    if limit == "auto":
        limit = _MOST_SYMBOLS[model.units]
    options = SideOptions(model.units, limit, 1, bool(model.lowercase))
    return Symbols(*learn_side(options, transcripts))
