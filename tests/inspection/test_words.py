"""Words are drawn in reading order, inside of their axes."""

import matplotlib.pyplot as plt
import pytest

from sklearn_slm.inspection import AttentionDisplay
from sklearn_slm.inspection.segments import Segment
from sklearn_slm.inspection.words import draw_words, measure_height


def test_a_long_text_stays_inside_of_given_axes(model):
    figure, ax = plt.subplots(figsize=(4, 2))
    display = AttentionDisplay.from_estimator(model, "a very long film " * 30, ax=ax)
    assert display.ax_ is ax
    figure.canvas.draw()
    frame = ax.get_window_extent()
    for word in ax.texts:
        box = word.get_window_extent()
        assert box.x1 <= frame.x1 + 1 and box.y0 >= frame.y0 - 1


def test_height_is_two_font_sizes_a_line():
    figure = plt.figure()
    words = [Segment("one", 1.0), Segment(" ", None), Segment("two", 1.0)]
    assert measure_height(figure, [], 100.0, 10.0) == 20.0
    assert measure_height(figure, words, 1000.0, 10.0) == 20.0
    assert measure_height(figure, words, 1.0, 10.0) == 40.0
    assert not figure.texts  # what measures leaves nothing behind


@pytest.mark.parametrize(
    ("words", "rightwards"),
    [(["good", "film"], True), (["\u05e1\u05e8\u05d8", "\u05d8\u05d5\u05d1"], False)],
)
def test_words_follow_each_other_as_they_are_read(words, rightwards):
    _, ax = plt.subplots()
    segments = [Segment(words[0], 1.0), Segment(" ", None), Segment(words[1], 1.0)]
    draw_words(ax, segments, lambda score: (1.0, 1.0, 1.0, 1.0))
    first, second = (word.get_window_extent() for word in ax.texts)
    assert first.y0 == pytest.approx(second.y0, abs=2.0)
    assert first.x1 < second.x0 if rightwards else second.x1 < first.x0


def test_ink_is_read_on_the_colour_below_it():
    _, ax = plt.subplots()
    segments = [Segment("dark", 1.0), Segment("light", 0.0), Segment("plain", None)]
    draw_words(ax, segments, lambda score: (1 - score, 1 - score, 1 - score, 1.0))
    assert [word.get_color() for word in ax.texts] == ["white", "black", "0.5"]
    assert ax.texts[2].get_bbox_patch() is None


def test_line_breaks_of_the_text_are_kept():
    figure, ax = plt.subplots()
    texts = ["one", " \n\n\n\n", "two", "\n", "three"]
    segments = [Segment(text, 1.0 if text.isalpha() else None) for text in texts]
    draw_words(ax, segments, lambda score: (1.0, 1.0, 1.0, 1.0), font_size=10.0)
    heights = [word.get_position()[1] for word in ax.texts]
    # At most one blank line.
    assert heights == [10.0, 50.0, 70.0]
    assert measure_height(figure, segments, 1000.0, 10.0) == 80.0
