"""The curve of a training shows what the model recorded."""

import matplotlib.pyplot as plt
import numpy as np

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
