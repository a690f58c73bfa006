import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sklearn_slm.embeddings import WordVectors, read_vectors, rows

HEADER_ROWS = """5 3
good 0.1 0.2 0.3
blink 182 0.4 0.5 0.6
2 000 000 0.7 0.8 0.9
1984 1.0 1.1 1.2
. . . 1.3 1.4 1.5
"""


@pytest.mark.parametrize("format", ["auto", "word2vec"])
@pytest.mark.parametrize("ending", ["\n", " \n", "\r\n"])
def test_with_a_header_the_last_numbers_are_the_vector(format, ending, tmp_path):
    path = tmp_path / "v.txt"
    path.write_bytes(HEADER_ROWS.replace("\n", ending).encode())
    vectors = read_vectors(path, format=format)
    assert vectors.tokens == ("good", "blink 182", "2 000 000", "1984", ". . .")
    numbers = np.arange(1, 16, dtype=np.float32).reshape(5, 3) / np.float32(10)
    assert_array_equal(vectors.table, numbers)
    some = read_vectors(path, format=format, tokens=["blink 182"])
    assert some == WordVectors(["blink 182"], [numbers[1]])


def test_the_first_row_after_a_header_may_be_of_several_words(tmp_path):
    (tmp_path / "v").write_text("2 2\nblink 182 0.5 1\ngood 1 2\n")
    assert read_vectors(tmp_path / "v").tokens == ("blink 182", "good")


def test_without_a_header_a_number_too_many_is_refused(tmp_path):
    (tmp_path / "v").write_text("good 1 2\nblink 182 0.5 1\nbad 3 4\n")
    message = r"line 2, has 3 numbers, but 2 .* put a header before the first line"
    with pytest.raises(ValueError, match=message):
        read_vectors(tmp_path / "v")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("b 3", "line 3, has 1 numbers, but 2 were expected"),
        ("b 3 4 x", "line 3, has 'x' where a number should be"),
        ("b 3 1_0", "line 3, has '1_0' where a number should be"),
        ("b 3 4\x0b5", r"line 3, has '4\\x0b5' where a number should be"),
        ("b 3 4\x1c5", r"line 3, has '4\\x1c5' where a number should be"),
        ("b 3 \x0c", r"line 3, has '\\x0c' where a number should be"),
    ],
)
def test_rows_that_do_not_fit(row, message, tmp_path):
    (tmp_path / "v").write_text(f"3 2\na 1 2\n{row}\nc 5 6\n")
    with pytest.raises(ValueError, match=message):
        read_vectors(tmp_path / "v")


ROW = np.arange(50_000, dtype="<f4")


@pytest.mark.parametrize("between", [b"", b"\n"])
def test_binary_rows_longer_than_a_buffer(between, tmp_path):
    content = b"3 50000\n" + b"".join(
        b"w%d " % i + (ROW + i).astype("<f4").tobytes() + between for i in range(3)
    )
    (tmp_path / "v").write_bytes(content)
    vectors = read_vectors(tmp_path / "v")
    assert vectors.tokens == ("w0", "w1", "w2")
    assert_array_equal(vectors.table, ROW + np.arange(3)[:, None])
    (tmp_path / "v").write_bytes(content[: -len(between) - 1])
    with pytest.raises(ValueError, match="breaks off in row 3 of the 3"):
        read_vectors(tmp_path / "v")


def test_packed_newlines_between_binary_rows(tmp_path):
    row, newlines = np.float32(2).tobytes(), b"\n" * 5_000_000
    content = b"2 1\n" + newlines + b"a " + row + newlines + b"b " + row + newlines
    (tmp_path / "v").write_bytes(content)
    read = read_vectors(tmp_path / "v", format="word2vec-binary")
    assert read == WordVectors(["a", "b"], [[2], [2]])


def test_a_binary_word_that_never_ends(tmp_path):
    (tmp_path / "v").write_bytes(b"2 1\n" + b"w" * 30_000_000)
    with pytest.raises(ValueError, match="breaks off in row 1 of the 2"):
        read_vectors(tmp_path / "v", format="word2vec-binary")


@pytest.mark.parametrize("format", ["auto", "word2vec", "word2vec-binary"])
@pytest.mark.parametrize("n_components", [65_537, 10_000_000, 10**17])
def test_a_bound_on_components(n_components, format, tmp_path):
    (tmp_path / "v").write_bytes(b"1 %d\na \0\0\0\0" % n_components)
    message = f"line 1, asks for {n_components:,} components; expected at most 65,536"
    with pytest.raises(ValueError, match=message):
        read_vectors(tmp_path / "v", format=format)


def test_the_most_components_are_read(tmp_path):
    table = np.ones((1, rows.MAX_COMPONENTS), "<f4")
    (tmp_path / "v").write_bytes(b"1 %d\na " % table.size + table.tobytes())
    assert read_vectors(tmp_path / "v") == WordVectors(["a"], table)


@pytest.mark.parametrize("header", [b"9" * 5000 + b" 2", b"2 " + b"9" * 5000])
def test_a_header_of_thousands_of_digits_is_none(header, tmp_path):
    (tmp_path / "v").write_bytes(header + b"\na 1 2\nb 3 4\n")
    with pytest.raises(ValueError, match="v', line 1, "):
        read_vectors(tmp_path / "v")
    with pytest.raises(ValueError, match="line 1, is no word2vec header"):
        read_vectors(tmp_path / "v", format="word2vec-binary")
