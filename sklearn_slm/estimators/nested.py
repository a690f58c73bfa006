"""Parameters of what an estimator holds: a vectorizer, a fitted language model."""

from __future__ import annotations

from typing import Any

from .copying import find_original
from .vectorizer import GloveTfidfVectorizer

__all__ = ["NestedParamsMixin"]


class NestedParamsMixin:
    """Sets ``vectorizer__...`` also while the vectorizer is None; see ``set_params``."""

    vectorizer: Any

    def set_params(self, **params: Any) -> Any:
        """Set parameters; ``vectorizer__...`` also works while vectorizer is None.

        Parameters
        ----------
        **params : object
            Parameters of this estimator and, as ``vectorizer__name``, of its
            vectorizer.

        Returns
        -------
        estimator
            The estimator.

        Raises
        ------
        ValueError
            If there is no such parameter; ``pretrained`` has none, as it is fitted.
        """
        if any(name.startswith("pretrained__") for name in params):
            raise ValueError(
                "parameters of pretrained cannot be set: it is fitted already. Fit "
                "language models with them, and search over pretrained=[...]."
            )
        if "pretrained" in params:
            params["pretrained"] = find_original(params["pretrained"])
        nested = any(name.startswith("vectorizer__") for name in params)
        if nested and params.get("vectorizer", self.vectorizer) is None:
            params = {"vectorizer": GloveTfidfVectorizer(), **params}
            params["vectorizer"] = params["vectorizer"] or GloveTfidfVectorizer()
        return super().set_params(**params)  # type: ignore[misc]
