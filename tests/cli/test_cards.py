"""What files say of models, in tables and cards."""

import pytest

from sklearn_slm import save_model
from sklearn_slm.cli.cards import (
    Card,
    describe_file,
    format_rows,
    is_count,
    list_names,
    name_notes,
    show_some,
    tell_data,
    tell_quantization,
    tell_sizes,
    tell_test,
    tell_validation,
    write_card,
)
from tests.cli.small import TEXTS, make_language_model


def test_what_a_file_says(tmp_path):
    save_model(make_language_model(TEXTS[:5]), tmp_path / "m.slm", notes={"a": 1})
    facts = describe_file(str(tmp_path / "m.slm"))
    assert facts["file"] == "m.slm" and facts["kind"] == "language model"
    assert facts["bytes"] == (tmp_path / "m.slm").stat().st_size
    assert facts["notes"] == {"a": 1} and "numpy" in facts["versions"]


def test_rows_are_aligned_and_safe_to_show():
    facts = {
        **{"file": "m.slm", "bytes": 1234, "kind": "classifier"},
        **{"versions": {"numpy": "2"}, "notes": {"long_name": ["\x1b"]}},
    }
    assert format_rows(facts, [("words", "7\x1b")]) == [
        "file        m.slm, 1,234 bytes, classifier",
        r"words       7\x1b",
        "written by  numpy 2",
        r'long name   ["\u001b"]',
    ]


@pytest.mark.parametrize(
    ("notes", "told"),
    [
        ({}, "Not recorded in the file."),
        ({"data": "a|b.csv"}, r"Labelled texts: a\|b.csv."),
        ({"data": ["a", 1], "n_texts": 1200}, "1,200 labelled texts: a, 1."),
        ({"data": ["a"], "n_texts": True}, "Labelled texts: a."),
    ],
)
def test_the_sentence_on_data(notes, told):
    assert tell_data(notes, "labelled texts") == told


def test_small_parts():
    assert show_some(["a", "b"]) == "2: a, b"
    assert (
        show_some(list("abcdefghijklm"))
        == "13: a, b, c, d, e, f, g, h, i, j, k, l, ..."
    )
    assert is_count(3) and not is_count(True) and not is_count("3")
    assert list_names(["a", {"b": 1}]) == 'a, {"b": 1}'
    assert name_notes(7) == {"notes": 7} and name_notes({"a": 1}) == {"a": 1}
    facts = {"bytes": 2000, "n_parameters": 1000, "weight_types": ["int8", "float32"]}
    assert tell_sizes(facts) == [
        "- File: 2,000 bytes",
        "- Parameters: 1,000 (int8, float32)",
    ]


def test_lines_on_scores():
    notes = {"validation_data": "dev.tsv"}
    told = tell_validation(notes, "the epoch", "accuracy 0.5")
    assert told == "- Validation (dev.tsv), which chose the epoch: accuracy 0.5"
    assert "(a part of the training data)" in tell_validation({}, "it", "x")
    assert (
        tell_test({"data": ["t.tsv"]}, "3 texts", "0.5")
        == "- Test (t.tsv, 3 texts): 0.5"
    )
    notes = {"quantization": {"dtype": "int8", "score": [0.25, 0.5]}}
    assert tell_quantization(notes, "BLEU", ".1f", scale=100) == [
        "- int8 weights moved BLEU from 25.0 to 50.0"
    ]
    (rate,) = tell_quantization(notes, "the rate", ".0%", scale=-1, shift=1)
    assert rate.endswith("from 75% to 50%")
    for other in ({}, {"quantization": "x"}, {"quantization": {"score": [1.0]}}):
        assert tell_quantization(other, "BLEU", ".1f") == []


def test_a_card():
    facts = {
        **{"file": "a b.slm", "bytes": 2000, "n_parameters": 7, "notes": None},
        **{"weight_types": ["int8"], "versions": {"sklearn_slm": "1.2"}},
    }
    card = Card("A thing", "GRU {x}", "texts", [], ["No {y}."], ["slm do {name} f"])
    lines = write_card(facts, card).splitlines()
    assert lines[:3] == ["# a b", "", "A thing, made with sklearn_slm 1.2: GRU {x}."]
    assert [line for line in lines if line.startswith("## ")] == [
        "## Data",
        "## Scores",
        "## Sizes",
        "## Limits",
        "## Use",
    ]
    assert "None was measured." in lines and "- No {y}." in lines
    assert lines[-1] == "    slm do 'a b.slm' f"
    lines = write_card(
        facts, card._replace(classes=["## Classes", "", "x"])
    ).splitlines()
    assert lines.index("## Data") < lines.index("## Classes") < lines.index("## Scores")
