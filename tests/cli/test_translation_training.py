"""``slm train --task translation``: the model that Python trains, and what is told."""

import json
import os

import numpy as np
import pytest

from sklearn_slm import SLMTranslator, load_model
from tests.estimators.translation import SOURCES, TARGETS

SMALL = (
    "--task translation --source de --target en --hidden-size 4 --max-iter 2 "
    "--tokens word --set batch_size=4 --set runtime=numpy"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("translation")
    lines = ["de\ten", *(f"{a}\t{b}" for a, b in zip(SOURCES, TARGETS))]
    (folder / "pairs.tsv").write_text("\n".join(lines) + "\n", "utf-8")
    (folder / "valid.tsv").write_text("\n".join(lines[:7]) + "\n", "utf-8")
    return folder


def test_the_command_trains_as_python_does(folder, run):
    output = run(f"train pairs.tsv {SMALL} -o m.slm --valid valid.tsv --json")
    found = load_model(folder / "m.slm")
    expected = SLMTranslator(
        4, max_iter=2, tokens="word", batch_size=4, runtime="numpy", random_state=0
    ).fit(SOURCES, TARGETS, X_val=SOURCES[:6], y_val=TARGETS[:6])
    assert found.get_params() == expected.get_params()
    for name, weight in expected.weights_.items():
        np.testing.assert_array_equal(found.weights_[name], weight)
    perplexity = pytest.approx(np.exp(-expected.best_validation_score_))
    bleu = expected.validation_bleu_
    assert json.loads(output.out) == {
        "model": "m.slm",
        "bytes": os.path.getsize(folder / "m.slm"),
        "n_pairs": 40,
        "n_source_tokens": 7,
        "n_target_tokens": 7,
        "epochs": 2,
        "validation_perplexity": perplexity,
        "validation_bleu": bleu,
    }
    lines = output.err.splitlines()
    assert lines[0].startswith("epoch 1/2  loss ")
    assert lines[-1] == f"validation BLEU {bleu:.2f} (greedy)"
    assert json.loads(run("info m.slm --json").out)["notes"] == {
        "data": ["pairs.tsv"],
        "n_texts": 40,
        "columns": ["de", "en"],
        "validation_data": "valid.tsv",
        "validation_perplexity": perplexity,
        "validation_bleu": bleu,
    }


def test_a_line_for_people(folder, run):
    command = f"train pairs.tsv {SMALL} --model n.slm -q --set max_iter=1"
    output = run(command)
    size = os.path.getsize(folder / "n.slm")
    assert not output.err
    assert output.out == (
        f"n.slm: {size:,} bytes, 40 pairs, 7 and 7 known tokens, 1 epoch\n"
    )


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        ("--source fr", 1, "expected one column 'fr'"),
        ("--text de", 2, "--text is for the other tasks"),
        ("--label en", 2, "--label is for --task classifier or language-model"),
        ("--set hiden_size=3", 2, "Did you mean 'hidden_size'?"),
        ("--set beam_size=0", 1, "'beam_size' parameter"),
        ("--input txt", 2, "plain text has no columns"),
        ("-o no/m.slm", 2, "there is no folder"),
        ("--resume-from pairs.tsv", 1, "pairs.tsv: not a model"),
        ("--checkpoint no/c", 2, "there is no folder"),
    ],
)
def test_what_goes_wrong(folder, run, options, code, message):
    output = run(f"train pairs.tsv {SMALL} -o no.slm {options}", code)
    assert message in output.err
    assert not (folder / "no.slm").exists()
