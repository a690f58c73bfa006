import gzip
import lzma
import os
import stat
import zipfile

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sklearn_slm.embeddings import (
    WordVectors,
    formats,
    read_vectors,
    rows,
    write_vectors,
)

WORDS = [
    "good",
    "bad",
    "café",
    "不错",
    "non\u00a0stop",
    "line\u0085end",
    "<unk>",
    "1",
    "10",
]
TABLE = np.random.default_rng(0).normal(size=(9, 5)).astype(np.float32)
VECTORS = WordVectors(WORDS, TABLE)
FORMATS = ["glove", "word2vec", "word2vec-binary"]
SUFFIXES = ["", ".gz", ".xz", ".zip"]


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("format", FORMATS)
def test_round_trip_keeps_every_bit(format, suffix, tmp_path):
    path = tmp_path / f"vectors{suffix}"
    write_vectors(path, VECTORS, format=format)
    assert read_vectors(path) == VECTORS
    assert read_vectors(path, format=format) == VECTORS
    some = read_vectors(path, tokens=["10", "nowhere", "café"])
    assert some == VECTORS.subset(["café", "10"])


@pytest.mark.parametrize("format", FORMATS)
def test_extreme_numbers_survive(format, tmp_path):
    table = np.array([[1e-45, 3.4e38, -0.0], [1 / 3, 1e10, 123456.789]], np.float32)
    write_vectors(tmp_path / "v", WordVectors(["a", "b"], table), format=format)
    assert_array_equal(read_vectors(tmp_path / "v").table, table)


@pytest.mark.parametrize("format", FORMATS)
def test_more_rows_than_a_batch(format, tmp_path, monkeypatch):
    monkeypatch.setattr(rows, "BATCH_ROWS", 4)
    monkeypatch.setattr(formats, "BATCH_ROWS", 3)
    write_vectors(tmp_path / "v", VECTORS, format=format)
    assert read_vectors(tmp_path / "v") == VECTORS


@pytest.mark.parametrize(
    "content",
    [
        b"a 1 2\nb 3 4\n",
        b"a 1 2\nb 3 4",
        b"\xef\xbb\xbfa 1 2\r\nb 3 4\r\n",
        b"a 1 2 \nb 3 4 \n\n",
        b"2 2\na 1 2\nb 3 4\n",
        b"\xef\xbb\xbf2 2\r\na 1 2\r\nb 3 4\r\n",
        b"a\t1\t2\nb  3  4\n",
    ],
)
def test_dialects_of_text(content, tmp_path):
    vectors = read_vectors(write(tmp_path / "v.txt", content))
    assert vectors == WordVectors(["a", "b"], [[1, 2], [3, 4]])


def test_tokens_with_spaces(tmp_path):
    content = ". . . 1 2\nat name@domain.com 3 4\nplain 5 6\nother 7 8\nlast 9 0\n"
    path = write(tmp_path / "v.txt", content)
    vectors = read_vectors(path)
    assert vectors.tokens[:3] == (". . .", "at name@domain.com", "plain")
    assert_array_equal(vectors["at name@domain.com"], [3, 4])
    assert read_vectors(path, tokens=[". . ."]).tokens == (". . .",)
    write_vectors(tmp_path / "w.txt", vectors)
    assert read_vectors(tmp_path / "w.txt") == vectors


def test_first_of_repeated_words_wins_with_a_warning(tmp_path):
    path = write(tmp_path / "v.txt", "a 1\nb 2\na 3\na 4\n")
    with pytest.warns(UserWarning, match=r"2 rows of '.*v.txt' repeat an earlier word"):
        vectors = read_vectors(path)
    assert vectors == WordVectors(["a", "b"], [[1], [2]])


@pytest.mark.parametrize("format", FORMATS)
def test_the_first_other_words_of_a_file_are_kept_too(format, tmp_path):
    write_vectors(tmp_path / "v", VECTORS, format=format)
    some = read_vectors(tmp_path / "v", tokens=["bad", "10"], n_others=2)
    assert some == VECTORS.subset(["good", "bad", "café", "10"])
    with pytest.raises(ValueError, match="n_others must be at least 0. Got -1"):
        read_vectors(tmp_path / "v", tokens=[], n_others=-1)


def test_one_component_and_number_words(tmp_path):
    path = write(tmp_path / "v.txt", "7 1\n8 2\n9 3\n")
    assert read_vectors(path, format="glove").tokens == ("7", "8", "9")
    assert read_vectors(write(tmp_path / "w.txt", "2 1\na 0.5\nb 1.5\n")).tokens == (
        "a",
        "b",
    )


def test_binary_rows_with_and_without_newlines(tmp_path):
    row = np.array([1, 2], "<f4").tobytes()
    one = write(tmp_path / "a.bin", b"2 2\na " + row + b"b " + row)
    other = write(tmp_path / "b.bin", b"2 2\na " + row + b"\nb " + row + b"\n")
    assert read_vectors(one) == read_vectors(other)


def test_another_encoding(tmp_path):
    path = write(tmp_path / "v.txt", "café 1 2\n".encode("latin-1"))
    assert read_vectors(path, encoding="latin-1").tokens == ("café",)
    assert read_vectors(path, encoding="latin-1", tokens=["café"]).tokens == ("café",)
    with pytest.raises(ValueError, match=r"v.txt', line 1, is not utf-8.*encoding="):
        read_vectors(path)


def test_compression_is_known_by_content(tmp_path):
    path = write(tmp_path / "v.txt", gzip.compress(b"a 1 2\n"))
    assert read_vectors(path).tokens == ("a",)


def test_no_wanted_word_is_there(tmp_path):
    vectors = read_vectors(write(tmp_path / "v.txt", "a 1 2\n"), tokens=["b"])
    assert len(vectors) == 0
    assert vectors.n_components == 2


def test_a_header_may_promise_nothing(tmp_path):
    write_vectors(tmp_path / "v", VECTORS.subset([]), format="word2vec")
    assert read_vectors(tmp_path / "v").n_components == 5


def make_zip(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_zip_members_are_chosen_by_name(tmp_path):
    two = make_zip(tmp_path / "v.zip", {"a.txt": "a 1\n", "d/b.txt": "b 2\n"})
    assert read_vectors(two, member="d/b.txt").tokens == ("b",)
    with pytest.raises(ValueError, match=r"more than one file.*'a.txt', 'd/b.txt'"):
        read_vectors(two)
    with pytest.raises(ValueError, match=r"holds no file 'c'.*'a.txt'"):
        read_vectors(two, member="c")
    with pytest.raises(ValueError, match="holds no file"):
        read_vectors(make_zip(tmp_path / "e.zip", {}))
    with pytest.raises(ValueError, match="no zip archive; leave member out"):
        read_vectors(write(tmp_path / "v.txt", "a 1\n"), member="a.txt")


BROKEN = {
    "empty": (b"", "is empty"),
    "short row": (b"a 1 2\nb 3\nc 4 5\n", "line 2, has 1 numbers, but 2 were expected"),
    "long row": (b"a 1 2\nb 3 4 5\nc 4 5\n", "line 2, has 3 numbers, but 2"),
    "text": (b"a 1 2\nb 3 x\nc 4 5\n", "line 2, has 'x' where a number should be"),
    "nan": (b"a 1 2\nb 3 nan\n", "line 2, the vector of 'b' holds NaN or infinity"),
    "inf": (b"2 1\na 1\nb inf\n", "line 3, the vector of 'b' holds NaN"),
    "not UTF-8": (b"a 1 2\n\xff\xfe 3 4\n", "line 2, is not utf-8"),
    "too few": (b"3 2\na 1 2\nb 3 4\n", "ends after 2 rows, but its header promises 3"),
    "too many": (
        b"1 2\na 1 2\nb 3 4\n",
        "ends after 2 rows, but its header promises 1",
    ),
    "other width": (
        b"2 3\na 1 2\nb 3 4\n",
        "line 2, has 2 numbers, but 3 were expected",
    ),
    "binary short": (b"3 2\na \0\0\0\0\0\0\0\0b ", "breaks off in row 2 of the 3"),
    "binary long": (b"1 2\na \0\0\0\0\0\0\0\0b \0\0\0\0", "continues after the 1 rows"),
    "binary nan": (b"1 1\na \0\0\xc0\x7f", "line 1, the vector of 'a' holds NaN"),
    "gzip": (gzip.compress(os.urandom(5000))[:3000], "damaged or incomplete archive"),
    "xz": (lzma.compress(os.urandom(5000))[:3000], "damaged or incomplete archive"),
    "zip": (b"PK\x03\x04" + b"0" * 50, "damaged or incomplete archive"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files(name, tmp_path):
    content, message = BROKEN[name]
    path = write(tmp_path / "broken", content)
    with pytest.raises(ValueError, match=message) as caught:
        read_vectors(path)
    assert "broken" in str(caught.value)


def test_corrupt_bytes_inside_a_gzip(tmp_path):
    data = bytearray(gzip.compress(b"".join(b"w%d 1 2\n" % i for i in range(2000))))
    data[len(data) // 2] ^= 255
    with pytest.raises(
        ValueError, match=r"damaged or incomplete archive|number|UTF|utf"
    ):
        read_vectors(write(tmp_path / "v.gz", bytes(data)))


def test_missing_file_and_directory(tmp_path):
    with pytest.raises(FileNotFoundError, match="Check the path"):
        read_vectors(tmp_path / "nowhere.txt")
    with pytest.raises(ValueError, match="is a directory"):
        read_vectors(tmp_path)


@pytest.mark.parametrize("compress", [gzip.compress, lzma.compress])
def test_a_decompression_bomb_is_stopped(compress, tmp_path):
    path = write(tmp_path / "bomb", compress(b"\0" * (3 << 20)))
    with pytest.raises(ValueError, match=r"decompresses to more than 1,000,000 bytes"):
        read_vectors(path, max_bytes=1_000_000)
    with pytest.raises(ValueError, match=r"is longer than 1,048,576 bytes"):
        read_vectors(path)


def test_a_zip_bomb_is_stopped(tmp_path):
    path = make_zip(tmp_path / "bomb.zip", {"a": b"a 1 2\n" * 1_000_000})
    with pytest.raises(ValueError, match="raise max_bytes"):
        read_vectors(path, tokens=["b"], max_bytes=1_000_000)


def test_unknown_and_unfitting_formats(tmp_path):
    path = write(tmp_path / "v.txt", "a 1 2\n")
    with pytest.raises(ValueError, match="format must be one of"):
        read_vectors(path, format="fasttext")
    with pytest.raises(ValueError, match="format must be one of"):
        write_vectors(path, VECTORS, format="auto")
    with pytest.raises(ValueError, match="is no word2vec header.*format='glove'"):
        read_vectors(path, format="word2vec")


@pytest.mark.parametrize(
    ("word", "format", "message"),
    [
        ("a\nb", "glove", "holds a character that separates"),
        ("a b", "word2vec", "write format='glove'"),
        ("a b", "word2vec-binary", "write format='glove'"),
        ("\ud800", "glove", "lone surrogate"),
    ],
)
def test_words_that_would_break_a_file(word, format, message, tmp_path):
    path = write(tmp_path / "v.txt", "a 1 2\n")
    with pytest.raises(ValueError, match=message):
        write_vectors(path, WordVectors([word], [[1.0]]), format=format)
    assert path.read_text() == "a 1 2\n"


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = write(tmp_path / "v.txt", "a 1 2\n")

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(formats, "_format_rows", fail)
    with pytest.raises(OSError, match="disk full"):
        write_vectors(path, VECTORS)
    assert path.read_text() == "a 1 2\n"
    assert [p.name for p in tmp_path.iterdir()] == ["v.txt"]


def test_equal_vectors_give_equal_files(tmp_path):
    for suffix in SUFFIXES:
        one, other = tmp_path / f"v{suffix}", tmp_path / "d"
        other.mkdir(exist_ok=True)
        write_vectors(one, VECTORS)
        write_vectors(other / one.name, VECTORS)
        assert one.read_bytes() == (other / one.name).read_bytes()


@pytest.mark.skipif(os.name == "nt", reason="POSIX file modes")
def test_new_files_have_the_usual_mode(tmp_path):
    path = tmp_path / "v.txt"
    mask = os.umask(0o022)
    try:
        write_vectors(path, VECTORS)
        assert stat.S_IMODE(path.stat().st_mode) == 0o644
        path.chmod(0o600)
        write_vectors(path, VECTORS)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    finally:
        os.umask(mask)


# gensim itself leaves the file open when it reads without a header.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
class TestGensim:
    """What gensim writes we read, and the other way round."""

    @pytest.fixture
    def keyed(self):
        models = pytest.importorskip(
            "gensim.models", reason="gensim is only needed to compare with it"
        )
        return models.KeyedVectors

    @pytest.mark.parametrize("suffix", ["", ".gz"])
    @pytest.mark.parametrize("format", FORMATS)
    def test_gensim_reads_ours(self, keyed, format, suffix, tmp_path):
        path = tmp_path / f"v{suffix}"
        write_vectors(path, VECTORS, format=format)
        loaded = keyed.load_word2vec_format(
            path, binary=format == "word2vec-binary", no_header=format == "glove"
        )
        assert loaded.index_to_key == WORDS
        assert_array_equal(loaded.vectors, TABLE)

    @pytest.mark.parametrize("suffix", ["", ".gz"])
    @pytest.mark.parametrize("binary", [False, True])
    def test_we_read_gensims(self, keyed, binary, suffix, tmp_path):
        model = keyed(5)
        model.add_vectors(WORDS, TABLE)
        path = tmp_path / f"v{suffix}"
        model.save_word2vec_format(str(path), binary=binary)
        loaded = read_vectors(path)
        # gensim orders by count; without counts it keeps the order.
        assert loaded.subset(WORDS) == VECTORS


def test_streams_of_any_buffer_size_read_the_same(tmp_path, monkeypatch):
    from sklearn_slm.embeddings import files

    for format in FORMATS:
        write_vectors(tmp_path / "v.gz", VECTORS, format=format)
        for size in (256, 1000):
            monkeypatch.setattr(files, "BUFFER_BYTES", size)
            assert read_vectors(tmp_path / "v.gz") == VECTORS
