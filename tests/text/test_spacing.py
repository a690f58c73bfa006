r"""White space in one form, and the spaces at the beginning of lines."""

import pytest

from sklearn_slm.text.spacing import (
    close_lines,
    is_unspaced,
    normalize_spaces,
    open_lines,
)
from tests.text.samples import ODD_TEXTS, draw_texts


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("", ""),
        (" \n\t\n ", ""),
        ("  a \t b\u00a0\u3000c ", "a b c"),
        ("a\nb", "a\nb"),
        ("a \r\n b\rc\u2028d\x0be\x0cf\x85g", "a\nb\nc\nd\ne\nf\ng"),
        ("a\n\nb", "a\n\nb"),
        ("\n\na\n \n\t\n\r\nb\n", "a\n\nb"),
    ],
)
def test_normal_forms(text, normal):
    assert normalize_spaces(text) == normal


@pytest.mark.parametrize(
    ("text", "opened"),
    [
        ("", ""),
        ("a", " a"),
        ("(a\n\nb c", " (a\n\n b c"),
        ("我 a\n，b\nกิน\n１２\n「", "我 a\n，b\nกิน\n１２\n「"),
        ("½\n😀\n한국", " ½\n 😀\n 한국"),
    ],
)
def test_lines_open_with_a_space(text, opened):
    assert open_lines(text) == opened
    assert close_lines(opened) == text


def test_every_text_comes_back():
    for text in [*ODD_TEXTS, *draw_texts(500)]:
        normal = normalize_spaces(text)
        assert normalize_spaces(normal) == normal
        assert normal.split() == text.split()
        assert close_lines(open_lines(normal)) == normal


def test_scripts_without_spaces():
    assert all(map(is_unspaced, "好あアกກကក々〇ー、。「（！ａ１"))
    assert not any(map(is_unspaced, ["", *"aé한नб1½(“—๑฿ \n"]))
