"""Tokens that are written one after the other, as text."""

import pytest

from sklearn_slm.text.writing import Spacer, cut_at_stops


@pytest.mark.parametrize(
    ("tokens", "is_start", "expected"),
    [
        ((" It", " is", "n't", "."), True, "It isn't."),
        ((" on", " foot"), False, " on foot"),
        ((" ", "a", " ", " ", "b", " "), True, "a b"),
        ((" ", "a"), False, " a"),
        (("a", " ", " b"), True, "a b"),
        (("a", " ", "\n", " ", " b", "\n", "\n", "c"), True, "a\nb\n\nc"),
        (("我", "用", " Python", "写"), True, "我用 Python写"),
    ],
)
def test_spaces_by_hand(tokens, is_start, expected):
    spacer = Spacer(is_start)
    assert "".join(spacer.write(token) for token in tokens) == expected


def test_a_space_before_the_first_token_waits_for_it():
    spacer = Spacer(is_start=False, waits=True)
    assert [spacer.write(token) for token in ("\n", "a")] == ["\n", "a"]
    spacer = Spacer(is_start=False, waits=True)
    assert [spacer.write(token) for token in ("a", "b")] == [" a", "b"]


@pytest.mark.parametrize("size", [1, 2, 3, 20])
def test_the_first_stop_ends_a_text_wherever_it_was_cut(size):
    text = "one two, three two."
    pieces = [text[i : i + size] for i in range(0, len(text), size)]
    for stops, expected in [
        ((), text),
        (("zzz",), text),
        ((" two",), "one"),
        ((", ", "three"), "one two"),
        (("o three", "o."), "one two, three tw"),
        (("one",), ""),
    ]:
        assert "".join(cut_at_stops(pieces, stops)) == expected
