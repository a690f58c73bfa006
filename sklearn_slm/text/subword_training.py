"""Train a SubwordModel with sentencepiece."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from .spacing import normalize_spaces, open_lines
from .subwords import SubwordModel

__all__ = ["train_subwords"]

# What sentencepiece writes a space as, and what it keeps for itself.
_SPACE, _RESERVED = "\u2581", re.compile("[\u2581\u2585\0\t]")
_LONGEST_LINE, _LONGEST_PIECE = 1000, 16


def train_subwords(
    texts: Iterable[str],
    n_pieces: int,
    *,
    coverage: float = 0.9995,
    max_characters: int = 5_000_000,
) -> SubwordModel:
    """Train a unigram model with sentencepiece.

    The same texts in the same order give the same model, on any number of cores.

    Parameters
    ----------
    texts : iterable of str
        As :meth:`Tokenizer.normalize` returns them: only white space is brought to its
        normal form here.
    n_pieces : int
        Pieces to learn. There are fewer where the texts do not hold so many.
    coverage : float, default=0.9995
        Share of all characters that must be pieces themselves; the rarest beyond it stay
        unknown.
    max_characters : int, default=5_000_000
        Characters to train on. Of more, every second line is taken, or every fourth, and
        so on, so that the sample is from all over the texts and memory is bounded.

    Returns
    -------
    SubwordModel
        Its pieces, most likely first; no longer than 16 characters, and none of several
        scripts or of letters with punctuation.

    Raises
    ------
    ImportError
        If sentencepiece is not installed.
    ValueError
        If the texts are empty, or have more characters to cover than pieces are asked
        for.

    References
    ----------
    Kudo, T. (2018). Subword Regularization: Improving Neural Network Translation Models
    with Multiple Subword Candidates. ACL.

    Examples
    --------
    >>> texts = ["low lower lowest", "new newer newest", "wide wider widest"] * 5
    >>> model = train_subwords(texts, 20)
    >>> len(model) <= 20, "".join(model.encode("newest wide"))
    (True, ' newest wide')
    """
    if not 0 < coverage <= 1:
        raise ValueError(f"coverage must be in (0, 1]. Got {coverage!r}.")
    lines = _sample_lines(_cut_lines(texts), max_characters)
    if not lines:
        raise ValueError(
            "expected texts to learn subwords from, got none with a character in it."
        )
    needed = _count_characters(lines, coverage)
    if n_pieces < needed:
        raise ValueError(
            f"n_pieces must be at least {needed} here, one for each character that makes "
            f"up {coverage:.2%} of the texts. Got {n_pieces!r}. Take more pieces or a "
            "lower coverage."
        )
    return _read(_train(lines, n_pieces, coverage))


def _cut_lines(texts: Iterable[str]) -> Iterator[str]:
    """Yield the lines of texts, those that are too long to train on in several parts."""
    for text in texts:
        text = open_lines(normalize_spaces(_RESERVED.sub(" ", text)))
        for line in filter(None, text.split("\n")):
            start = 0
            while len(line) - start > _LONGEST_LINE:
                end = line.rfind(" ", start + 1, start + _LONGEST_LINE)
                end = start + _LONGEST_LINE if end < 0 else end
                yield line[start:end]
                start = end
            yield line[start:]


def _sample_lines(lines: Iterable[str], max_characters: int) -> list[str]:
    """Take every 2^k-th line, with the least k for which they are short enough."""
    taken: list[str] = []
    n_characters, step = 0, 1
    for number, line in enumerate(lines):
        if number % step:
            continue
        taken.append(line)
        n_characters += len(line)
        while n_characters > max_characters and len(taken) > 1:
            taken, step = taken[::2], 2 * step
            n_characters = sum(map(len, taken))
    return taken


def _count_characters(lines: list[str], coverage: float) -> int:
    """Count the most frequent characters that make up so much of all."""
    counts: Counter[str] = Counter()
    for line in lines:
        counts.update(line)
    shares = np.cumsum(sorted(counts.values(), reverse=True)) / counts.total()
    return min(int(np.searchsorted(shares, coverage)) + 1, len(counts))


def _train(lines: list[str], n_pieces: int, coverage: float) -> Any:
    """Return the processor of sentencepiece with its trained model."""
    try:
        import sentencepiece
    except ImportError as error:
        raise ImportError(
            "training subwords needs sentencepiece (a trained model does not). Install it "
            'with: pip install "sklearn_slm[subword]"'
        ) from error
    content = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(lines),
            model_writer=content,
            model_type="unigram",
            vocab_size=n_pieces + 1,  # with the one of unknown characters
            hard_vocab_limit=False,
            character_coverage=coverage,
            max_sentencepiece_length=_LONGEST_PIECE,
            # The text is normalised, and has its spaces where they belong.
            normalization_rule_name="identity",
            remove_extra_whitespaces=False,
            add_dummy_prefix=False,
            max_sentence_length=8 * _LONGEST_LINE,  # in bytes
            unk_id=0,
            bos_id=-1,
            eos_id=-1,
            pad_id=-1,
            num_threads=1,  # sums of several would be rounded in another order
            minloglevel=2,
        )
    except RuntimeError as error:
        raise ValueError(
            f"sentencepiece cannot train {n_pieces} pieces on these texts ({error}). "
            "Take more texts or another number of pieces."
        ) from error
    return sentencepiece.SentencePieceProcessor(model_proto=content.getvalue())


def _read(processor: Any) -> SubwordModel:
    known = [
        i for i in range(processor.get_piece_size()) if not processor.is_unknown(i)
    ]
    return SubwordModel(
        tuple(processor.id_to_piece(i).replace(_SPACE, " ") for i in known),
        np.array([processor.get_score(i) for i in known], np.float32),
    )
