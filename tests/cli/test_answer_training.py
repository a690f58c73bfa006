"""``slm train --task answers``: the model that Python trains, and what is told."""

import json
import os

import numpy as np
import pytest

from sklearn_slm import GloveTfidfVectorizer, SLMAnswerer, load_model
from tests.cli.answers import make_folder
from tests.estimators.answers import ANSWERS, QUESTIONS

SMALL = (
    "--task answers --hidden-size 4 --max-iter 1 --set n_components=4 --set batch_size=16 "
    "--set runtime=numpy"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = make_folder(tmp_path_factory.mktemp("training"))
    words = sorted({word for q in QUESTIONS for word in q.split()})
    lines = (f"{word} {i} 1 -1" for i, word in enumerate(words))
    (folder / "vectors.txt").write_text("\n".join(lines) + "\n")
    return folder


def test_the_command_trains_as_python_does(folder, run):
    options = "--vectors vectors.txt --valid dev.tsv --json"
    output = run(f"train faq.tsv {SMALL} -o new.slm {options}")
    found = load_model(folder / "new.slm")
    vectorizer = GloveTfidfVectorizer(n_components=3, vectors="vectors.txt")
    expected = SLMAnswerer(
        4,
        vectorizer=vectorizer,
        n_components=4,
        batch_size=16,
        max_iter=1,
        runtime="numpy",
        random_state=0,
    ).fit(QUESTIONS, ANSWERS, X_val=QUESTIONS[:6], y_val=ANSWERS[:6])
    for name, weight in expected.weights_.items():
        np.testing.assert_array_equal(found.weights_[name], weight)
    assert found.predict_topk(QUESTIONS) == expected.predict_topk(QUESTIONS)
    scores = {
        "validation_accuracy": expected.validation_accuracy_,
        "lexical_accuracy": expected.lexical_accuracy_,
    }
    assert json.loads(output.out) == {
        "model": "new.slm",
        "bytes": os.path.getsize(folder / "new.slm"),
        "n_questions": 36,
        "n_answers": 4,
        "n_words": len(expected.vocabulary_),
        "epochs": 1,
        **scores,
    }
    assert output.err.startswith("epoch 1/1  loss ")
    assert json.loads(run("info new.slm --json").out)["notes"] == {
        "data": ["faq.tsv"],
        "n_texts": 36,
        "columns": ["question", "answer"],
        "validation_data": "dev.tsv",
        **scores,
    }


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        ("--question asked", 1, "Name the column by --question"),
        ("--text question", 2, "--text is for the other tasks: an answerer reads"),
        ("--source de", 2, "--source is for --task translation"),
        ("--tokens char", 2, "--tokens is for --task language-model"),
        ("--set hiden_size=3", 2, "Did you mean 'hidden_size'?"),
        ("--set vectorizer__max_itre=1", 2, "Did you mean 'vectorizer__max_iter'?"),
        ("--set pooling=sum", 1, "'pooling' parameter"),
        ("--input txt", 2, "an answerer needs a question with its answer in each row"),
        ("-o no/m.slm", 2, "there is no folder"),
        ("--resume-from faq.tsv", 1, "faq.tsv: not a model"),
        ("--checkpoint no/c", 2, "there is no folder"),
    ],
)
def test_what_goes_wrong(folder, run, options, code, message):
    output = run(f"train faq.tsv {SMALL} -o no.slm {options}", code)
    assert message in output.err
    assert not (folder / "no.slm").exists()


def test_a_line_for_people(folder, run, monkeypatch):
    monkeypatch.setattr(SLMAnswerer, "fit", take_over)
    output = run(f"train faq.tsv {SMALL} -o told.slm -q")
    size = os.path.getsize(folder / "told.slm")
    assert output.out == (
        f"told.slm: {size:,} bytes, 36 questions, 4 answers, 47 known words, 1 epoch, "
        "validation accuracy 0.7500 (words alone 0.5000)\n"
    )


def take_over(self, X, y, resume_from=None):
    """Become what is in a file, in place of training."""
    self.__dict__.update(vars(load_model("m.slm")))
    return self
