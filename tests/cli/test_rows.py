"""Rows that go out: their fields, the file, how many there were."""

import csv
import io
import sys

import pytest

from sklearn_slm.cli import rows
from sklearn_slm.cli.rows import Progress, join_fields, open_output


def test_fields_of_tables_are_read_again():
    fields = ["a,b", 'so "good"', "two\r\nlines", "tab\tand\nbreak", ""]
    line = join_fields(fields, "csv")
    assert next(csv.reader(io.StringIO(line, newline=""))) == fields
    line = join_fields(fields, "tsv")
    assert line == 'a,b\tso "good"\ttwo  lines\ttab and break\t\n'


def test_a_file_takes_its_name_when_it_is_whole(tmp_path):
    path = tmp_path / "out.csv"
    with open_output(str(path)) as stream:
        stream.write("é\n")
        assert not path.exists()
    assert path.read_bytes() == "é\n".encode()
    with pytest.raises(RuntimeError), open_output(str(path)) as stream:
        stream.write("half")
        raise RuntimeError
    assert path.read_bytes() == "é\n".encode()
    with open_output(None) as stream:
        assert stream is sys.stdout


def test_progress_counts_what_goes_by(capsys, monkeypatch):
    with Progress(quiet=False) as progress:
        assert list(progress.watch("abc")) == ["a", "b", "c"]
    assert capsys.readouterr().err.startswith("3 texts, ")
    with Progress(quiet=True) as progress:
        progress.count()
    assert capsys.readouterr().err == ""
    # On a terminal it tells all along, in one line.
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(rows, "_SECONDS_BETWEEN_REPORTS", -1)
    with Progress(quiet=False) as progress:
        list(progress.watch("ab"))
    told = capsys.readouterr().err.split("\r")
    assert [line.split(",")[0] for line in told[1:]] == [
        "1 texts",
        "2 texts",
        "2 texts",
    ]


def test_a_closed_pipe_is_told_nothing(capsys):
    with pytest.raises(BrokenPipeError), Progress(quiet=False):
        raise BrokenPipeError
    assert capsys.readouterr().err == ""
