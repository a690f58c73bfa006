"""Commands on tables: several texts, and other columns beside them."""

import csv
import json

import click
import numpy as np
import pytest

from sklearn_slm import load_model
from sklearn_slm.cli.tables import (
    find_columns,
    iterate_cells,
    read_table,
    read_typed_table,
    split_names,
)
from tests.cli.small import SMALL, TEXTS

HEADER = ["title", "body", "age", "size", "label"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with a table and a model of it."""
    folder = tmp_path_factory.mktemp("tables")
    random = np.random.RandomState(0)
    rows = [
        [text[:20], text[20:60], age, size, "short" if size == "S" else "long"]
        for text, age, size in zip(
            TEXTS[:60], random.randint(20, 60, 60), random.choice(["S", "L"], 60)
        )
    ]
    rows[3][2] = ""
    with (folder / "shop.csv").open("w", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])
    return folder


def test_train_predict_and_evaluate_on_a_table(run, folder):
    options = ["--text", "title,body", "--columns", "age,size"]
    few = ["--set", "early_stopping=False", "--set", "columns__max_categories=50"]
    run(["train", "shop.csv", "--model", "shop.slm", *options, *SMALL, *few])
    model = load_model(folder / "shop.slm")
    assert model.text_column == ["title", "body"]
    assert model.columns_.categories_ == [None, ["L", "S"]]
    assert model.columns_.gaps_ == [True, False]
    assert find_columns(model) == ["title", "body", "age", "size"]
    told = run("info shop.slm").out
    assert "title, body" in told and "age, size" in told
    assert "- Other columns: age, size" in run("info shop.slm --card").out
    out = run("predict shop.slm shop.csv --with-text --json --batch-size 7").out
    records = [json.loads(line) for line in out.splitlines()]
    table, labels = read_table(
        ["shop.csv"], None, ["size", "age", "body", "title"], "label", None
    )
    expected = model.predict_proba(table).max(axis=1)
    np.testing.assert_allclose([r["probability"] for r in records], expected, atol=1e-5)
    assert records[0]["text"] == f"{TEXTS[0][:20]}\n¶\n{TEXTS[0][20:60]}"
    scores = json.loads(run("evaluate shop.slm shop.csv --json").out)
    assert scores["accuracy"] == pytest.approx(model.score(table, labels))
    small = json.loads(run("quantize shop.slm small.slm --data shop.csv --json").out)
    assert small["score"][0] == pytest.approx(scores["accuracy"])


def test_columns_are_for_classifiers_alone(run):
    command = "train shop.csv --task language-model --columns age --model lm.slm"
    assert "--columns is for --task classifier" in run(command, code=2).err
    for name in ("label", "title"):
        command = f"train shop.csv --text title --columns age,{name} --model s.slm"
        assert f"--columns names '{name}', which is the" in run(command, code=2).err
    command = "train shop.csv --text title,weight --model shop2.slm"
    assert "expected one column 'weight'" in run(command, code=1).err


def test_columns_of_numbers_alone_hold_numbers(folder):
    path = str(folder / "shop.csv")
    table, _ = read_typed_table([path], None, ["title"], ["age", "size"], "label", None)
    assert {type(cell) for cell in table["age"]} == {float, type(None)}
    assert {type(cell) for cell in table["size"]} == {str}
    first = next(iterate_cells([path], None, ["age"], None))
    assert first == {"age": str(int(table["age"][0]))}


def test_names_are_separated_by_commas():
    assert split_names("title, body") == ["title", "body"]
    with pytest.raises(click.UsageError, match="does not name columns"):
        split_names("title,")
