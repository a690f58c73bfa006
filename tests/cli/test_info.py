"""``slm info``: each kind of model is told of in its own words."""

import json

import pytest

from sklearn_slm import GloveTfidfVectorizer, SLMTextClassifier, save_model
from tests.cli.small import LABELS, TEXTS, make_language_model


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("info")
    save_model(make_language_model(TEXTS[:9]), folder / "language.slm")
    vectorizer = GloveTfidfVectorizer(2, max_iter=1)
    classifier = SLMTextClassifier(
        2, vectorizer=vectorizer, max_iter=1, adversarial=0.0, runtime="numpy"
    ).fit(TEXTS[:20], LABELS[:20])
    save_model(classifier, folder / "classifier.slm")
    save_model(classifier.vectorizer_, folder / "vectorizer.slm")
    return folder


def test_kinds(run):
    found = json.loads(run("info language.slm --json").out)
    assert found["kind"] == "language model" and found["tokens"] == "word"
    assert "# language\n\nA language model of " in run("info language.slm --card").out
    found = json.loads(run("info classifier.slm --json").out)
    assert found["kind"] == "classifier" and found["classes"] == sorted(
        set(LABELS[:20])
    )
    assert (
        "# classifier\n\nA text classifier of 2"
        in run("info classifier.slm --card").out
    )
    error = run("info vectorizer.slm", 2).err
    assert "holds a vectorizer; this command needs a classifier" in error


def test_data_are_for_cards(folder, run):
    (folder / "t.txt").write_text("__label__positive a film\n")
    for name in ("language.slm", "classifier.slm"):
        assert "--data is for the card" in run(f"info {name} --data t.txt", 2).err
        assert "- Test (t.txt, 1 texts)" in run(f"info {name} --card --data t.txt").out
