"""What a fitted classifier does: predict, explain, save. Nothing here imports Keras."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..ngrams import run_blended
from ..runtime.heads.classes import compute_probabilities
from ..text import TokenSequences, check_documents, takes_any_document
from .base import check_is_fitted
from .columns import FittedColumns, add_columns, check_same_table
from .preparing import PreparingMixin
from .streaming import predict_iter

__all__ = ["PredictionMixin"]


class PredictionMixin(PreparingMixin):
    """Predictions from ``spec_`` and ``weights_``, in the runtime that was chosen."""

    ngrams_: Any
    classes_: np.ndarray
    vocabulary_: Any
    vectorizer_: Any
    text_column: Any
    columns_: Any
    column_names_: list[str] | None

    def read_inputs(self, X: Any) -> TokenSequences:
        """Return new texts as token sequences over the fitted vocabulary.

        With ``text_column``, the other columns of the table go with them.

        Parameters
        ----------
        X : iterable of str, TokenSequences or data frame, of length n_documents
            Texts, of the kind the classifier was fitted on.

        Returns
        -------
        TokenSequences

        Raises
        ------
        ValueError, TypeError
            If the classifier cannot read them.
        """
        check_same_table(self)
        has_columns = self.columns_ is not None
        # What was read before comes with its columns.
        read_before = isinstance(X, TokenSequences) and (
            (X.columns is not None) == has_columns
        )
        if self.text_column is None or read_before:
            return self._read_texts(X)
        fitted = FittedColumns(self.column_names_, self.columns_)
        return add_columns(self.text_column, fitted, X, self._read_texts)

    def _read_texts(self, X: Any) -> TokenSequences:
        if isinstance(X, TokenSequences):
            if X.vocabulary != self.vocabulary_:
                raise ValueError(
                    "X was made by another vectorizer than the one this classifier was "
                    f"fitted with: its vocabulary has {len(X.vocabulary)} tokens, the "
                    f"classifier's {len(self.vocabulary_)}. Transform the texts with the "
                    "same fitted vectorizer, or put both into one Pipeline."
                )
            return X
        analyzer = getattr(self.vectorizer_, "analyzer", None)
        documents = check_documents(X, any_kind=takes_any_document(analyzer))
        if self.vectorizer_ is None:
            raise ValueError(
                "raw texts were given to a classifier that was fitted on token "
                "sequences. Transform them with the vectorizer it was fitted with, or "
                "put both into one Pipeline."
            )
        return self.vectorizer_.transform(documents)

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of each class.

        Parameters
        ----------
        X : iterable of str, TokenSequences or data frame, of length n_documents
            Texts, of the kind the classifier was fitted on: with ``text_column``, a
            pandas or polars DataFrame.

        Returns
        -------
        ndarray of shape (n_documents, n_classes), dtype float64
            Rows sum to one, except for multilabel targets.

        Raises
        ------
        NotFittedError
            If the classifier is not fitted.
        """
        check_is_fitted(self, "weights_")
        sequences = self.read_inputs(X)
        network, columns = self.prepare_network(), sequences.columns
        outputs = run_blended(network, self.ngrams_, sequences.texts, columns)
        return compute_probabilities(self.spec_.head, outputs["logits"])

    def predict_log_proba(self, X: Any) -> np.ndarray:
        """Return the logarithm of :meth:`predict_proba`.

        Parameters
        ----------
        X : iterable of str or TokenSequences, of length n_documents
            Texts.

        Returns
        -------
        ndarray of shape (n_documents, n_classes), dtype float64
            Log probabilities.
        """
        return np.log(self.predict_proba(X))

    def predict(self, X: Any) -> np.ndarray:
        """Return the most probable class of each text.

        Parameters
        ----------
        X : iterable of str or TokenSequences, of length n_documents
            Texts.

        Returns
        -------
        ndarray of shape (n_documents,) or (n_documents, n_labels)
            Class labels; for multilabel targets 1 where a label is more probable than
            not.
        """
        probabilities = self.predict_proba(X)
        if self.spec_.head.multilabel:
            return (probabilities > 0.5).astype(int)
        return self.classes_[probabilities.argmax(axis=1)]

    def predict_iter(
        self, X: Any, *, method: str = "predict", chunk_size: int = 512
    ) -> Iterator[Any]:
        """Predict texts as they come; see :func:`~sklearn_slm.predict_iter`.

        Parameters
        ----------
        X : iterable of str
            Texts, such as a generator of millions; two pieces are held at a time. With
            ``text_column``, a DataFrame, or a mapping from columns to values for each row.
        method : {"predict", "predict_proba", "predict_log_proba"}, default="predict"
            What is asked for.
        chunk_size : int, default=512
            Texts of a piece; 1 answers each before the next is read.

        Yields
        ------
        label or ndarray of shape (n_classes,)
            One for each text, in order.
        """
        return predict_iter(self, X, method=method, chunk_size=chunk_size)

    def explain(
        self, X: Any, target: Any = None, method: str = "contribution"
    ) -> list[Any]:
        """Give each token of each text a score for a class.

        Parameters
        ----------
        X : iterable of str or TokenSequences, of length n_documents
            Texts.
        target : class label, list of class labels or None, default=None
            What to explain; None takes the predicted class of each text.
        method : {"contribution", "occlusion", "gradient", "attention"}, \
default="contribution"
            How. See :func:`sklearn_slm.inspection.explain`, which takes pipelines too.

        Returns
        -------
        list of Explanation
            Tokens, their places in the text, and their scores.
        """
        from ..inspection import explain

        return explain(self, X, target, method)
