"""Vocabularies as arrays of bytes and counts, and back."""

import json
import random

import numpy as np
import pytest

from sklearn_slm.persistence.vocabulary import describe_vocabulary, read_vocabulary
from sklearn_slm.text import Vocabulary


def make_vocabulary(tokens):
    counts = np.arange(len(tokens), 0, -1)
    return Vocabulary(tuple(tokens), counts, counts, len(tokens), int(counts.sum()))


@pytest.fixture(scope="module")
def vocabulary():
    """Return tokens of one to four bytes a letter, over more than two blocks."""
    draw = random.Random(0)
    letters = 'ab\ud800é好😀\n\0"\\,[]'
    tokens = {
        "".join(draw.choices(letters, k=draw.randint(0, 12))) for _ in range(30000)
    }
    return make_vocabulary([*sorted(tokens), "x" * 100_000, "😀" * 70_000])


def test_tokens_come_back(vocabulary):
    arrays = {}
    fields = describe_vocabulary(vocabulary, arrays)
    found = read_vocabulary(fields, arrays, len(vocabulary))
    assert found.tokens == vocabulary.tokens
    assert found.token_counts.dtype == np.int64
    np.testing.assert_array_equal(found.token_counts, vocabulary.token_counts)
    assert (found.n_documents, found.corpus_size) == (
        vocabulary.n_documents,
        vocabulary.corpus_size,
    )


@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("separators", [(",", ":"), (" , ", ": ")])
def test_tokens_of_format_1_come_back(vocabulary, ascii_only, separators):
    arrays = {}
    fields = describe_vocabulary(vocabulary, arrays)
    del arrays["vocabulary.lengths"]
    text = json.dumps(
        vocabulary.tokens, ensure_ascii=ascii_only, separators=separators
    ).encode("utf-8", "surrogatepass")
    arrays["vocabulary.tokens"] = np.frombuffer(text, np.uint8)
    found = read_vocabulary(fields, arrays, len(vocabulary))
    assert found.tokens == vocabulary.tokens


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "[1]",
        '["a"',
        '["a",]',
        '["a","b"]x',
        '["a" "b"]',
        '{"a"}',
        '["a","a"]',
    ],
)
def test_what_is_no_list_of_tokens(text):
    arrays = {}
    fields = describe_vocabulary(make_vocabulary(["a", "b"]), arrays)
    del arrays["vocabulary.lengths"]
    arrays["vocabulary.tokens"] = np.frombuffer(text.encode(), np.uint8)
    with pytest.raises(ValueError, match="does not fit together"):
        read_vocabulary(fields, arrays, 2)


@pytest.mark.parametrize(
    ("content", "lengths"),
    [
        (b"ab", [1, 2]),
        (b"abc", [1, 1]),
        (b"a\xe5\xa5", [1, 1]),
        (b"a\xff", [1, 1]),
        (b"aa", [1, 1]),
        (b"", [0, 0]),
    ],
)
def test_lengths_that_do_not_fit(content, lengths):
    arrays = {}
    fields = describe_vocabulary(make_vocabulary(["a", "b"]), arrays)
    arrays["vocabulary.tokens"] = np.frombuffer(content, np.uint8)
    arrays["vocabulary.lengths"] = np.array(lengths, np.uint8)
    with pytest.raises(ValueError, match="fit together|can't decode"):
        read_vocabulary(fields, arrays, 2)


def test_a_token_too_long_is_refused_before_it_is_written():
    with pytest.raises(ValueError, match="Does the analyzer split"):
        describe_vocabulary(make_vocabulary(["x" * 1_000_001]), {})
