"""``slm generate``: texts that a language model writes."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from contextlib import nullcontext
from itertools import chain, islice
from typing import Any

import click
import numpy as np

from .inputs import iterate_files, load_language_model, match_labels
from .output import as_json as write_json
from .output import show, show_lines
from .rows import Progress, open_output

__all__ = ["generate"]


def generate(
    model: str,
    prompt: str,
    prompts: str | None,
    text: str,
    kind: str | None,
    quoted: bool | None,
    n_tokens: int,
    temperature: float,
    top_k: int,
    top_p: float,
    n: int,
    stop: Sequence[str],
    label: str | None,
    keywords: Sequence[str],
    seed: int | None,
    batch_size: int | None,
    trust: Sequence[str],
    runtime: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write one text as it comes, or several, one after the other."""
    if prompt and prompts is not None:
        raise click.UsageError("give a PROMPT or --prompts, not both.")
    loaded = load_language_model(model, trust, runtime)
    options: dict[str, Any] = {
        "n_tokens": n_tokens,
        "temperature": temperature,
        "top_k": top_k,
        "top_p": top_p,
        "stop": [string.replace(r"\n", "\n") for string in stop],
        "label": None if label is None else _find_label(loaded, label),
        # One generator for all pieces: their size changes nothing.
        "random_state": np.random.RandomState(seed),
    }
    words = _read_keywords(keywords)
    if prompts is None and n == 1 and not words and not as_json:
        _stream(loaded, prompt, options)
        return
    begun = iter([prompt])
    if prompts is not None:
        begun = iterate_files([prompts], kind, text, quoted)
    if batch_size is None:
        batch_size = 1 if prompts == "-" and sys.stdin.isatty() else 64
    counting = nullcontext() if prompts is None else Progress(quiet)
    with open_output(None) as stream, counting as progress, warnings.catch_warnings():
        while piece := list(islice(begun, batch_size)):
            found = loaded.generate(piece, n=n, keywords=words, **options)
            # It warns once of what it does not know.
            warnings.filterwarnings("ignore", "the model does not know", UserWarning)
            for start, texts in zip(piece, found):
                for written in [texts] if n == 1 else texts:
                    stream.write(_format(start, written, as_json))
                if progress is not None:
                    progress.count()
            stream.flush()


def _stream(model: Any, prompt: str, options: dict[str, Any]) -> None:
    """Show each piece when it is there."""
    pieces = model.stream(prompt, **options)
    # What is wrong with the options is told before anything is shown.
    first = next(pieces, "")
    begun = model.generate(prompt, n_tokens=0)[0]
    for piece in chain([begun, first], pieces):
        sys.stdout.write(show_lines(piece))
        sys.stdout.flush()
    sys.stdout.write("\n")


def _format(prompt: str, text: str, as_json: bool) -> str:
    if as_json:
        return write_json({"prompt": prompt, "text": text}) + "\n"
    return show(text) + "\n"


def _find_label(model: Any, label: str) -> Any:
    """Return the label of a model that an option names."""
    if model.classes_ is None:
        raise click.UsageError(
            "--label is for a model that was trained on texts with labels, slm train "
            "--task language-model --label COLUMN. Leave it out."
        )
    if label not in map(str, model.classes_.tolist()):
        names = ", ".join(repr(str(name)) for name in model.classes_.tolist()[:12])
        raise click.UsageError(
            f"--label must be one that the model was trained on, such as {names}. Got "
            f"{label!r}."
        )
    return match_labels(model.classes_, [label])[0]


def _read_keywords(keywords: Sequence[str]) -> list[str]:
    """Return all keywords."""
    words = [word.strip() for option in keywords for word in option.split(",")]
    return [word for word in words if word]
