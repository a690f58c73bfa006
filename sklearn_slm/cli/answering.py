"""``slm answer``: a question in, an answer out, as they come."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import click

from .arriving import read_pieces
from .inputs import check_kind, find_kind, load_any
from .output import as_json as write_json
from .output import check_output, replace_surrogates, show
from .reading_pairs import Pair, read_asked
from .rows import Progress, join_fields, open_output

__all__ = ["answer"]

_COLUMNS = ["number", "probability", "answer"]


class Given(NamedTuple):
    """What is answered to one question.

    Parameters
    ----------
    asked : dict of str to str
        The question as it was read, by the names of columns.
    answers : list of (str, float)
        The best answers and their probabilities.
    is_known : bool
        Whether the best one is probable enough to be given.
    place : dict
        Where it stands in a passage, if there is one.
    """

    asked: dict[str, str]
    answers: list[tuple[str, float]]
    is_known: bool
    place: dict[str, int | None]


def answer(
    model: str,
    files: Sequence[str],
    text: str,
    question: str | None,
    passage: str | None,
    kind: str | None,
    quoted: bool | None,
    output: str | None,
    k: int | None,
    threshold: float | None,
    with_text: bool,
    batch_size: int | None,
    trust: Sequence[str],
    runtime: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Answer questions in order, holding one batch of them at a time."""
    if output is not None:
        check_output(output)
    loaded = load_any(model, trust, runtime)
    check_kind(loaded, model, "answerer", "reader")
    pieces: Any
    find: Any
    if find_kind(loaded) == "reader":
        if text != "text":
            raise click.UsageError(
                f"--text is for an answerer: {model} holds a reader, which reads the "
                "columns --question and --passage."
            )
        pieces = read_asked(files, kind, question, passage, quoted, batch_size)
        find, names = _read_words, ["question", "passage"]
    else:
        if question is not None or passage is not None:
            raise click.UsageError(
                f"--question and --passage are for a reader: {model} holds an answerer, "
                "which reads the column --text."
            )
        pieces = read_pieces(files, kind, text, quoted, batch_size)
        find, names = _find_entries, ["text"]
    on_terminal = output is None and sys.stdout.isatty()
    write = _choose_writer(k, with_text, as_json, show if on_terminal else None)
    with open_output(output) as stream, Progress(quiet) as progress:
        if k is not None and not as_json:
            stream.write(join_fields(_COLUMNS + names * with_text, "tsv"))
        for piece in pieces:
            for given in find(loaded, piece, k, threshold):
                progress.count()
                stream.write(write(progress.n, given))
            stream.flush()


def _find_entries(
    model: Any, texts: list[str], k: int | None, threshold: float | None
) -> Iterator[Given]:
    """Yield the entries of an answerer."""
    least = 0.0 if threshold is None else threshold
    for text, answers in zip(texts, model.predict_topk(texts, k or 1)):
        yield Given({"text": text}, answers, answers[0][1] >= least, {})


def _read_words(
    model: Any, pairs: list[Pair], k: int | None, threshold: float | None
) -> Iterator[Given]:
    """Yield the words that a reader finds in passages."""
    columns = ("question", "passage")
    if k is not None:
        for pair, answers in zip(pairs, model.predict_topk(pairs, k, threshold)):
            is_known = answers is not None
            yield Given(dict(zip(columns, pair)), answers or [], is_known, {})
        return
    for pair, span in zip(pairs, model.predict_spans(pairs, threshold)):
        text = pair[1][span.start : span.end]
        ends = (span.start, span.end) if text else (None, None)
        place = dict(zip(("start", "end"), ends))
        answers = [(text, span.probability)]
        yield Given(dict(zip(columns, pair)), answers, bool(text), place)


def _choose_writer(
    k: int | None, with_text: bool, as_json: bool, clean: Callable | None
) -> Callable[[int, Given], str]:
    """Return what makes lines of a question's number and what is answered to it."""
    # Lines for programs hold answers as they are, but for what would end a line.
    clean = clean or replace_surrogates

    def write_object(_: int, given: Given) -> str:
        record: dict[str, Any] = dict(given.asked) if with_text else {}
        if k is None:
            best, probability = given.answers[0]
            record |= {"answer": best if given.is_known else None, **given.place}
            record["probability"] = round(probability, 6)
        else:
            record["answers"] = [
                {"answer": own or None, "probability": round(probability, 6)}
                for own, probability in given.answers
                if given.is_known
            ]
        return write_json(record) + "\n"

    def write_lines(number: int, given: Given) -> str:
        asked = list(map(clean, given.asked.values())) if with_text else []
        if k is None:
            best = clean(given.answers[0][0]) if given.is_known else ""
            return join_fields([best, *asked], "tsv")
        lines = []
        for own, probability in given.answers if given.is_known else []:
            fields = [str(number), f"{probability:.6f}", clean(own)]
            lines.append(join_fields([*fields, *asked], "tsv"))
        return "".join(lines)

    return write_object if as_json else write_lines
