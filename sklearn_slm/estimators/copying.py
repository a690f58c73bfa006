"""Copies of estimators whose parameters are callables with an owner."""

from __future__ import annotations

from typing import Any

from ..text.callables import is_shared, refer_callables, resolve_callables

__all__ = ["SharedCallablesMixin"]


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
        bare = object.__new__(type(self))
        vars(bare).update(vars(self), **dict.fromkeys(shared))
        # BaseEstimator's, which is behind this class.
        copied = super(SharedCallablesMixin, bare).__sklearn_clone__()  # type: ignore[misc]
        return copied.set_params(**shared)

    def __getstate__(self) -> dict:
        state: Any = super().__getstate__()
        return refer_callables(state)

    def __setstate__(self, state: dict) -> None:
        super().__setstate__(resolve_callables(state))  # type: ignore[misc]
