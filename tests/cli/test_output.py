"""What commands write: any label on any terminal, files that cannot be written."""

import csv
import errno
import io
import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest

from sklearn_slm import GloveTfidfVectorizer, SLMTextClassifier, load_model, save_model
from sklearn_slm.cli import main, output
from sklearn_slm.cli.output import check_output, show

GOOD, BAD = "好|\x1b[31m\r\n\u202e", "<bad>\t\ud800"
TEXTS = ["a good film\ta\r\nb", "a bad film \ud83d"] * 10


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with a model of harmful labels and data for it."""
    folder = tmp_path_factory.mktemp("output")
    model = SLMTextClassifier(
        2,
        vectorizer=GloveTfidfVectorizer(2, max_iter=1),
        max_iter=1,
        adversarial=0.0,
        runtime="numpy",
        random_state=0,
    ).fit(TEXTS, [GOOD, BAD] * 10)
    notes = {"data": ["a|b\x1b[2J.csv"], "classes": {GOOD: 10}, "x\ny\ud800": "\x9b"}
    save_model(model, folder / "m.slm", notes=notes)
    rows = [{"text": t, "label": y} for t, y in zip(TEXTS, [GOOD, BAD] * 10)]
    (folder / "d.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    unknown = [json.dumps({"text": t, "label": "x\x1b"}) + "\n" for t in TEXTS]
    (folder / "unknown.jsonl").write_text("".join(unknown))
    return folder


def is_safe(text):
    return not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\ud800-\udfff]", text)


def test_show():
    assert show("a\tb\x1b[0m\x9b\u2028\u202e\ufeff") == (
        r"a\tb\x1b[0m\x9b\u2028\u202e\ufeff"
    )
    family = "👩\u200d👧"
    assert show(f"é 好 {family} \udc80") == f"é 好 {family} \ufffd"


@pytest.mark.parametrize(
    "command",
    [
        "info m.slm",
        "info m.slm --json",
        "info m.slm --card",
        "info m.slm --card --data d.jsonl",
        "evaluate m.slm d.jsonl",
        "evaluate m.slm d.jsonl --json",
        "evaluate m.slm unknown.jsonl",
        "predict m.slm d.jsonl --format txt",
        "predict m.slm d.jsonl --json --with-text --probabilities",
    ],
)
def test_labels_do_not_reach_the_terminal_raw(run, command):
    written = run(command)
    assert is_safe(written.out) and is_safe(written.err)
    assert "好" in written.out


def test_json_keeps_labels_as_they_are(run):
    found = json.loads(run("evaluate m.slm d.jsonl --json").out)
    assert {GOOD, BAD} <= found["classes"].keys()
    assert json.loads(run("info m.slm --json").out)["classes"] == [BAD, GOOD]


def test_tables_of_a_card(run):
    rows = [r for r in run("info m.slm --card").out.splitlines() if r[:1] == "|"]
    assert rows[2:] == [
        r"| &lt;bad>\t" + "\ufffd | not recorded |",
        r"| 好\|\x1b[31m\r\n\u202e | 10 |",
    ]


def read_rows(text, **options):
    return list(csv.reader(io.StringIO(text, newline=""), **options))


def test_predict_gives_the_same_answers_in_every_format(folder, run):
    labels = load_model(folder / "m.slm").predict(TEXTS).tolist()
    command = "predict m.slm d.jsonl -q --with-text -o out."
    texts = [re.sub("[\ud800-\udfff]", "\ufffd", text) for text in TEXTS]
    names = [re.sub("[\ud800-\udfff]", "\ufffd", label) for label in labels]

    run(command + "jsonl")
    lines = (folder / "out.jsonl").read_text("utf-8").splitlines()
    found = [json.loads(line)["text"] for line in lines]
    assert [re.sub("[\ud800-\udfff]", "\ufffd", text) for text in found] == texts
    assert [json.loads(line)["label"] for line in lines] == labels

    run(command + "csv")
    rows = read_rows((folder / "out.csv").read_bytes().decode())[1:]
    assert [row[2] for row in rows] == texts and [row[0] for row in rows] == names

    run(command + "tsv")
    lines = (folder / "out.tsv").read_bytes().decode().removesuffix("\n").split("\n")
    rows = [line.split("\t") for line in lines[1:]]
    assert {len(row) for row in rows} == {3}
    spaced = [re.sub("[\t\r\n]", " ", text) for text in texts]
    assert [row[2] for row in rows] == spaced

    run(command + "txt")
    lines = (folder / "out.txt").read_text("utf-8").splitlines()
    assert lines == [show(label) for label in labels]


def test_a_table_on_a_terminal_is_safe_to_show(run, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    for form in ("csv", "tsv", "txt", "jsonl"):
        found = run(f"predict m.slm d.jsonl --with-text --format {form} -q").out
        assert is_safe(found.replace("\t", ""))


def test_a_pattern_is_trusted_by_an_option(folder, run, tmp_path):
    model = load_model(folder / "m.slm")
    model.vectorizer_.set_params(token_pattern="(a+)+b")
    save_model(model, tmp_path / "p.slm")
    command = f"predict {tmp_path}/p.slm d.jsonl -q"
    assert "--trust token_pattern" in run(command, 1).err
    assert run(command + " --trust token_pattern").out


def test_evaluate_and_card_where_no_label_is_known(run):
    written = run("evaluate m.slm unknown.jsonl")
    assert "accuracy 0.0000" in written.out and "log loss" not in written.out
    assert "20 texts have labels that the model does not know" in written.err
    assert "accuracy 0.0000" in run("info m.slm --card --data unknown.jsonl").out


@pytest.mark.parametrize(
    "notes",
    [
        None,
        ["a", {"b": 1}],
        "text",
        7,
        {"data": "a.csv", "classes": ["a"], "quantization": "int8"},
        {"data": [1, None, {"a": [2]}], "n_texts": "many", "classes": {GOOD: "x"}},
        {"data": {}, "classes": None, "quantization": {"score": [1]}},
        {"quantization": {"score": ["a", "b"], "dtype": 8}, "validation_data": [1]},
        {"classes": {"1": {"deep": [[]]}}, "n_texts": None, "data": []},
        {1: 2, "n_texts": True, "data": None},
    ],
)
def test_notes_of_any_form(folder, run, notes):
    save_model(load_model(folder / "m.slm"), folder / "notes.slm", notes=notes)
    for options in ("", " --json", " --card"):
        assert "好" in run("info notes.slm" + options).out
    run("quantize notes.slm small.slm")
    assert json.loads(run("info small.slm --json").out)["notes"]["quantization"]


COMMANDS = """
import sys
from sklearn_slm.cli import main
for command in sys.argv[1].split(";"):
    assert main(command.split()) == 0, command
print("\\u00e9".encode(sys.stdout.encoding, "replace"))
"""


@pytest.mark.parametrize("encoding", ["cp1252", "gbk", "C"])
def test_output_is_utf_8_whatever_the_locale_says(folder, encoding):
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONUTF8"}
    if encoding == "C":
        environment |= {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    else:
        environment |= {"PYTHONIOENCODING": encoding}
    commands = (
        "evaluate m.slm d.jsonl;evaluate m.slm d.jsonl --json;info m.slm;"
        "info m.slm --json;info m.slm --card;predict m.slm d.jsonl -q;"
        "predict m.slm d.jsonl --format txt -q;predict m.slm d.jsonl --json -q"
    )
    path = [os.getcwd(), environment.get("PYTHONPATH", "")]
    done = subprocess.run(
        [sys.executable, "-c", COMMANDS, commands],
        cwd=folder,
        env=environment | {"PYTHONPATH": os.pathsep.join(path)},
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    *lines, last = done.stdout.decode("utf-8").splitlines()
    assert sum("好" in line for line in lines) > 30
    # A program that calls main has its own encoding back.
    expected = {"cp1252": b"\xe9", "gbk": b"\xa8\xa6", "C": b"?"}
    assert last == repr(expected[encoding])


def test_outputs_are_tried_before_work(folder, run, monkeypatch):
    def work(*_, **__):
        raise AssertionError("began to work")

    monkeypatch.setattr("sklearn_slm.cli.training._build", work)
    monkeypatch.setattr("sklearn_slm.cli.language_training.configure", work)
    monkeypatch.setattr("sklearn_slm.cli.training.make_pipeline", work, raising=False)
    monkeypatch.setattr("sklearn_slm.cli.translation_training.configure", work)
    for name in (
        "prediction.load",
        "conversion.load_any",
        "translation.load_translator",
    ):
        monkeypatch.setattr(f"sklearn_slm.cli.{name}", work)
    commands = [
        "train d.jsonl --model {}",
        "train d.jsonl --task language-model --model {}",
        "train d.jsonl --task translation --model {}",
        "translate m.slm d.jsonl -o {}",
        "quantize m.slm {}",
        "export m.slm --onnx {}",
        "predict m.slm d.jsonl -o {}",
        "demo --model {}",
    ]
    (folder / "folder").mkdir(exist_ok=True)
    names = [("no/x.slm", 2, "no folder"), ("folder", 2, "is a folder")]
    names += [("x" * 300, 1, "cannot be written (File name too long)")]
    if os.path.isdir("/proc/self"):
        names += [("/proc/self/x.slm", 1, "/proc/self/x.slm: cannot be written")]
    for command in commands:
        for name, code, message in names:
            assert message in run(command.format(name), code).err


def test_trying_leaves_everything_as_it_was(tmp_path):
    (tmp_path / "old").write_bytes(b"old")
    (tmp_path / "link").symlink_to("old")
    check_output(str(tmp_path / "new"))
    check_output(str(tmp_path / "old"))
    check_output(str(tmp_path / "link"))
    assert (tmp_path / "old").read_bytes() == b"old"
    assert (tmp_path / "link").is_symlink()
    assert sorted(os.listdir(tmp_path)) == ["link", "old"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
def test_pipes_and_devices_are_not_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    check_output(str(tmp_path / "pipe"))  # opening it would wait for a reader
    check_output(os.devnull)


def test_a_model_that_cannot_take_its_place_is_saved_elsewhere(
    folder, run, monkeypatch, tmp_path
):
    def fail_at_first(model, path, **options):
        if "rescued" not in os.path.basename(path):
            raise OSError(errno.ENOSPC, "No space left on device", path)
        save_model(model, path, **options)

    monkeypatch.setattr("sklearn_slm.estimators.saving.save_model", fail_at_first)
    monkeypatch.chdir(tmp_path)
    command = f"train {folder}/d.jsonl --model m2.slm -q --set max_iter=1"
    assert main([*command.split(), "--set", "hidden_size=2"]) == 1
    (rescued,) = tmp_path.glob("rescued-*.slm")
    assert load_model(rescued).n_iter_ == 1


def test_the_message_tells_where_a_rescued_model_is(folder, monkeypatch, tmp_path):
    model = load_model(folder / "m.slm")
    monkeypatch.setattr(output.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="The model was saved as .*rescued-") as caught:
        output.save(model, str(tmp_path / "taken"), None)
    where = str(caught.value.strerror).rsplit(" ", 1)[1]
    np.testing.assert_array_equal(load_model(where).classes_, model.classes_)
