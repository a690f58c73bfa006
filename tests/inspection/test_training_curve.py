"""The curve of a training shows what the model recorded."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from sklearn_slm.inspection import TrainingCurveDisplay


def test_training_curve(model):
    display = TrainingCurveDisplay.from_estimator(model)
    loss, score = display.ax_
    np.testing.assert_array_equal(loss.lines[0].get_ydata(), model.loss_curve_)
    np.testing.assert_array_equal(score.lines[0].get_ydata(), model.validation_scores_)
    assert score.lines[1].get_xdata() == [1 + np.argmax(model.validation_scores_)]
    _, ax = plt.subplots()
    inside = TrainingCurveDisplay([0.5, 0.4]).plot(ax=ax)
    assert len(inside.ax_) == 1 and inside.figure_ is ax.figure


def test_language_models_have_perplexities(language_model):
    display = TrainingCurveDisplay.from_estimator(language_model)
    (ax,) = display.ax_
    training, validation, kept = ax.lines
    np.testing.assert_allclose(
        training.get_ydata(), np.exp(language_model.loss_curve_), rtol=1e-12
    )
    expected = np.exp(np.negative(language_model.validation_scores_))
    np.testing.assert_allclose(validation.get_ydata(), expected, rtol=1e-12)
    assert kept.get_xdata() == [1 + np.argmin(expected)]
    assert ax.get_ylabel() == "perplexity" and ax.get_yscale() == "log"
    alone = TrainingCurveDisplay([3.0, 2.0], metric="perplexity").plot()
    assert len(alone.ax_[0].lines) == 1
    alone.figure_.canvas.draw()


def test_scores_of_the_last_epochs_stand_at_the_last_epochs():
    display = TrainingCurveDisplay([0.5, 0.4, 0.3], [0.7, 0.8]).plot()
    assert list(display.ax_[1].lines[0].get_xdata()) == [2, 3]
    with pytest.raises(ValueError, match="metric must be 'accuracy' or 'perplexity'"):
        TrainingCurveDisplay([0.5], metric="loss").plot()
