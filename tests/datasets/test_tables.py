"""CSV and TSV: quoting, delimiters, headers."""

import csv
import gzip
import io
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import pytest

from sklearn_slm.datasets import iter_texts, read_csv_texts, read_texts
from sklearn_slm.datasets._tables import Records


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.tsv", "A.TSV.GZ"])
def test_what_spreadsheets_write(tmp_path, name):
    rows = [["id", "label", "text"], ["1", "pos", 'a "b",\nc,d'], ["2", "7", "好"]]
    path = tmp_path / name
    packed = name.lower().endswith("gz")
    opened = gzip.open(path, "wt", encoding="utf-8", newline="") if packed else None
    with opened or path.open("w", encoding="utf-8", newline="") as file:
        delimiter = "\t" if "tsv" in name.lower() else ","
        csv.writer(file, delimiter=delimiter).writerows(rows)
    expected = (['a "b",\nc,d', "好"], ["pos", "7"])
    assert read_csv_texts(path, quoting=True) == expected
    assert read_texts(str(path), quoting=True) == expected
    ids = read_csv_texts(path, text="id", quoting=True)
    assert ids == (["1", "2"], ["pos", "7"])


def test_records_are_those_of_the_csv_module():
    n_records = 0
    for parts in product(['"', "a", ",", "\n", "\r\n", ' "b"'], repeat=6):
        lines = io.StringIO("".join(parts), newline="\n").readlines()
        try:
            expected = [row for row in csv.reader(lines, strict=True) if row]
        except csv.Error:
            with pytest.raises(ValueError, match=r"^a\.csv, line \d: expected"):
                list(Records(lines, "a.csv", ",", True))
            continue
        records = list(Records(lines, "a.csv", ",", True))
        assert [fields for _, fields in records] == expected
        n_records += len(records)
    assert n_records > 10_000


def test_byte_order_mark_blank_lines_and_empty_text(write):
    path = write("a.csv", "\ufefftext,label\r\n\r\n,x\r\nb,y\r\n")
    assert read_csv_texts(path) == (["", "b"], ["x", "y"])


def test_labels_of_tables_are_kept_as_written(write):
    path = write("a.csv", "text,label\na,1\nb,1.0\nc,True\nd, x \ne,NaN\n")
    assert read_texts(path)[1] == ["1", "1.0", "True", " x ", "NaN"]


GLUE = '"good film\tpos\nbad film"\tneg\n"not" so "good"\tneg\n'


@pytest.mark.parametrize("header", ["text\tlabel\n", "\ufefftext\tlabel\r\n"])
def test_quotes_are_characters_in_tsv(write, header):
    path = write("a.tsv", header + GLUE)
    expected = (
        ['"good film', 'bad film"', '"not" so "good"'],
        ["pos", "neg", "neg"],
    )
    assert read_texts(path) == expected
    assert read_csv_texts(path, quoting=False) == expected
    rows = list(iter_texts(path, label="label"))
    assert rows == list(zip(*expected))


def test_quotes_are_characters_in_csv_on_demand(write):
    path = write("a.csv", 'text,label\n"good,pos\n')
    assert read_texts(path, quoting=False) == (['"good'], ["pos"])


def test_rows_between_two_stray_quotes_are_not_merged(write):
    path = write("a.tsv", "text\tlabel\na\tb\n" + GLUE)
    with pytest.raises(ValueError, match=r"a\.tsv, line 3: .*several rows.*--unquoted"):
        read_texts(path, quoting=True)
    path = write("b.tsv", 'text\tlabel\n"two\nlines"\tpos\n"a\ttab"\tneg\n')
    assert read_texts(path, quoting=True)[0] == ["two\nlines", "a\ttab"]


def test_a_tsv_file_that_looks_quoted_warns(write):
    path = write("a.tsv", 'text\tlabel\n"He said ""no"""\tpos\n"no" and "no"\tneg\n')
    with pytest.warns(UserWarning, match=r"a\.tsv: 1 texts stand in quotes .*--quoted"):
        texts, _ = read_texts(path)
    assert texts == ['"He said ""no"""', '"no" and "no"']
    assert read_texts(path, quoting=False)[0] == texts


def test_fields_of_any_length_in_readers_side_by_side(write):
    """The limit of the csv module, one for the process, is neither used nor moved."""
    limit = csv.field_size_limit()
    long = "a" * (limit + 1)
    path = write("a.csv", f'text,label\n{long},x\n"{long},",y\nb,z\n')
    first, second = (iter_texts(path, label="label") for _ in range(2))
    assert next(first) == next(second) == (long, "x")
    assert csv.field_size_limit() == limit
    assert next(first) == (f"{long},", "y")
    first.close()
    assert next(second) == (f"{long},", "y")
    unfinished = iter_texts(path)
    next(unfinished)
    with ThreadPoolExecutor(4) as pool:
        everything = list(pool.map(read_csv_texts, [path] * 8))
    assert everything == [([long, f"{long},", "b"], ["x", "y", "z"])] * 8
    assert csv.field_size_limit() == limit
    with pytest.raises(csv.Error, match="field larger than field limit"):
        next(csv.reader([long]))


def test_a_field_of_many_lines_and_quotes_is_read_in_linear_time(write):
    lines = 'a ""b""\n' * 300_000
    path = write("a.csv", f'text,label\n"{lines}",x\n')
    assert read_csv_texts(path) == ([lines.replace('""', '"')], ["x"])


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", "", r"a\.txt: expected a file name that ends in \.csv, \.tsv"),
        ("a.csv", "", r"a\.csv: expected a header line .* got an empty file"),
        ("a.csv", "text,y\n", r"a\.csv, line 1: expected one column 'label', got no"),
        ("a.csv", "text,text,label\n", r"line 1: .*'text', got several of them"),
        ("a.csv", "text,label\na,b,c\n", r"line 2: expected 2 fields .*got 3\. Put"),
        ("a.csv", 'text,label\na,"b\n",c\n', r"line 2: expected 2 fields .*got 3\."),
        ("a.tsv", "text\tlabel\na\tb\nc\n", r"line 3: expected 2 fields .*got 1\."),
        ("a.tsv", 'text\tlabel\n"a\tb"\tc\n', r"line 2: .*got 3\. .*quoting=True"),
        ("a.csv", "text,label\na,\n", r"line 2, column 'label': expected a label"),
        ("a.csv", "text,label\na, \n", r"line 2, column 'label': expected a label"),
        ("a.csv", 'text,label\n"a,b\nc,d\n', r"line 2: .*open until the end .*Close"),
        ("a.csv", 'text,label\n"a" b,c\n', r"line 2: expected ',' .*quote, got ' '"),
        ("a.csv", b"text,label\na,b\n\xff,c\n", r"line 3: expected UTF-8, got .*0xff"),
        ("a.csv", "text,label\na\rb,c\n", r"a\.csv, line 2: .*got a carriage return"),
        ("a.csv", 'text,label\na\rb,"c"\n', r"a\.csv, line 2: .*a carriage return"),
        ("a.csv", "good film,pos\nbad,neg\n", r"line 1: .*above it: text,label"),
        ("a.tsv", '"text"\t"label"\n', r"line 1: .*columns are quoted: pass quoting=T"),
        ("a.csv", "text\tlabel\na\tb\n", r"line 1: .*'\\t': use .*kind='tsv'"),
        ("a.tsv", "label,text\na,b\n", r"line 1: .*',': use .*kind='csv'"),
        ("a.csv", "text|label\na|b\n", r"line 1: .*separated by '\|'\. Rewrite"),
        ("a.csv", "body;topic\na;b\n", r"line 1: .*separated by ';'\. Rewrite"),
    ],
)
def test_bad_table(write, name, content, message):
    path = write(name, content)
    with pytest.raises(ValueError, match=message):
        read_csv_texts(path)


@pytest.mark.parametrize(
    "content",
    ["label;text\npos;good, really\n", '"label";"text"\n"pos";"good, really"\n'],
)
def test_the_line_that_reads_a_semicolon_table(write, tmp_path, content, monkeypatch):
    pandas = pytest.importorskip("pandas", reason="the test extra installs it")
    path = write("a.csv", content)
    with pytest.raises(ValueError, match=r"line 1: .*separated by ';'") as caught:
        read_csv_texts(path)
    monkeypatch.chdir(tmp_path)
    line = str(caught.value).partition("Rewrite the file with commas: ")[2]
    eval(line, {"pandas": pandas})
    assert read_csv_texts("commas.csv") == (["good, really"], ["pos"])
