"""Pipes, links, folders, encodings and damage."""

import gzip
import io
import os
import random
import socket
import threading
from pathlib import Path

import pytest

from sklearn_slm.datasets import iter_texts, read_csv_texts, read_texts

TABLE = b"text,label\n" + b"".join(b"text %d,%d\n" % (i, i % 3) for i in range(400))
needs_pipes = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")


@pytest.fixture
def pipe(tmp_path):
    """Return a function that makes a named pipe and writes into it."""
    threads = []

    def call(name, data):
        path = tmp_path / name
        os.mkfifo(path)
        threads.append(threading.Thread(target=path.write_bytes, args=[data]))
        threads[-1].start()
        return path

    yield call
    for thread in threads:
        thread.join()


@needs_pipes
@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.csv", b"text,label\ngood,1\n", None),
        # Without its time a packed file names its test the same in every process.
        ("a.csv.gz", gzip.compress(b"text,label\ngood,1\n", mtime=0), None),
        ("a", b"__label__1 good\n", None),
        ("a", b'{"text": "good", "label": 1}', "jsonl"),
    ],
)
def test_pipes_are_read_as_they_come(pipe, name, data, kind):
    assert read_texts(pipe(name, data), kind=kind) == (["good"], ["1"])


@needs_pipes
def test_descriptors_are_read_by_their_path(write):
    """As a shell's <(...) and /dev/stdin give them."""
    reader, writer = os.pipe()
    with open(reader, "rb"), open(writer, "wb") as file:
        file.write(b"one\ntwo\n")
        file.close()
        texts = [text for text, _ in iter_texts(f"/dev/fd/{reader}")]
    assert texts == ["one", "two"]
    with write("a.csv", "text,label\na,b\n").open("rb") as file:
        assert read_texts(f"/dev/fd/{file.fileno()}") == (["a"], ["b"])


@needs_pipes
def test_parquet_from_a_pipe(pipe):
    pandas = pytest.importorskip("pandas", reason="the test extra installs it")
    pytest.importorskip("pyarrow", reason="100 MB; the extra parquet installs it")
    data = io.BytesIO()
    pandas.DataFrame({"text": ["a"], "label": [1.0]}).to_parquet(data)
    assert read_texts(pipe("a.parquet", data.getvalue())) == (["a"], ["1"])


def test_links_and_long_names(write, tmp_path):
    path = write("a" * 243 + ".csv.gz", "text,label\na,b\n")
    assert len(path.name) == 250
    assert read_csv_texts(path) == (["a"], ["b"])
    (tmp_path / "latest").symlink_to(path.name)
    assert read_texts(tmp_path / "latest") == (["a"], ["b"])
    assert read_texts(tmp_path / "latest", kind="csv") == (["a"], ["b"])


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl.gz", "a.txt", "a.parquet", "a"])
def test_no_files(tmp_path, name):
    if name == "a.parquet":
        pytest.importorskip("pandas", reason="the test extra installs it")
    path = tmp_path / name
    path.mkdir()
    with pytest.raises(ValueError, match=rf"{name}: expected a file .*got a folder"):
        read_texts(path)
    path.rmdir()
    path.symlink_to(path.name)
    with pytest.raises(ValueError, match=rf"{name}: .*link that leads back to itself"):
        read_texts(path)


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no sockets in files")
def test_a_socket(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # names of sockets are short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("a.csv")
        with pytest.raises(ValueError, match=r"a\.csv: expected a file .*got a socket"):
            read_texts("a.csv")


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_csv_texts(tmp_path / "none.csv")
    with pytest.raises(ValueError, match=r"none: expected a file name that ends in"):
        read_texts(tmp_path / "none")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", TABLE.decode().encode("utf-16"), r"got UTF-16\. .*iconv -f UTF-16 "),
        ("a.csv", TABLE.decode().encode("utf-16-be"), r"got UTF-16BE\. .*-f UTF-16BE"),
        ("a.txt", "__label__a b".encode("utf-16-le"), r"got UTF-16LE\. .*iconv"),
        ("a.csv", TABLE.decode().encode("utf-32"), r"got UTF-32\. .*iconv -f UTF-32"),
        ("a.csv.gz", TABLE.decode().encode("utf-16"), r"got UTF-16\."),
        (
            "a.csv",
            gzip.compress(TABLE, mtime=0),
            r"got a gzip file\. Add \.gz to its name",
        ),
        ("a.csv", b"PK\x03\x04rest", r"got a zip archive or a spreadsheet\."),
        ("a.csv", b"PAR1\x15\x04", r"got a Parquet file\. .*--input parquet"),
        (
            "a.csv",
            TABLE.replace(b"\n", b"\r"),
            r"got carriage returns .*tr '\\r' '\\n'",
        ),
        ("a.tsv", b"text\tlabel\ra\tb", r"got carriage returns alone"),
        ("a.txt", b"__label__a b\r__label__a c", r"got carriage returns alone"),
        ("a.jsonl", b'{"text": "a"}\r{"text": "b"}\r', r"got carriage returns alone"),
        ("a.txt", b"\xff", r"expected UTF-8"),
        ("a.csv", "文,label\n".encode("gbk"), r"expected UTF-8, got the byte 0xce"),
    ],
)
def test_the_cause_of_what_is_no_utf8_text(write, name, content, message):
    with pytest.raises(ValueError, match=rf"{name}, line 1: .*{message}"):
        read_texts(write(name, content))


def test_files_opened_as_text():
    with pytest.raises(TypeError, match=r"binary mode, got one that gives str"):
        list(iter_texts(io.StringIO("one\n")))


def test_what_is_no_gzip_file(tmp_path):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(TABLE)
    with pytest.raises(ValueError, match=r"a\.csv\.gz: expected a gzip .*at line 1 "):
        read_csv_texts(path)
    path.write_bytes(gzip.compress(TABLE)[:-9])
    with pytest.raises(ValueError, match=r"unpacking it failed at line \d+ "):
        read_csv_texts(path)


@pytest.mark.parametrize("kind", ["csv", "jsonl", "txt"])
def test_damage_is_a_value_error_with_file_and_line(tmp_path, kind):
    content = {
        "csv": TABLE,
        "jsonl": b"".join(b'{"text": "a %d", "label": 1}\n' % i for i in range(400)),
        "txt": b"".join(b"__label__a text %d\n" % i for i in range(400)),
    }[kind]
    path = tmp_path / f"a.{kind}.gz"
    generator = random.Random(0)
    # Two members, as in files that were written piece by piece.
    packed = gzip.compress(content) + gzip.compress(content[-40:].partition(b"\n")[2])
    intact = len(read_texts(_store(path, packed))[0])
    n_damaged = 0
    for _ in range(300):
        damaged = bytearray(packed)
        for _ in range(generator.choice([1, 4])):
            damaged[generator.randrange(len(damaged))] ^= generator.randrange(1, 256)
        _store(path, bytes(damaged))
        try:
            # Only flags, times and names in a header may change unseen.
            assert len(read_texts(path)[0]) == intact
        except ValueError as error:
            assert str(path) in str(error) and " line " in str(error)
            n_damaged += 1
    assert n_damaged > 200


def _store(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path
