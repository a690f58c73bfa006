"""Loading runs nothing that is not trusted, and builds no pipeline but ours."""

import copy
import subprocess
import sys

import numpy as np
import pytest

from sklearn_slm import GloveTfidfVectorizer, load_model, save_model
from sklearn_slm.estimators.loading import read_notes
from tests.estimators.small import TEXTS
from tests.persistence.forging import forge


def split_blanks(text):
    return text.split()


def test_a_function_is_imported_only_when_trusted(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, split_blanks.__module__, sys.modules[__name__])
    vectorizer = GloveTfidfVectorizer(2, analyzer=split_blanks).fit(TEXTS)
    vectorizer.save(tmp_path / "v.slm")
    name = f"{split_blanks.__module__}:split_blanks"
    with pytest.raises(ValueError, match=r"trusted=\['.*:split_blanks'\]"):
        load_model(tmp_path / "v.slm")
    for trusted in ([name], name, name.encode(), {name}, iter([name.encode()])):
        loaded = load_model(tmp_path / "v.slm", trusted=trusted)
        assert loaded.analyzer is split_blanks
    for trusted in (None, 1, [None], [name, 1], b"\xff"):
        with pytest.raises(TypeError, match="trusted must be names"):
            load_model(tmp_path / "v.slm", trusted=trusted)
    monkeypatch.delattr(sys.modules[__name__], "split_blanks")
    with pytest.raises(ValueError, match="'.*:split_blanks', which is not here"):
        load_model(tmp_path / "v.slm", trusted=name)
    monkeypatch.undo()
    GloveTfidfVectorizer(2, analyzer=str.split).fit(TEXTS).save(tmp_path / "v.slm")
    loaded = load_model(tmp_path / "v.slm", trusted=["builtins:str.split"])
    assert loaded.transform(["a\tb"]).lengths.tolist() == [2]
    with pytest.raises(TypeError, match="cannot be imported by its name"):
        GloveTfidfVectorizer(2, analyzer=lambda t: t.split()).fit(TEXTS).save("x")


def test_notes_go_with_the_file(fitted, tmp_path):
    notes = {"data": "a.csv", "scores": {"accuracy": 0.5}, "列": [1, None]}
    save_model(fitted, tmp_path / "m.slm", notes=notes)
    found = read_notes(tmp_path / "m.slm")
    assert found["notes"] == notes and found["kind"] == "classifier"
    assert found["versions"]["numpy"] == np.__version__
    with pytest.raises(ValueError, match="folder"):
        read_notes(tmp_path)


def test_loading_imports_no_framework(fitted, tmp_path):
    path = tmp_path / "m.slm"
    fitted.save(path)
    code = f"""
import sys, sklearn_slm
sklearn_slm.load_model({str(path)!r}).predict(["not bad"])
print(sorted({{"keras", "jax", "tensorflow", "torch", "scikeras"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


def make_steps(state, names, inputs=None):
    """Return the state of a pipeline of the same two estimators."""
    classifier = copy.deepcopy(state["model"])
    vectorizer = classifier["fitted"]["vectorizer_"]
    classifier["fitted"]["vectorizer_"] = None
    steps = [list(step) for step in zip(names, (vectorizer, classifier))]
    model = {"pipeline": steps, "transform_input": inputs}
    return state | {"kind": "pipeline", "model": model}


@pytest.mark.parametrize(
    ("names", "inputs"),
    [
        (["a", "a"], None),
        (["a"], None),
        (["a", "b__c"], None),
        (["a", "steps"], None),
        (["a", 1], None),
        (["a", "b"], {"list": [1]}),
        (["a", "b"], {"tuple": ["X_val"]}),
        (["a", "b"], "X_val"),
    ],
)
def test_names_of_steps(parts, tmp_path, names, inputs):
    state, arrays = parts
    path = tmp_path / "m.slm"
    path.write_bytes(forge(make_steps(state, names, inputs), arrays))
    with pytest.raises(ValueError, match="cannot name the steps of a pipeline"):
        load_model(path)
    path.write_bytes(forge(make_steps(state, ["a", "b"], {"list": ["X_val"]}), arrays))
    model = load_model(path)
    assert list(model.named_steps) == ["a", "b"]
    assert model.transform_input == ["X_val"]


def test_steps_of_a_pipeline_in_the_wrong_order(parts, tmp_path):
    state, arrays = parts
    path = tmp_path / "m.slm"
    state = make_steps(state, ["a", "b"])
    state["model"]["pipeline"].reverse()
    path.write_bytes(forge(state, arrays))
    with pytest.raises(ValueError, match="nothing is called|other steps than"):
        load_model(path)


@pytest.mark.parametrize("notes", [None, [], ["a", 1], "text", 3.5, {"1": {"2": None}}])
def test_notes_are_free_form(parts, tmp_path, notes):
    state, arrays = parts
    path = tmp_path / "m.slm"
    path.write_bytes(forge(state | {"notes": notes}, arrays))
    model = load_model(path)
    assert read_notes(path)["notes"] == ({} if notes is None else notes)
    save_model(model, path, notes=notes)
    assert read_notes(path)["notes"] == ({} if notes is None else notes)
