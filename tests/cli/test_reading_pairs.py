"""Questions, passages and answers out of files, and scores of a reader on them."""

import io
import json

import click
import pytest

from sklearn_slm.cli.reading_pairs import (
    format_scores,
    measure_passages,
    read_asked,
    read_passages,
)
from tests.cli.readings import RIGHT, make_folder
from tests.estimators.readings import PAIRS, make_doubting_reader


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_folder(tmp_path_factory.mktemp("passages"))


def test_three_columns_are_read(folder):
    files = [str(folder / "births.tsv")]
    assert read_passages(files, None, None, None, None, None) == (PAIRS, RIGHT)
    swapped = read_passages(files, None, "passage", "question", "passage", None)
    assert swapped == ([pair[::-1] for pair in PAIRS], [p for _, p in PAIRS])
    for at, option in enumerate(["--question", "--passage", "--answer"]):
        columns = [None] * 3
        columns[at] = "other"
        with pytest.raises(ValueError, match=f"Name the column by {option}"):
            read_passages(files, None, *columns, None)


def test_files_without_columns_or_of_one_run_are_refused(folder):
    for file, message in (("-", "Save it as a file"), ("lines.txt", "has no columns")):
        name = file if file == "-" else str(folder / file)
        with pytest.raises(click.UsageError, match=message):
            read_passages([name], None, None, None, None, None)
    (folder / "none.csv").write_text("question,passage,answer\n")
    with pytest.raises(ValueError, match="no question with its passage and answer"):
        read_passages([str(folder / "none.csv")], None, None, None, None, None)


def test_lines_and_rows_come_as_pairs(folder, monkeypatch):
    lines = [str(folder / "lines.txt")]
    pieces = list(read_asked(lines, None, None, None, None, 5))
    assert [len(piece) for piece in pieces] == [5, 5, 5, 3]
    assert [pair for piece in pieces for pair in piece] == PAIRS
    rows = [json.dumps({"asked": q, "context": p}) for q, p in PAIRS[:2]]
    (folder / "rows.jsonl").write_text("\n".join([*rows, '{"asked": "who"}']))
    names = [str(folder / "rows.jsonl")]
    columns = "asked", "context"
    assert next(read_asked(names, None, *columns, None, 2)) == PAIRS[:2]
    with pytest.raises(ValueError, match=r"line 3: .*'context'.*Name .* by --passage"):
        list(read_asked(names, None, *columns, None))
    text = b"who\tAnna\twas born\nwho \tBert\nwho\n"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text)))
    pieces = read_asked([], None, None, None, None, 2)
    assert next(pieces) == [("who", "Anna\twas born"), ("who ", "Bert")]
    with pytest.raises(ValueError, match="standard input, line 3: expected a question"):
        next(pieces)


def test_scores_are_those_of_the_model():
    model = make_doubting_reader()
    given = model.predict(PAIRS)
    # Some right, some half right, some without an answer.
    answers = [f"{own} 1900" if i % 2 else own for i, own in enumerate(given)]
    found = measure_passages(model, PAIRS, answers)
    assert found.pop("questions_per_second") > 0
    assert found == {
        "n_questions": 18,
        "n_without_answer": answers.count(""),
        "exact_match": pytest.approx(model.score(PAIRS, answers, "exact_match")),
        "f1": pytest.approx(model.score(PAIRS, answers)),
        "answered": pytest.approx(sum(map(bool, given)) / 18),
    }
    assert 0 < found["exact_match"] < found["f1"] < 1 and found["n_without_answer"]
    told = {"exact_match": 0.5, "f1": 0.625, "answered": 0.9, "n_without_answer": 1234}
    assert format_scores(told) == (
        "exact match 0.5000, F1 0.6250; 90.0% answered, 1,234 questions without an answer"
    )
