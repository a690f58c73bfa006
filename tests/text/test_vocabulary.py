import pickle
import re
from itertools import pairwise

import numpy as np
import pytest

from sklearn_slm.text import Vocabulary, learn_vocabulary, vocabulary
from sklearn_slm.text.vocabulary import count_documents, count_tokens, renumber

DOCUMENTS = [["b", "a", "a"], ["a", "c"], [], ["c", "b", "d", "a"]]


def test_counts_worked_by_hand():
    vocabulary, ids, offsets = learn_vocabulary(DOCUMENTS)
    # a four times, b and c twice (alphabetical), d once.
    assert vocabulary.tokens == ("a", "b", "c", "d")
    assert vocabulary.token_counts.tolist() == [4, 2, 2, 1]
    assert vocabulary.document_counts.tolist() == [3, 2, 2, 1]
    assert (vocabulary.n_documents, vocabulary.corpus_size) == (4, 9)
    assert ids.tolist() == [3, 2, 2, 2, 4, 4, 3, 5, 2]
    assert offsets.tolist() == [0, 3, 5, 5, 9]
    assert (ids.dtype, offsets.dtype) == (np.int32, np.int64)


@pytest.mark.parametrize(
    ("options", "tokens"),
    [
        ({"min_df": 2}, ("a", "b", "c")),
        ({"min_df": 0.5}, ("a", "b", "c")),
        ({"max_df": 2}, ("b", "c", "d")),
        ({"max_df": 0.25}, ("d",)),
        ({"max_features": 2}, ("a", "b")),
        ({"min_df": 2, "max_df": 2, "max_features": 1}, ("b",)),
    ],
)
def test_pruning(options, tokens):
    vocabulary, ids, _ = learn_vocabulary(DOCUMENTS, **options)
    assert vocabulary.tokens == tokens
    assert vocabulary.corpus_size == 9
    assert np.count_nonzero(ids == 1) == 9 - vocabulary.token_counts.sum()


def test_order_of_documents_does_not_matter():
    vocabulary, _, _ = learn_vocabulary(DOCUMENTS)
    turned, _, _ = learn_vocabulary(DOCUMENTS[::-1])
    assert turned == vocabulary
    assert turned.token_counts.tolist() == vocabulary.token_counts.tolist()


def test_encode_and_decode():
    vocabulary, _, _ = learn_vocabulary(DOCUMENTS)
    assert vocabulary.encode(["d", "zebra", "a"]).tolist() == [5, 1, 2]
    assert vocabulary.decode([0, 1, 5]) == [None, None, "d"]
    assert "a" in vocabulary
    assert "zebra" not in vocabulary
    assert len(vocabulary) == 4


def test_a_pickle_leaves_the_index_out():
    vocabulary, _, _ = learn_vocabulary(DOCUMENTS)
    small = pickle.dumps(vocabulary)
    assert vocabulary.index["a"] == 2
    assert pickle.dumps(vocabulary) == small
    loaded = pickle.loads(small)
    assert loaded == vocabulary
    assert hash(loaded) == hash(vocabulary)
    assert loaded.encode(["c"]).tolist() == [4]
    assert loaded != "a"
    assert isinstance(loaded, Vocabulary)


@pytest.mark.parametrize(
    ("documents", "options", "message"),
    [
        ([], {}, "no token was found in 0 documents"),
        ([[], []], {}, "no token was found in 2 documents"),
        (
            [["a"], ["b"]],
            {"min_df": 2},
            "none of the 2 tokens found is in at least min_df=2",
        ),
    ],
)
def test_an_empty_vocabulary_is_explained(documents, options, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        learn_vocabulary(documents, **options)


@pytest.mark.parametrize("block", [1, 3, 7, 1000])
def test_blocks_count_and_renumber_as_a_whole(monkeypatch, block):
    monkeypatch.setattr(vocabulary, "_BLOCK", block)
    random = np.random.RandomState(block)
    for lengths in (
        [0, 0, 5, 0, 40, 1, 0, 0, 3, 0],
        [0],
        [30],
        random.randint(9, size=20),
    ):
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        ids = random.randint(6, size=offsets[-1]).astype(np.int32)
        rows = [ids[i:j] for i, j in pairwise(offsets)]
        assert count_tokens(ids, 6).tolist() == [np.sum(ids == i) for i in range(6)]
        assert count_documents(ids, offsets, 6).tolist() == [
            sum(i in row for row in rows) for i in range(6)
        ]
        new = ids.copy()
        renumber(new, np.arange(10, 16, dtype=np.int32))
        assert np.array_equal(new, ids + 10)


def test_one_long_token_costs_its_own_length_alone():
    # As NumPy strings 2,000 tokens of this length would take 16 GB.
    documents = [["x" * 2_000_000], [f"w{i}" for i in range(2_000)]]
    vocabulary, ids, _ = learn_vocabulary(documents)
    assert len(vocabulary) == len(ids) == 2_001
