"""Where tokens stand, and which source token has most weight."""

import numpy as np
import pytest

from sklearn_slm.estimators.aligning import Alignment, locate_tokens
from sklearn_slm.estimators.sides import SideOptions, learn_side
from sklearn_slm.text import Tokenizer


def find_pieces(tokenizer, document):
    tokens = tokenizer.split(document)
    offsets = locate_tokens(tokenizer, tokens, document)
    assert len(offsets) == len(tokens)
    starts = [start for start, _ in offsets]
    assert starts == sorted(starts)
    return [document[start:end] for start, end in offsets]


@pytest.mark.parametrize(
    ("document", "pieces"),
    [
        ("  It  isn\u2019t here. ", ["It", "is", "n\u2019t", "here", "."]),
        ("Cafe\u0301s 我们", ["Cafe\u0301s", "我", "们"]),
        ("a\u200bb\r\n c", ["a", "b", "\r\n ", "c"]),
        ("", []),
    ],
)
def test_tokens_stand_where_they_were_written(document, pieces):
    assert find_pieces(Tokenizer(strip_tags=False), document) == pieces


def test_all_kinds_of_tokens_and_cleaning():
    assert find_pieces(Tokenizer("char"), " Ab  c") == ["A", "b", "  ", "c"]
    tokenizer = Tokenizer(lowercase=True)
    assert find_pieces(tokenizer, "<b>GOOD</b> İstanbul") == ["GOOD", "İstanbul"]
    side = learn_side(SideOptions("subword", 20), ["low lower lowest"] * 5)
    assert "".join(find_pieces(side.tokenizer, "Lower  low")) == "Lowerlow"


def test_the_source_token_of_most_weight():
    alignment = Alignment(
        "one two",
        "zwei eins",
        [" one", " two"],
        [" zwei", " eins"],
        [(0, 3), (4, 7)],
        [(0, 4), (5, 9)],
        np.float32([[0.1, 0.9], [0.8, 0.2]]),
    )
    assert alignment.link() == [("two", "zwei"), ("one", "eins")]
    empty = Alignment("", "", [], [], [], [], np.zeros((0, 0), np.float32))
    assert empty.link() == []
