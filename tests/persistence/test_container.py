"""The file itself: other files, versions, checksums, and a process that is killed."""

import gzip
import json
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
from safetensors.numpy import save as pack

from sklearn_slm import (
    load_model,
)
from sklearn_slm.estimators.loading import read_notes
from sklearn_slm.persistence.container import compute_digest, read_file, write_file
from sklearn_slm.persistence.fields import RefusedError


def test_other_files(content, tmp_path):
    path = tmp_path / "m.slm"
    with pytest.raises(FileNotFoundError):
        load_model(path)
    with pytest.raises(ValueError, match="folder"):
        load_model(tmp_path)
    for written, reason in [
        (b"", "damaged"),
        (b"hello", "damaged"),
        (pickle.dumps({"a": 1}), "this is a pickle; joblib.load"),
        (gzip.compress(content), "compressed by gzip"),
        (content[:-5], "damaged"),
        ((2**62).to_bytes(8, "little") + content[8:], "damaged"),
        (pack({"a": np.zeros(2)}), "another kind"),
        (pack({"a": np.zeros(2)}, {"format": "pt"}), "another kind"),
    ]:
        path.write_bytes(written)
        with pytest.raises(ValueError, match=reason) as caught:
            load_model(path)
        assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        (
            4,
            r"the file has format 4; this version of sklearn_slm reads up to 3\. Upgrade",
        ),
        (10**30, "the file has format 1000.*Upgrade: pip install -U sklearn_slm"),
        (0, "there is no format 0"),
        (-1, "there is no format -1"),
        (3, "does not have the checksum"),
        ("three", "damaged: invalid literal for int"),
        (None, "damaged"),
        ([], "damaged"),
    ],
)
def test_versions(parts, tmp_path, version, reason):
    path = tmp_path / "m.slm"
    mark = json.dumps({"version": version, "sha256": "0" * 64})
    path.write_bytes(
        pack(parts[1] | {"state": np.zeros(2, np.uint8)}, {"sklearn_slm": mark})
    )
    for read in (load_model, read_notes):
        with pytest.raises(ValueError, match=reason) as caught:
            read(path)
        assert str(caught.value).startswith(str(path))


def test_a_later_format_is_named_whatever_else_it_holds(tmp_path):
    path = tmp_path / "m.slm"
    for mark in ({"version": 4}, {"version": 4, "sha256": 1, "signed": True}):
        path.write_bytes(pack({"x": np.zeros(2)}, {"sklearn_slm": json.dumps(mark)}))
        with pytest.raises(ValueError, match="has format 4; .* reads up to 3"):
            load_model(path)
    path.write_bytes(
        pack({"x": np.zeros(2)}, {"format": "sklearn_slm", "version": "12"})
    )
    with pytest.raises(ValueError, match="has format 12; .* reads up to 3"):
        load_model(path)


def test_parts_come_back_with_their_types(tmp_path):
    path = tmp_path / "m.slm"
    state = {"a": [1, 2.5, None, True, "好\ud800"], "b": {"c": []}}
    arrays = {
        "turned": np.arange(6, dtype=np.int16).reshape(2, 3).T,
        "one": np.float32(2.5),
        "none": np.zeros((0, 3), np.uint8),
    }
    write_file(path, state, arrays)
    found, loaded = read_file(path)
    assert found == state and loaded.keys() == arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(loaded[name], array)
        assert loaded[name].dtype == np.asarray(array).dtype


def test_equal_parts_make_equal_files_in_any_order(tmp_path):
    arrays = {"a": np.arange(3), "b": np.ones(2)}
    write_file(tmp_path / "1.slm", {"x": 1}, arrays)
    write_file(tmp_path / "2.slm", {"x": 1}, dict(reversed(arrays.items())))
    assert (tmp_path / "1.slm").read_bytes() == (tmp_path / "2.slm").read_bytes()


@pytest.mark.parametrize(
    "change",
    [
        {"a": np.arange(3) + 1},
        {"a": np.arange(3, dtype=np.int32)},
        {"a": np.arange(3)[None]},
        {"c": np.zeros(0)},
    ],
)
def test_the_checksum_is_of_names_types_shapes_and_bytes(change):
    arrays = {"a": np.arange(3), "b": np.ones(2)}
    assert compute_digest(arrays) == compute_digest(dict(reversed(arrays.items())))
    assert compute_digest(arrays) != compute_digest(arrays | change)
    assert compute_digest(arrays) != compute_digest(arrays, b"text")


def test_a_file_that_cannot_be_written_leaves_the_one_before(tmp_path):
    path = tmp_path / "m.slm"
    write_file(path, {"x": 1}, {})
    with pytest.raises(ValueError, match="levels deep"):
        write_file(path, {"x": json.loads("[" * 200 + "]" * 200)}, {})
    with pytest.raises(ValueError, match="JSON compliant"):
        write_file(path, {"x": float("nan")}, {})
    assert read_file(path)[0] == {"x": 1}
    assert os.listdir(tmp_path) == ["m.slm"]


@pytest.mark.skipif(os.name == "nt", reason="POSIX files")
def test_a_pipe_is_refused_before_it_blocks(tmp_path):
    os.mkfifo(tmp_path / "m.slm")
    (tmp_path / "link.slm").symlink_to("m.slm")
    for name in ("m.slm", "link.slm"):
        for read in (load_model, read_notes):
            with pytest.raises(ValueError, match=f"{name}: this is a pipe; expected"):
                read(tmp_path / name)


KILL = """
import os, random, signal, sys, time
from sklearn_slm import load_model, save_model
path = sys.argv[1]
model = load_model(path)
read = lambda: open(path, "rb").read()
old = read()
save_model(model, path + "x", notes={"new": True})
new = open(path + "x", "rb").read()
files = ("container.py", "replacing.py", "tempfile.py")

def save_and_die(at):
    seen = 0
    def trace(frame, event, arg):
        nonlocal seen
        if not frame.f_code.co_filename.endswith(files):
            return None
        seen += 1
        if seen == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace
    sys.settrace(trace)
    save_model(model, path, notes={"new": True})
    os._exit(0)

deaths, found = 0, []
while True:
    pid = os.fork() or save_and_die(deaths + 1)
    status = os.waitpid(pid, 0)[1]
    found.append(read())
    if not status:
        break
    assert os.WTERMSIG(status) == signal.SIGKILL
    deaths += 1
assert found[-1] == new and found[0] == old
assert [f == new for f in found] == sorted(f == new for f in found)
assert all(f in (old, new) for f in found)
for i in range(30):
    pid = os.fork()
    while not pid:
        save_model(model, path, notes={"new": i % 2 == 0})
    time.sleep(0.001 * i)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    load_model(path)
print(deaths)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and signals")
def test_a_process_killed_at_any_moment_leaves_a_whole_file(content, tmp_path):
    """Killed at every line and call of a save, then at 30 moments of saves on end."""
    path = tmp_path / "m.slm"
    path.write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-c", KILL, str(path)],
        capture_output=True,
        text=True,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 50


def test_mapped_arrays_are_those_of_the_file_and_stay_in_it(tmp_path):
    path = tmp_path / "file.slm"
    arrays = {
        "words": np.arange(6, dtype=np.float32).reshape(2, 3),
        "half": np.array([0.5], np.float16),
        "small": np.array([[-3, 4]], np.int8),
        "none": np.zeros((0, 2), np.float64),
        "flags": np.array([True, False, True]),
        "counts": np.array(7, np.int64),
    }
    write_file(path, {"a": 1}, arrays)
    state, mapped = read_file(path, mmap=True)
    assert state == {"a": 1} and mapped.keys() == arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(mapped[name], array)
        assert mapped[name].dtype == array.dtype
        assert not mapped[name].flags.writeable
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(RefusedError, match="checksum"):
        read_file(path, mmap=True)
