"""English texts are written as English is."""

import re

import pytest

from sklearn_slm.datasets import load_demo_corpus
from sklearn_slm.datasets._english import ENGLISH


def test_texts_are_written_properly():
    texts = load_demo_corpus("en", subset="all").data
    assert not [text for text in texts if re.search(r"[{}]", text)]
    assert not [t for t in texts if re.search(r"\s\s|\s[.,;?!]|\s$|^\s", t)]
    assert not [t for t in texts if re.search(r"(^|[.?!] )[a-z]", t)]
    assert not [t for t in texts if re.search(r"\b[Aa] [aeio]|\b[Aa]n [^aeiou]", t)]
    assert not [t for t in texts if re.search(r"\ban use", t)]
    assert {text[-1] for text in texts} <= set(".!?")


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (
            "I expected a dull film and got a original one",
            "I expected a dull film and got an original one.",
        ),
        ("a unfriendly place, a useful map", "An unfriendly place, a useful map."),
        (
            "I will not complain about this film; I will praise this film",
            "I will not complain about this film; I will praise it.",
        ),
        ("why on earth would I drop out?", "Why on earth would I drop out?"),
    ],
)
def test_the_last_touch_of_a_sentence(sentence, expected):
    assert ENGLISH.finish(sentence) == expected
