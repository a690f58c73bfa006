"""What commands read: tables with quotes, models, settings."""

import csv
import json

import click
import numpy as np
import pytest
from sklearn.frozen import FrozenEstimator

from sklearn_slm import GloveTfidfVectorizer, load_model, save_model
from sklearn_slm.cli.inputs import (
    find_kind,
    iterate_files,
    iterate_rows,
    load,
    load_language_model,
    load_translator,
    match_labels,
    parse_settings,
    read_labelled,
)
from tests.cli.small import LABELS, TEXTS, make_language_model
from tests.estimators.translation import make_random_translator


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


def test_settings_are_read_as_json_or_python():
    settings = ["a=true", "b=True", "c=(1, 2)", "d=1e-3", "e=gru", " f = x=y ", "g="]
    assert parse_settings(settings) == {
        **{"a": True, "b": True, "c": (1, 2), "d": 0.001, "e": "gru"},
        **{"f": "x=y", "g": ""},
    }
    for wrong in ("size", "=3"):
        with pytest.raises(click.UsageError, match=f"NAME=VALUE. Got '{wrong}'"):
            parse_settings([wrong])


def test_files_are_read_one_after_the_other_and_an_empty_lot_is_refused(folder):
    names = [str(folder / name) for name in ("test.csv", "train.txt")]
    texts, labels = read_labelled(names, None, "text", "label", None)
    assert texts == TEXTS[120:] + TEXTS[:120]
    assert labels == LABELS[120:] + LABELS[:120]
    (folder / "empty.csv").write_text("text,label\n")
    with pytest.raises(ValueError, match=r"empty\.csv: there is no text in it"):
        read_labelled([str(folder / "empty.csv")], None, "text", "label", None)


def test_models_that_give_texts_no_labels_are_refused(folder):
    vectorizer = GloveTfidfVectorizer(2, max_iter=1).fit(TEXTS[:20])
    save_model(vectorizer, folder / "vectorizer.slm")
    with pytest.raises(click.UsageError, match="holds a vectorizer; this command"):
        load(str(folder / "vectorizer.slm"))
    model = load_model(folder / "model.slm")
    model.vectorizer_ = None
    save_model(model, folder / "bare.slm")
    with pytest.raises(click.UsageError, match="Save a Pipeline of both"):
        load(str(folder / "bare.slm"))


@pytest.mark.parametrize(
    "command",
    ["predict {} d.txt", "evaluate {} d.txt"],
)
def test_a_language_model_is_refused_with_the_right_command(folder, run, command):
    save_model(make_language_model(TEXTS[:9]), folder / "language.slm")
    (folder / "d.txt").write_text("__label__positive a film\n")
    error = run(command.format("language.slm"), 2).err
    assert (
        "language.slm holds a language model; this command needs a classifier" in error
    )
    for name in ("generate", "score", "info"):
        assert f"slm {name} " in error


@pytest.mark.parametrize("command", ["generate", "score"])
def test_a_classifier_is_refused_with_the_right_command(folder, run, command):
    error = run(f"{command} model.slm", 2).err
    assert "model.slm holds a classifier; this command needs a language model" in error
    for name in ("train --task language-model", "predict", "evaluate", "info"):
        assert f"slm {name}" in " ".join(error.split())
    vectorizer = GloveTfidfVectorizer(2, max_iter=1).fit(TEXTS[:20])
    save_model(vectorizer, folder / "vectorizer.slm")
    error = run(f"{command} vectorizer.slm", 2).err
    assert "holds a vectorizer; this command needs a language model" in error
    with pytest.raises(click.UsageError, match="holds a vectorizer"):
        load_language_model(str(folder / "vectorizer.slm"))


def test_labels_are_matched_with_those_of_a_model():
    classes = np.array([1, 2])
    assert match_labels(classes, ["2", "1", "3"]) == [2, 1, "3"]


def test_rows_of_files_have_labels_where_they_are_named(folder):
    names = [str(folder / name) for name in ("test.csv", "lines.txt")]
    texts = list(iterate_files(names, None, "text", None))
    assert texts == [*TEXTS[120:], *TEXTS[:5], ""]
    rows = list(iterate_rows(names[:1], None, "text", "label", None))
    assert rows == list(zip(TEXTS[120:], LABELS[120:]))


def test_a_runtime_is_set_if_it_is_named(folder):
    path = str(folder / "model.slm")
    assert load(path).runtime == "numpy"
    assert load(path, runtime="auto").runtime == "auto"
    save_model(make_language_model(TEXTS[:9]), folder / "language.slm")
    found = load_language_model(str(folder / "language.slm"), runtime="onnxruntime")
    assert found.runtime == "onnxruntime"


def test_kinds_of_models(folder):
    classifier = load_model(folder / "model.slm")
    assert (
        find_kind(classifier) == find_kind(FrozenEstimator(classifier)) == "classifier"
    )
    assert find_kind(classifier.vectorizer_) == "vectorizer"
    assert find_kind(make_language_model(TEXTS[:9])) == "language model"
    save_model(make_random_translator(), folder / "translator.slm")
    found = load_translator(str(folder / "translator.slm"), runtime="auto")
    assert find_kind(found) == "translator" and found.runtime == "auto"


def test_a_translator_is_refused_with_the_right_command(folder, run):
    save_model(make_random_translator(), folder / "translator.slm")
    for command in ("predict", "generate", "score"):
        error = " ".join(run(f"{command} translator.slm", 2).err.split())
        assert "translator.slm holds a translator; this command needs a " in error
        for name in ("translate", "evaluate", "info"):
            assert f"slm {name} " in error
    error = " ".join(run("translate model.slm", 2).err.split())
    assert (
        "model.slm holds a classifier; this command needs a translator, from" in error
    )
    assert "slm train --task translation" in error
