"""Questions with answers out of files, and scores of an answerer on them."""

import pytest

from sklearn_slm.cli.answer_pairs import (
    format_scores,
    measure_answers,
    read_answers,
)
from tests.cli.answers import make_folder
from tests.estimators.answers import ANSWERS, QUESTIONS, make_random_answerer


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_folder(tmp_path_factory.mktemp("pairs"))


def test_questions_are_read(folder):
    read = read_answers([str(folder / "faq.tsv")], None, None, None, None)
    assert read == (QUESTIONS, ANSWERS)
    with pytest.raises(ValueError, match="Name the column by --question"):
        read_answers([str(folder / "faq.tsv")], None, "asked", None, None)


def test_scores_are_those_of_the_model():
    model = make_random_answerer()
    asked, right = [*QUESTIONS[::5], "who won"], [*ANSWERS[::5], "nobody"]
    found = measure_answers(model, asked, right)
    chosen = model.find_threshold(asked, right, 0.9)
    assert found.pop("questions_per_second") > 0
    assert found == {
        "n_questions": 9,
        "accuracy": model.score(asked, right),
        "mrr": model.score(asked, right, "mrr"),
        "map": model.score(asked, right, "map"),
        "threshold": chosen.threshold,
        "answered": chosen.answered,
        "wrong": chosen.wrong,
    }
    assert 0.5 < found["accuracy"] < 1 and found["wrong"] > 0
    told = {"accuracy": 0.5, "mrr": 0.625, "map": 0.6, "threshold": 0.25}
    assert format_scores(told | {"answered": 0.9, "wrong": 0.04}) == (
        "first answer right 0.5000, MRR 0.6250, MAP 0.6000; with threshold 0.25, 90.0% "
        "answered, 4.0% of the answers wrong"
    )
