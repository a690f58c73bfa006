"""``slm translate``: a line in, a line out, as they come."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

from .arriving import read_pieces
from .inputs import load_translator
from .output import as_json as write_json
from .output import check_output, replace_surrogates, show
from .rows import Progress, join_fields, open_output

__all__ = ["translate"]

_COLUMNS = ["number", "score", "translation", "text"]

Answer = list[tuple[str, float]]


def translate(
    model: str,
    files: Sequence[str],
    text: str,
    kind: str | None,
    quoted: bool | None,
    output: str | None,
    beam: int | None,
    k: int | None,
    with_text: bool,
    batch_size: int | None,
    trust: Sequence[str],
    runtime: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Translate texts in order, holding one batch of them at a time."""
    if output is not None:
        check_output(output)
    loaded = load_translator(model, trust, runtime)
    if beam is not None:
        loaded.set_params(beam_size=beam)
    on_terminal = output is None and sys.stdout.isatty()
    write = _choose_writer(k, with_text, as_json, show if on_terminal else None)
    with open_output(output) as stream, Progress(quiet) as progress:
        if k is not None and not as_json:
            stream.write(join_fields(_COLUMNS[: 3 + with_text], "tsv"))
        for piece in read_pieces(files, kind, text, quoted, batch_size):
            for document, answers in zip(piece, _answer(loaded, piece, k)):
                progress.count()
                stream.write(write(progress.n, document, answers))
            stream.flush()


def _answer(model: Any, texts: list[str], k: int | None) -> list[Answer]:
    """Return translations and their scores, of each text those that are asked for."""
    if k is None:
        return [[(translation, 0.0)] for translation in model.predict(texts)]
    return model.predict_topk(texts, k)


def _choose_writer(
    k: int | None, with_text: bool, as_json: bool, clean: Callable | None
) -> Callable[[int, str, Answer], str]:
    """Return what makes lines of a text's number, the text and its translations."""
    # Lines for programs hold translations as they are, but for what would end a line.
    clean = clean or replace_surrogates

    def write_object(_: int, text: str, answers: Answer) -> str:
        record: dict[str, Any] = {"text": text} if with_text else {}
        if k is None:
            record["translation"] = answers[0][0]
        else:
            record["translations"] = [
                {"translation": translation, "score": round(score, 6)}
                for translation, score in answers
            ]
        return write_json(record) + "\n"

    def write_lines(number: int, text: str, answers: Answer) -> str:
        lines = []
        for translation, score in answers:
            fields = [] if k is None else [str(number), f"{score:.4f}"]
            fields += [clean(translation), *([clean(text)] if with_text else [])]
            lines.append(join_fields(fields, "tsv"))
        return "".join(lines)

    return write_object if as_json else write_lines
