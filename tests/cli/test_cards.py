"""What files say of models, in tables and cards."""

import pytest

from sklearn_slm import save_model
from sklearn_slm.cli.cards import (
    describe_file,
    format_rows,
    is_count,
    list_names,
    name_notes,
    show_some,
    tell_data,
    tell_sizes,
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
