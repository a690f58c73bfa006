"""Predict a stream of texts: bounded memory, splitting beside the forward pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sized
from functools import partial
from itertools import chain
from numbers import Integral
from typing import Any

import numpy as np

from ..runtime.threads import Ahead
from ..text import check_documents, takes_any_document
from ..text.tables import cut_table, is_table
from ..unwrap import apply_transformers, split_model
from .base import check_is_fitted

__all__ = ["predict_iter"]

_METHODS = ("predict", "predict_proba", "predict_log_proba")
# A piece ends here even with few texts, so that books need no more memory than notes.
_MOST_CHARACTERS = 2_000_000


def predict_iter(
    model: Any,
    X: Iterable[str],
    *,
    method: str = "predict",
    chunk_size: int = 512,
) -> Iterator[Any]:
    """Predict texts one after the other, as they come.

    Two pieces of the texts are held at most: while ONNX Runtime works on one, the next is
    read and split into tokens. A million texts need no more memory than two thousand,
    and results come before the last text is read.

    Parameters
    ----------
    model : SLMTextClassifier, Pipeline or search that ends in one, or another classifier
        A fitted model that takes raw texts, or tables (``text_column``).
    X : iterable of str
        Texts; a generator is read in the thread that asks for results, and never more
        than two pieces ahead of them. For a model of tables, a DataFrame, or a mapping
        from names of columns to values for each row.
    method : {"predict", "predict_proba", "predict_log_proba"}, default="predict"
        What is asked of the model.
    chunk_size : int, default=512
        Texts of a piece. With 1 each text is answered before the next is read, as a
        conversation needs it; larger pieces are faster.

    Yields
    ------
    label or ndarray of shape (n_classes,)
        For each text, in order, a row of what `method` returns.

    Raises
    ------
    NotFittedError
        If the model is not fitted.
    ValueError, TypeError
        If the model is a search without ``refit``, a parameter is out of range, or an
        item is no text; the message counts from the first text, and all results before
        its piece have come by then.

    Notes
    -----
    With ``runtime="numpy"`` one piece is answered before the next is split: NumPy's many
    small products would wait for the interpreter's lock, which splitting holds, and the
    whole would take half as long again.

    The results are those of ``model.predict(list(X))`` up to rounding: which texts
    share a batch may move the last bits of a probability.

    Examples
    --------
    >>> from sklearn_slm import SLMTextClassifier, load_demo_corpus, predict_iter
    >>> corpus = load_demo_corpus("en")
    >>> model = SLMTextClassifier(hidden_size=16, max_iter=2, random_state=0)
    >>> model = model.fit(corpus.data[:500], corpus.target[:500])
    >>> lines = (line for line in ["not bad at all", "dull"] * 1000)
    >>> sum(label in model.classes_ for label in predict_iter(model, lines))
    2000
    """
    if method not in _METHODS:
        raise ValueError(f"method must be one of {_METHODS}. Got {method!r} instead.")
    if not isinstance(chunk_size, Integral) or chunk_size < 1:
        raise ValueError(
            f"chunk_size must be an int of at least 1. Got {chunk_size!r} instead."
        )
    transformers, estimator = split_model(model)
    check_is_fitted(estimator)
    reads_tables = getattr(estimator, "text_column", None) is not None
    is_frame = reads_tables and is_table(X)
    shape = (0,) if is_frame else getattr(X, "shape", (0,))
    if isinstance(X, (str, bytes)) or not isinstance(X, Iterable) or len(shape) != 1:
        check_documents(X)  # says what is wrong
    prepare, answer = (
        partial(_prepare, transformers, estimator),
        getattr(estimator, method),
    )
    if reads_tables:
        pieces = cut_table(X, int(chunk_size))
    else:
        pieces = _cut(iter(X), int(chunk_size), _takes_any(transformers, estimator))
    if chunk_size == 1 or not _leaves_python(estimator):
        rows = (answer(prepare(piece)) for piece in pieces)
    else:
        rows = _overlap(pieces, prepare, answer)
    return chain.from_iterable(rows)


def _prepare(transformers: list[Any], estimator: Any, piece: Any) -> Any:
    """Return the estimator's input of a piece of the texts, split into tokens."""
    piece = apply_transformers(transformers, piece)
    own = getattr(estimator, "read_inputs", None)
    return piece if own is None else own(piece)


def _leaves_python(estimator: Any) -> bool:
    """Tell whether predicting leaves the interpreter to others for long stretches."""
    network = (
        estimator.prepare_network() if hasattr(estimator, "prepare_network") else None
    )
    return getattr(network, "leaves_python", False)


def _takes_any(transformers: list[Any], estimator: Any) -> bool:
    """Tell whether the texts may be other things than strings."""
    first = [*transformers, estimator][0]
    vectorizer = getattr(first, "vectorizer_", first)
    return takes_any_document(getattr(vectorizer, "analyzer", None))


def _cut(
    documents: Iterator[Any], chunk_size: int, any_kind: bool = False
) -> Iterator[list[Any]]:
    """Cut a stream of texts into pieces of so many texts, or of so many characters."""
    count = 0
    piece: list[Any] = []
    characters = 0
    for document in documents:
        if type(document) is not str:
            (document,) = check_documents([document], first=count, any_kind=any_kind)
        count += 1
        piece.append(document)
        characters += len(document) if isinstance(document, Sized) else 1
        if len(piece) == chunk_size or characters >= _MOST_CHARACTERS:
            yield piece
            piece, characters = [], 0
    if piece:
        yield piece


def _overlap(
    pieces: Iterator[list[str]], prepare: Callable, answer: Callable
) -> Iterator[np.ndarray]:
    """Answer each piece in a thread while the next one is read and prepared here."""
    running: Ahead[np.ndarray] | None = None
    failure: Exception | None = None
    try:
        while failure is None:
            try:
                prepared = prepare(next(pieces))
            except StopIteration:
                break
            except Exception as error:
                failure = error
            else:
                before, running = running, Ahead(partial(answer, prepared))
                if before is not None:
                    yield before.result()
        if running is not None:
            yield running.result()
        if failure is not None:
            raise failure
    finally:
        if running is not None:
            running.join()
