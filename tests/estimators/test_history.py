"""Curves over several fits, and warnings of a training that ended early."""

from types import SimpleNamespace

import pytest
from sklearn.exceptions import ConvergenceWarning

from sklearn_slm.estimators.history import list_epochs, warn_of_end


def make_epochs(*scores):
    return [SimpleNamespace(loss=3.0 - i, score=s) for i, s in enumerate(scores)]


def test_a_fit_that_resumes_goes_on_with_the_curves():
    model = SimpleNamespace(**list_epochs(None, make_epochs(-2.0, -1.0)))
    assert (model.loss_curve_, model.n_iter_) == ([3.0, 2.0], 2)
    assert model.validation_scores_ == [-2.0, -1.0]
    assert model.best_validation_score_ == -1.0
    later = list_epochs(model, make_epochs(-4.0), resumes=True)
    assert later["loss_curve_"] == [3.0, 2.0, 3.0] and later["n_iter_"] == 3
    assert later["validation_scores_"] == [-2.0, -1.0, -4.0]
    assert later["best_validation_score_"] == -4.0
    # What the model has is left alone.
    assert model.loss_curve_ == [3.0, 2.0]


def test_without_a_validation_set_there_are_no_scores():
    found = list_epochs(None, make_epochs(None, None))
    assert found["validation_scores_"] is found["best_validation_score_"] is None


def test_warnings_name_the_epoch_and_the_line_that_called(recwarn):
    warn_of_end(SimpleNamespace(diverged=False, interrupted=False), 3, stacklevel=1)
    assert not recwarn.list
    with pytest.warns(ConvergenceWarning, match="diverged in epoch 4; the best"):
        warn_of_end(SimpleNamespace(diverged=True, interrupted=False), 3, stacklevel=1)
    with pytest.warns(UserWarning, match="by user after 3 whole epochs") as seen:
        warn_of_end(SimpleNamespace(diverged=False, interrupted=True), 3, stacklevel=1)
    assert seen[0].filename == __file__
