"""``slm train --task reading``: the model that Python trains, and what is told."""

import json
import os

import numpy as np
import pytest

from sklearn_slm import load_model
from tests.cli.readings import RIGHT, make_folder
from tests.estimators.readings import PAIRS, make_guide_reader

SMALL = (
    "--task reading --hidden-size 6 --max-iter 1 --set n_units=6 --set dropout=0.1 "
    "--set learning_rate=0.05 --set runtime=numpy"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_folder(tmp_path_factory.mktemp("training"))


def test_the_command_trains_as_python_does(folder, run):
    output = run(f"train births.tsv {SMALL} -o new.slm --valid births.tsv --json")
    found = load_model(folder / "new.slm")
    # Validated on as many as are trained on, which compiles for one shape.
    expected = make_guide_reader(max_iter=1)
    expected.fit(PAIRS, RIGHT, X_val=PAIRS, y_val=RIGHT)
    for name, weight in expected.weights_.items():
        np.testing.assert_array_equal(found.weights_[name], weight)
    assert found.knows_none_ and found.predict(PAIRS) == expected.predict(PAIRS)
    scores = {
        "validation_exact_match": expected.validation_exact_match_,
        "validation_f1": expected.validation_f1_,
    }
    assert json.loads(output.out) == {
        "model": "new.slm",
        "bytes": os.path.getsize(folder / "new.slm"),
        "n_questions": 18,
        "n_words": len(expected.vocabulary_),
        "epochs": 1,
        **scores,
    }
    assert output.err.startswith("epoch 1/1  loss ")
    assert json.loads(run("info new.slm --json").out)["notes"] == {
        "data": ["births.tsv"],
        "n_texts": 18,
        "columns": ["question", "passage", "answer"],
        "validation_data": "births.tsv",
        **scores,
    }
    out = run(f"train births.tsv {SMALL} -o told.slm -q").out
    size = os.path.getsize(folder / "told.slm")
    assert out == (
        f"told.slm: {size:,} bytes, 18 questions, {len(expected.vocabulary_)} known words, "
        "1 epoch\n"
    )


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        ("--passage context", 1, "Name the column by --passage"),
        ("--text question", 2, "--text is for the other tasks: a reader reads"),
        ("--source de", 2, "--source is for --task translation"),
        ("--task answers --passage passage", 2, "--passage is for --task reading"),
        ("--set n_unit=3", 2, "Did you mean 'n_units'?"),
        ("--set vectorizer__max_itre=1", 2, "Did you mean 'vectorizer__max_iter'?"),
        ("--input txt", 2, "a reader needs a question with its passage and answer"),
        ("-o no/m.slm", 2, "there is no folder"),
        ("--resume-from births.tsv", 1, "births.tsv: not a model"),
        ("--checkpoint no/c", 2, "there is no folder"),
    ],
)
def test_what_goes_wrong(folder, run, options, code, message):
    output = run(f"train births.tsv {SMALL} -o no.slm {options}", code)
    assert message in output.err
    assert not (folder / "no.slm").exists()
