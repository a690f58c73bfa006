"""The display shows what was scored, as HTML and as a drawing."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from sklearn_slm.inspection import SurprisalDisplay, compute_surprisal

TEXT = "The film was\nnot dull."


def test_words_carry_the_colour_of_their_surprisal(language_model):
    display = SurprisalDisplay.from_estimator(language_model, [TEXT, "good"])
    display.plot()
    words = display.ax_.texts
    shown = [word.get_text() for word in words]
    expected = ["The", "film", "was", "\u21b5", "not", "dull", ".", "\u25a0"]
    assert shown == expected
    (found,) = compute_surprisal(language_model, [TEXT])
    shares = np.minimum(found.surprisal / found.chance, 1.0)
    for word, share in zip(words, shares):
        colour = word.get_bbox_patch().get_facecolor()
        assert colour == pytest.approx(plt.get_cmap("Reds")(share))
    # The line break is one in the drawing too.
    heights = [word.get_position()[1] for word in words]
    assert heights[:4] == [heights[0]] * 4 and heights[4:] == [heights[4]] * 4
    assert heights[0] < heights[4]
    assert display.ax_.get_title("left") == f"perplexity {found.perplexity:,.0f}"
    display.figure_.canvas.draw()


def test_given_axes_and_labels(labelled_language_model):
    _, ax = plt.subplots()
    display = SurprisalDisplay.from_estimator(
        labelled_language_model, [TEXT], ["positive"], unit="nats", vmax=3.0
    )
    assert display.plot(ax=ax).figure_ is ax.figure
    assert "given positive" in ax.get_title("left")
    assert ", 3.0 or more" not in display._repr_html_()
    assert "3.0 or more</span>" in display._repr_html_()


def test_pages(language_model, tmp_path):
    display = SurprisalDisplay.from_estimator(language_model, [TEXT])
    display.write_html(tmp_path / "page.html", title="Odd texts")
    page = (tmp_path / "page.html").read_text("utf-8")
    assert display._repr_html_() in page and "<title>Odd texts</title>" in page


def test_likelihoods_of_another_model():
    display = SurprisalDisplay.from_log_likelihoods(
        [[" a", " b"]], [np.log([0.5, 0.1])]
    )
    (one,) = display.surprisals
    assert one.surprisal == pytest.approx([1.0, np.log2(10)])
    assert one.chance is None and one.text == "a b"
    assert SurprisalDisplay(one).surprisals == [one]
    with pytest.raises(ValueError, match="zip"):
        SurprisalDisplay.from_log_likelihoods([["a"]], [])
