"""Each kind of model reads its own columns of the same file."""

import pytest

from sklearn_slm.cli.examples import Columns, read_examples

NAMES = ("text", "label", "source", "target", "question", "passage", "answer")


@pytest.mark.parametrize(
    ("kind", "columns"),
    [
        ("classifier", ("text", "label")),
        ("language model", ("text", "label")),
        ("translator", ("source", "target")),
        ("answerer", ("question", "answer")),
    ],
)
def test_columns(tmp_path, kind, columns):
    path = tmp_path / "all.tsv"
    path.write_text("\t".join(NAMES) + "\n" + "\t".join(f"a {n}" for n in NAMES) + "\n")
    read = read_examples(kind, [str(path)], None, Columns("text", "label"), None)
    assert read == tuple([f"a {name}"] for name in columns)
    given = Columns("label", "text", source="answer", question="target")
    read = read_examples(kind, [str(path)], None, given, None)
    expected = {
        "translator": ("answer", "target"),
        "answerer": ("target", "answer"),
    }.get(kind, ("label", "text"))
    assert read == tuple([f"a {name}"] for name in expected)


def test_passages(tmp_path):
    (tmp_path / "all.csv").write_text("question,passage,answer\nwho,Anna,\n")
    files, given = [str(tmp_path / "all.csv")], Columns("text", "label")
    read = read_examples("reader", files, None, given, None)
    assert read == ([("who", "Anna")], [""])
    given = Columns("text", "label", passage="question", question="passage")
    assert read_examples("reader", files, None, given, None)[0] == [("Anna", "who")]


def test_recordings(tmp_path):
    (tmp_path / "manifest.csv").write_text("sound,words\none.wav,one\n")
    given = Columns("words", "label", audio="sound")
    files = [str(tmp_path / "manifest.csv")]
    paths, texts = read_examples("speech recognizer", files, None, given, None)
    assert paths == [tmp_path / "one.wav"] and texts == ["one"]
