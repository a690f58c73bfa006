"""Kinds of files beside each other, fastText's labels, warnings, Parquet."""

import sys

import pytest

from sklearn_slm.datasets import iter_texts, read_csv_texts, read_texts


@pytest.mark.parametrize("packed", ["", ".gz"])
def test_all_kinds_of_files_agree(write, packed):
    texts, labels = ["a, b", "好"], ["x", "1"]
    contents = {
        "csv": 'text,label\n"a, b",x\n好,1\n',
        "tsv": "label\ttext\nx\ta, b\n1\t好\n",
        "jsonl": '{"text": "a, b", "label": "x"}\n\n{"label": 1, "text": "\\u597d"}\n',
        "txt": "__label__x a, b\r\n\n__label__1 好",
    }
    for kind, content in contents.items():
        path = write(f"a.{kind}{packed}", content)
        assert read_texts(path) == (texts, labels)
        rows = list(iter_texts(path, label="label"))
        assert rows == list(zip(texts, labels))
        if not packed:
            with path.open("rb") as file:
                assert list(iter_texts(file, kind=kind, label="label")) == rows
            with path.open("rb") as file:
                assert read_texts(file, kind=kind) == (texts, labels)
    lines = write(f"b.txt{packed}", "one\n\ntwo")
    assert [text for text, _ in iter_texts(lines)] == ["one", "", "two"]
    bare = write(f"b.jsonl{packed}", '"one"\n{"text": "two"}\n')
    assert list(iter_texts(bare)) == [("one", None), ("two", None)]


def test_rows_come_before_the_file_is_read():
    def lines():
        yield b"one\n"
        raise AssertionError("nobody asked for a second line")

    assert next(iter_texts(lines())) == ("one", None)


@pytest.mark.parametrize("space", [" ", "\t", "\xa0", "\u3000", "   ", " \t \u3000"])
def test_any_white_space_ends_a_label(write, space):
    path = write("a.txt", f"__label__pos{space}good  film \r\n__label__neg{space}\n")
    assert read_texts(path) == (["good  film ", ""], ["pos", "neg"])


def test_plain_lines_lose_their_ends_alone(write):
    path = write("a.txt", "a\t\r\r\n b \u2028c\x85\n")
    assert [text for text, _ in iter_texts(path)] == ["a\t\r", " b \u2028c\x85"]


CONTENTS = {
    "csv": ("text,label\n", "good film {0},{1}\n"),
    "tsv": ("text\tlabel\n", "good film {0}\t{1}\n"),
    "jsonl": ("", '{{"text": "good film {0}", "label": {1}}}\n'),
    "txt": ("", "__label__{1} good film {0}\n"),
}


@pytest.mark.parametrize("kind", CONTENTS)
def test_labels_that_hardly_repeat_warn(write, kind):
    header, row = CONTENTS[kind]

    def write_rows(n_rows, n_labels):
        rows = [row.format(i, i % n_labels) for i in range(n_rows)]
        return write(f"a.{kind}", header + "".join(rows))

    with pytest.warns(UserWarning, match=rf"a\.{kind}: 19 of 20 labels are different"):
        read_texts(write_rows(20, 19))
    # Warnings are errors in this suite: these give none.
    assert len(set(read_texts(write_rows(20, 18))[1])) == 18
    assert len(set(read_texts(write_rows(19, 19))[1])) == 19


def test_the_warning_of_tables_names_its_caller(write):
    rows = "".join(f"{i},{i}\n" for i in range(30))
    with pytest.warns(UserWarning, match="30 of 30 labels") as caught:
        read_csv_texts(write("a.csv", "text,label\n" + rows))
    assert caught[0].filename == __file__


def test_read_parquet(tmp_path):
    pd = pytest.importorskip("pandas", reason="the test extra installs it")
    pytest.importorskip("pyarrow", reason="100 MB; the extra parquet installs it")
    path = tmp_path / "a.parquet"
    pd.DataFrame({"label": [1, 2], "text": ["a", "b"], "n": [0, 0]}).to_parquet(path)
    assert read_texts(path) == (["a", "b"], ["1", "2"])
    assert read_texts(path, label="text") == (["a", "b"], ["a", "b"])
    assert list(iter_texts(path)) == [("a", None), ("b", None)]
    with path.open("rb") as file:
        assert read_texts(file, kind="parquet") == (["a", "b"], ["1", "2"])
    with pytest.raises(ValueError, match=r"expected a Parquet file with the columns"):
        read_texts(path, text="body")
    pd.DataFrame({"label": [1, None], "text": ["a", "b"]}).to_parquet(path)
    with pytest.raises(
        ValueError, match=r"a\.parquet, row 2, column 'label': expected"
    ):
        read_texts(path)
    data = path.read_bytes()
    for damaged in (data[:-20], data.replace(b"text", b"tex\xff"), b"PAR1"):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=r"a\.parquet: expected a Parquet file"):
            read_texts(path)


def test_parquet_without_pandas_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r'pip install "sklearn_slm\[parquet\]"'):
        read_texts(tmp_path / "a.parquet")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.doc", "", r"ends in \.csv, \.tsv, \.jsonl, \.txt, \.parquet"),
        ("a.jsonl", "{", r"a\.jsonl, line 1: .*no JSON"),
        (
            "a.jsonl",
            '{"text": "x", "label": 1}\n' + "[" * 100_000,
            r"line 2: .*too deep",
        ),
        ("a.jsonl", '\n{"body": "x"}', r"line 2: .*with a string 'text', got"),
        ("a.jsonl", '{"text": "x"}', r"line 1, field 'label': expected a label"),
        (
            "a.jsonl",
            '{"text": %s}' % ("[" * 500 + "]" * 500),
            r"field 'text': .*\[\[\[",
        ),
        ("a.jsonl", '"x"', r"line 1: expected a JSON object"),
        ("a.jsonl", '[{"text": "x"}]', r"line 1: .*one object on each line"),
        ("a.txt", "good film", r"line 1: plain text has labels in fastText's format"),
        ("a.txt", "__label__ good", r"line 1: plain text has labels in fastText's"),
        ("a.txt", "__label__a __label__b x", r"one before each text"),
        ("a.txt", "__label__a\t__label__b x", r"one before each text"),
        ("a.txt", b"\xff", r"line 1: expected UTF-8"),
    ],
)
def test_read_bad_rows(write, name, content, message):
    with pytest.raises(ValueError, match=message):
        read_texts(write(name, content))


def test_unknown_kind(tmp_path):
    with pytest.raises(ValueError, match=r"kind must be one of .* Got 'xls' instead"):
        read_texts(tmp_path / "a.csv", kind="xls")
