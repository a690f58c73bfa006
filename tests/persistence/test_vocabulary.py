"""Vocabularies as arrays of bytes and counts, and back."""

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
    fields = describe_vocabulary(vocabulary, arrays, "words")
    assert {name.split(".")[0] for name in arrays} == {"words"}
    found = read_vocabulary(fields, arrays, "words", 10**7)
    assert found.tokens == vocabulary.tokens
    assert found.token_counts.dtype == np.int64
    np.testing.assert_array_equal(found.token_counts, vocabulary.token_counts)
    assert (found.n_documents, found.corpus_size) == (
        vocabulary.n_documents,
        vocabulary.corpus_size,
    )


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
    fields = describe_vocabulary(make_vocabulary(["a", "b"]), arrays, "words")
    arrays["words.tokens"] = np.frombuffer(content, np.uint8)
    arrays["words.lengths"] = np.array(lengths, np.uint8)
    with pytest.raises(ValueError, match="fit together|can't decode"):
        read_vocabulary(fields, arrays, "words", 1000)


def test_a_token_too_long_is_refused_before_it_is_written():
    with pytest.raises(ValueError, match="Does the analyzer split"):
        describe_vocabulary(make_vocabulary(["x" * 1_000_001]), {}, "words")


def test_more_tokens_than_the_file_has_vectors_for():
    arrays = {}
    fields = describe_vocabulary(make_vocabulary("abcdefghij"), arrays, "words")
    assert len(read_vocabulary(fields, arrays, "words", 80)) == 10
    with pytest.raises(ValueError, match="10 tokens have no word vectors in it"):
        read_vocabulary(fields, arrays, "words", 79)
    for part in ("tokens", "lengths", "token_counts", "document_counts"):
        left = {k: v for k, v in arrays.items() if k != f"words.{part}"}
        with pytest.raises(ValueError, match=f"it has no array words.{part}"):
            read_vocabulary(fields, left, "words", 80)
