"""Tables: pandas, polars and rows that come one by one; texts of several columns."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from sklearn_slm.text.tables import (
    TEXT_BOUNDARY,
    Table,
    check_table,
    cut_table,
    is_table,
    join_texts,
    list_cells,
    take_columns,
)

COLUMNS = {"title": ["Fine", None], "body": ["It fits.", "Dull"], "age": [33, None]}


def make_tables():
    tables = [Table(COLUMNS), pd.DataFrame(COLUMNS)]
    try:
        import polars
    except ImportError:
        return tables
    return [*tables, polars.DataFrame(COLUMNS)]


@pytest.mark.parametrize("table", make_tables(), ids=lambda t: type(t).__module__)
def test_tables_of_every_library_are_read_alike(table):
    assert is_table(table)
    check_table(table, ["age", "body"])
    assert list_cells(table["age"]) == [33, None]
    expected = [f"Fine{TEXT_BOUNDARY}It fits.", f"{TEXT_BOUNDARY}Dull"]
    assert join_texts(table, ["title", "body"]) == expected
    assert join_texts(table, "title") == ["Fine", ""]
    assert list(take_columns(table, ["age", "title"]).columns) == ["age", "title"]
    pieces = list(cut_table(table, 1))
    assert [join_texts(piece, "body") for piece in pieces] == [["It fits."], ["Dull"]]


def test_what_is_no_table_or_lacks_columns_is_refused():
    table = Table(COLUMNS)
    for other in (["a"], np.zeros((2, 2)), None):
        assert not is_table(other)
        with pytest.raises(TypeError, match="must be a DataFrame of pandas or polars"):
            check_table(other, ["title"])
    with pytest.raises(ValueError, match=r"X_val lacks the columns \['size', 'fit'\]"):
        check_table(table, ["title", "size", "fit"], name="X_val")
    twice = pd.DataFrame([["a", "b"]], columns=["title", "title"])
    with pytest.raises(ValueError, match="several columns of the name 'title'"):
        check_table(twice, ["title"])
    with pytest.raises(
        TypeError, match=r"X\['age'\] must hold texts, but row 0 is int"
    ):
        join_texts(table, ["title", "age"])


def test_rows_become_tables_of_the_columns_of_the_first():
    rows = [{"a": 1, "b": 2}, {"b": 3, "c": 4}]
    (table,) = cut_table(iter(rows), 5)
    assert (table.columns, table["a"], table["b"]) == (["a", "b"], [1, None], [2, 3])
    assert table.shape == (2, 2)
    assert list(cut_table([], 5)) == []
    with pytest.raises(TypeError, match=r"a mapping .* but X\[1\] is str"):
        list(cut_table([rows[0], "text"], 5))


def test_dates_stay_dates_whatever_their_precision():
    days = pd.Series(pd.to_datetime(["2020-02-01", None]))
    for values in (days, days.to_numpy().astype("M8[s]")):
        first, second = list_cells(values)
        assert isinstance(first, date)
        assert (first.month, second) == (2, None)
