"""Copies of estimators whose parameters are not to be copied.

These are callables with an owner, and fitted language models that a classifier starts from.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from ..text.callables import is_shared, refer_callables, resolve_callables

__all__ = [
    "SharedCallablesMixin",
    "SharedPretrainedMixin",
    "TracedClonesMixin",
    "find_original",
]


class SharedCallablesMixin:
    """Makes copies of an estimator share its callable parameters, as functions are.

    scikit-learn's clone and :func:`copy.deepcopy` would copy the owner of a bound method,
    which fails where it holds a lock, as that of ``jieba.lcut``, and a model that was
    fitted in a search could not name its analyzer in a file.
    """

    def __sklearn_clone__(self) -> Any:
        """Clone as scikit-learn does, without its looking at the callables."""
        params = self.get_params(deep=False)  # type: ignore[attr-defined]
        shared = {name: value for name, value in params.items() if is_shared(value)}
        bare = _strip(self, shared)
        # BaseEstimator's, which is behind this class.
        copied = super(SharedCallablesMixin, bare).__sklearn_clone__()  # type: ignore[misc]
        return copied.set_params(**shared)

    def __getstate__(self) -> dict:
        state: Any = super().__getstate__()
        return refer_callables(state)

    def __setstate__(self, state: dict) -> None:
        super().__setstate__(resolve_callables(state))  # type: ignore[misc]


class SharedPretrainedMixin:
    """Makes clones of an estimator share the fitted language model that it uses.

    scikit-learn's clone would make one of it that is not fitted. What it holds are no
    parameters of the estimator: a search over them would change a fitted model.
    `_pretrained` is the name of the parameter.
    """

    _pretrained: ClassVar[str] = "pretrained"

    def __sklearn_clone__(self) -> Any:
        """Clone as scikit-learn does, but for the language model."""
        bare = _strip(self, [self._pretrained])
        copied = super(SharedPretrainedMixin, bare).__sklearn_clone__()  # type: ignore[misc]
        return copied.set_params(**{self._pretrained: getattr(self, self._pretrained)})

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters, without those of a language model among them.

        Parameters
        ----------
        deep : bool, default=True
            Whether those of the vectorizer are among them, as ``vectorizer__name``.

        Returns
        -------
        dict
        """
        params = super().get_params(deep=deep)  # type: ignore[misc]
        prefix = f"{self._pretrained}__"
        return {k: v for k, v in params.items() if not k.startswith(prefix)}


class TracedClonesMixin:
    """Lets a clone tell of which fitted estimator it is one, until it is fitted itself.

    scikit-learn's searches clone the values of a parameter, so that a fitted language
    model in ``GridSearchCV(classifier, {"pretrained": [None, model]})`` would come to the
    classifier without weights.
    """

    _original: Any = None

    def __sklearn_clone__(self) -> Any:
        """Clone as scikit-learn does, and remember of what."""
        copied = super().__sklearn_clone__()  # type: ignore[misc]
        original = find_original(self)
        if original.__sklearn_is_fitted__():
            copied._original = original
        return copied

    def set_params(self, **params: Any) -> Any:
        """Set parameters.

        Parameters
        ----------
        **params : object
            Parameters of this estimator.

        Returns
        -------
        estimator
            The estimator.
        """
        if params:
            # A clone of something else, from now on.
            vars(self).pop("_original", None)
        return super().set_params(**params)  # type: ignore[misc]


def find_original(estimator: Any) -> Any:
    """Return the fitted estimator that a clone stands for.

    Parameters
    ----------
    estimator : object
        Any.

    Returns
    -------
    object
        The original of a clone that is not fitted; else what was given.
    """
    original = getattr(estimator, "_original", None)
    is_clone = isinstance(estimator, TracedClonesMixin) and original is not None
    if is_clone and not estimator.__sklearn_is_fitted__():
        return original
    return estimator


def _strip(estimator: Any, names: Iterable[str]) -> Any:
    """Return the same estimator with None for some of its parameters."""
    bare = object.__new__(type(estimator))
    vars(bare).update(vars(estimator), **dict.fromkeys(names))
    return bare
