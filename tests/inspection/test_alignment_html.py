"""HTML shows which source token each written one looked at, in colour and in words."""

import re
from html import unescape

import numpy as np

from sklearn_slm.estimators.aligning import Alignment
from sklearn_slm.estimators.answer_aligning import AnswerAlignment
from sklearn_slm.inspection.alignment_html import (
    name_tokens,
    render_alignment_page,
    render_alignments,
)
from sklearn_slm.inspection.html import AGAINST, FOR
from tests.inspection.samples import HOSTILE


def make(sources, targets, attention):
    return Alignment(
        "".join(sources).strip(),
        "".join(targets).strip(),
        sources,
        targets,
        [(0, 0)] * len(sources),
        [(0, 0)] * len(targets),
        np.array(attention, np.float32).reshape(len(targets), len(sources)),
    )


ONE = make([" one", " two"], [" zwei", " eins", "."], [[0.1, 0.9], [1, 0], [0.5, 0.5]])


def test_cells_have_the_colour_and_the_number_of_their_weight():
    html = render_alignments([ONE])
    cells = re.findall(r'rgba\(160,90,220,([\d.]+)\);border[^>]*title="([^"]*)"', html)
    assert [(float(opacity), title) for opacity, title in cells] == [
        (0.06, "one \u2192 zwei: 0.10"),
        (0.54, "two \u2192 zwei: 0.90"),
        (0.6, "one \u2192 eins: 1.00"),
        (0.0, "two \u2192 eins: 0.00"),
        (0.3, "one \u2192 .: 0.50"),
        (0.3, "two \u2192 .: 0.50"),
    ]
    heads = re.findall(r'scope="(col|row)"[^>]*><bdi>([^<]*)<', html)
    assert heads == [
        *[("col", "one"), ("col", "two")],
        *[("row", "zwei"), ("row", "eins"), ("row", ".")],
    ]
    assert "<bdi>one two</bdi> \u2192 <bdi>zwei eins.</bdi>" in html


def test_numbers_are_told_in_words_too():
    wide = make(list("abcd"), ["x"], [0.1, 0.4, 0.2, 0.3])
    html = render_alignments([ONE, wide])
    rows = re.findall(r"<tr><td[^>]*>(.*?)</td><td[^>]*>(.*?)</td></tr>", html)
    assert [re.sub("<[^>]*>", "", f"{a}: {b}") for a, b in rows] == [
        "zwei: two 0.90, one 0.10",
        "eins: one 1.00, two 0.00",
        ".: one 0.50, two 0.50",
        "x: b 0.40, d 0.30, c 0.20",
    ]
    assert html.count("<details") == 2 and html.count("a row is a token") == 1


def test_texts_without_tokens():
    html = render_alignments([make([], [], []), make([" a"], [], [])])
    assert "<table" not in html and html.count("\u2192") == 2
    assert render_alignments([]) == '<div class="slm-alignments"></div>'
    assert name_tokens([" a", " ", "b", "\x07"]) == ["a", "\u2423", "b", "\ufffd"]


def test_hostile_text_stays_text():
    tokens = re.findall(" ?[^ ]+", HOSTILE)
    n = len(tokens)
    html = render_alignments([make(tokens, tokens, np.eye(n))])
    for tag in ("<script", "<img", "<svg", 'onerror="', "\ud800", "\x07"):
        assert tag not in html
    html.encode("utf-8")
    assert "<script>document" in unescape(html)


def test_pages_load_and_run_nothing():
    page = render_alignment_page([ONE], "<b>")
    assert "default-src 'none'" in page and "<title>&lt;b&gt;</title>" in page
    assert "<script" not in page and render_alignments([ONE]) in page


def test_shares_of_a_score_have_two_colours():
    shares = np.array([[2.0, -1.0], [0.0, 0.5]])
    nothing = np.zeros((2, 2))
    tokens = ["a", "b"], ["c", "d"]
    spans = [(0, 1), (2, 3)], [(0, 1), (2, 3)]
    parts = shares, nothing, nothing
    html = render_alignments(
        [AnswerAlignment("a b", "c d", *tokens, *spans, *parts, 0.5)]
    )
    cells = re.findall(r'rgba\(([\d,]+),([\d.]+)\);border[^>]*title="([^"]*)"', html)
    assert cells == [
        (FOR, "0.600", "a \u2192 c: 2.00"),
        (AGAINST, "0.300", "b \u2192 c: -1.00"),
        (AGAINST, "0.000", "a \u2192 d: 0.00"),
        (FOR, "0.150", "b \u2192 d: 0.50"),
    ]
    assert "speaks against it" in html and "a row is a token of the answer" in html
    assert ">question</th>" in html and "attention" not in html
    # Nothing was shared: no colour, and no division by nothing.
    parts = nothing, nothing, nothing
    html = render_alignments(
        [AnswerAlignment("a b", "c d", *tokens, *spans, *parts, 0.5)]
    )
    assert set(re.findall(r"rgba\([\d,]+,([\d.]+)\);border", html)) == {"0.000"}
