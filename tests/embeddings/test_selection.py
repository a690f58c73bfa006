import re
import warnings

import numpy as np
import pytest

from sklearn_slm.embeddings import WordVectors, read_vectors

CUT = "naïve".encode()[:3]  # ends inside of the letter
GOOD = [b"w%d" % i for i in range(18)] + ["不错".encode()]


@pytest.fixture(params=["glove", "word2vec", "word2vec-binary"])
def write(request, tmp_path):
    """Write words with 1, 2, ... as their vectors of one component."""

    def write_words(words):
        path = tmp_path / "v"
        binary = request.param == "word2vec-binary"
        rows = [
            word + b" " + (np.float32(i).tobytes() if binary else b"%d" % i) + b"\n"
            for i, word in enumerate(words, 1)
        ]
        header = b"" if request.param == "glove" else b"%d 1\n" % len(words)
        path.write_bytes(header + b"".join(rows))
        return path

    # Words of digits with one number each look like a header.
    write_words.options = {"format": request.param}
    write_words.first_line = 1 if request.param != "word2vec" else 2
    return write_words


def test_a_few_undecodable_words_are_left_out_with_a_warning(write):
    path = write([*GOOD, CUT])
    line = write.first_line + 19
    told = (
        rf"1 of 20 words of '.*v' are not utf-8.*in line {line}: {re.escape(repr(CUT))}"
    )
    with pytest.warns(UserWarning, match=told) as caught:
        vectors = read_vectors(path, **write.options)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert vectors.tokens == tuple(word.decode() for word in GOOD)
    assert vectors["不错"] == 19
    with pytest.warns(UserWarning, match=told):
        vectors = read_vectors(path, tokens=["w3"], **write.options)
    assert vectors == WordVectors(["w3"], [[4]])


def test_undecodable_words_are_none_of_the_other_words(write):
    path = write([b"w0", CUT, *GOOD[1:]])
    with pytest.warns(UserWarning, match="are not utf-8"):
        vectors = read_vectors(path, tokens=["w9"], n_others=3, **write.options)
    assert vectors.tokens == ("w0", "w1", "w2", "w9")


def test_only_some_of_the_words_are_shown(write):
    bad = [b"\xff%d" % i for i in range(7)]
    path = write([b"w%d" % i for i in range(200)] + bad)
    with pytest.warns(
        UserWarning, match=r"7 of 207 .*b'\\xff0', .* b'\\xff4', \.\.\.\."
    ):
        assert len(read_vectors(path, **write.options)) == 200


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ([b"\xff"], "1 of 1"),
        ([b"w0", b"\xff"], "1 of 2"),
        ([*GOOD, CUT, CUT + b"x"], "2 of 21"),
        ([word.encode("gbk") for word in "不 错 的 电影 w".split()], "4 of 5"),
        (
            [w.encode("latin-1") for w in "café naïve être good bad day a b".split()],
            "3 of 8",
        ),
    ],
)
def test_many_undecodable_words_are_refused(words, count, write):
    path = write(words)
    line = next(i for i, word in enumerate(words) if not decodes(word))
    message = (
        f"line {line + write.first_line}, is not utf-8: .*{count} words.*encoding="
    )
    for wanted in (None, ["w0"]):
        with pytest.raises(ValueError, match=message):
            read_vectors(path, tokens=wanted, **write.options)


def decodes(word):
    try:
        return word.decode("utf-8") is not None
    except UnicodeDecodeError:
        return False


def test_strict_refuses_any(write):
    path = write([*GOOD, CUT])
    for wanted in (None, ["w0"]):
        with pytest.raises(
            ValueError, match=f"line {write.first_line + 19}, is not utf-8"
        ):
            read_vectors(path, tokens=wanted, errors="strict", **write.options)


@pytest.mark.parametrize(
    ("errors", "word"), [("ignore", "na"), ("replace", "na\ufffd")]
)
def test_undecodable_words_are_kept_as_bytes_decode_makes_them(errors, word, write):
    path = write([*GOOD[:3], CUT])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        vectors = read_vectors(path, errors=errors, **write.options)
        wanted = read_vectors(path, tokens=[word], errors=errors, **write.options)
        others = read_vectors(path, tokens=["w1"], errors=errors, **write.options)
    assert vectors.tokens == ("w0", "w1", "w2", word)
    assert wanted == WordVectors([word], [[4]])
    assert others.tokens == ("w1",)


def test_repeated_words_are_counted_whoever_wanted_them(write):
    path = write([b"a", b"b", b"a", b"c", b"b", b"a"])
    for options, n_repeated, words in [
        ({}, 3, ("a", "b", "c")),
        ({"tokens": ["a"]}, 2, ("a",)),
        ({"tokens": ["a"], "n_others": 1}, 3, ("a", "b")),
    ]:
        with pytest.warns(
            UserWarning, match=f"{n_repeated} rows of .* repeat an earlier"
        ):
            assert read_vectors(path, **options, **write.options).tokens == words


def test_words_that_an_encoding_lacks_are_not_in_the_file(write):
    path = write([word.encode("gbk") for word in "不错 很好".split()])
    wanted = ["很好", "🙂", "\ud800"]
    read = read_vectors(path, tokens=wanted, encoding="gbk", **write.options)
    assert read.tokens == ("很好",)


def test_a_mark_of_utf_8_is_no_part_of_a_word(tmp_path):
    (tmp_path / "v").write_bytes(b"\xef\xbb\xbfa 1 2\nb 3 4\n")
    for encoding in ("utf-8-sig", "UTF_8_SIG", "utf-8"):
        read = read_vectors(tmp_path / "v", tokens=["a", "b"], encoding=encoding)
        assert read.tokens == ("a", "b")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"errors": "skip"},
            r"errors must be one of \('warn', 'strict', .* Got 'skip'",
        ),
        ({"errors": None}, "errors must be one of"),
        ({"encoding": "klingon"}, "must be the name of a text encoding. Got 'klingon'"),
        ({"encoding": "base64"}, "must be the name of a text encoding. Got 'base64'"),
        ({"encoding": "utf-16"}, "'utf-16' has other bytes than ASCII.*as UTF-8 first"),
        ({"encoding": "UTF-32-LE"}, "has other bytes than ASCII"),
        ({"encoding": "cp037"}, "has other bytes than ASCII"),
    ],
)
def test_unknown_options_are_refused(options, message, tmp_path):
    (tmp_path / "v").write_bytes(b"a 1 2\n")
    with pytest.raises(ValueError, match=message):
        read_vectors(tmp_path / "v", **options)
