"""Parameters of what an estimator holds: a vectorizer, a fitted language model."""

from __future__ import annotations

from typing import Any

from .column_encoder import ColumnEncoder
from .copying import find_original
from .vectorizer import GloveTfidfVectorizer

__all__ = ["NestedParamsMixin"]


# What None stands for.
_DEFAULTS: dict[str, Any] = {
    "vectorizer": GloveTfidfVectorizer,
    "columns": ColumnEncoder,
}


class NestedParamsMixin:
    """Sets ``vectorizer__...`` also while the vectorizer is None; see ``set_params``."""

    vectorizer: Any

    def set_params(self, **params: Any) -> Any:
        """Set parameters; ``vectorizer__...`` also works while vectorizer is None.

        Parameters
        ----------
        **params : object
            Parameters of this estimator and, as ``vectorizer__name``, of its
            vectorizer; as ``columns__name``, of what makes numbers of columns.

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
        for name, default in _DEFAULTS.items():
            nested = any(parameter.startswith(f"{name}__") for parameter in params)
            if nested and params.get(name, getattr(self, name, ())) is None:
                params = params | {name: default()}
        return super().set_params(**params)  # type: ignore[misc]
