"""``slm evaluate``: figures of all texts and of each class."""

import json

import pytest

from sklearn_slm import load_model
from sklearn_slm.cli.evaluation import format_classes
from tests.cli.small import LABELS, TEXTS


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


def test_a_table_of_classes_is_aligned():
    figures = {"precision": 0.5, "recall": 1.0, "f1": 2 / 3, "n_texts": 1234}
    assert format_classes({"a": figures, "long\tname": figures}) == [
        "class       precision  recall      F1    texts",
        "a              0.5000  1.0000  0.6667    1,234",
        "long\\tname     0.5000  1.0000  0.6667    1,234",
    ]
