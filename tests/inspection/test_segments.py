"""A text is cut at its tokens and nothing of it is lost."""

from dataclasses import replace

import numpy as np
import pytest

from sklearn_slm.inspection.segments import (
    is_right_to_left,
    show_label,
    split_segments,
)
from tests.inspection.samples import explanation


def test_pieces_are_the_text_again():
    one = explanation("<b>Not</b>  bad!", ["Not", "bad"])
    found = split_segments(one, np.array([-0.5, 2.0]))
    assert found == [
        ("<b>", None),
        ("Not", -0.5),
        ("</b>  ", None),
        ("bad", 2.0),
        ("!", None),
    ]


def test_tokens_without_a_text_are_put_side_by_side():
    one = replace(explanation("not bad", ["not", "bad"]), text=None, offsets=None)
    found = split_segments(one, np.array([1.0, -1.0]))
    assert found == [("not", 1.0), (" ", None), ("bad", -1.0), (" ", None)]


def test_tokens_that_share_letters_show_them_once():
    one = replace(
        explanation("abc", ["abc"]),
        tokens=["ab", "bc"],
        offsets=np.array([[0, 2], [1, 3]]),
    )
    found = split_segments(one, np.array([1.0, 2.0]))
    assert found == [("ab", 1.0), ("c", 2.0)]


def test_what_cannot_be_shown_is_replaced():
    one = explanation("a\x07b\ud800\tc\n", ["b"])
    found = split_segments(one, np.array([1.0]))
    assert [text for text, _ in found] == ["a\ufffd", "b", "\ufffd\tc\n"]
    assert show_label("x\x1b") == "x\ufffd"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\u05e1\u05e8\u05d8 good", True),
        ("12! \u0641\u064a\u0644\u0645", True),
        ("good \u05e1\u05e8\u05d8", False),
        ("\u597d", False),
        ("12!", False),
        ("", False),
    ],
)
def test_the_first_letter_tells_the_direction(text, expected):
    assert is_right_to_left(text) is expected


def test_labels_as_words():
    assert show_label(["a", 2]) == "a, 2"
    assert show_label([]) == "none"
    assert show_label(0) == "0"
