"""What is HTML and what only looks like it."""

import pytest

from sklearn_slm.text.markup import HTML_TAGS, MARKUP


@pytest.mark.parametrize(
    "markup",
    [
        *(f"<{name}>" for name in sorted(HTML_TAGS)),
        "</p>",
        "</P >",
        "<br/>",
        "<BR />",
        "<hr\n>",
        "<a href=x>",
        "<img/src=x>",
        "<a href='x' target=_blank rel=\"n o\">",
        "<p\n  class=a\n>",
        "<a title=\"a > b\" href='c > d'>",
        "<p title='it's'>",
        "<font color=red size=3>",
        f"<a href='{'x' * 5000}'>",
        "<input disabled>",
        "<input type=text required />",
        "<td nowrap>",
        "<!-- a note -->",
        "<!-- a <b>note</b>\n - of -- lines --->",
        "<!---->",
        "<!DOCTYPE html>",
        '<!doctype html PUBLIC "-//W3C//DTD HTML 4.01//EN">',
    ],
)
def test_markup_is_found_whole(markup):
    assert MARKUP.sub("_", f"x{markup}y{markup}") == "x_y_"


@pytest.mark.parametrize(
    "text",
    [
        "<PERSON> lives in <LOCATION>",
        "<DATE>",
        "<user> <url> <unk> <mask> <3",
        "x <y and z> w",
        "a <b and c> d",
        "i <b, p>q",
        "<https://example.org> <me@example.org>",
        "<my-tag> <bold> <br3> <ſ>",
        "< b > <> </> <b",
        "<!-- open",
        "<!important>",
        "List<String> a<T>",
    ],
)
def test_what_only_looks_like_markup_stays(text):
    assert MARKUP.sub("_", text) == text


@pytest.mark.parametrize(
    "piece", ["<", "<a ", "<a =", "<a ='\"", "<!--", "<!-- -", "<!doctype ", "= ' \""]
)
def test_time_is_linear(piece):
    # Quadratic time would take minutes.
    text = "<a " + piece * 200_000
    assert MARKUP.sub("_", text) == text
