"""``slm predict``: tables, JSON lines and labels, as the texts come."""

import csv
import gzip
import io
import json
import subprocess

import numpy as np

from sklearn_slm import load_model, save_model
from sklearn_slm.datasets import read_texts
from tests.cli.small import SLM, TEXTS


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
