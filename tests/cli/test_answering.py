"""``slm answer``: the answers of Python, line by line, as they come."""

import io
import json

import pytest

from sklearn_slm import load_model, save_model
from sklearn_slm.cli import main
from tests.cli import readings
from tests.cli.answers import make_folder
from tests.estimators.answers import make_random_answerer
from tests.estimators.readings import PAIRS

LINES = ["my pin", "is the office open", "", "stolen  card"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = make_folder(tmp_path_factory.mktemp("answer"))
    hostile = make_random_answerer().add(["a\x1b[2J\n\tz zzz"])
    save_model(hostile, folder / "hostile.slm")
    (folder / "short.slm").write_bytes((folder / "m.slm").read_bytes()[:-100])
    (folder / "lines.txt").write_text("".join(f"{line}\n" for line in LINES), "utf-8")
    rows = [json.dumps({"asked": line}) for line in LINES]
    (folder / "rows.jsonl").write_text("\n".join(rows), "utf-8")
    return folder


@pytest.fixture(scope="module")
def reading_folder(tmp_path_factory):
    return readings.make_folder(tmp_path_factory.mktemp("read"))


@pytest.fixture(scope="module")
def model(folder):
    return load_model(folder / "m.slm")


@pytest.mark.parametrize("options", ["", " --batch-size 1", " --runtime numpy"])
def test_one_line_in_one_line_out(run, model, options):
    output = run(f"answer m.slm lines.txt{options}")
    assert output.out == "".join(f"{text}\n" for text in model.predict(LINES))
    assert output.err.startswith("4 texts, ")


def test_a_threshold(run, model):
    best = [row[0] for row in model.predict_topk(LINES, 1)]
    least = sorted(p for _, p in best)[2]
    lines = run(f"answer m.slm lines.txt --threshold {least:.17g}").out.split("\n")
    assert lines[:-1] == [text if p >= least else "" for text, p in best]
    assert lines.count("") == 3  # two questions, and the end
    rows = run(f"answer m.slm lines.txt --json --threshold {least:.17g}").out
    found = [json.loads(row) for row in rows.splitlines()]
    assert [row["answer"] for row in found] == [line or None for line in lines[:-1]]
    assert [row["probability"] for row in found] == pytest.approx(
        [p for _, p in best], abs=1e-6
    )
    table = run(f"answer m.slm lines.txt --k 2 --threshold {least:.17g}").out
    numbers = [line.split("\t")[0] for line in table.splitlines()[1:]]
    known = [str(i) for i, (_, p) in enumerate(best, start=1) if p >= least]
    assert numbers == [n for n in known for _ in range(2)]
    rows = run("answer m.slm lines.txt --json -k 2 --threshold 1").out.splitlines()
    assert json.loads(rows[0]) == {"answers": []}


def test_several_answers_with_probabilities(run, model):
    answers = model.predict_topk(LINES, 2)
    first, *lines = run("answer m.slm rows.jsonl --text asked --k 2").out.splitlines()
    assert first == "number\tprobability\tanswer"
    assert lines == [
        f"{number}\t{p:.6f}\t{text}"
        for number, row in enumerate(answers, start=1)
        for text, p in row
    ]
    table = run("answer m.slm lines.txt -k 2 --with-text").out.splitlines()
    assert table[0].endswith("\ttext") and table[1] == f"{lines[0]}\t{LINES[0]}"
    rows = run("answer m.slm lines.txt --json --with-text").out.splitlines()
    assert [json.loads(row)["text"] for row in rows] == LINES
    rows = run("answer m.slm lines.txt --json --k 9").out.splitlines()
    assert [own["answer"] for own in json.loads(rows[0])["answers"]] == [
        text for text, _ in model.predict_topk(LINES[:1], 9)[0]
    ]


def test_a_file_to_write(folder, run, model):
    output = run("answer m.slm lines.txt -q -o out.txt")
    assert not output.out and not output.err
    written = "".join(f"{text}\n" for text in model.predict(LINES))
    assert (folder / "out.txt").read_text("utf-8") == written


def test_what_would_break_a_line(folder, run, monkeypatch):
    (folder / "z.txt").write_text("zzz\n")
    assert run("answer hostile.slm z.txt").out == "a\x1b[2J  z zzz\n"
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    # A terminal obeys what it is shown.
    assert "\x1b" not in run("answer hostile.slm z.txt").out


@pytest.mark.parametrize(
    ("command", "code", "message"),
    [
        ("m.slm lines.txt --k 0", 2, "0 is not in the range x>=1"),
        ("m.slm lines.txt --threshold 2", 2, "2.0 is not in the range 0"),
        ("m.slm rows.jsonl", 1, "expected a JSON object with a string 'text'"),
        ("m.slm lines.txt -o no/out.txt", 2, "there is no folder"),
        ("lines.txt lines.txt", 1, "not a model"),
        ("short.slm lines.txt", 1, "short.slm"),
    ],
)
def test_what_goes_wrong(run, command, code, message):
    output = run(f"answer {command}", code)
    assert message in output.err and not output.out


class Waiting(io.BytesIO):
    """Standard input of a program that waits for an answer before it asks again."""

    def __init__(self, lines, written):
        super().__init__("".join(f"{line}\n" for line in lines).encode())
        self.written, self.n_answers = written, []

    def read1(self, size=-1):
        self.n_answers.append(self.written().count("\n"))
        return self.readline()


def test_a_program_asks_and_waits_for_the_answer(folder, run, model, monkeypatch):
    path = folder / "waits.txt"
    with path.open("w+") as stream:
        asking = Waiting(LINES, path.read_text)
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(asking))
        monkeypatch.setattr("sys.stdout", stream)
        assert main(["answer", "m.slm"]) == 0
    # An answer is there before the next question is read, and before the end is.
    assert asking.n_answers == [0, 1, 2, 3, 4]
    assert path.read_text().splitlines() == model.predict(LINES)


def test_words_of_passages(reading_folder, run, monkeypatch):
    monkeypatch.chdir(reading_folder)
    reader = load_model("r.slm")
    answers, spans = reader.predict(PAIRS), reader.predict_spans(PAIRS)
    out = run("answer r.slm lines.txt").out
    assert out == "".join(f"{text}\n" for text in answers) and "" in answers
    found = [
        json.loads(row)
        for row in run("answer r.slm births.tsv --json").out.split("\n")[:-1]
    ]
    for row, (_, passage), answer, span in zip(
        found, PAIRS, answers, spans, strict=True
    ):
        assert list(row) == ["answer", "start", "end", "probability"]
        assert row["probability"] == pytest.approx(span.probability, abs=1e-6)
        if answer:
            assert passage[row["start"] : row["end"]] == row["answer"] == answer
        else:
            assert row["answer"] is row["start"] is row["end"] is None
    least = sorted(span.probability for span in spans if span.end)[1]
    options = f"--threshold {least:.17g}"
    lines = run(f"answer r.slm lines.txt {options} --with-text").out.splitlines()
    assert lines == [
        f"{text}\t{q}\t{p}" for text, (q, p) in zip(reader.predict(PAIRS, least), PAIRS)
    ]
    first, *table = run(f"answer r.slm lines.txt {options} -k 2").out.splitlines()
    assert first == "number\tprobability\tanswer"
    top = reader.predict_topk(PAIRS, 2, least)
    assert table == [
        f"{number}\t{p:.6f}\t{text}"
        for number, entries in enumerate(top, start=1)
        for text, p in entries or []
    ]
    rows = run(f"answer r.slm births.tsv {options} -k 2 --json").out.splitlines()
    assert [json.loads(row)["answers"] for row in rows] == [
        [{"answer": a or None, "probability": round(p, 6)} for a, p in entries or []]
        for entries in top
    ]


def test_columns_of_the_other_kind_are_refused(reading_folder, folder, run):
    path = reading_folder / "r.slm"
    error = " ".join(run(f"answer {path} lines.txt --text asked", 2).err.split())
    assert "--text is for an answerer" in error
    error = " ".join(run("answer m.slm lines.txt --passage context", 2).err.split())
    assert "--question and --passage are for a reader: m.slm holds an answerer" in error
    assert "expected a question, a tab" in run(f"answer {path} lines.txt", 1).err
