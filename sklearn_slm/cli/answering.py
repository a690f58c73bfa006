"""``slm answer``: a question in, an answer out, as they come."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

from .arriving import read_pieces
from .inputs import load_answerer
from .output import as_json as write_json
from .output import check_output, replace_surrogates, show
from .rows import Progress, join_fields, open_output

__all__ = ["answer"]

_COLUMNS = ["number", "probability", "answer", "text"]

Answers = list[tuple[str, float]]


def answer(
    model: str,
    files: Sequence[str],
    text: str,
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
    loaded = load_answerer(model, trust, runtime)
    on_terminal = output is None and sys.stdout.isatty()
    write = _choose_writer(k, with_text, as_json, show if on_terminal else None)
    least = 0.0 if threshold is None else threshold
    with open_output(output) as stream, Progress(quiet) as progress:
        if k is not None and not as_json:
            stream.write(join_fields(_COLUMNS[: 3 + with_text], "tsv"))
        for piece in read_pieces(files, kind, text, quoted, batch_size):
            for document, answers in zip(piece, loaded.predict_topk(piece, k or 1)):
                progress.count()
                is_known = answers[0][1] >= least
                stream.write(write(progress.n, document, answers, is_known))
            stream.flush()


def _choose_writer(
    k: int | None, with_text: bool, as_json: bool, clean: Callable | None
) -> Callable[[int, str, Answers, bool], str]:
    """Return what makes lines of a question's number, the question and its answers.

    The last argument tells whether the best answer is probable enough to be given.
    """
    # Lines for programs hold answers as they are, but for what would end a line.
    clean = clean or replace_surrogates

    def write_object(_: int, text: str, answers: Answers, is_known: bool) -> str:
        record: dict[str, Any] = {"text": text} if with_text else {}
        if k is None:
            best, probability = answers[0]
            record["answer"] = best if is_known else None
            record["probability"] = round(probability, 6)
        else:
            record["answers"] = [
                {"answer": own, "probability": round(probability, 6)}
                for own, probability in answers
                if is_known
            ]
        return write_json(record) + "\n"

    def write_lines(number: int, text: str, answers: Answers, is_known: bool) -> str:
        if k is None:
            fields = [clean(answers[0][0]) if is_known else ""]
            return join_fields([*fields, *([clean(text)] if with_text else [])], "tsv")
        lines = []
        for own, probability in answers if is_known else []:
            fields = [str(number), f"{probability:.6f}", clean(own)]
            lines.append(
                join_fields([*fields, *([clean(text)] if with_text else [])], "tsv")
            )
        return "".join(lines)

    return write_object if as_json else write_lines
