"""What is drawn is the perplexity of the model, worked out again by hand."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from sklearn_slm.inspection import PerplexityDisplay


def test_documents_by_hand():
    # Perplexities 2, 2, 4 and 8, of all tokens together 2 ** (8 / 5).
    values = [[-1.0], [-1.0, -1.0], [-2.0], [-3.0]]
    display = PerplexityDisplay([np.log(2) * np.array(v) for v in values], "these")
    assert display.perplexities.tolist() == pytest.approx([2, 2, 4, 8])
    assert display.perplexity == pytest.approx(2 ** (8 / 5))
    display.plot()
    line, middle = display.ax_.lines
    edges, shares = line.get_data()
    assert middle.get_xdata()[0] == pytest.approx(2 ** (8 / 5))
    heights = dict(zip(np.round(edges[1:], 6), shares[1:]))
    assert heights[2.0] == 0.5 and heights[4.0] == 0.25 and heights[8.0] == 0.25
    assert sum(heights.values()) == pytest.approx(1.0)
    assert display.ax_.get_xlim() == pytest.approx((2.0, 16.0))
    assert display.ax_.get_legend().get_texts()[0].get_text() == "these (3.0)"


def test_positions_by_hand():
    # Ranges: position 1; 2 and 3; 4 to 7.
    values = np.log([[0.5, 0.25, 0.25, 0.125], [0.125, 0.5, 0.5, 0.5]])
    display = PerplexityDisplay(values).plot(by="position")
    x, y = display.ax_.lines[0].get_data()
    assert x == pytest.approx([1, np.sqrt(6), 4])
    assert y == pytest.approx([4, 2 ** (6 / 4), 4])
    assert display.ax_.get_legend() is None


def test_a_model_and_its_texts(language_model, labelled_language_model, corpus):
    texts, labels = corpus.data[-50:], corpus.target[-50:]
    display = PerplexityDisplay.from_estimator(language_model, texts, name="held out")
    assert display.perplexity == pytest.approx(language_model.perplexity(texts))
    n_tokens = language_model.score_tokens(texts).targets.lengths
    expected = np.exp(-language_model.score_samples(texts) / n_tokens)
    np.testing.assert_allclose(display.perplexities, expected)
    again = PerplexityDisplay.from_estimator(
        language_model, ["zzz zzz", ""], name="odd", ax=display.ax_
    )
    assert again.ax_ is display.ax_ and again.figure_ is display.figure_
    assert len(again.ax_.get_legend().get_texts()) == 2
    colours = {line.get_color() for line in again.ax_.lines}
    assert len(colours) == 2
    lm = labelled_language_model
    given = PerplexityDisplay.from_estimator(lm, texts, labels, by="position")
    assert len(given.log_likelihoods[0]) == n_tokens[0]
    given.figure_.canvas.draw()


def test_what_is_refused(language_model):
    with pytest.raises(ValueError, match="by must be 'document' or 'position'"):
        PerplexityDisplay([[-1.0]]).plot(by="epoch")
    with pytest.raises(ValueError, match="at least one text"):
        PerplexityDisplay.from_estimator(language_model, [])
    with pytest.raises(ValueError, match="at least one document"):
        PerplexityDisplay([])
    with pytest.raises(ValueError, match="one array of shape"):
        PerplexityDisplay([[-1.0], []])
    with pytest.raises(TypeError, match="expected a fitted SLMLanguageModel"):
        PerplexityDisplay.from_estimator(plt, ["a"])
