"""A folder with data of every kind and a small model, and commands run in it."""

import csv
import gzip
import json

import pytest

from sklearn_slm.cli import main
from tests.cli.small import LABELS, SMALL, SMALL_LANGUAGE, TEXTS


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


@pytest.fixture(scope="session")
def language_folder(tmp_path_factory):
    """Return a folder with texts, and a language model that was trained on them."""
    folder = tmp_path_factory.mktemp("language")
    (folder / "texts.txt").write_text("".join(f"{text}\n" for text in TEXTS))
    (folder / "new.txt").write_text("".join(f"{text}\n" for text in TEXTS[:7]))
    command = ["train", str(folder / "texts.txt"), "--model", str(folder / "lm.slm")]
    checkpoint = ["--checkpoint", str(folder / "lm.checkpoint")]
    every_step = ["--set", "checkpoint_minutes=0"]
    assert main([*command, *SMALL_LANGUAGE, *checkpoint, *every_step]) == 0
    return folder


@pytest.fixture
def run(folder, capsys, monkeypatch):
    """Return a function that runs a command in the folder, or in that of a module."""
    monkeypatch.chdir(folder)

    def call(command, code=0):
        capsys.readouterr()
        words = command.split() if isinstance(command, str) else command
        assert main(words) == code
        return capsys.readouterr()

    return call
