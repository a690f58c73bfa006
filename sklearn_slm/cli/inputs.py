"""What commands read: models, labelled data, settings."""

from __future__ import annotations

import json
import sys
from ast import literal_eval
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import click

from ..datasets import iter_texts, read_texts
from ..unwrap import split_model

__all__ = [
    "check_classifier",
    "check_kind",
    "find_classifier",
    "find_kind",
    "iterate_files",
    "iterate_rows",
    "load",
    "load_any",
    "load_language_model",
    "load_recognizer",
    "load_translator",
    "match_labels",
    "parse_settings",
    "read_labelled",
]


class _Kind(NamedTuple):
    """What tells a kind of model, what it is for, and how to make one."""

    method: str
    commands: str
    task: str = ""


# The first whose method a model has is its kind.
_KINDS = {
    "reader": _Kind(
        "predict_spans",
        "slm answer answers questions from passages, slm evaluate compares it with known "
        "answers (exact match, F1)",
        "reading",
    ),
    "answerer": _Kind(
        "find_threshold",
        "slm answer answers questions, slm evaluate compares it with known answers (first "
        "place, MRR)",
        "answers",
    ),
    "language model": _Kind(
        "generate",
        "slm generate writes texts, slm score tells how likely it finds texts "
        "(perplexity)",
        "language-model",
    ),
    "translator": _Kind(
        "align",
        "slm translate translates texts, slm evaluate compares it with translations "
        "(BLEU)",
        "translation",
    ),
    "speech recognizer": _Kind(
        "predict_words",
        "slm transcribe writes what is said in recordings, slm evaluate compares it with "
        "transcripts (word error rate)",
        "speech",
    ),
    "classifier": _Kind(
        "predict_proba",
        "slm predict labels texts, slm evaluate compares it with labels",
    ),
}


def load_any(path: str, trust: Sequence[str] = (), runtime: str | None = None) -> Any:
    """Return the fitted model in a file, set to a runtime if one is given."""
    from ..estimators.loading import load_model

    model = load_model(path, trusted=trust)
    _, last = split_model(model)
    if runtime is not None and hasattr(last, "runtime"):
        last.runtime = runtime
    return model


def load(path: str, trust: Sequence[str] = (), runtime: str | None = None) -> Any:
    """Return the fitted classifier in a file; refuse other models."""
    model = load_any(path, trust, runtime)
    check_classifier(model, path)
    return model


def load_language_model(
    path: str, trust: Sequence[str] = (), runtime: str | None = None
) -> Any:
    """Return the fitted language model in a file; refuse other models."""
    model = load_any(path, trust, runtime)
    check_kind(model, path, "language model")
    return model


def load_translator(
    path: str, trust: Sequence[str] = (), runtime: str | None = None
) -> Any:
    """Return the fitted translator in a file; refuse other models."""
    model = load_any(path, trust, runtime)
    check_kind(model, path, "translator")
    return model


def load_recognizer(
    path: str, trust: Sequence[str] = (), runtime: str | None = None
) -> Any:
    """Return the fitted speech recogniser in a file; refuse other models."""
    model = load_any(path, trust, runtime)
    check_kind(model, path, "speech recognizer")
    return model


def find_kind(model: Any) -> str:
    """Return what a model is: a key of the table of kinds, or ``"vectorizer"``."""
    last = split_model(model)[1]
    kinds = (name for name, kind in _KINDS.items() if hasattr(last, kind.method))
    return next(kinds, "vectorizer")


def check_kind(model: Any, path: str, *wanted: str) -> None:
    """Refuse a model from a file if it is of none of the kinds that a command needs.

    Parameters
    ----------
    model : estimator
        What was loaded.
    path : str
        The file.
    *wanted : str
        What :func:`find_kind` may return; the message tells how to make the first one.
    """
    kind = find_kind(model)
    if kind in wanted:
        return
    needed = " or ".join(map(_add_article, wanted))
    told = f"{path} holds {_add_article(kind)}; this command needs {needed}"
    if kind not in _KINDS:
        raise click.UsageError(f"{told}.")
    task = _KINDS[wanted[0]].task
    origin = f", from slm train --task {task}" if task else ""
    raise click.UsageError(
        f"{told}{origin}. For {_add_article(kind)}: {_KINDS[kind].commands}, slm info "
        "tells what it is."
    )


def _add_article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def check_classifier(model: Any, path: str) -> None:
    """Refuse a model from a file if it gives texts no labels."""
    check_kind(model, path, "classifier")
    if find_classifier(model) is model and model.vectorizer_ is None:
        raise click.UsageError(
            f"{path} holds a classifier without the vectorizer that makes its input of "
            "texts. Save a Pipeline of both."
        )


def find_classifier(model: Any) -> Any:
    """Return the classifier of a model, or None."""
    last = split_model(model)[1]
    return last if find_kind(last) == "classifier" else None


def match_labels(classes: Any, labels: Sequence[str]) -> list[Any]:
    """Return labels of files or options as those of a model, which need not be strings.

    Parameters
    ----------
    classes : ndarray of shape (n_classes,)
        Those of the model.
    labels : sequence of str
        One that the model does not know stays as it is.
    """
    known = {str(name): name for name in classes.tolist()}
    return [known.get(label, label) for label in labels]


def iterate_files(
    files: Sequence[str], kind: str | None, text: str, quoted: bool | None
) -> Iterator[str]:
    """Yield the texts of files, one after the other; ``-`` or none is stdin."""
    for row in iterate_rows(files, kind, text, None, quoted):
        yield row[0]


def iterate_rows(
    files: Sequence[str],
    kind: str | None,
    text: str,
    label: str | None,
    quoted: bool | None,
) -> Iterator[tuple[str, str | None]]:
    """Yield texts and labels of files, one after the other; ``-`` or none is stdin."""
    for file in files or ["-"]:
        source = _find_source(file)
        yield from iter_texts(source, kind=kind, text=text, label=label, quoting=quoted)


def read_labelled(
    files: Sequence[str],
    kind: str | None,
    text: str,
    label: str,
    quoted: bool | None,
) -> tuple[list[str], list[str]]:
    """Return all texts and labels of files; refuse an empty lot."""
    texts: list[str] = []
    labels: list[str] = []
    for file in files:
        columns = read_texts(
            _find_source(file), kind=kind, text=text, label=label, quoting=quoted
        )
        texts += columns[0]
        labels += columns[1]
    if not texts:
        raise ValueError(f"{', '.join(files)}: there is no text in it.")
    return texts, labels


def _find_source(file: str) -> Any:
    return sys.stdin.buffer if file == "-" else file


def parse_settings(settings: Sequence[str]) -> dict[str, Any]:
    """Return ``NAME=VALUE`` as parameters; values as JSON or Python write them.

    Examples
    --------
    >>> parse_settings(["hidden_size=(64, 32)", "cell=gru", "bidirectional=false"])
    {'hidden_size': (64, 32), 'cell': 'gru', 'bidirectional': False}
    """
    parsed = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals or not name:
            raise click.UsageError(f"--set needs NAME=VALUE. Got {setting!r}.")
        parsed[name.strip()] = _parse(text.strip())
    return parsed


def _parse(text: str) -> Any:
    for read in (json.loads, literal_eval):
        try:
            return read(text)
        except (ValueError, SyntaxError):
            continue
    return text
