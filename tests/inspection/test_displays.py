"""Pictures of explanations hold what they should."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from sklearn_slm.inspection import AttentionDisplay, ExplanationDisplay
from tests.inspection.samples import HOSTILE


def test_words_carry_the_colour_of_their_attention(model):
    text = "The film was not dull."
    display = AttentionDisplay.from_estimator(model, text)
    (found,) = model.explain([text], method="attention")
    words = display.ax_.texts
    assert [word.get_text() for word in words] == [
        "The",
        "film",
        "was",
        "not",
        "dull",
        ".",
    ]
    colours = [word.get_bbox_patch().get_facecolor() for word in words]
    strongest = found.scores.argmax()
    expected = plt.get_cmap("Purples")(1.0)
    assert colours[strongest] == pytest.approx(expected)
    assert display.figure_ is display.ax_.figure
    # Each word stands where nothing else does.
    display.figure_.canvas.draw()
    boxes = [word.get_window_extent() for word in words]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[i + 1 :])
    with pytest.raises(TypeError, match="must be one str"):
        AttentionDisplay.from_estimator(model, [text])


def test_bars_of_the_strongest_words(model):
    display = ExplanationDisplay.from_estimator(model, ["a dull film", HOSTILE])
    display.plot(1, n=4)
    (found,) = model.explain([HOSTILE])
    order = np.sort(np.argsort(-np.abs(found.scores), kind="stable")[:4])
    widths = [bar.get_width() for bar in display.ax_.patches]
    assert widths == pytest.approx(found.scores[order].tolist())
    labels = [label.get_text() for label in display.ax_.get_yticklabels()]
    assert labels == [found.tokens[i] for i in order]
    display.figure_.canvas.draw()
