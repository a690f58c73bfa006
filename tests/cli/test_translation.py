"""``slm translate``: the translations of Python, line by line, as they come."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from sklearn_slm import load_model, save_model
from tests.cli.small import SLM
from tests.estimators.translation import SOURCES, make_random_translator

LINES = [*SOURCES[:5], "", "  five   one "]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("translate")
    save_model(make_random_translator(), folder / "m.slm")
    hostile = make_random_translator(beam_size=1)
    # No text that is read has such tokens, but a file may.
    names = tuple(f" \x1b{i}\n\ta" for i in range(7))
    hostile.target_vocabulary_ = replace(hostile.target_vocabulary_, tokens=names)
    save_model(hostile, folder / "hostile.slm")
    (folder / "lines.txt").write_text("".join(f"{line}\n" for line in LINES), "utf-8")
    rows = [json.dumps({"de": line}) for line in LINES]
    (folder / "rows.jsonl").write_text("\n".join(rows), "utf-8")
    return folder


@pytest.fixture(scope="module")
def model(folder):
    return load_model(folder / "m.slm")


@pytest.mark.parametrize("options", ["", " --batch-size 2", " --runtime numpy"])
def test_one_line_in_one_line_out(run, model, options):
    output = run(f"translate m.slm lines.txt{options}")
    written = model.predict(LINES)
    assert output.out == "".join(f"{text}\n" for text in written)
    assert written[5] == "" and len(set(written)) > 3
    assert output.err.startswith("7 texts, ")


def test_several_files_and_a_file_to_write(folder, run, model):
    output = run("translate m.slm lines.txt rows.jsonl --text de -q -o out.txt")
    assert not output.out and not output.err
    written = "".join(f"{text}\n" for text in model.predict(LINES))
    assert (folder / "out.txt").read_text("utf-8") == 2 * written


def test_beams(run, model):
    greedy = model.set_params(beam_size=1).predict(LINES)
    assert run("translate m.slm lines.txt --beam 1").out.split("\n")[:-1] == greedy
    assert model.set_params(beam_size=3).predict(LINES) != greedy


@pytest.mark.parametrize("k", [1, 2, 4])
def test_several_translations_with_scores(run, model, k):
    answers = model.predict_topk(LINES, k)
    first, *lines = run(f"translate m.slm lines.txt --k {k}").out.splitlines()
    assert first == "number\tscore\ttranslation"
    assert lines == [
        f"{number}\t{score:.4f}\t{text}"
        for number, row in enumerate(answers, start=1)
        for text, score in row
    ]
    table = run(f"translate m.slm lines.txt -k {k} --with-text").out.splitlines()
    assert table[0].endswith("\ttext") and table[1] == f"{lines[0]}\t{LINES[0]}"


def test_objects_for_machines(run, model):
    rows = run("translate m.slm rows.jsonl --text de --json --with-text").out
    assert [json.loads(row) for row in rows.splitlines()] == [
        {"text": line, "translation": text}
        for line, text in zip(LINES, model.predict(LINES))
    ]
    rows = run("translate m.slm lines.txt --json --k 2").out.splitlines()
    found = json.loads(rows[0])["translations"]
    best = model.predict_topk(LINES[:1], 2)[0]
    assert [answer["translation"] for answer in found] == [text for text, _ in best]
    assert [answer["score"] for answer in found] == pytest.approx(
        [score for _, score in best], abs=1e-6
    )


def test_what_would_break_a_line(run, folder, monkeypatch):
    text = load_model(folder / "hostile.slm").predict(LINES[:1])[0]
    assert "\x1b" in text and "\n" in text
    lines = run("translate hostile.slm lines.txt").out.split("\n")
    assert len(lines) == len(LINES) + 1
    assert lines[0] == text.replace("\n", " ").replace("\t", " ")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    # A terminal obeys what it is shown.
    assert "\x1b" not in run("translate hostile.slm lines.txt").out


@pytest.mark.parametrize(
    ("command", "code", "message"),
    [
        ("m.slm lines.txt --beam 0", 2, "0 is not in the range x>=1"),
        ("m.slm lines.txt --k 0", 2, "0 is not in the range x>=1"),
        ("m.slm rows.jsonl", 1, "expected a JSON object with a string 'text'"),
        ("m.slm none.txt", 2, "'none.txt' does not exist"),
        ("m.slm lines.txt -o no/out.txt", 2, "there is no folder"),
        ("lines.txt lines.txt", 1, "not a model"),
    ],
)
def test_what_goes_wrong(run, command, code, message):
    output = run(f"translate {command}", code)
    assert message in output.err and not output.out


@pytest.mark.skipif(sys.platform == "win32", reason="pipes are read otherwise")
def test_a_program_asks_and_waits_for_the_answer(folder, model):
    child = subprocess.Popen(
        [*SLM, "translate", "m.slm"],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with child:
        for line, text in zip(LINES, model.predict(LINES)):
            child.stdin.write(f"{line}\n")
            child.stdin.flush()
            assert child.stdout.readline() == f"{text}\n"
        child.stdin.close()
        assert child.stderr.read().startswith("7 texts, ")
    assert child.returncode == 0
