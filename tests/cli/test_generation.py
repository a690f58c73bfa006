"""``slm generate``: the texts that Python writes, as they come, in bounded memory."""

import json
import subprocess
from dataclasses import replace

import pytest

from sklearn_slm import load_model, save_model
from sklearn_slm.cli.output import show_lines
from tests.cli.small import LABELS, SLM, TEXTS, make_language_model, run_process


@pytest.fixture(scope="module")
def folder(language_folder):
    model = make_language_model(TEXTS[:50], LABELS[:50])
    save_model(model, language_folder / "labels.slm")
    model = make_language_model(["a b c", "b c d"], documents="stream")
    # No text that is read has such tokens, but a file may.
    names = (" a\x1b[2J", " b", " c\u202e", " d")
    model.vocabulary_ = replace(model.vocabulary_, tokens=names)
    save_model(model, language_folder / "stream.slm")
    return language_folder


@pytest.fixture(scope="module")
def model(folder):
    return load_model(folder / "lm.slm")


def test_one_text_is_that_of_python(run, model):
    (text,) = model.generate("The  film", random_state=3)
    assert text.startswith("The film ")
    assert run(["generate", "lm.slm", "The  film", "--seed", "3"]).out == f"{text}\n"
    options = {"n_tokens": 5, "temperature": 0.5, "top_k": 4, "top_p": 0.5}
    command = "generate lm.slm --n-tokens 5 --temperature 0.5 --top-k 4 --top-p 0.5"
    for seed in range(3):
        (text,) = model.generate(**options, random_state=seed)
        assert run(f"{command} --seed {seed}").out == f"{text}\n"
    assert run("generate lm.slm film --n-tokens 0").out == "film\n"
    # Without a seed texts are new ones each time.
    assert len({run("generate lm.slm").out for _ in range(5)}) > 1


def test_several_texts_are_those_of_python(run, model):
    texts = model.generate("the", n=3, n_tokens=6, random_state=1)
    command = "generate lm.slm the -n 3 --n-tokens 6 --seed 1"
    assert run(command).out == "".join(f"{text}\n" for text in texts)
    found = [json.loads(line) for line in run(f"{command} --json").out.splitlines()]
    assert found == [{"prompt": "the", "text": text} for text in texts]
    (line,) = run("generate lm.slm the --n-tokens 6 --seed 1 --json").out.splitlines()
    assert json.loads(line)["text"] == texts[0]


@pytest.mark.parametrize("batch_size", [1, 3, 100])
def test_beginnings_of_a_file_do_not_depend_on_how_many_are_read(
    run, model, batch_size
):
    texts = model.generate(TEXTS[:7], n=2, n_tokens=4, random_state=5)
    output = run(
        "generate lm.slm --prompts new.txt -n 2 --n-tokens 4 --seed 5 --batch-size "
        f"{batch_size}"
    )
    assert output.out.splitlines() == [text for two in texts for text in two]
    assert "7 texts, " in output.err
    quiet = run("generate lm.slm --prompts new.txt --n-tokens 0 -q")
    assert quiet.out.splitlines() == [model.tokenizer_.normalize(t) for t in TEXTS[:7]]
    assert not quiet.err


def test_beginnings_of_a_table(folder, run, model):
    (folder / "rows.csv").write_text("body,id\nthe film,1\nI found,2\n")
    lines = run("generate lm.slm --prompts rows.csv --text body --json --seed 0").out
    texts = model.generate(["the film", "I found"], random_state=0)
    found = [json.loads(line) for line in lines.splitlines()]
    assert [row["text"] for row in found] == texts
    assert [row["prompt"] for row in found] == ["the film", "I found"]


def test_labels_stops_and_keywords(run, folder):
    model = load_model(folder / "labels.slm")
    options = {"label": "positive", "n_tokens": 12, "random_state": 2}
    (text,) = model.generate(**options)
    command = "generate labels.slm --label positive --n-tokens 12 --seed 2"
    assert run(command).out == f"{text}\n"
    words = text.split()
    stop = f" {words[3]}"
    (short,) = model.generate(stop=[stop, "\n"], **options)
    assert short == " ".join(words[:3])
    found = run(f"{command} --stop xyz --json").out
    assert json.loads(found)["text"] == text
    assert run(f"{command} --stop {words[3]}").out.rstrip() == short
    texts = model.generate(keywords=["film", "not", "hotel"], **options)
    output = run(f"{command} --keywords film,not --keywords hotel")
    assert output.out == f"{texts[0]}\n" and not output.err
    output = run(f"{command} --keywords film,zebra,")
    assert "the model does not know 'zebra'" in output.err
    (folder / "begun.txt").write_text("I\nthe\nI\n", "utf-8")
    output = run(f"{command} --prompts begun.txt --batch-size 1 --keywords zebra")
    assert output.err.count("the model does not know 'zebra'") == 1


def test_a_line_break_ends_a_text(run, folder):
    model = load_model(folder / "stream.slm")
    (text,) = model.generate("b", random_state=1, n_tokens=30)
    first, line_break, _ = text.partition("\n")
    assert line_break
    command = "generate stream.slm b --seed 1 --n-tokens 30 --json --stop".split()
    (text,) = model.generate("b\n", random_state=1, n_tokens=30)
    shown = run(
        ["generate", "stream.slm", "b\n", "--seed", "1", "--n-tokens", "30"]
    ).out
    assert shown == show_lines(text) + "\n" and text.startswith("b\n")
    for stop in ("\n", r"\n"):
        assert json.loads(run([*command, stop]).out)["text"] == first


def test_a_terminal_is_shown_nothing_that_it_obeys(run):
    one = run("generate stream.slm --seed 1 --n-tokens 60").out
    assert "\x1b" not in one and "\u202e" not in one
    assert r"\x1b" in one and r"\u202e" in one and one.count("\n") > 2
    # Several texts are a line each.
    two = run("generate stream.slm --seed 1 --n-tokens 60 -n 2").out
    assert two.count("\n") == 2 and r"\n" in two
    assert two.split("\n")[0] == one.removesuffix("\n").replace("\n", r"\n")
    kept = json.loads(run("generate stream.slm --seed 1 --n-tokens 60 --json").out)
    assert "\x1b" in kept["text"] and "\n" in kept["text"]


@pytest.mark.parametrize(
    ("command", "code", "message"),
    [
        ("lm.slm the --prompts new.txt", 2, "a PROMPT or --prompts, not both"),
        ("lm.slm --label good", 2, "trained on texts with labels"),
        ("labels.slm --label good", 2, "such as 'negative', 'positive'. Got 'good'"),
        ("lm.slm --temperature -1", 2, "-1.0 is not in the range x>=0"),
        ("lm.slm --temperature nan", 1, "temperature must be 0"),
        ("lm.slm --top-p 0", 2, "0.0 is not in the range 0<x<=1"),
        ("lm.slm --n-tokens -1", 2, "-1 is not in the range x>=0"),
        ("lm.slm -n 0", 2, "0 is not in the range x>=1"),
        ("lm.slm --prompts texts.csv", 2, "'texts.csv' does not exist"),
        ("texts.txt", 1, "not a model"),
    ],
)
def test_what_goes_wrong(run, command, code, message):
    output = run(f"generate {command}", code)
    assert message in output.err and not output.out


def test_tokens_appear_as_they_are_written(folder):
    """A model of a stream has no end: what is read comes before all is written."""
    command = "generate stream.slm --n-tokens 1000000000 --seed 0"
    child = subprocess.Popen(
        [*SLM, *command.split()],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with child:
        assert len(child.stdout.read(300)) == 300
        child.stdout.close()
        errors = child.stderr.read()
    assert child.returncode == 141 and not errors


def test_beginnings_from_standard_input(folder, model):
    command = ["generate", "lm.slm", "--prompts", "-", "--seed", "0", "-q"]
    done = run_process(folder, *command, input="the film\nI found\n")
    texts = model.generate(["the film", "I found"], random_state=0)
    assert done.stdout.splitlines() == texts and not done.stderr
