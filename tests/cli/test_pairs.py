"""Two columns of files, under the names that a task gives them."""

import click
import pytest

from sklearn_slm.cli.pairs import PairColumns, read_columns

ABOUT = PairColumns("left", "right", "a balance", "pair of weights")


def test_columns_have_usual_names_and_others(tmp_path):
    (tmp_path / "a.tsv").write_text("left\tright\tup\n1\t2\t3\n")
    path = str(tmp_path / "a.tsv")
    assert read_columns(ABOUT, [path], None, None, None, None) == (["1"], ["2"])
    read = read_columns(ABOUT, [path, path], None, "up", "left", None)
    assert read == (["3", "3"], ["1", "1"])


def test_messages_name_the_options_of_the_task(tmp_path):
    (tmp_path / "a.tsv").write_text("left\tright\n1\t \n")
    (tmp_path / "none.tsv").write_text("left\tright\n")
    for columns, message in (
        (("down", None), "Name the column by --left"),
        ((None, "down"), "Name the column by --right"),
        ((None, None), "expected a text, a string, got"),
    ):
        with pytest.raises(ValueError, match=message):
            read_columns(ABOUT, [str(tmp_path / "a.tsv")], None, *columns, None)
    with pytest.raises(ValueError, match="none.tsv: there is no pair of weights in it"):
        read_columns(ABOUT, [str(tmp_path / "none.tsv")], None, None, None, None)
    with pytest.raises(click.UsageError, match="a balance needs a pair of weights in"):
        read_columns(ABOUT, ["-"], None, None, None, None)
