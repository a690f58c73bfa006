import os
import threading

import pytest

from sklearn_slm.embeddings import read_vectors
from sklearn_slm.embeddings.files import open_for_reading
from sklearn_slm.estimators import GloveTfidfVectorizer

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX files")
REFUSED = "is a pipe; expected a file of word vectors.*Write what comes out of it to a"


@pytest.fixture
def fifo(tmp_path):
    os.mkfifo(tmp_path / "v.txt")
    return tmp_path / "v.txt"


def test_a_pipe_without_a_writer_is_refused_before_it_blocks(fifo, tmp_path):
    (tmp_path / "link").symlink_to(fifo)
    for path in (fifo, tmp_path / "link"):
        with pytest.raises(ValueError, match=REFUSED):
            read_vectors(path)
        vectorizer = GloveTfidfVectorizer(2, vectors=path)
        with pytest.raises(ValueError, match=REFUSED):
            vectorizer.fit(["a good film", "a bad film"])


def test_a_pipe_with_a_writer_is_refused_and_nothing_of_it_is_read(fifo):
    def work():
        with open(fifo, "wb") as stream:
            stream.write(b"a 1 2\n")

    writer = threading.Thread(target=work, daemon=True)
    writer.start()
    with pytest.raises(ValueError, match=REFUSED):
        read_vectors(fifo)
    assert fifo.read_bytes() == b"a 1 2\n"
    writer.join(timeout=10)


def test_descriptors_of_pipes_are_refused_and_those_of_files_read(tmp_path):
    if not os.path.exists("/dev/fd"):
        pytest.skip("no names of descriptors")
    read, written = os.pipe()
    try:
        with pytest.raises(ValueError, match=REFUSED):
            read_vectors(f"/dev/fd/{read}")
    finally:
        os.close(read)
        os.close(written)
    (tmp_path / "v.txt").write_bytes(b"a 1 2\n")
    with open(tmp_path / "v.txt", "rb") as stream:
        assert read_vectors(f"/dev/fd/{stream.fileno()}").tokens == ("a",)


def test_devices_are_refused():
    with pytest.raises(ValueError, match="'/dev/zero' is a device; expected a file"):
        read_vectors("/dev/zero")


def test_links_are_followed_unless_they_lead_back(tmp_path):
    (tmp_path / "v.txt").write_bytes(b"a 1 2\n")
    (tmp_path / "link").symlink_to("v.txt")
    assert read_vectors(tmp_path / "link").tokens == ("a",)
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    with pytest.raises(ValueError, match="one' is a symbolic link that leads back to"):
        read_vectors(tmp_path / "one")
    (tmp_path / "nowhere").symlink_to("gone")
    with pytest.raises(FileNotFoundError, match="There is no file '.*nowhere'"):
        read_vectors(tmp_path / "nowhere")


def test_a_file_may_be_opened_while_another_is_read(tmp_path):
    for name in "ab":
        (tmp_path / name).write_bytes(f"{name} 1\n".encode())
    with open_for_reading(tmp_path / "a") as (one, name):
        with open_for_reading(tmp_path / "b") as (other, _):
            assert other.read() + one.read() == b"b 1\na 1\n"
    assert name == str(tmp_path / "a")
    assert one.closed and other.closed
