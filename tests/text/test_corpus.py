"""Streams of texts: the same vocabulary and ids, in bounded memory."""

import gc
import gzip
import os
import pickle
import re
import tempfile
import tracemalloc
from itertools import repeat

import numpy as np
import pytest

from sklearn_slm.text import (
    Tokenizer,
    encode_corpus,
    learn_corpus,
    learn_vocabulary,
    read_lines,
    vocabulary,
)

TEXTS = ["b a a", "a c", "", "c b d a"]
SMALL = 1_000_000


def draw_stream(n_documents, n_tokens, seed=0):
    """Yield texts of tokens of which few are frequent."""
    random = np.random.RandomState(seed)
    for _ in range(n_documents):
        numbers = (n_tokens * random.rand(random.randint(200)) ** 4).astype(int)
        yield " ".join(map("t{:07}".format, numbers))


def test_worked_by_hand():
    learned, texts = learn_corpus(iter(TEXTS), str.split)
    assert learned.tokens == ("a", "b", "c", "d")
    assert learned.token_counts.tolist() == [4, 2, 2, 1]
    assert learned.document_counts.tolist() == [3, 2, 2, 1]
    assert (learned.n_documents, learned.corpus_size) == (4, 9)
    assert texts.values.tolist() == [3, 2, 2, 2, 4, 4, 3, 5, 2]
    assert texts.offsets.tolist() == [0, 3, 5, 5, 9]
    assert (texts.values.dtype, texts.offsets.dtype) == (np.int32, np.int64)


@pytest.mark.parametrize(
    ("options", "tokens", "ids"),
    [
        ({"min_count": 2}, ("a", "b", "c"), [3, 2, 2, 2, 4, 4, 3, 1, 2]),
        ({"min_count": 3}, ("a",), [1, 2, 2, 2, 1, 1, 1, 1, 2]),
        ({"max_features": 2}, ("a", "b"), [3, 2, 2, 2, 1, 1, 3, 1, 2]),
    ],
)
def test_rare_tokens_are_unknown(options, tokens, ids):
    learned, texts = learn_corpus(TEXTS, str.split, **options)
    assert learned.tokens == tokens and texts.values.tolist() == ids
    assert learned.corpus_size == 9


@pytest.mark.parametrize("max_memory", [None, SMALL])
def test_it_agrees_with_learning_from_tokens(max_memory):
    # Ids of 1.4 MB, and tokens of which none has to be pruned.
    stream = [*draw_stream(3500, 1500)]
    learned, texts = learn_corpus(
        iter(stream), str.split, max_features=1000, max_memory=max_memory
    )
    expected, ids, offsets = learn_vocabulary(map(str.split, stream), max_features=1000)
    assert learned == expected
    for counts in ("token_counts", "document_counts"):
        assert np.array_equal(getattr(learned, counts), getattr(expected, counts))
    assert learned.corpus_size == expected.corpus_size == len(ids) > 4 * SMALL // 12
    assert np.array_equal(texts.values, ids) and np.array_equal(texts.offsets, offsets)
    again = encode_corpus(iter(stream), str.split, learned, max_memory=max_memory)
    assert np.array_equal(again.values, ids) and np.array_equal(again.offsets, offsets)


def test_ids_of_a_file_are_rows_as_others_and_the_file_has_no_name(
    monkeypatch, tmp_path
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    _, texts = learn_corpus(draw_stream(3500, 1500), str.split, max_memory=SMALL)
    _, expected = learn_corpus(draw_stream(3500, 1500), str.split)
    assert isinstance(texts.values.base, np.memmap)
    assert not os.listdir(tmp_path)
    rows = np.array([7, 0, 3000])
    assert np.array_equal(texts.take(rows).values, expected.take(rows).values)
    assert np.array_equal(texts.slice(5, 9).pad(30), expected.slice(5, 9).pad(30))
    loaded = pickle.loads(pickle.dumps(texts))
    assert np.array_equal(loaded.values, expected.values)


def test_the_rarest_of_many_tokens_are_pruned_as_they_come():
    stream = [*draw_stream(2000, 30_000)]
    learned, texts = learn_corpus(iter(stream), str.split, max_memory=SMALL)
    expected, ids, offsets = learn_vocabulary(map(str.split, stream))
    assert learned.corpus_size == len(ids) and learned.n_documents == 2000
    assert np.array_equal(texts.offsets, offsets)
    # A third of a megabyte holds 2,000 tokens, of which at least half stay.
    assert 1000 < len(learned) < 2200 < len(expected) / 5
    assert learned.tokens[:30] == expected.tokens[:30]
    assert np.array_equal(learned.token_counts[:30], expected.token_counts[:30])
    assert len({*learned.tokens[:300]} & {*expected.tokens[:300]}) > 270
    assert np.array_equal(np.bincount(texts.values)[2:], learned.token_counts)
    # What is known has the id of its token, at whatever time it was written.
    known = texts.values > 1
    words = np.array(["", "", *learned.tokens])[texts.values[known]]
    true = np.array(["", "", *expected.tokens])[ids[known]]
    assert np.array_equal(words, true)
    best = expected.token_counts[: len(learned)].sum() / len(ids)
    assert 0.8 * best < known.mean() < best


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(vocabulary, "_BLOCK", 1 << 14)
    tokens = [f"t{i}" for i in range(1000)] * 10

    def measure(n_documents, max_memory):
        tracemalloc.start()
        _, texts = learn_corpus(
            repeat("", n_documents), lambda text: tokens, max_memory=max_memory
        )
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert len(texts.values) == n_documents * len(tokens)
        return peak

    # Ids of 12 megabytes.
    assert measure(300, None) > 12e6
    assert measure(300, SMALL) < 2e6


def test_the_tokens_of_a_tokenizer_come_back():
    tokenizer = Tokenizer()
    texts = ["It isn't (yet)\nhere.", "我用 Python"]
    learned, rows = learn_corpus(texts, tokenizer.split)
    for row, text in zip(range(2), texts):
        assert tokenizer.join(learned.decode(rows[row])) == text
    assert encode_corpus(["It is"], tokenizer.split, learned)[0].tolist() == [
        learned.index[" It"],
        learned.index[" is"],
    ]


@pytest.mark.parametrize(
    ("texts", "options", "message"),
    [
        ([], {}, "no token was found in 0 documents"),
        (["", " "], {}, "no token was found in 2 documents"),
        (["a b"], {"min_count": 2}, "none of the 2 tokens found occurs at least min_c"),
        (["a"], {"max_memory": 999_999}, "at least 1,000,000 bytes, or None"),
    ],
)
def test_what_cannot_be_learned(texts, options, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        learn_corpus(texts, str.split, **options)


def test_an_error_among_the_documents_closes_the_file():
    def fail():
        yield from draw_stream(3500, 1500)
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        learn_corpus(fail(), str.split, max_memory=SMALL)
    gc.collect()  # would warn of a file left open


@pytest.mark.parametrize("name", ["t.txt", "t.gz", "T.TXT.GZ"])
def test_lines_of_files(tmp_path, name):
    content = "\ufeffone\r\n\ntwo \u2028 好\n\tthree".encode()
    path = tmp_path / name
    packed = name.lower().endswith("gz")
    path.write_bytes(gzip.compress(content) if packed else content)
    assert [*read_lines(path)] == ["one", "", "two \u2028 好", "\tthree"]
    link = tmp_path / "link"
    link.symlink_to(path)
    assert next(read_lines(str(link))) == "one"


def test_files_that_hold_no_lines(tmp_path):
    with pytest.raises(FileNotFoundError):
        next(read_lines(tmp_path / "none.txt"))
    path = tmp_path / "t.txt"
    path.write_bytes(b"good\n\xff\n")
    lines = read_lines(path)
    assert next(lines) == "good"
    with pytest.raises(ValueError, match=r"t.txt, line 2: expected UTF-8"):
        next(lines)
