"""``slm score``: the likelihoods that Python gives, for all texts and for each."""

import csv
import io
import json
import math

import numpy as np
import pytest

from sklearn_slm import load_model, save_model
from sklearn_slm.cli.scoring import Likelihood, iterate_likelihoods
from tests.cli.small import LABELS, TEXTS, make_language_model, run_process

NEW = [*TEXTS[:40], "unknown wörds, zebras", ""]


@pytest.fixture(scope="module")
def folder(language_folder):
    folder = language_folder
    save_model(make_language_model(TEXTS[:50], LABELS[:50]), folder / "labels.slm")
    save_model(
        make_language_model(TEXTS[:50], documents="stream"), folder / "stream.slm"
    )
    (folder / "odd.txt").write_text("".join(f"{text}\n" for text in NEW))
    rows = [{"body": t, "topic": y} for t, y in zip(TEXTS[:40], LABELS)]
    (folder / "rows.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    return folder


@pytest.mark.parametrize("name", ["lm.slm", "stream.slm"])
@pytest.mark.parametrize("options", ["", " --batch-size 5"])
def test_figures_of_all_texts_are_those_of_python(folder, run, name, options):
    model = load_model(folder / name)
    found = json.loads(run(f"score {name} odd.txt --json{options}").out)
    scored = model.score_tokens(NEW)
    assert found["log_likelihood"] == pytest.approx(scored.log_likelihood.sum(), 1e-6)
    for per, value in found["perplexity"].items():
        assert value == pytest.approx(model.perplexity(NEW, per=per), 1e-6)
    plain = [model.tokenizer_.normalize(text) for text in NEW]
    counts = {
        "n_texts": len(NEW),
        "n_tokens": len(scored.log_likelihood),
        "n_unknown": int((scored.targets.values == 1).sum()),
        "n_words": len(" ".join(plain).split()),
        "n_bytes": len("".join(plain).encode()),
    }
    assert {key: found[key] for key in counts} == counts
    assert counts["n_unknown"] >= 3


def test_figures_for_people(folder, run):
    output = run("score lm.slm new.txt new.txt")
    lines = output.out.splitlines()
    model = load_model(folder / "lm.slm")
    score, perplexity = model.score(TEXTS[:7]), model.perplexity(TEXTS[:7])
    assert lines[0].startswith("14 texts, ") and lines[0].endswith(" of them unknown")
    assert f"perplexity per token {perplexity:,.2f}, per word " in lines[1]
    assert f", {score:.4f} a token" in lines[2]
    assert output.err.startswith("14 texts, ")
    assert not run("score lm.slm new.txt -q").err


def test_each_text_has_a_line(folder, run):
    model = load_model(folder / "lm.slm")
    sums, lengths = model.score_samples(NEW), model.score_tokens(NEW).targets.lengths
    output = run("score lm.slm odd.txt --each --with-text --batch-size 4")
    assert "42 texts" in output.err
    rows = list(csv.DictReader(io.StringIO(output.out), delimiter="\t", quoting=3))
    assert [row["text"] for row in rows] == NEW
    np.testing.assert_allclose(
        [float(r["log_likelihood"]) for r in rows], sums, atol=2e-4
    )
    assert [int(row["n_tokens"]) for row in rows] == lengths.tolist()
    perplexities = [float(row["perplexity"]) for row in rows]
    np.testing.assert_allclose(perplexities, np.exp(-sums / lengths), rtol=1e-4)
    lines = run("score lm.slm odd.txt --each -q --json").out.splitlines()
    found = [json.loads(line) for line in lines]
    assert set(found[0]) == {"log_likelihood", "n_tokens", "perplexity"}
    np.testing.assert_allclose([row["log_likelihood"] for row in found], sums, 1e-6)
    lines = run("score lm.slm odd.txt --each -q").out.splitlines()
    assert lines[0] == "log_likelihood\tn_tokens\tperplexity" and len(lines) == 43


def test_a_model_of_labels_reads_them(folder, run):
    model = load_model(folder / "labels.slm")
    command = "score labels.slm rows.jsonl --text body --label topic --each --json -q"
    found = [json.loads(line) for line in run(command).out.splitlines()]
    expected = model.score_samples(TEXTS[:40], LABELS[:40])
    np.testing.assert_allclose([row["log_likelihood"] for row in found], expected, 1e-6)


@pytest.mark.parametrize(
    ("command", "code", "message"),
    [
        ("lm.slm new.txt --with-text", 2, "--with-text is for --each"),
        ("lm.slm rows.jsonl --label topic", 2, "this one was not. Leave it out"),
        ("labels.slm rows.jsonl --text body", 1, "'label'"),
        (
            "labels.slm rows.jsonl --text body --label body",
            1,
            "the model knows no label",
        ),
        ("lm.slm empty.csv", 1, "empty.csv: there is no text in it"),
        ("lm.slm rows.jsonl", 1, "'text'"),
    ],
)
def test_what_goes_wrong(folder, run, command, code, message):
    (folder / "empty.csv").write_text("text\n")
    output = run(f"score {command}", code)
    assert message in output.err and not output.out


def test_texts_from_standard_input(folder):
    text = (folder / "new.txt").read_text()
    done = run_process(folder, "score", "lm.slm", "--json", "-q", input=text)
    assert json.loads(done.stdout)["n_texts"] == 7 and not done.stderr


def test_texts_are_scored_as_they_come(folder):
    """A piece is answered before the next one is read."""
    read = []

    def rows():
        for text in NEW[:10]:
            read.append(text)
            yield text, None

    scored = iterate_likelihoods(load_model(folder / "lm.slm"), rows(), 3)
    next(scored)
    assert len(read) == 3
    assert sum(1 for _ in scored) == 9


def test_likelihoods_are_added():
    total = sum(
        [Likelihood(-3.0, 1, 4, 1, 3, 20, 5), Likelihood(-1.0, 1, 2, 0, 1, 8)],
        Likelihood(),
    )
    assert total == Likelihood(-4.0, 2, 6, 1, 4, 28, 5)
    assert total.compute_perplexity() == pytest.approx(math.exp(4 / 6))
    spelled = 4 + 5 * math.log(256)
    assert total.compute_perplexity("word") == pytest.approx(math.exp(spelled / 6))
    assert total.compute_perplexity("byte") == pytest.approx(math.exp(spelled / 30))
    assert math.isfinite(Likelihood(-1e9, 1, 1).compute_perplexity())
