"""JSON lines, fastText's labels, Parquet; what is wrong with a row is told."""

import sys

import pytest

from sklearn_slm.datasets import iter_texts, read_texts


@pytest.mark.parametrize("space", [" ", "\t", "\xa0", "\u3000", "   ", " \t \u3000"])
def test_any_white_space_ends_a_label(write, space):
    path = write("a.txt", f"__label__pos{space}good  film \r\n__label__neg{space}\n")
    assert read_texts(path) == (["good  film ", ""], ["pos", "neg"])


def test_plain_lines_lose_their_ends_alone(write):
    path = write("a.txt", "a\t\r\r\n b \u2028c\x85\n")
    assert [text for text, _ in iter_texts(path)] == ["a\t\r", " b \u2028c\x85"]


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
    ],
)
def test_read_bad_rows(write, name, content, message):
    with pytest.raises(ValueError, match=message):
        read_texts(write(name, content))
