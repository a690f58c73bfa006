"""Pairs out of files of any kind, and scores of a translator on them."""

import io
import json
import os
import threading

import click
import pytest

from sklearn_slm.cli.translation_pairs import (
    format_scores,
    measure_pairs,
    read_pairs,
)
from sklearn_slm.text.overlap import compute_bleu, compute_chrf
from tests.estimators.translation import SOURCES, TARGETS, make_random_translator

ROWS = [("Ein Hund.", 'A "dog".'), ("", "Nothing."), ("zwei", "two")]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = ["de\tid\ten", *(f"{a}\t1\t{b}" for a, b in ROWS)]
    (tmp_path / "rows.tsv").write_text("\n".join(lines) + "\n", "utf-8")
    lines = [json.dumps({"de": a, "en": b}) for a, b in ROWS]
    (tmp_path / "rows.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    (tmp_path / "usual.csv").write_text("source,target\neins,one\n", "utf-8")
    return tmp_path


def test_columns_of_files_one_after_the_other(folder):
    read = read_pairs(["rows.tsv", "rows.jsonl"], None, "de", "en", None)
    assert list(zip(*read)) == ROWS * 2
    assert read_pairs(["usual.csv"], None, None, None, None) == (["eins"], ["one"])
    # Most targets of translators are different ones, which is no mistake.
    rows = "".join(f"{i} a\t{i} b\n" for i in range(40))
    (folder / "many.tsv").write_text(f"de\ten\n{rows}")
    assert len(read_pairs(["many.tsv"], None, "de", "en", None)[0]) == 40


def test_standard_input_and_pipes(folder, monkeypatch):
    content = (folder / "rows.tsv").read_bytes()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert list(zip(*read_pairs(["-"], "tsv", "de", "en", None))) == ROWS
    if hasattr(os, "mkfifo"):
        os.mkfifo("pipe")
        writer = threading.Thread(target=(folder / "pipe").write_bytes, args=[content])
        writer.start()
        assert list(zip(*read_pairs(["pipe"], "tsv", "de", "en", None))) == ROWS
        writer.join()


@pytest.mark.parametrize(
    ("files", "columns", "message"),
    [
        (["rows.tsv"], ("fr", "en"), "expected one column 'fr', got no such column"),
        (["rows.tsv"], ("fr", "en"), "Name the column by --source. "),
        (["rows.tsv"], ("de", "fr"), "Name the column by --target. "),
        (
            ["blank.tsv"],
            ("a", "b"),
            "line 2, column 'b': expected a text, a string, got",
        ),
        (["blank.tsv"], ("a", "b"), "name another one by --target."),
        (["empty.tsv"], ("a", "b"), "empty.tsv: there is no pair of texts in it"),
    ],
)
def test_rows_that_are_no_pairs(folder, files, columns, message):
    (folder / "blank.tsv").write_text("a\tb\neins\t \n")
    (folder / "empty.tsv").write_text("a\tb\n")
    with pytest.raises(ValueError) as caught:
        read_pairs(files, None, *columns, None)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("file", "kind"),
    [("a.txt", None), ("a.TXT.gz", None), ("-", None), ("rows.tsv", "txt")],
)
def test_plain_text_is_refused(folder, file, kind):
    with pytest.raises(click.UsageError, match="plain text has no columns"):
        read_pairs([file], kind, "de", "en", None)


def test_scores_are_those_of_the_translations():
    model = make_random_translator()
    written = model.predict(SOURCES)
    found = measure_pairs(model, SOURCES, TARGETS)
    assert found.pop("texts_per_second") > 0
    assert found == {
        "n_pairs": 40,
        "bleu": compute_bleu(written, TARGETS),
        "chrf": compute_chrf(written, TARGETS),
        "tokenize": "13a",
    }
    assert measure_pairs(model, ["one"], ["一二"])["tokenize"] == "zh"
    scores = {"bleu": 12.345, "chrf": 6.0, "tokenize": "zh"}
    assert format_scores(scores) == "BLEU 12.35 (tokenization zh), chrF 6.00"
