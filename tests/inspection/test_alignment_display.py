"""The display draws the attention of an alignment, token by token."""

from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import make_pipeline

import sklearn_slm
from sklearn_slm.inspection import AlignmentDisplay
from tests.estimators.answers import DISTINCT, make_random_answerer
from tests.estimators.translation import make_random_translator

TEXTS = ["one two!", ""]


@pytest.fixture(scope="module")
def model():
    return make_random_translator()


def read_labels(labels):
    return [label.get_text() for label in labels]


def test_a_heat_map_of_the_attention(model):
    display = AlignmentDisplay.from_estimator(model, TEXTS)
    one, empty = model.align(TEXTS)
    assert display.plot().figure_ is display.ax_.figure
    (image,) = display.ax_.images
    np.testing.assert_array_equal(image.get_array(), one.attention)
    assert image.get_clim() == (0.0, 1.0)
    assert read_labels(display.ax_.get_xticklabels()) == ["one", "two", "!"]
    written = [token.strip() for token in one.target_tokens]
    assert read_labels(display.ax_.get_yticklabels()) == written
    _, bar = display.figure_.axes
    assert bar.get_ylabel() == "attention"
    display.figure_.canvas.draw()
    # Labels of neighbours do not overlap.
    boxes = [label.get_window_extent() for label in display.ax_.get_xticklabels()]
    assert not any(a.overlaps(b) for a, b in pairwise(boxes))
    with pytest.raises(ValueError, match="alignment 1 has nothing to draw: 0 tokens"):
        display.plot(1)
    assert empty.target_tokens == []


def test_dollar_signs_are_no_formula(model):
    display = AlignmentDisplay.from_estimator(model, ["one $x_y$"], ["zwei $x_$"])
    display.plot().figure_.canvas.draw()
    labels = read_labels(display.ax_.get_xticklabels())
    assert labels[0] == "one" and "".join(labels[1:]) == "$x_y$"


def test_given_axes_and_translations(model):
    _, ax = plt.subplots()
    display = AlignmentDisplay.from_estimator(model, TEXTS[:1], ["zwei eins"])
    assert display.plot(ax=ax, cmap="Greens").figure_ is ax.figure
    assert len(ax.figure.axes) == 1
    assert read_labels(ax.get_yticklabels()) == ["zwei", "eins"]
    (image,) = ax.images
    assert image.get_cmap().name == "Greens"


def test_models_in_pipelines_and_others(model):
    pipeline = make_pipeline("passthrough", FrozenEstimator(model))
    (found,) = AlignmentDisplay.from_estimator(pipeline, ["one"]).alignments
    (expected,) = model.align(["one"])
    np.testing.assert_array_equal(found.attention, expected.attention)
    assert AlignmentDisplay(found).alignments == [found]
    with pytest.raises(TypeError, match="ends in one, got SLMTextClassifier"):
        AlignmentDisplay.from_estimator(sklearn_slm.SLMTextClassifier(), ["one"])
    assert sklearn_slm.AlignmentDisplay is AlignmentDisplay


def test_pages(model, tmp_path):
    display = AlignmentDisplay.from_estimator(model, TEXTS)
    display.write_html(tmp_path / "page.html", title="Looks")
    page = (tmp_path / "page.html").read_text("utf-8")
    assert display._repr_html_() in page and "<title>Looks</title>" in page


def test_shares_of_a_score_speak_for_an_answer_or_against_it():
    answerer = make_random_answerer()
    display = AlignmentDisplay.from_estimator(answerer, ["my pin"], [DISTINCT[0]])
    (one,) = display.plot().alignments
    (image,) = display.ax_.images
    np.testing.assert_array_equal(image.get_array(), one.values)
    assert image.get_clim() == (-one.largest, one.largest) and one.values.min() < 0
    assert image.get_cmap().name == "RdBu"
    assert read_labels(display.ax_.get_xticklabels()) == ["my", "pin"]
    assert display.figure_.axes[1].get_ylabel() == "share of the score"
