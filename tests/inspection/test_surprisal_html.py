"""HTML keeps the text, colours its tokens, and tells in numbers what colours tell."""

import re
from dataclasses import replace
from html import unescape

import numpy as np

from sklearn_slm.inspection.segments import Segment
from sklearn_slm.inspection.surprisal import to_surprisal
from sklearn_slm.inspection.surprisal_html import (
    choose_largest,
    render_surprisal_page,
    render_surprisals,
    split_surprisal,
)
from tests.inspection.samples import HOSTILE

TOKENS = [" It", " is", "n't", " <b>", "\n", " 好", "用", "."]


def make(tokens, surprisals, **kwargs):
    found = to_surprisal(tokens, -np.log(2) * np.asarray(surprisals, float))
    return replace(found, **kwargs)


def read_words(html):
    """Return what stands in the paragraph of the first text, without its marks."""
    paragraph = re.search(r"pre-wrap[^>]*>(.*?)</div>", html, re.S)[1]
    return unescape(re.sub("<[^>]*>|\u21b5|\u25a0", "", paragraph))


def test_pieces_are_the_text_again():
    one = make([*TOKENS, ""], range(9))
    segments = split_surprisal(one)
    assert segments[:4] == [("It", 0), (" ", None), ("is", 1), ("n't", 2)]
    assert segments[6:8] == [("\u21b5", 4), ("\n", None)]
    assert segments[-1] == Segment("\u25a0", 8)
    scored = [segment.score for segment in segments if segment.score is not None]
    assert scored == list(range(9))
    assert read_words(render_surprisals([one])) == one.text == "It isn't <b>\n好用."


def test_spaces_of_characters_are_tokens():
    one = make(["a", " ", "b"], [1, 2, 3])
    assert split_surprisal(one) == [("a", 1), (" ", 2), ("b", 3)]


def test_colours_are_those_of_the_scale():
    one = make([" a", " b", " c"], [2, 4, 20], chance=8.0)
    html = render_surprisals([one])
    found = re.findall(r'rgba\(214,39,80,([\d.]+)\)[^>]*title="([\d.]+) bits"', html)
    # The most that is shown is what a token drawn by chance has.
    assert found == [("0.150", "2.0"), ("0.300", "4.0"), ("0.600", "20.0")]
    assert "0.300);padding:.15em" in render_surprisals([one], vmax=40.0)
    assert choose_largest([one], None) == 8.0
    assert choose_largest([replace(one, chance=None)], None) == 20.0
    assert choose_largest([make(["a"], [np.inf])], None) == 0.0


def test_everything_is_told_in_words_too():
    one = make([" a", "\n", " zzz", ""], [1, 2, 9, 0.5], label="<i>")
    one = replace(one, known=np.array([True, True, False, True]))
    html = render_surprisals([one, one])
    assert "given <bdi>&lt;i&gt;</bdi>; 4 tokens; 3.1 bits a token" in html
    assert "(perplexity 9)" in html
    assert "most surprising: <bdi>\u201czzz\u201d</bdi> 9.0, <bdi>\u21b5 (line" in html
    assert html.count("unknown to the model") == 2
    assert html.count("underline dotted") == 3  # two tokens and the legend
    rows = re.findall(r"<bdi>([^<]*)</bdi></td><td[^>]*>([\d.]+)<", html)
    assert rows[:4] == [
        ("a", "1.00"),
        ("\u21b5 (line break)", "2.00"),
        ("zzz", "9.00"),
        ("\u25a0 (end)", "0.50"),
    ]
    assert html.count("line break;") == 1 and "end of the text" in html
    plain = render_surprisals([make([" a"], [1])])
    assert "dotted" not in plain and "line break" not in plain
    assert render_surprisals([]) == '<div class="slm-surprisals"></div>'


def test_hostile_text_stays_text():
    tokens = re.findall(" ?[^ ]+", HOSTILE)
    one = make(tokens, np.arange(len(tokens)), label=HOSTILE)
    html = render_surprisals([one])
    for tag in ("<script", "<img", "<svg", 'onerror="', "\ud800", "\x07"):
        assert tag not in html
    html.encode("utf-8")


def test_pages_load_and_run_nothing():
    page = render_surprisal_page([make([" a"], [1])], "<b>")
    assert "default-src 'none'" in page and "<title>&lt;b&gt;</title>" in page
    assert "<script" not in page and "slm-surprisals" in page
