"""Kinds of files beside each other, warnings about labels, names that tell no kind."""

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


def test_unknown_kind(tmp_path):
    with pytest.raises(ValueError, match=r"kind must be one of .* Got 'xls' instead"):
        read_texts(tmp_path / "a.csv", kind="xls")


def test_a_name_that_tells_no_kind(write):
    with pytest.raises(
        ValueError, match=r"ends in \.csv, \.tsv, \.jsonl, \.txt, \.parquet"
    ):
        read_texts(write("a.doc", ""))
