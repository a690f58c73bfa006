"""One rule for what is missing and how numbers are written, in every format."""

import json

import numpy as np
import pytest

from sklearn_slm.datasets import iter_texts, read_texts
from sklearn_slm.datasets._formats import iterate_frame

pd = pytest.importorskip("pandas", reason="the test extra installs it")

NO_LABEL = r"expected a label, a string or a finite number, got nothing\. Fill it in"


def read_frame(labels, texts=("a", "b")):
    table = pd.DataFrame({"text": texts, "label": labels})
    return list(iterate_frame(table, "a.parquet", "text", "label"))


@pytest.mark.parametrize(
    ("name", "content", "place"),
    [
        ("a.csv", "text,label\na,x\nb,\n", "line 3, column"),
        ("a.tsv", "text\tlabel\na\tx\nb\t \n", "line 3, column"),
        ("a.jsonl", '{"text": "b", "label": null}', "line 1, field"),
        ("a.jsonl", '{"text": "b", "label": NaN}', "line 1, field"),
        ("a.jsonl", '{"text": "b", "label": ""}', "line 1, field"),
        ("a.jsonl", '{"text": "b", "label": " "}', "line 1, field"),
        ("a.jsonl.gz", '\n{"text": "b"}', "line 2, field"),
    ],
)
def test_missing_label_in_text(write, name, content, place):
    path = write(name, content)
    with pytest.raises(ValueError, match=rf"{name}, {place} 'label': {NO_LABEL}"):
        read_texts(path)
    assert ("b", None) in iter_texts(path)


@pytest.mark.parametrize(
    "labels",
    [
        ["x", None],
        ["x", ""],
        [1.0, None],
        [1.0, np.nan],
        pd.array([1, None], dtype="Int64"),
        pd.array([True, None], dtype="boolean"),
        pd.array(["x", None], dtype="string"),
        [True, None],
        pd.Categorical(["x", None]),
        pd.Categorical([1, None]),
        pd.Series(["x", pd.NA], dtype=object),
        pd.Series([1, pd.NaT], dtype=object),
    ],
    ids=repr,
)
def test_missing_label_in_typed_columns(labels):
    message = rf"a\.parquet, row 2, column 'label': {NO_LABEL}"
    with pytest.raises(ValueError, match=message):
        read_frame(labels)


@pytest.mark.parametrize("texts", [["a", None], ["a", np.nan], ["a", 1]], ids=repr)
def test_missing_text(write, texts):
    message = r"row 2, column 'text': expected a text, a string, got (nothing|1)\."
    with pytest.raises(ValueError, match=message):
        read_frame([1, 2], texts)
    path = write("a.jsonl", "".join(json.dumps({"text": t}) + "\n" for t in texts))
    rows = iter_texts(path)
    assert next(rows) == ("a", None)
    with pytest.raises(
        ValueError, match=message.replace("row", "line").replace("column", "field")
    ):
        next(rows)


@pytest.mark.parametrize(
    "labels",
    [
        [1, 0],
        [1.0, -0.0],
        np.array([1, 0], dtype=np.int8),
        np.array([1, 0], dtype=np.float32),
        pd.array([1, 0], dtype="Int64"),
        pd.Categorical([1, 0]),
        pd.Series([1, 0.0], dtype=object),
        ["1", "0"],
    ],
    ids=repr,
)
def test_whole_numbers_read_alike(labels):
    assert read_frame(labels) == [("a", "1"), ("b", "0")]


@pytest.mark.parametrize(
    ("written", "label"),
    [
        ("1", "1"),
        ("1.0", "1"),
        ("1e2", "100"),
        ("1e22", "10000000000000000000000"),
        ("12345678901234567890", "12345678901234567890"),
        ("0.5", "0.5"),
        ("true", "true"),
        ('"1.0"', "1.0"),
        ('"NaN"', "NaN"),
    ],
)
def test_labels_of_json(write, written, label):
    path = write("a.jsonl", f'{{"text": "a", "label": {written}}}')
    assert read_texts(path) == (["a"], [label])


def test_labels_of_typed_columns():
    assert [row[1] for row in read_frame([True, False])] == ["true", "false"]
    assert [row[1] for row in read_frame(np.float32([0.1, 2.5]))] == ["0.1", "2.5"]
    assert [row[1] for row in read_frame([2**60 + 1, 2])] == [str(2**60 + 1), "2"]


@pytest.mark.parametrize("value", ["Infinity", "-Infinity", "1e999", "[1]", "{}"])
def test_what_is_no_label(write, value):
    path = write("a.jsonl", f'{{"text": "a", "label": {value}}}')
    with pytest.raises(
        ValueError, match=r"line 1, field 'label': .*finite number, got"
    ):
        read_texts(path)


def test_infinity_and_dates_in_typed_columns():
    with pytest.raises(ValueError, match=r"row 2, .*finite number, got inf\."):
        read_frame([1.0, np.inf])
    with pytest.raises(ValueError, match=r"row 1, .*finite number, got"):
        read_frame(pd.to_datetime(["2020-01-01", "2020-01-02"]))


def test_halves_of_pairs_become_replacement_characters(write):
    lines = [
        r'{"text": "bad \ud83d end", "label": "a\udc00"}',
        r'{"text": "good \ud83d\ude00", "label": "\ud800"}',
        r'{"text": "\ude00\ud83d", "label": "b"}',
    ]
    path = write("a.jsonl", "\n".join(lines))
    texts, labels = read_texts(path)
    assert texts == ["bad \ufffd end", "good \U0001f600", "\ufffd\ufffd"]
    assert labels == ["a\ufffd", "\ufffd", "b"]
    assert [text for text, _ in iter_texts(path)] == texts
    bare = write("b.jsonl", r'"\ud83d"')
    assert list(iter_texts(bare)) == [("\ufffd", None)]
