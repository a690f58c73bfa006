"""A classifier that learns on from a drifting stream: new words, new classes, rehearsal."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import column_or_1d

from ..network.examples import Examples
from ..network.growing import grow_trainer, grow_weights
from ..ngrams import NgramModel, run_ngrams
from ..ngrams.growing import follow_blend, grow_ngrams, learn_ngrams
from ..runtime import prepare_network
from ..runtime.weights import to_float
from .base import Interval, StrOptions, check_not_empty
from .inputs import FitSeeds, Task
from .new_words import grow_vectorizer
from .options import check_ngrams
from .rehearsal import Rehearsal, draw_rehearsal, read_raw_texts, remember_texts
from .targets import encode_targets, read_labels
from .vectorizer import GloveTfidfVectorizer

__all__ = ["GROWING_CONSTRAINTS", "GrowingMixin", "find_classes", "grow_parts"]

GROWING_CONSTRAINTS: dict[str, Any] = {
    "grow_vocabulary": ["boolean"],
    "new_classes": [StrOptions({"error", "add"})],
    "rehearsal": [Interval(Integral, 0, None, closed="left")],
}


class GrowingMixin:
    """What ``partial_fit`` does where a stream may drift.

    Everything is made in a copy of the classifier, which it becomes at the end: whatever
    fails before leaves it as it was.
    """

    classes_: np.ndarray
    ngrams_: NgramModel | None
    grow_vocabulary: bool
    new_classes: str
    rehearsal: int
    # Not in a file, which is to predict and not to remember.
    rehearsal_: Rehearsal | None = None
    _last_piece: int | None = None

    @property
    def _is_continual(self) -> bool:
        return bool(self.grow_vocabulary or self.rehearsal or self.new_classes == "add")

    def _read_rehearsed(self, X: Any) -> Any:
        """Return X, as a list of raw texts where such are needed."""
        for name in ("rehearsal", "grow_vocabulary"):
            if getattr(self, name):
                why = f"{name}={getattr(self, name)!r}"
                if getattr(self, "text_column", None) is not None:
                    raise ValueError(
                        f"{why} takes texts alone so far, not a table with text_column. "
                        "Leave one of the two out."
                    )
                return read_raw_texts(self, X, why)
        return X

    def _remember(
        self, before: Rehearsal | None, X: Any, task: Task, seeds: FitSeeds
    ) -> Rehearsal | None:
        return remember_texts(
            before,
            X if self.rehearsal else (),
            task.targets.rows,
            task.whole.weight,
            size=self.rehearsal,
            seed=seeds.split,
        )

    def _learn_and_grow(
        self, X: Any, y: Any, classes: Any, sample_weight: Any, seeds: FitSeeds
    ) -> Any:
        X = self._read_rehearsed(X)
        check_not_empty(X)
        model: Any = type(self).__new__(type(self))
        vars(model).update(vars(self))
        adds, resumes = self.new_classes == "add", hasattr(self, "weights_")
        if resumes:
            wanted = self.classes_
            if adds:
                wanted, classes = find_classes(wanted, y, classes), None
            vars(model).update(grow_parts(self, X, wanted, seeds))
        elif adds and classes is None:
            targets = encode_targets(y)
            classes = None if targets.multilabel else targets.classes
        task = model._read_piece(X, y, classes, sample_weight, seeds)
        if resumes and not len(task.train):
            return self
        before = model.rehearsal_ if self.rehearsal else None
        again = draw_rehearsal(before, task.vectorizer, len(task.train), seeds.order)
        train = task.train if again is None else task.train.join(again)
        # Several epochs over a piece: only before the first it is held out.
        piece = zlib.crc32(task.train.inputs["ids"].values.tobytes())
        ngrams = getattr(model, "ngrams_", None)
        if ngrams is not None and piece != self._last_piece:
            ngrams = _follow_blend(model, ngrams, task.train)
        model._train(replace(task, train=train), seeds)
        vars(model).update(
            ngrams_=_learn_beside(model, ngrams, train, seeds),
            _last_piece=piece,
            rehearsal_=self._remember(before, X, task, seeds),
        )
        vars(self).update(vars(model))
        return self


def find_classes(known: np.ndarray, y: Any, classes: Any) -> np.ndarray:
    """Return the known classes and those that a piece of a stream adds.

    Parameters
    ----------
    known : ndarray of shape (n_known,)
        The classes so far.
    y : array-like of shape (n_documents,) or (n_documents, n_labels)
        Labels of the piece. Rows of several labels or of probabilities add no class.
    classes : array-like of shape (n_classes,) or None
        Classes that are declared.

    Returns
    -------
    ndarray of shape (n_classes,)
        In order, each once.

    Raises
    ------
    ValueError
        If some are strings and others are not.

    Examples
    --------
    >>> find_classes(np.array(["a", "c"]), ["b", "b"], ["d"]).tolist()
    ['a', 'b', 'c', 'd']
    """
    found = [known]
    if classes is not None:
        found.append(np.asarray(read_labels(classes, "classes")).ravel())
    if y is not None:
        labels = read_labels(y)
        if type_of_target(labels, input_name="y") in ("binary", "multiclass"):
            found.append(column_or_1d(labels))
    for labels in found[1:]:
        kinds = {isinstance(label, str) for label in [*known[:1], *labels[:1]]}
        if len(kinds) > 1:
            raise ValueError(
                "Classes must be all strings or all numbers, but those so far are "
                f"{known[:5].tolist()} and new ones {labels[:5].tolist()}."
            )
    return np.unique(np.concatenate(found))


def grow_parts(
    model: Any, texts: Sequence[Any], classes: np.ndarray, seeds: FitSeeds
) -> dict[str, Any]:
    """Return the fitted attributes of a classifier with more words and classes.

    Parameters
    ----------
    model : SLMTextClassifier
        A fitted one, which stays as it is.
    texts : sequence of str
        Raw texts, whose words become known where ``grow_vocabulary`` is True.
    classes : ndarray of shape (n_classes,)
        Its classes and new ones, in order.
    seeds : FitSeeds
        Seeds of new vectors.

    Returns
    -------
    dict
        Attributes by name. Arrays that do not grow are the same objects.

    Raises
    ------
    ValueError
        If the words are to grow, and the classifier has no vectorizer of this package.
    """
    spec, vectorizer = model.spec_, model.vectorizer_
    weights = {name: to_float(model.weights_, name) for name in spec.weights()}
    rows = np.zeros((0, spec.encoder.n_components), np.float32)
    if model.grow_vocabulary:
        if not isinstance(vectorizer, GloveTfidfVectorizer):
            raise ValueError(
                "grow_vocabulary=True needs a classifier that was fitted on raw texts with "
                f"a GloveTfidfVectorizer, but its vectorizer_ is {vectorizer!r:.80}."
            )
        n_before = len(vectorizer.vocabulary_)
        vectorizer = grow_vectorizer(
            vectorizer, texts, weights["embedding"], seeds.vectorizer
        )
        rows = vectorizer.vectors_.table[n_before:]
    places = np.searchsorted(classes, model.classes_)
    grown, larger = grow_weights(spec, weights, rows, places, len(classes))
    live = getattr(model, "_live", None)
    if grown != spec and live is not None:
        # One that has gone another way was not stored, see network/train.py.
        is_there = all(live.latest.get(name) is w for name, w in weights.items())
        live = grow_trainer(live, grown, larger, places) if is_there else None
        larger = larger if live is None else live.latest
    ngrams, rehearsal = model.ngrams_, model.rehearsal_
    if ngrams is not None:
        ngrams = grow_ngrams(ngrams, grown.head, len(larger["embedding"]), places)
    if rehearsal is not None:
        rehearsal = rehearsal.spread(places, len(classes))
    return {
        "spec_": grown,
        "weights_": larger,
        "ngrams_": ngrams,
        "classes_": classes,
        "vectorizer_": vectorizer,
        "vocabulary_": (
            model.vocabulary_ if vectorizer is None else vectorizer.vocabulary_
        ),
        "rehearsal_": rehearsal,
        "_live": live,
    }


def _follow_blend(model: Any, ngrams: NgramModel, piece: Examples) -> NgramModel:
    """Return the n-gram model with blend weights that suit a piece before it is learned."""
    inputs = piece.inputs["ids"], piece.inputs.get("columns")
    given = inputs if inputs[1] is not None else inputs[:1]
    outputs = prepare_network(model.spec_, model.weights_).run(*given)
    return follow_blend(
        model.spec_.head,
        ngrams,
        outputs["logits"],
        run_ngrams(ngrams, *inputs),
        piece.targets["classes"],
        piece.weight,
    )


def _learn_beside(
    model: Any, ngrams: NgramModel | None, train: Examples, seeds: FitSeeds
) -> NgramModel | None:
    """Return the n-gram model after a piece of a stream; the first piece begins it."""
    lengths, spec = check_ngrams(model), model.spec_
    if lengths is None or not len(train):
        return ngrams
    if ngrams is None:
        # Brings linear models, which predicting does not need.
        from ..ngrams.fit import fit_ngrams

        return fit_ngrams(spec, [], train, lengths=lengths, seed=seeds.ngrams)
    columns, offsets = train.inputs.get("columns"), None
    if columns is not None and ngrams.columns is not None:
        offsets = columns @ ngrams.columns
    return learn_ngrams(
        ngrams,
        spec.head,
        train.inputs["ids"],
        train.targets["classes"],
        train.weight,
        n_documents=max(model.vocabulary_.n_documents, len(train)),
        seed=seeds.ngrams,
        offsets=offsets,
    )
