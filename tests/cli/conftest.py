"""A folder with data of every kind and a small model, and commands run in it."""

import csv
import gzip
import json

import pytest

from sklearn_slm.cli import main
from tests.cli.small import LABELS, SMALL, TEXTS


@pytest.fixture(scope="session")
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
    """Return a function that runs a command in the folder, or in that of a module."""
    monkeypatch.chdir(folder)

    def call(command, code=0):
        capsys.readouterr()
        assert main(command.split()) == code
        return capsys.readouterr()

    return call
