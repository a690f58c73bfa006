"""Bytes of files to lines; tests/datasets/test_sources.py has pipes, links and folders."""

import gzip
import io

import pytest

from sklearn_slm.sources import decode_lines, open_source


@pytest.mark.parametrize("packed", [False, True])
def test_what_was_opened_here_is_closed_here(tmp_path, packed):
    content = "\ufeffa\r\nb\n".encode()
    path = tmp_path / "t"
    path.write_bytes(gzip.compress(content) if packed else content)
    with open_source(path, "t", packed) as file:
        assert [*decode_lines(file, "t")] == ["a\r\n", "b\n"]
    assert file.closed
    given = io.BytesIO(b"a")
    with open_source(given, "t", packed) as file:
        assert file is given
    assert not given.closed


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a\nb\xff\n", "t, line 2: expected UTF-8, got the byte 0xff at position 1"),
        (gzip.compress(b"a", mtime=0), "expected UTF-8 text, got a gzip file"),
        ("ab".encode("utf-16"), "expected UTF-8 text, got UTF-16"),
        (b"a\rb\r", "got carriage returns alone"),
    ],
)
def test_what_is_no_lines_of_text(content, message):
    with pytest.raises(ValueError, match=message):
        [*decode_lines(io.BytesIO(content), "t")]


def test_a_damaged_gzip_file_names_its_line():
    packed = gzip.compress(b"".join(b"line %d\n" % i for i in range(50_000)))
    file = gzip.GzipFile(fileobj=io.BytesIO(packed[: len(packed) // 2]))
    with pytest.raises(ValueError, match=r"t: expected a gzip file, .* at line \d+"):
        [*decode_lines(file, "t")]
