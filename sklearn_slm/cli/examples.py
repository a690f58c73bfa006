"""What a model is measured with: columns of files, read as its kind needs them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from .answer_pairs import read_answers
from .inputs import read_labelled
from .reading_pairs import read_passages
from .speech_manifest import read_manifest
from .tables import find_columns, read_table
from .translation_pairs import read_pairs

__all__ = ["Columns", "read_examples"]


class Columns(NamedTuple):
    """Columns of files as options name them, of which each kind of model reads some.

    Parameters
    ----------
    text, label : str
        Columns of texts with labels; ``text`` of transcripts, too.
    source, target, audio, question, answer, passage : str or None, default=None
        Of translations, recordings, and questions with answers and passages; None is the
        usual name.
    """

    text: str
    label: str
    source: str | None = None
    target: str | None = None
    audio: str | None = None
    question: str | None = None
    answer: str | None = None
    passage: str | None = None


# What reads the files, and the columns that it takes.
_READERS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "classifier": (read_labelled, ("text", "label")),
    "language model": (read_labelled, ("text", "label")),
    "translator": (read_pairs, ("source", "target")),
    "answerer": (read_answers, ("question", "answer")),
    "reader": (read_passages, ("question", "passage", "answer")),
    "speech recognizer": (read_manifest, ("audio", "text")),
}


def read_examples(
    model_kind: str,
    files: Sequence[str],
    kind: str | None,
    columns: Columns,
    quoted: bool | None,
    *,
    model: Any = None,
) -> tuple[Any, list[str]]:
    """Return what a model is given, and what it is to make of it.

    Parameters
    ----------
    model_kind : str
        What :func:`~.inputs.find_kind` says of the model.
    files : sequence of str
        Files, read one after the other.
    kind : str or None
        What they are; None goes by their names.
    columns : Columns
        Names of the columns.
    quoted : bool or None
        Whether the fields of tables stand in quotes.
    model : estimator or None, default=None
        A fitted classifier, which may read more columns than that of the texts.

    Returns
    -------
    X, y : list
        As many of each, at least one; X is a table for a classifier of tables.

    Raises
    ------
    click.UsageError, ValueError
        As the reader of the kind.
    """
    table = None if model is None else find_columns(model)
    if table is not None:
        return read_table(files, kind, table, columns.label, quoted)
    read, names = _READERS[model_kind]
    return read(files, kind, *(getattr(columns, name) for name in names), quoted)
