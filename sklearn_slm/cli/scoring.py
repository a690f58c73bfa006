"""``slm score``: how likely a language model finds texts."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from typing import Any

import click
import numpy as np

from ..text import UNKNOWN_ID
from .inputs import iterate_rows, load_language_model, match_labels
from .output import as_json as write_json
from .output import replace_surrogates, show
from .rows import Progress, join_fields, open_output
from .streams import score_stream

__all__ = [
    "Likelihood",
    "choose_label",
    "format_total",
    "iterate_likelihoods",
    "score",
    "sum_likelihoods",
]

# A piece ends here even with few texts: books need no more memory than notes.
_MOST_CHARACTERS = 1_000_000
_COLUMNS = ("log_likelihood", "n_tokens", "perplexity")

Row = tuple[str, str | None]


def score(
    model: str,
    files: Sequence[str],
    text: str,
    label: str | None,
    kind: str | None,
    quoted: bool | None,
    each: bool,
    with_text: bool,
    batch_size: int | None,
    trust: Sequence[str],
    runtime: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Print the perplexity of all texts together, or a line for each."""
    if with_text and not each:
        raise click.UsageError("--with-text is for --each.")
    loaded = load_language_model(model, trust, runtime)
    rows = iterate_rows(files, kind, text, choose_label(loaded, label), quoted)
    if batch_size is None:
        batch_size = 1 if not files and sys.stdin.isatty() else 512
    scored = iterate_likelihoods(loaded, rows, batch_size)
    if each:
        _write_each(scored, with_text, batch_size == 1, as_json, quiet)
        return
    with Progress(quiet) as progress:
        figures = sum_likelihoods(progress.watch(scored), files).as_dict()
    click.echo(write_json(figures) if as_json else "\n".join(format_total(figures)))


@dataclass(frozen=True)
class Likelihood:
    """How likely texts are, with what that is shared out to.

    Parameters
    ----------
    log_likelihood : float
        Natural logarithm of their probability.
    n_texts, n_tokens, n_unknown, n_words, n_bytes : int
        What they hold: tokens with the ends of texts, and those of them that are not
        known; words (between white space) and bytes (in UTF-8) without the ends.
    unknown_bytes : int
        Bytes of the unknown tokens, as the model counts them.

    Examples
    --------
    >>> both = Likelihood(-2.0, 1, 3) + Likelihood(-1.0, 1, 3)
    >>> both.log_likelihood, both.n_texts, round(both.compute_perplexity(), 4)
    (-3.0, 2, 1.6487)
    """

    log_likelihood: float = 0.0
    n_texts: int = 0
    n_tokens: int = 0
    n_unknown: int = 0
    n_words: int = 0
    n_bytes: int = 0
    unknown_bytes: int = 0

    def __add__(self, other: Likelihood) -> Likelihood:
        return Likelihood(*(a + b for a, b in zip(astuple(self), astuple(other))))

    def compute_perplexity(self, per: str = "token") -> float:
        """Return the perplexity of a token, word or byte, as the model's own method."""
        loss, count = -self.log_likelihood, self.n_tokens
        if per != "token":
            loss += math.log(256) * self.unknown_bytes
            count = self.n_texts + (self.n_words if per == "word" else self.n_bytes)
        return math.exp(min(loss / count, 700.0))

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as what JSON can hold."""
        return {
            "n_texts": self.n_texts,
            "n_tokens": self.n_tokens,
            "n_unknown": self.n_unknown,
            "n_words": self.n_words,
            "n_bytes": self.n_bytes,
            "log_likelihood": self.log_likelihood,
            "perplexity": {
                per: self.compute_perplexity(per) for per in ("token", "word", "byte")
            },
        }


def choose_label(model: Any, label: str | None) -> str | None:
    """Return the column of the labels that a model needs, None if it needs none.

    Parameters
    ----------
    model : SLMLanguageModel
        A fitted one.
    label : str or None
        What the user named.
    """
    if model.classes_ is not None:
        return label or "label"
    if label is not None:
        raise click.UsageError(
            "--label is for a model that was trained on texts with labels; this one was "
            "not. Leave it out."
        )
    return None


def iterate_likelihoods(
    model: Any, rows: Iterable[Row], batch_size: int
) -> Iterator[tuple[str, Likelihood]]:
    """Yield texts with their likelihoods, holding one piece of them at a time.

    Parameters
    ----------
    model : SLMLanguageModel
        A fitted one. With ``documents="stream"`` its state goes on from text to text.
    rows : iterable of (str, str or None)
        Texts and labels.
    batch_size : int
        Most texts of a piece.

    Raises
    ------
    ValueError
        If the model does not know a label.
    """
    pieces = ((texts, _find_labels(model, y)) for texts, y in _cut(rows, batch_size))
    for texts, scored in score_stream(model, pieces):
        targets = scored.targets
        sums = np.add.reduceat(scored.log_likelihood, targets.offsets[:-1])
        unknown = (targets.values == UNKNOWN_ID).astype(np.int64)
        n_unknown = np.add.reduceat(unknown, targets.offsets[:-1])
        for i, text in enumerate(texts):
            plain = model.tokenizer_.normalize(text)
            # The model counts them for its own perplexity.
            n_bytes = model._count_unknown_bytes([plain]) if n_unknown[i] else 0
            yield (
                text,
                Likelihood(
                    log_likelihood=float(sums[i]),
                    n_texts=1,
                    n_tokens=int(targets.lengths[i]),
                    n_unknown=int(n_unknown[i]),
                    n_words=len(plain.split()),
                    n_bytes=len(plain.encode()),
                    unknown_bytes=n_bytes,
                ),
            )


def sum_likelihoods(
    scored: Iterable[tuple[str, Likelihood]], files: Sequence[str]
) -> Likelihood:
    """Return the likelihood of all texts together; refuse none at all.

    Parameters
    ----------
    scored : iterable of (str, Likelihood)
        From :func:`iterate_likelihoods`.
    files : sequence of str
        Where they came from, for the message.
    """
    total = sum((likelihood for _, likelihood in scored), Likelihood())
    if not total.n_texts:
        raise ValueError(f"{', '.join(files) or '-'}: there is no text in it.")
    return total


def _cut(
    rows: Iterable[Row], batch_size: int
) -> Iterator[tuple[list[str], list[str | None]]]:
    """Cut rows into pieces of so many texts, or of so many characters."""
    texts: list[str] = []
    labels: list[str | None] = []
    n_characters = 0
    for text, label in rows:
        texts.append(text)
        labels.append(label)
        n_characters += len(text)
        if len(texts) == batch_size or n_characters >= _MOST_CHARACTERS:
            yield texts, labels
            texts, labels, n_characters = [], [], 0
    if texts:
        yield texts, labels


def _find_labels(model: Any, labels: list[Any]) -> list[Any] | None:
    """Return the labels of texts as those of the model."""
    if model.classes_ is None:
        return None
    known = model.classes_.tolist()
    found = match_labels(model.classes_, labels)
    for label in found:
        if label not in known:
            raise ValueError(
                f"the model knows no label {label!r}; it was trained on "
                f"{', '.join(repr(str(name)) for name in known[:12])}."
            )
    return found


def format_total(figures: dict[str, Any]) -> list[str]:
    """Return the lines that tell how likely all texts are.

    Parameters
    ----------
    figures : dict
        What :meth:`Likelihood.as_dict` returns.
    """
    perplexity = figures["perplexity"]
    mean = figures["log_likelihood"] / figures["n_tokens"]
    return [
        f"{figures['n_texts']:,} texts, {figures['n_tokens']:,} tokens with their ends, "
        f"{figures['n_unknown']:,} of them unknown",
        f"perplexity per token {perplexity['token']:,.2f}, per word "
        f"{perplexity['word']:,.2f}, per byte {perplexity['byte']:,.3f}",
        f"log-likelihood {figures['log_likelihood']:,.1f}, {mean:.4f} a token",
    ]


def _write_each(
    scored: Iterable[tuple[str, Likelihood]],
    with_text: bool,
    at_once: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write a row for each text."""
    clean = show if sys.stdout.isatty() else replace_surrogates
    columns = [*_COLUMNS, "text"] if with_text else list(_COLUMNS)
    with open_output(None) as stream, Progress(quiet) as progress:
        if not as_json:
            stream.write(join_fields(columns, "tsv"))
        for text, likelihood in progress.watch(scored):
            perplexity = likelihood.compute_perplexity()
            values = (likelihood.log_likelihood, likelihood.n_tokens, perplexity, text)
            if as_json:
                line = write_json(dict(zip(columns, values))) + "\n"
            else:
                fields = [f"{values[0]:.4f}", str(values[1]), f"{perplexity:.4f}"]
                line = join_fields([*fields, clean(text)][: len(columns)], "tsv")
            stream.write(line)
            if at_once:
                stream.flush()
