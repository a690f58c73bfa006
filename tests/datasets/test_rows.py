"""Several columns of files, row by row."""

import io

import pandas as pd
import pytest

from sklearn_slm.datasets._rows import iter_rows

EXPECTED = [
    ({"title": "Fine, and", "age": "33"}, "good"),
    ({"title": None, "age": None}, "bad"),
]
CSV = b'age,title,label\n33,"Fine, and",good\n,,bad\n'
JSON = b"""{"title": "Fine, and", "age": 33, "label": "good", "more": 1}

{"title": null, "age": null, "label": "bad"}
"""


def read(content, kind, names=("title", "age"), label="label"):
    return list(iter_rows(io.BytesIO(content), names, label=label, kind=kind))


def test_tables_and_json_lines_have_cells_by_name():
    assert read(CSV, "csv") == EXPECTED
    tsv = CSV.replace(b",", b"\t").replace(b'"Fine\t and"', b"Fine, and")
    assert read(tsv, "tsv") == EXPECTED
    assert read(JSON, "jsonl") == [
        ({"title": "Fine, and", "age": 33}, "good"),
        EXPECTED[1],
    ]
    assert read(CSV, "csv", ["age"], None) == [
        ({"age": "33"}, None),
        ({"age": None}, None),
    ]


def test_parquet_files_have_typed_cells(tmp_path):
    pytest.importorskip("pyarrow")
    table = pd.DataFrame({"title": ["a", None], "age": [1.5, None], "label": [1, 0]})
    table.to_parquet(tmp_path / "rows.parquet")
    found = list(iter_rows(tmp_path / "rows.parquet", ["title", "age"], label="label"))
    assert found == [
        ({"title": "a", "age": 1.5}, "1"),
        ({"title": None, "age": None}, "0"),
    ]
    with pytest.raises(ValueError, match="expected a Parquet file with the columns"):
        list(iter_rows(tmp_path / "rows.parquet", ["size"]))


@pytest.mark.parametrize(
    ("content", "kind", "message"),
    [
        (
            b"age,label\n1,a\n",
            "csv",
            "line 1: expected one column 'title', got no such",
        ),
        (b"title,age,label\n1,2\n", "csv", "line 2: expected 3 fields .* got 2"),
        (b"title,age,label\n1,2,\n", "csv", "line 2, column 'label': expected a label"),
        (b'{"title": "a"}\n', "jsonl", r"line 1: .* but \['age', 'label'\] are not in"),
        (b"{\n", "jsonl", "line 1: expected a JSON object, got what is no JSON"),
        (b"a text\n", "txt", "plain text has no columns"),
    ],
)
def test_rows_that_lack_something_are_refused_with_their_place(content, kind, message):
    with pytest.raises(ValueError, match=message):
        read(content, kind)
