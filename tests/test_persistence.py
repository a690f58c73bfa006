"""One file: round trips, damage, hostility, and a process that is killed."""

import json
import os
import pickle
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load as unpack
from safetensors.numpy import save as pack
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

from sklearn_slm import (
    GloveTfidfVectorizer,
    SLMTextClassifier,
    load_demo_corpus,
    load_model,
    save_model,
)
from sklearn_slm.persistence import model_file as module

DATA = Path(__file__).parent / "data"
CORPUS = load_demo_corpus("en")
TEXTS, LABELS = CORPUS.data[:120], CORPUS.target[:120]
NEW = ["not bad at all", "", "zzz yyy", *CORPUS.data[200:220]]
SMALL = {"hidden_size": 3, "max_iter": 1, "adversarial": 0.0, "random_state": 0}


def split_blanks(text):
    return text.split()


@pytest.fixture(scope="module")
def classifier():
    return SLMTextClassifier(
        vectorizer=GloveTfidfVectorizer(4, max_iter=1), **SMALL
    ).fit(TEXTS, LABELS)


@pytest.fixture(scope="module")
def content(classifier, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "model.slm"
    save_model(classifier, path)
    return path.read_bytes()


def test_classifier_round_trip(classifier, tmp_path):
    path = tmp_path / "模型.slm"
    classifier.save(path)
    loaded = load_model(path)
    np.testing.assert_array_equal(
        loaded.predict_proba(NEW), classifier.predict_proba(NEW)
    )
    for name in (
        "n_iter_",
        "loss_curve_",
        "validation_scores_",
        "best_validation_score_",
    ):
        assert getattr(loaded, name) == getattr(classifier, name)
    assert loaded.get_params().keys() == classifier.get_params().keys()
    assert loaded.vectorizer.n_components == 4
    assert os.listdir(tmp_path) == ["模型.slm"]
    loaded.partial_fit(TEXTS[:40], LABELS[:40])
    assert loaded.n_iter_ == classifier.n_iter_ + 1


def test_pipeline_round_trip(tmp_path):
    pipeline = Pipeline(
        [
            ("words", GloveTfidfVectorizer(4, max_iter=1, stop_words={"the", "a"})),
            ("net", SLMTextClassifier(**SMALL | {"hidden_size": (3, 2)})),
        ]
    ).fit(TEXTS, LABELS)
    save_model(pipeline, tmp_path / "m.slm")
    loaded = load_model(tmp_path / "m.slm")
    assert list(loaded.named_steps) == ["words", "net"]
    assert loaded["net"].hidden_size == (3, 2)
    assert loaded["words"].stop_words == {"the", "a"}
    np.testing.assert_array_equal(
        loaded.predict_proba(NEW), pipeline.predict_proba(NEW)
    )


@pytest.mark.parametrize("output", ["document", "weights"])
def test_vectorizer_round_trip(tmp_path, output):
    vectorizer = GloveTfidfVectorizer(4, output=output, random_state=0).fit(TEXTS)
    vectorizer.save(tmp_path / "v.slm")
    loaded = load_model(tmp_path / "v.slm")
    a, b = vectorizer.transform(NEW), loaded.transform(NEW)
    assert (a != b).sum() == 0
    np.testing.assert_array_equal(loaded.idf_, vectorizer.idf_)
    assert loaded.vocabulary_ == vectorizer.vocabulary_


@pytest.mark.parametrize(
    "labels",
    [np.arange(120) % 3, np.arange(120) % 2 == 0, (np.arange(120) % 2) * 1.0],
    ids=["int", "bool", "float"],
)
def test_labels_keep_their_type(labels, tmp_path):
    model = SLMTextClassifier(
        vectorizer=GloveTfidfVectorizer(2, max_iter=1), **SMALL, early_stopping=False
    ).fit(TEXTS, labels)
    model.save(tmp_path / "m.slm")
    loaded = load_model(tmp_path / "m.slm")
    np.testing.assert_array_equal(loaded.classes_, model.classes_)
    assert loaded.predict(NEW).dtype == model.predict(NEW).dtype


def test_multilabel_and_sequences(tmp_path):
    sequences = GloveTfidfVectorizer(2, max_iter=1, random_state=0).fit_transform(TEXTS)
    y = np.stack([np.arange(120) % 2, np.arange(120) % 3 == 0], axis=1).astype(int)
    model = SLMTextClassifier(**SMALL).fit(sequences, y)
    model.save(tmp_path / "m.slm")
    found = load_model(tmp_path / "m.slm").predict_proba(sequences[:9])
    np.testing.assert_array_equal(found, model.predict_proba(sequences[:9]))


def test_a_function_is_imported_only_when_trusted(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, split_blanks.__module__, sys.modules[__name__])
    vectorizer = GloveTfidfVectorizer(2, analyzer=split_blanks).fit(TEXTS)
    vectorizer.save(tmp_path / "v.slm")
    name = f"{split_blanks.__module__}:split_blanks"
    with pytest.raises(ValueError, match=r"trusted=\['.*:split_blanks'\]"):
        load_model(tmp_path / "v.slm")
    assert load_model(tmp_path / "v.slm", trusted=[name]).analyzer is split_blanks
    with pytest.raises(TypeError, match="cannot be imported by its name"):
        GloveTfidfVectorizer(2, analyzer=lambda t: t.split()).fit(TEXTS).save("x")


def test_what_only_training_needs_is_left_out_with_a_warning(classifier, tmp_path):
    import copy

    changed = copy.copy(classifier).set_params(random_state=np.random.RandomState(0))
    with pytest.warns(UserWarning, match="random_state=.* is not kept"):
        changed.save(tmp_path / "m.slm")
    assert load_model(tmp_path / "m.slm").random_state is None


def test_what_cannot_be_saved(tmp_path):
    path = tmp_path / "m.slm"
    with pytest.raises(NotFittedError):
        save_model(SLMTextClassifier(), path)
    other = make_pipeline(
        GloveTfidfVectorizer(2, output="document"), LogisticRegression()
    ).fit(TEXTS, LABELS)
    with pytest.raises(TypeError, match=r"joblib\.dump"):
        save_model(other, path)
    with pytest.raises(TypeError, match="Got LogisticRegression"):
        save_model(LogisticRegression().fit([[0], [1]], [0, 1]), path)
    assert not path.exists()


def test_other_files(content, tmp_path):
    path = tmp_path / "m.slm"
    with pytest.raises(FileNotFoundError):
        load_model(path)
    with pytest.raises(ValueError, match="folder"):
        load_model(tmp_path)
    for written, reason in [
        (b"", "damaged"),
        (b"hello", "damaged"),
        (pickle.dumps({"a": 1}), "damaged"),
        (content[:-5], "damaged"),
        ((2**62).to_bytes(8, "little") + content[8:], "damaged"),
        (pack({"a": np.zeros(2)}), "another kind"),
        (pack({"a": np.zeros(2)}, {"format": "pt"}), "another kind"),
        (
            pack({"a": np.zeros(2)}, {"format": "sklearn_slm", "version": "7"}),
            "Upgrade",
        ),
    ]:
        path.write_bytes(written)
        with pytest.raises(ValueError, match=reason) as caught:
            load_model(path)
        assert str(path) in str(caught.value)


def test_flipped_cut_and_inserted_bytes(content, tmp_path):
    random = np.random.RandomState(0)
    path = tmp_path / "m.slm"
    for i in range(1500):
        found = bytearray(content)
        at = random.randint(len(found)) if i % 2 else random.randint(4000)
        if i % 5 == 0:
            del found[at : at + random.randint(1, 50)]
        elif i % 5 == 1:
            found[at:at] = random.bytes(random.randint(1, 50))
        else:
            found[at] ^= 1 << random.randint(8)
        path.write_bytes(found)
        with pytest.raises(ValueError, match="m.slm"):
            load_model(path)


def leaves(value, where=()):
    """Yield the place of every value of a JSON tree."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in pairs:
        yield (*where, key)
        if isinstance(inner, (dict, list)):
            yield from leaves(inner, (*where, key))


def test_lies_with_the_right_checksum(content, tmp_path):
    """Whoever writes the checksum too can be refused only by looking."""
    path = tmp_path / "m.slm"
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    state = header["__metadata__"]["state"]
    arrays = {k: v.copy() for k, v in unpack(content).items()}
    random = np.random.RandomState(1)
    places = list(leaves(json.loads(state)))
    lies = [None, -1, 10**30, "x", [], {}, True, 1.5, {"function": "os:system"}]
    outcomes = []
    for i in range(500):
        tree, changed = json.loads(state), dict(arrays)
        if i % 4:
            *way, last = places[random.randint(len(places))]
            node = tree
            for key in way:
                node = node[key]
            node[last] = lies[random.randint(len(lies))]
        else:
            name = sorted(changed)[random.randint(len(changed))]
            kind = random.randint(3)
            if kind == 0:
                del changed[name]
            elif kind == 1:
                changed[name] = changed[name].ravel()[:-1]
            else:
                changed[name] = np.asarray(changed[name] * np.float64("nan"))
        text = json.dumps(tree)
        metadata = {
            "format": "sklearn_slm",
            "version": "1",
            "state": text,
            "sha256": module._digest(text, changed),
        }
        path.write_bytes(pack(changed, metadata))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                load_model(path).predict_proba(NEW)
            outcomes.append("works")
        except ValueError:
            outcomes.append("refused")
    # Most lies are about parameters that any value of the right type fits.
    assert outcomes.count("refused") > 250


def test_a_killed_process_leaves_a_whole_file(classifier, content, tmp_path):
    path = tmp_path / "m.slm"
    path.write_bytes(content)
    code = f"""
import sys
from sklearn_slm import load_model, save_model
model = load_model({str(path)!r})
print("ready", flush=True)
while True:
    save_model(model, {str(path)!r})
"""
    for i in range(6):
        child = subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout.readline() == "ready\n"
        time.sleep(0.003 * i)
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        np.testing.assert_array_equal(
            load_model(path).predict_proba(NEW), classifier.predict_proba(NEW)
        )


def test_loading_imports_no_framework(content, tmp_path):
    path = tmp_path / "m.slm"
    path.write_bytes(content)
    code = f"""
import sys, sklearn_slm
sklearn_slm.load_model({str(path)!r}).predict(["not bad"])
print(sorted({{"keras", "jax", "tensorflow", "torch", "scikeras"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize("path", sorted(DATA.glob("*.slm")), ids=lambda p: p.stem)
def test_files_of_released_formats_load(path):
    expected = json.loads(path.with_suffix(".json").read_text("utf-8"))
    found = load_model(path).predict_proba(expected["texts"])
    np.testing.assert_allclose(found, expected["probabilities"], atol=1e-5)
