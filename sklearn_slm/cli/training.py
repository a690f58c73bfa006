"""``slm train`` for classifiers, and ``slm demo``."""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from collections import Counter
from collections.abc import Sequence
from contextlib import redirect_stdout
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click

from .exit_codes import INTERRUPTED
from .inputs import parse_settings, read_labelled
from .output import check_output, save, show, tell_epochs
from .tables import read_typed_table, split_names

__all__ = ["configure", "count_components", "demonstrate", "fit", "train"]

_DEMO_TEXTS = {
    "en": [
        "The film was not bad at all.",
        "I expected a gripping film, but it was dull.",
    ],
    "zh": ["这部电影一点也不无聊。", "我以为这部电影很精彩，结果很无聊。"],
}


def train(
    data: Sequence[str],
    model: str,
    text: str,
    label: str | None,
    kind: str | None,
    quoted: bool | None,
    valid: str | None,
    vectors: str | None,
    settings: Sequence[str],
    parameters: dict[str, Any],
    resume_from: str | None,
    seed: int,
    as_json: bool,
    quiet: bool,
    columns: str | None = None,
) -> int:
    """Fit a classifier on labelled texts, save it, tell how good it is."""
    check_output(model)
    parameters = {"random_state": seed} | parameters | parse_settings(settings)
    label = label or "label"
    if vectors is not None:
        parameters |= {
            "vectorizer__vectors": vectors,
            "vectorizer__n_components": count_components(vectors),
        }
    names = split_names(text) if "," in text else [text]
    others = [] if columns is None else split_names(columns)
    for name in others:
        if name in (label, *names):
            raise click.UsageError(
                f"--columns names {name!r}, which is the "
                f"{'label' if name == label else 'text'}. Leave it out."
            )
    is_table = len(names) > 1 or bool(others)
    if is_table:
        parameters["text_column"] = names if len(names) > 1 else text

    def read(files: Sequence[str], kind: str | None) -> tuple[Any, list[str]]:
        if is_table:
            return read_typed_table(files, kind, names, others, label, quoted)
        return read_labelled(files, kind, text, label, quoted)

    classifier = _build(parameters)
    texts, labels = read(data, kind)
    validation = None if valid is None else read([valid], None)
    part = {} if validation is None else dict(zip(("X_val", "y_val"), validation))
    interrupted = fit(
        classifier, texts, labels, quiet=quiet, resume_from=resume_from, **part
    )
    notes = {
        "data": [Path(path).name for path in data],
        "n_texts": len(texts),
        "classes": dict(sorted(Counter(labels).items())),
        "validation_data": None if valid is None else Path(valid).name,
        "validation_accuracy": classifier.best_validation_score_,
    }
    save(classifier, model, notes)
    result = {
        "model": model,
        "bytes": os.path.getsize(model),
        "n_texts": len(texts),
        "n_classes": len(classifier.classes_),
        "epochs": classifier.n_iter_,
        "validation_accuracy": classifier.best_validation_score_,
    }
    if as_json:
        click.echo(json.dumps(result))
    else:
        score = classifier.best_validation_score_
        shown = "" if score is None else f", validation accuracy {score:.4f}"
        click.echo(
            f"{show(model)}: {result['bytes']:,} bytes, {len(texts):,} texts, "
            f"{result['n_classes']} classes, {tell_epochs(classifier.n_iter_)}{shown}"
        )
    return INTERRUPTED if interrupted else 0


def _build(parameters: dict[str, Any]) -> Any:
    from ..estimators import GloveTfidfVectorizer, SLMTextClassifier

    # What is there has parameters that --set can name.
    classifier = SLMTextClassifier(vectorizer=GloveTfidfVectorizer())
    if "text_column" in parameters:
        from ..estimators.column_encoder import ColumnEncoder

        classifier.columns = ColumnEncoder()
    return configure(classifier, parameters)


def configure(estimator: Any, parameters: dict[str, Any]) -> Any:
    """Give an estimator the parameters that a user named; refuse those it has not.

    Parameters
    ----------
    estimator : estimator
        One that tells how its fit goes with ``verbose=1``.
    parameters : dict of str to object
        Names as ``--set`` takes them.

    Returns
    -------
    estimator
        The same.
    """
    known = estimator.get_params()
    for name in parameters:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise click.UsageError(f"--set: there is no parameter {name!r}.{hint}")
    estimator.set_params(verbose=1).set_params(**parameters)
    if estimator.checkpoint is not None:
        check_output(str(estimator.checkpoint))
    return estimator


def fit(estimator: Any, *data: Any, quiet: bool, **options: Any) -> bool:
    """Fit with progress on stderr; tell whether Ctrl-C ended it.

    Parameters
    ----------
    estimator : estimator
        From :func:`configure`.
    *data, **options
        What its ``fit`` takes.
    quiet : bool
        Whether there is no progress.
    """
    if quiet:
        estimator.set_params(verbose=0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        with redirect_stdout(sys.stderr):
            estimator.fit(*data, **options)
    estimator.set_params(verbose=0)
    interrupted = False
    for warning in caught:
        interrupted |= "interrupted by user" in str(warning.message)
        warnings.warn(warning.message, stacklevel=2)
    return interrupted


def count_components(path: str) -> int:
    """Return the length of the vectors in a file; reads its first rows alone."""
    from ..embeddings.files import open_for_reading
    from ..embeddings.rows import RowReader, find_layout

    with open_for_reading(path) as (stream, name):
        return find_layout(RowReader(stream, name), "auto").n_components


def demonstrate(
    language: str, model: str | None, n_texts: int | None, quiet: bool
) -> None:
    """Fit a small model on texts in which word order decides, beside a bag of words."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    from ..datasets import load_demo_corpus

    if model is not None:
        check_output(model)
    parts: Any = [load_demo_corpus(language, subset=s) for s in ("train", "test")]
    (texts, labels), (new, truth) = ((part.data, part.target) for part in parts)
    texts, labels = texts[:n_texts], labels[:n_texts]
    analyzer = "char" if language == "zh" else "word"
    bag = make_pipeline(TfidfVectorizer(analyzer=analyzer), LogisticRegression())
    click.echo(
        f"{len(texts):,} synthetic texts to learn from, {len(new):,} to be tested on; the "
        "order of the words decides."
    )
    click.echo(f"bag of words: {bag.fit(texts, labels).score(new, truth):.1%}")
    classifier = _build({"hidden_size": 32, "random_state": 0})
    began = time.perf_counter()
    fit(classifier, texts, labels, quiet=quiet)
    seconds = time.perf_counter() - began
    click.echo(
        f"sklearn_slm: {classifier.score(new, truth):.1%}, {seconds:.0f} s to fit"
    )
    examples = _DEMO_TEXTS[language]
    for text, row in zip(examples, classifier.predict_proba(examples)):
        click.echo(f"  {classifier.classes_[row.argmax()]}  {row.max():.2f}  {text}")
    if model is not None:
        notes = {
            "data": [f"load_demo_corpus({language!r}), synthetic"],
            "n_texts": len(texts),
            "classes": dict(sorted(Counter(labels.tolist()).items())),
        }
        save(classifier, model, notes)
        name = show(model)
        click.echo(f"{name}: {os.path.getsize(model):,} bytes; try: slm predict {name}")
