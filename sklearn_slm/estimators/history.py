"""What a training tells: curves of its epochs, and warnings of how it ended."""

from __future__ import annotations

import warnings
from typing import Any

from sklearn.exceptions import ConvergenceWarning

__all__ = ["list_epochs", "warn_of_end"]


def list_epochs(model: Any, epochs: list, resumes: bool = False) -> dict[str, Any]:
    """Return the fitted attributes that tell of the epochs of a training.

    Parameters
    ----------
    model : estimator
        If training resumed, it has those of the epochs before.
    epochs : list of Epoch
        Those that were completed.
    resumes : bool, default=False
        Whether training went on from an earlier fit.

    Returns
    -------
    dict of str to object
        ``loss_curve_``, ``n_iter_``, ``validation_scores_`` (None without a validation
        set) and ``best_validation_score_``, the highest of these epochs.
    """
    losses = list(model.loss_curve_) if resumes else []
    before = (model.validation_scores_ if resumes else None) or []
    scores = [epoch.score for epoch in epochs if epoch.score is not None]
    losses += [epoch.loss for epoch in epochs]
    return {
        "loss_curve_": losses,
        "n_iter_": len(losses),
        "validation_scores_": before + scores if scores else None,
        "best_validation_score_": max(scores) if scores else None,
    }


def warn_of_end(fitted: Any, n_iter: int, *, stacklevel: int) -> None:
    """Warn of a training that diverged, or that the user ended.

    Parameters
    ----------
    fitted : object
        Tells so by ``diverged`` and ``interrupted``.
    n_iter : int
        Epochs that were completed.
    stacklevel : int
        As of ``warnings.warn`` where this is called.
    """
    if fitted.diverged:
        warnings.warn(
            f"Training diverged in epoch {n_iter + 1}; the best weights before it are "
            "kept. Set a lower learning_rate or clip_norm.",
            ConvergenceWarning,
            stacklevel=stacklevel + 1,
        )
    if fitted.interrupted:
        warnings.warn(
            f"Training interrupted by user after {n_iter} whole epochs; the best weights "
            "so far are kept.",
            stacklevel=stacklevel + 1,
        )
