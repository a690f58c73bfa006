"""Files of every format and kind load for ever, as the present format tells them."""

import copy
import json

import numpy as np
import pytest

from sklearn_slm import load_model, save_model
from sklearn_slm.estimators.loading import read_notes
from sklearn_slm.persistence.upgrades import upgrade_1, upgrade_2
from tests.golden import ask
from tests.persistence.forging import DATA, GOLDEN, change, read_parts

NEW_KINDS = {
    "language": "language model",
    "translator": "translator",
    "answerer": "answerer",
    "reader": "reader",
    "recognizer": "speech recognizer",
}


def get_vectorizer(model):
    if hasattr(model, "steps"):
        return model[0]
    return getattr(model, "vectorizer_", model)


def test_there_is_a_file_of_every_format_and_kind():
    names = {path.stem for path in GOLDEN}
    kinds = ("classifier", "vectorizer", "pipeline", "int8")
    first = {f"{kind}-{n}" for kind in kinds for n in (1, 2, 3)} - {"int8-1"}
    assert names == first | {f"{kind}-3" for kind in NEW_KINDS}
    for path in GOLDEN:
        assert read_parts(path)[0] == int(path.stem[-1])


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_files_of_every_format_load(path):
    expected = json.loads(path.with_suffix(".json").read_text("utf-8"))
    model = load_model(path)
    np.testing.assert_allclose(*ask(model, expected), atol=1e-5)
    kind = path.stem.split("-")[0].replace("int8", "classifier")
    if kind not in NEW_KINDS:
        # A parameter that earlier files do not know has its default.
        assert get_vectorizer(model).strip_tags is True
    assert read_notes(path)["kind"] == NEW_KINDS.get(kind, kind)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_files_of_every_format_are_saved_in_the_present_one(path, tmp_path):
    model = load_model(path)
    save_model(model, tmp_path / "new.slm")
    assert read_parts(tmp_path / "new.slm")[0] == 3
    expected = json.loads(path.with_suffix(".json").read_text("utf-8"))
    np.testing.assert_array_equal(
        ask(load_model(tmp_path / "new.slm"), expected)[0],
        ask(model, expected)[0],
    )


@pytest.mark.parametrize(
    "name", ["classifier-1", "classifier-2", "pipeline-1", "int8-2", "vectorizer-2"]
)
def test_training_goes_on_from_files_of_every_format(name):
    model = load_model(DATA / f"{name}.slm")
    texts = ["a good film", "a bad film"] * 4
    if name.startswith("vectorizer"):
        assert model.fit(texts).transform(texts).shape == (8, 3)
        return
    labels = ["positive", "negative"] * 4
    if hasattr(model, "steps"):
        model, texts = model[1], model[0].transform(texts)
    epochs = model.n_iter_
    assert model.partial_fit(texts, labels).n_iter_ == epochs + 1


def test_an_ngram_model_leaves_the_weights_of_the_network():
    _, _, arrays = read_parts(DATA / "pipeline-2.slm")
    model = load_model(DATA / "pipeline-2.slm")["slm"]
    assert not any("wide" in name for name in model.weights_)
    assert model.spec_.weights().keys() == model.weights_.keys()
    ngrams = model.ngrams_
    assert ngrams.lengths == (1, 2) == model.ngrams
    # The kernels of that format were multiplied by their blend weights.
    assert ngrams.blend.tolist() == [1.0, 1.0]
    for name in ("keys", "idf", "kernel", "bias"):
        np.testing.assert_array_equal(
            getattr(ngrams, name), arrays[f"weights.wide.{name}"]
        )


def test_models_from_before_there_were_ngrams_have_none():
    for name in ("classifier-1", "pipeline-1"):
        model = load_model(DATA / f"{name}.slm")
        model = model["slm"] if hasattr(model, "steps") else model
        assert model.ngrams_ is None


def test_scales_of_a_table_become_a_column():
    _, _, arrays = read_parts(DATA / "int8-2.slm")
    scale = load_model(DATA / "int8-2.slm").weights_["embedding.scale"]
    assert scale.shape == (282, 1)
    np.testing.assert_array_equal(scale[:, 0], arrays["weights.embedding.scale"])


@pytest.mark.parametrize("name", ["classifier-1", "pipeline-2", "int8-2"])
def test_upgrades_change_nothing_that_they_are_given(name):
    version, state, arrays = read_parts(DATA / f"{name}.slm")
    before = copy.deepcopy(state), dict(arrays)
    if version == 1:
        upgraded, more = upgrade_1(state, arrays)
        assert upgraded == before[0]
        assert more.keys() - arrays.keys() == {"vocabulary.lengths"}
        state_2, arrays_2 = upgraded, more
    else:
        state_2, arrays_2 = state, arrays
    upgrade_2(state_2, arrays_2)
    assert state == before[0] and arrays.keys() == before[1].keys()
    assert all(arrays[key] is value for key, value in before[1].items())


@pytest.mark.parametrize("separators", [(",", ":"), (" , ", ": ")])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_tokens_of_format_1(ascii_only, separators):
    short = [f"é好{i}" for i in range(70_000)]
    tokens = ["a", "", "😀\ud800", '"\\,[]', "\n\0", *short, "x" * 100_000]
    text = json.dumps(tokens, ensure_ascii=ascii_only, separators=separators)
    content = text.encode("utf-8", "surrogatepass")
    _, arrays = upgrade_1({}, {"vocabulary.tokens": np.frombuffer(content, np.uint8)})
    assert arrays["vocabulary.lengths"].tolist() == list(map(len, tokens))
    found = arrays["vocabulary.tokens"].tobytes().decode("utf-8", "surrogatepass")
    assert found == "".join(tokens)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "[1]", '["a"', '["a",]', '["a","b"]x', '["a" "b"]', '{"a"}', '"a"'],
)
def test_what_is_no_list_of_tokens(text):
    arrays = {"vocabulary.tokens": np.frombuffer(text.encode(), np.uint8)}
    with pytest.raises(ValueError, match="does not fit together"):
        upgrade_1({}, arrays)


@pytest.mark.parametrize(
    ("way", "value", "reason"),
    [
        (("kind",), "tree", "unknown kind, 'tree'"),
        (("kind",), 1, "expected 'kind' to be a string, got a whole number"),
        (("classifier",), None, "expected 'classifier' to be an object, got null"),
        (("classifier", "spec", "hidden_size"), 3, "'hidden_size' to be a list"),
        (("classifier", "history"), [], "expected 'history' to be an object"),
        (("vectorizer", "n_iter"), True, "a whole number, got true or false"),
        (("vectorizer", "parameters"), None, "expected 'parameters' to be an object"),
        (("vectorizer", "vocabulary"), 1, "expected 'vocabulary' to be an object"),
    ],
    ids=str,
)
def test_states_of_format_2_of_the_wrong_kind(way, value, reason):
    _, state, arrays = read_parts(DATA / "classifier-2.slm")
    with pytest.raises(ValueError, match=reason):
        upgrade_2(change(state, *way, to=value), arrays)
