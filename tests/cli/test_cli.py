"""The command line, from training to a broken pipe."""

import csv
import gzip
import io
import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from sklearn_slm import load_demo_corpus, load_model, save_model
from sklearn_slm.cli import main
from sklearn_slm.datasets import read_texts

CORPUS = load_demo_corpus("en")
TEXTS, LABELS = CORPUS.data[:200], CORPUS.target[:200].tolist()
SLM = [sys.executable, "-m", "sklearn_slm"]
SMALL = [
    *("--set", "hidden_size=(3,)", "--set", "max_iter=1", "--set", "adversarial=0.0"),
    *("--set", "vectorizer__n_components=4", "--set", "vectorizer__max_iter=1"),
    *("--set", "runtime=numpy"),
]
# Few enough tokens for one device: a second one compiles everything again.
LONG = ["--set", "max_iter=250", "--set", "early_stopping=false"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with data of every kind and a model."""
    folder = tmp_path_factory.mktemp("cli")
    for name, texts, labels in [
        ("train", TEXTS[:120], LABELS[:120]),
        ("test", TEXTS[120:], LABELS[120:]),
    ]:
        for suffix, delimiter in [("csv", ","), ("tsv", "\t")]:
            with (folder / f"{name}.{suffix}").open("w", newline="") as file:
                rows = csv.writer(file, delimiter=delimiter)
                rows.writerows([("text", "label"), *zip(texts, labels)])
        lines = [json.dumps({"text": t, "label": y}) for t, y in zip(texts, labels)]
        with gzip.open(folder / f"{name}.jsonl.gz", "wt") as file:
            file.write("\n".join(lines))
        lines = [f"__label__{y} {t}" for t, y in zip(texts, labels)]
        (folder / f"{name}.txt").write_text("\n".join(lines))
    (folder / "lines.txt").write_text("".join(f"{t}\n" for t in [*TEXTS[:5], ""]))
    model = folder / "model.slm"
    assert (
        main(["train", str(folder / "train.csv"), "--model", str(model), *SMALL]) == 0
    )
    return folder


@pytest.fixture
def run(folder, capsys, monkeypatch):
    """Return a function that runs a command in the folder."""
    monkeypatch.chdir(folder)

    def call(command, code=0):
        capsys.readouterr()
        assert main(command.split()) == code
        return capsys.readouterr()

    return call


def run_process(folder, *args, **options):
    return subprocess.run(
        [*SLM, *args],
        cwd=folder,
        capture_output=True,
        text=True,
        **options,
    )


def test_the_same_data_and_seed_give_the_same_file(folder, run):
    first = (folder / "model.slm").read_bytes()
    for name in ("train.tsv", "train.jsonl.gz", "train.txt"):
        output = run(f"train {name} --model again.slm --json -q " + " ".join(SMALL))
        result = json.loads(output.out)
        assert result["n_texts"] == 120 and result["epochs"] == 1
        assert result["bytes"] == os.path.getsize(folder / "again.slm")
        assert not output.err
        again, model = (
            load_model(folder / "again.slm"),
            load_model(folder / "model.slm"),
        )
        np.testing.assert_array_equal(
            again.predict_proba(TEXTS), model.predict_proba(TEXTS)
        )
    assert run("train train.csv --model again.slm " + " ".join(SMALL)).err
    assert (folder / "again.slm").read_bytes() == first


def test_train_with_vectors_and_validation_data(folder, run):
    words = " ".join(TEXTS).lower().split()
    rows = [f"{word} 0.{i % 7} 0.5 -0.{i % 3}" for i, word in enumerate(words[:40])]
    with gzip.open(folder / "vectors.txt.gz", "wt") as file:
        file.write("\n".join({row.split()[0]: row for row in rows}.values()))
    settings = "--set hidden_size=2 --set max_iter=1 --set adversarial=0"
    output = run(
        f"train train.csv --valid test.csv --vectors vectors.txt.gz --model v.slm {settings}"
    )
    assert "80 texts" not in output.out and "120 texts" in output.out
    assert "epoch 1/1" in output.err
    assert load_model(folder / "v.slm").vectorizer_.n_components == 3
    notes = json.loads(run("info v.slm --json").out)["notes"]
    assert notes["validation_data"] == "test.csv" and notes["n_texts"] == 120


@pytest.mark.parametrize(
    "name", ["test.csv", "test.tsv", "test.jsonl.gz", "test.txt", "test.csv test.txt"]
)
def test_evaluate(folder, run, name):
    found = json.loads(run(f"evaluate model.slm {name} --json").out)
    right = load_model(folder / "model.slm").predict(TEXTS[120:]) == LABELS[120:]
    assert found["accuracy"] == right.mean()
    assert found["n_texts"] == 80 * len(name.split())
    assert sum(row["n_texts"] for row in found["classes"].values()) == found["n_texts"]
    assert f"accuracy {found['accuracy']:.4f}" in run(f"evaluate model.slm {name}").out


def test_evaluate_with_labels_that_the_model_does_not_know(folder, run):
    (folder / "odd.csv").write_text("text,label\na film,positive\na film,neutral\n")
    output = run("evaluate model.slm odd.csv --json")
    assert (
        "slm: warning: 1 texts have labels that the model does not know" in output.err
    )
    assert json.loads(output.out)["classes"]["neutral"]["recall"] == 0


def test_predict_writes_tables_json_and_labels(folder, run):
    model = load_model(folder / "model.slm")
    expected = model.predict_proba(TEXTS[120:])
    output = run("predict model.slm test.csv --probabilities --with-text")
    rows = list(csv.DictReader(io.StringIO(output.out)))
    assert [row["text"] for row in rows] == TEXTS[120:]
    assert [row["label"] for row in rows] == model.predict(TEXTS[120:]).tolist()
    for i, name in enumerate(model.classes_):
        found = [float(row[f"probability_{name}"]) for row in rows]
        np.testing.assert_allclose(found, expected[:, i], atol=1e-6)
    assert "80 texts" in output.err
    lines = run("predict model.slm test.jsonl.gz test.csv --json -q").out.splitlines()
    assert len(lines) == 160
    first = json.loads(lines[0])
    assert first["label"] == rows[0]["label"] and set(first) == {"label", "probability"}
    run("predict model.slm test.csv -o out.txt")
    assert (folder / "out.txt").read_text().splitlines() == [r["label"] for r in rows]
    run("predict model.slm test.csv -o out.tsv.gz --format tsv")
    with gzip.open(folder / "out.tsv.gz", "rt") as file:
        assert file.readline() == "label\tprobability\n"


def test_tables_that_predict_writes_are_read_again(folder, run):
    texts = ['"a film', 'bad"\tand\r\nlong', 'so "good" ""']
    lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
    (folder / "odd.jsonl").write_text(lines)
    for kind in ("csv", "tsv"):
        run(f"predict model.slm odd.jsonl --with-text -o odd.{kind}")
        found, labels = read_texts(folder / f"odd.{kind}")
        # What would end a field of a TSV file is written as a space.
        assert found == (
            texts if kind == "csv" else [texts[0], 'bad" and  long', texts[2]]
        )
        assert labels == load_model(folder / "model.slm").predict(texts).tolist()
        assert "accuracy 1.0000" in run(f"evaluate model.slm odd.{kind}").out


def test_quoted_tables_and_warnings_about_labels(folder, run):
    with (folder / "quoted.tsv").open("w", newline="") as file:
        rows = [("text", "label"), *((f'"{t}"\n', i) for i, t in enumerate(TEXTS[:30]))]
        csv.writer(file, delimiter="\t").writerows(rows)
    command = "predict model.slm quoted.tsv --json --with-text -q"
    lines = run(f"{command} --quoted").out.splitlines()
    assert [json.loads(line)["text"] for line in lines] == [r[0] for r in rows[1:]]
    assert "line 2: expected 2 fields" in run(command, 1).err
    output = run("evaluate model.slm quoted.tsv --quoted --json")
    assert "30 of 30 labels are different" in output.err
    assert "model does not know" in output.err


def test_predict_several_labels(folder, run):
    from sklearn_slm import GloveTfidfVectorizer, SLMTextClassifier

    y = np.stack([np.arange(120) % 2, np.arange(120) % 3 == 0], axis=1).astype(int)
    model = SLMTextClassifier(
        2, vectorizer=GloveTfidfVectorizer(2), max_iter=1, adversarial=0.0
    ).fit(TEXTS[:120], y)
    save_model(model, folder / "several.slm")
    lines = run("predict several.slm test.csv --json -q").out.splitlines()
    found = [json.loads(line)["labels"] for line in lines]
    expected = [np.flatnonzero(row).tolist() for row in model.predict(TEXTS[120:])]
    assert found == expected
    error = run("evaluate several.slm test.csv", 2).err
    assert "several labels" in error


def test_predict_reads_stdin_line_by_line(folder):
    """An answer comes before the next question is asked."""
    child = subprocess.Popen(
        [*SLM, *"predict model.slm -q --format txt --batch-size 1".split()],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with child:
        for text, label in zip(
            TEXTS, load_model(folder / "model.slm").predict(TEXTS[:3])
        ):
            child.stdin.write(text + "\n")
            child.stdin.flush()
            assert child.stdout.readline() == f"{label}\n"
        child.stdin.close()
    assert child.returncode == 0


def test_a_closed_pipe_and_empty_lines(folder):
    lines = (folder / "lines.txt").read_text()
    done = run_process(folder, "predict", "model.slm", "--format", "txt", input=lines)
    assert done.returncode == 0 and len(done.stdout.splitlines()) == 6
    child = subprocess.Popen(
        [*SLM, "predict", "model.slm", *["test.csv"] * 200],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with child:
        assert child.stdout.readline() == "label,probability\n"
        child.stdout.close()
        errors = child.stderr.read()
    assert child.returncode == 141
    assert not errors


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal")
def test_interrupted_training_saves_the_best_model(folder):
    child = subprocess.Popen(
        [*SLM, *"train train.csv --model cut.slm".split(), *SMALL, *LONG],
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
    )
    with child:
        # All shapes are compiled by then.
        lines = iter(child.stderr.readline, "")
        assert any("  3/250  loss" in line for line in lines)
        child.send_signal(signal.SIGINT)
        errors = child.stderr.read()
    assert child.returncode == 130, errors
    assert "Traceback" not in errors and "interrupted by user" in errors
    assert load_model(folder / "cut.slm").n_iter_ >= 1


def test_info_and_card(run):
    assert "LSTM of 3 units in both directions" in run("info model.slm").out
    found = json.loads(run("info model.slm --json").out)
    assert found["notes"]["classes"] == {"negative": 56, "positive": 64}
    card = run("info model.slm --card --data test.csv").out
    for heading in ("Data", "Classes", "Scores", "Sizes", "Limits", "Use"):
        assert f"\n## {heading}\n" in card
    accuracy = json.loads(run("evaluate model.slm test.csv --json").out)["accuracy"]
    assert f"Test (test.csv, 80 texts): accuracy {accuracy:.4f}" in card
    assert "| negative | 56 |" in card and "120 labelled texts: train.csv." in card


def test_quantize_and_export(folder, run):
    output = run("quantize model.slm small.slm --data test.csv --max-drop 0.5 --json")
    found = json.loads(output.out)
    assert found["bytes"] == [
        os.path.getsize(folder / name) for name in ("model.slm", "small.slm")
    ]
    assert found["bytes"][1] < found["bytes"][0]
    card = run("info small.slm --card").out
    assert "int8 weights moved accuracy" in card and "train.csv" in card
    error = run("quantize model.slm s.slm --data test.csv --max-drop -2", 1).err
    assert "more than max_drop=-2" in error
    assert "needs --data" in run("quantize model.slm s.slm --max-drop 0.1", 2).err
    assert not (folder / "s.slm").exists()
    assert "bytes" in run("export model.slm --onnx model.onnx").out
    assert (folder / "model.onnx").stat().st_size > 1000


def test_demo(folder, run):
    output = run("demo --model demo.slm --texts 150")
    assert "bag of words: " in output.out
    score = output.out.split("sklearn_slm: ")[1].split("%")[0]
    new = load_demo_corpus("en", subset="test")
    assert (
        f"{load_model(folder / 'demo.slm').score(new.data, new.target):.1%}"[:-1]
        == score
    )
    assert "epoch  1/" in output.err
    assert "synthetic" in run("info demo.slm --card").out


@pytest.mark.parametrize(
    ("command", "code", "message"),
    [
        ("", 2, "Usage"),
        ("fly", 2, "No such command 'fly'"),
        ("train train.csv", 2, "Missing option '--model'"),
        ("train none.csv --model m.slm", 2, "'none.csv' does not exist"),
        ("train train.csv --model no/m.slm", 2, "there is no folder"),
        ("train train.csv --model m.slm --set hiden_size=3", 2, "Did you mean"),
        ("train train.csv --model m.slm --set size", 2, "NAME=VALUE"),
        ("train train.csv --model m.slm --text body", 1, "expected one column 'body'"),
        (
            "train lines.txt --model m.slm",
            1,
            "lines.txt, line 1: plain text has labels",
        ),
        ("train train.csv --model m.slm --set cell=tree", 1, "'cell' parameter"),
        ("predict train.csv", 1, "slm: error: train.csv: not a model"),
        ("predict model.slm test.csv --json --format csv", 2, "--json writes jsonl"),
        ("predict model.slm model.slm", 1, "expected a file name that ends in"),
        ("info model.slm --data test.csv", 2, "--data is for the card"),
    ],
)
def test_what_goes_wrong_is_told_without_a_traceback(run, command, code, message):
    output = run(command, code)
    assert message in output.err + output.out
    assert "Traceback" not in output.err


def test_errors_for_machines(folder, run, monkeypatch):
    assert (
        "not a model"
        in json.loads(run("evaluate train.csv test.csv --json", 1).err)["error"]
    )
    assert json.loads(run("info --json", 2).err)["error"]
    monkeypatch.setenv("SLM_TRACEBACK", "1")
    with pytest.raises(ValueError, match="not a model"):
        main(["info", str(folder / "train.csv")])


@pytest.mark.parametrize("name", sorted(main.__globals__["command_line"].commands))
def test_every_command_has_help_with_examples(name, capsys):
    assert main([name, "--help"]) == 0
    output = capsys.readouterr().out
    assert "Examples:" in output and f"  slm {name}" in output


def test_help_imports_no_science():
    code = """
import sys
from sklearn_slm.cli import main
from sklearn_slm.datasets import read_texts
main(["--help"])
print({"numpy", "scipy", "sklearn", "keras", "jax", "onnx"} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "set()", done.stderr
