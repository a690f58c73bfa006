import errno
import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import warnings
from contextlib import contextmanager
from pathlib import Path

import pytest

from sklearn_slm.embeddings.files import open_for_writing
from sklearn_slm.embeddings.replacing import name_kind, replace_file

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX files")
NOBODY = 65534


def write(path, content=b"new"):
    with replace_file(path) as stream:
        stream.write(content)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@contextmanager
def reader(fifo):
    """Read a pipe in a thread; the list gets what came."""
    received = []
    thread = threading.Thread(target=lambda: received.append(fifo.read_bytes()))
    thread.daemon = True
    thread.start()
    yield received
    thread.join(timeout=10)


@contextmanager
def umask(mask):
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def test_a_link_stays_and_its_target_is_replaced(tmp_path):
    (tmp_path / "real").mkdir()
    target = tmp_path / "real" / "m.slm"
    target.write_bytes(b"old")
    inode = target.stat().st_ino
    (tmp_path / "near").symlink_to(Path("real", "m.slm"))
    (tmp_path / "far").symlink_to(tmp_path / "near")
    write(tmp_path / "far")
    assert target.read_bytes() == b"new"
    assert target.stat().st_ino != inode
    assert os.readlink(tmp_path / "near") == os.path.join("real", "m.slm")
    assert (tmp_path / "far").is_symlink()
    assert names(tmp_path / "real") == ["m.slm"]
    assert names(tmp_path) == ["far", "near", "real"]


def test_the_target_of_a_dangling_link_is_made(tmp_path):
    (tmp_path / "link").symlink_to("m.slm")
    write(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "m.slm").read_bytes() == b"new"


def test_a_link_to_a_folder_on_the_way(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    write(tmp_path / "link" / "m.slm")
    assert (tmp_path / "real" / "m.slm").read_bytes() == b"new"


def test_a_link_that_leads_back_to_itself_is_refused(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError) as caught:
        write(tmp_path / "a")
    assert caught.value.errno == errno.ELOOP
    assert names(tmp_path) == ["a", "b"]


@pytest.mark.parametrize("linked", [False, True])
def test_a_pipe_is_written_to(linked, tmp_path):
    fifo = path = tmp_path / "fifo"
    os.mkfifo(fifo)
    if linked:
        path = tmp_path / "link"
        path.symlink_to("fifo")
    with reader(fifo) as received:
        write(path)
    assert received == [b"new"]
    assert stat.S_ISFIFO(fifo.stat().st_mode)
    assert path.is_symlink() == linked


def test_packed_content_goes_into_a_pipe_too(tmp_path):
    import gzip

    os.mkfifo(tmp_path / "v.gz")
    with reader(tmp_path / "v.gz") as received:
        with open_for_writing(tmp_path / "v.gz") as stream:
            stream.write(b"a 1\n")
    assert gzip.decompress(received[0]) == b"a 1\n"


def test_a_device_is_written_to(tmp_path):
    device = tmp_path / "null"
    try:
        os.mknod(device, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        device.write_bytes(b"")
    except PermissionError:
        pytest.skip("may not make devices")
    (tmp_path / "link").symlink_to("null")
    for path in (device, tmp_path / "link"):
        write(path)
        assert stat.S_ISCHR(device.stat().st_mode)
    assert names(tmp_path) == ["link", "null"]
    assert (tmp_path / "link").is_symlink()


def test_sockets_and_folders_are_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # names of sockets must be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s")
        with pytest.raises(ValueError, match="'s' is a socket; expected a file"):
            write("s")
    for folder in (tmp_path, ""):
        with pytest.raises(IsADirectoryError):
            write(folder)
    with pytest.raises(FileNotFoundError) as caught:
        write("nowhere/m.slm")
    assert caught.value.filename == str(tmp_path / "nowhere" / "m.slm")
    assert names(tmp_path) == ["s"]


def test_kinds_have_names(tmp_path):
    (tmp_path / "file").touch()
    assert name_kind((tmp_path / "file").stat().st_mode) is None
    assert name_kind(tmp_path.stat().st_mode) == "a folder"
    assert [name_kind(mode) for mode in (stat.S_IFIFO, stat.S_IFSOCK)] == [
        "a pipe",
        "a socket",
    ]
    assert {name_kind(mode) for mode in (stat.S_IFCHR, stat.S_IFBLK)} == {"a device"}


def test_open_descriptors_are_written_to(tmp_path):
    folder = Path("/dev/fd")
    if not folder.exists():
        pytest.skip("no names of descriptors")
    read, written = os.pipe()
    with os.fdopen(read, "rb") as stream:
        write(folder / str(written))
        os.close(written)
        assert stream.read() == b"new"
    with open(tmp_path / "deleted", "w+b") as stream:
        stream.write(b"longer than new")
        stream.flush()
        (tmp_path / "deleted").unlink()
        write(folder / str(stream.fileno()))
        stream.seek(0)
        assert stream.read() == b"new"
    assert names(tmp_path) == []


def test_a_failure_leaves_the_old_file(tmp_path):
    path = tmp_path / "m.slm"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt):
        with replace_file(path) as stream:
            stream.write(b"half of")
            raise KeyboardInterrupt
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["m.slm"]


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o000])
def test_modes(mask, tmp_path):
    path = tmp_path / "m.slm"
    with umask(mask):
        write(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask
        for mode in (0o600, 0o666, 0o440):
            path.chmod(mode)
            write(path)
            assert stat.S_IMODE(path.stat().st_mode) == mode
        assert os.umask(mask) == mask


def test_a_file_is_private_from_its_first_moment(tmp_path):
    path = tmp_path / "m.slm"
    path.touch(0o600)
    with umask(0), replace_file(path):
        (temporary,) = (p for p in tmp_path.iterdir() if p != path)
        assert stat.S_IMODE(temporary.stat().st_mode) == 0o600


def test_the_owner_is_kept(tmp_path):
    path = tmp_path / "m.slm"
    path.touch()
    try:
        os.chown(path, NOBODY, NOBODY)
    except PermissionError:
        pytest.skip("may not give files away")
    write(path)
    assert (path.stat().st_uid, path.stat().st_gid) == (NOBODY, NOBODY)


def test_another_hard_link_keeps_the_old_content(tmp_path):
    path, other = tmp_path / "m.slm", tmp_path / "other"
    path.write_bytes(b"old")
    os.link(path, other)
    write(path)
    assert (path.read_bytes(), other.read_bytes()) == (b"new", b"old")


@pytest.mark.parametrize("name", ["m" * 255, "模" * 85, "é" * 127])
def test_names_as_long_as_they_may_be(name, tmp_path):
    write(tmp_path / name)
    write(tmp_path / name, b"newer")
    assert (tmp_path / name).read_bytes() == b"newer"
    assert names(tmp_path) == [name]
    with pytest.raises(OSError) as caught:
        write(tmp_path / (name + "xxx"))
    assert caught.value.errno == errno.ENAMETOOLONG


def test_eight_threads_write_at_once(tmp_path):
    content = [bytes([65 + i]) * 10_000 for i in range(8)]
    start, errors = threading.Barrier(8), []

    def work(i):
        try:
            start.wait(timeout=10)
            for _ in range(10):
                write(tmp_path / "shared", content[i])
                write(tmp_path / f"own{i}", content[i])
        except Exception as error:
            errors.append(error)

    with umask(0o027):
        threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert os.umask(0o027) == 0o027
    assert errors == []
    assert names(tmp_path) == [*(f"own{i}" for i in range(8)), "shared"]
    assert (tmp_path / "shared").read_bytes() in content
    for i in range(8):
        assert (tmp_path / f"own{i}").read_bytes() == content[i]
    assert {stat.S_IMODE(p.stat().st_mode) for p in tmp_path.iterdir()} == {0o640}


@pytest.mark.parametrize("new", [b"new", b"longer than what was there"])
@pytest.mark.parametrize("number", ["EBUSY", "EXDEV", "EPERM"])
def test_a_refused_rename_overwrites(number, new, tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(getattr(errno, number), "no rename here")

    path = tmp_path / "m.slm"
    path.write_bytes(b"old content")
    inode = path.stat().st_ino
    monkeypatch.setattr(os, "replace", refuse)
    with pytest.warns(UserWarning, match="m.slm' was overwritten, not replaced"):
        write(path, new)
    assert path.read_bytes() == new
    assert path.stat().st_ino == inode
    assert names(tmp_path) == ["m.slm"]
    path.unlink()
    with pytest.raises(OSError) as caught:
        write(path)
    assert caught.value.filename == str(path)
    assert names(tmp_path) == []


def test_a_file_that_is_mounted_alone_is_overwritten(tmp_path):
    for name in ("on", "off"):
        (tmp_path / name).write_bytes(b"old")
    if shutil.which("unshare") is None:
        pytest.skip("unshare is not installed")
    mount = f"mount --bind {tmp_path / 'on'} {tmp_path / 'off'}"
    if subprocess.run(
        ["unshare", "-m", "sh", "-c", mount], capture_output=True
    ).returncode:
        pytest.skip("may not mount")
    code = f"""
import warnings
from sklearn_slm.embeddings.files import open_for_writing
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    with open_for_writing({str(tmp_path / "off")!r}) as stream:
        stream.write(b"new")
print(*(warning.message for warning in caught))
"""
    told = subprocess.run(
        ["unshare", "-m", "sh", "-c", f'{mount} && "$0" -c "$1"', sys.executable, code],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "off' was overwritten, not replaced at one stroke" in told
    assert (tmp_path / "on").read_bytes() == b"new"
    assert names(tmp_path) == ["off", "on"]


@contextmanager
def unprivileged():
    """Have no more rights than any user, also where root runs the tests."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.fixture
def closed_folder():
    """A folder where nobody can make files; tmp_path is of one user alone."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "m.slm").write_bytes(b"old content")
        (folder / "m.slm").chmod(0o666)
        (folder / "readable").write_bytes(b"old")
        (folder / "readable").chmod(0o444)
        folder.chmod(0o555)
        yield folder
        folder.chmod(0o755)


def test_a_file_in_a_folder_that_cannot_be_written(closed_folder):
    path = closed_folder / "m.slm"
    with unprivileged():
        with pytest.warns(UserWarning, match="overwritten.*Permission denied"):
            write(path)
        with pytest.raises(RuntimeError), replace_file(path) as stream:
            stream.write(b"half of")
            raise RuntimeError
        for name in ("readable", "nowhere"):
            with pytest.raises(PermissionError) as caught:
                with replace_file(closed_folder / name):
                    pytest.fail("found out before anything is written")
            assert caught.value.filename == str(closed_folder / name)
    assert path.read_bytes() == b"new"
    assert (closed_folder / "readable").read_bytes() == b"old"
    assert names(closed_folder) == ["m.slm", "readable"]


def test_what_cannot_be_put_anywhere_is_kept(tmp_path, monkeypatch):
    def refuse(*_):
        (tmp_path / "m.slm").unlink()
        raise OSError(errno.EBUSY, "no rename here")

    (tmp_path / "m.slm").touch()
    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match=r"the new content is kept in '.*\.slm-\w+\.tmp'"):
        write(tmp_path / "m.slm")
    (kept,) = tmp_path.iterdir()
    assert kept.read_bytes() == b"new"


def test_nothing_is_told_where_nothing_is_unusual(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        write(tmp_path / "m.slm")
        write(tmp_path / "m.slm")
