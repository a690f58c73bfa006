"""Beginnings of texts: line breaks, spaces, ids."""

import pytest

from tests.estimators.language import TEXTS, fit_model, make_model


def test_a_line_break_at_the_end_of_a_prompt_is_read():
    texts = ["one two\nthree four", "two three\none"] * 3
    model = make_model(max_iter=1).fit(texts)
    ids = model._encode_prompt("one two \r\n")
    assert [model.vocabulary_.tokens[i - 2] for i in ids] == [" one", " two", "\n"]
    (text,) = model.generate("one\n", n_tokens=3, random_state=0, top_p=1.0)
    assert text.startswith("one\n") and not text.startswith("one\n ")
    pieces = model.stream("one\n", n_tokens=3, random_state=0, top_p=1.0)
    assert "one\n" + "".join(pieces) == text
    for prompt, start in (("one\n\n", "one\n\n"), ("one\r", "one\n"), ("\n", "")):
        assert model.generate(prompt, n_tokens=0)[0] == start
    # Lines of a stream end at the boundary.
    lines = make_model(max_iter=1, documents="stream").fit(TEXTS)
    assert lines._encode_prompt("one\n").tolist()[-1] == 0
    assert len(fit_model()._encode_prompt("one\n")) == 1


@pytest.mark.parametrize(
    ("prompt", "text", "is_start", "waits"),
    [
        ("one", "one", False, False),
        ("one ", "one", False, False),
        ("", "", True, False),
        (" \n ", "", True, False),
        ("one\n", "one\n", True, False),
        ("one \u2028", "one\n", True, False),
    ],
)
def test_where_a_text_goes_on(prompt, text, is_start, waits):
    begun, spacer = fit_model()._begin(prompt)
    assert (begun, spacer.is_start, spacer.waits) == (text, is_start, waits)


def test_the_space_of_characters_waits():
    model = make_model(tokens="char", max_iter=1).fit(TEXTS)
    begun, spacer = model._begin("one ")
    assert begun == "one" and spacer.waits and not spacer.is_start
    space = model.vocabulary_.index[" "]
    assert model._encode_prompt("one ").tolist()[-1] == space
    assert model._encode_prompt("one").tolist()[-1] != space
    assert model._encode_keyword("one").tolist()[0] == space
    assert model._encode_keyword("!").tolist() == [model.vocabulary_.index["!"]]
