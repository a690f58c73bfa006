"""SLMReader as a scikit-learn estimator."""

import json
import pickle

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline

from sklearn_slm import (
    GloveTfidfVectorizer,
    SLMReader,
    export_onnx,
    load_model,
    quantize,
)
from tests.estimators.readings import (
    ANSWERS,
    NEW,
    PAIRS,
    fit_reader,
    make_doubting_reader,
    make_guide_reader,
    make_random_reader,
    make_reader,
)


def assert_same(ours, theirs):
    assert set(ours.weights_) == set(theirs.weights_)
    for name, value in ours.weights_.items():
        assert np.array_equal(value, theirs.weights_[name]), name
    assert ours.predict_topk(NEW, 5) == theirs.predict_topk(NEW, 5)


def test_it_learns_which_words_answer():
    model = fit_reader()
    assert model.score(PAIRS, ANSWERS, metric="exact_match") > 0.95
    # Names that it has never seen.
    assert model.predict(NEW) == ["Gwen", "Bonn", "1871"]
    assert model.n_iter_ == len(model.loss_curve_) == 60
    assert model.loss_curve_[-1] < 0.2 * model.loss_curve_[0]
    assert model.loss_curve_[0] == pytest.approx(2 * np.log(9), abs=0.5)
    assert model.validation_scores_ is None and model.validation_f1_ is None
    assert model.temperature_ == 1.0 and not model.knows_none_


def test_fits_again_and_with_a_validation_set():
    # As many as are trained on, which compiles for one shape.
    held_out = {"X_val": PAIRS[::-1], "y_val": ANSWERS[::-1]}
    model = make_guide_reader(max_iter=2).fit(PAIRS, ANSWERS, **held_out)
    assert len(model.validation_scores_) == model.n_iter_ == 2
    assert model.best_validation_score_ == max(model.validation_scores_)
    assert 0 <= model.validation_exact_match_ <= model.validation_f1_ <= 1
    again = make_guide_reader(max_iter=2, n_jobs=1)
    again.fit(iter(np.array(PAIRS)), np.array(ANSWERS), **held_out)
    assert_same(model, again)
    assert again.temperature_ == model.temperature_
    before = dict(vars(model))
    for X, y, message in (
        ([], [], "hold no question"),
        (PAIRS, ANSWERS[1:], "same number of rows"),
        (PAIRS[:2], ["Anna", "Paris"], r"y\[1\], 'Paris', does not occur"),
        (PAIRS[:1], [("Anna", 3)], "does not stand at 3"),
    ):
        with pytest.raises(ValueError, match=message):
            model.fit(X, y)
    with pytest.raises(TypeError, match="Got None"):
        model.fit(PAIRS, None)
    for name in ("X_val", "y_val"):
        with pytest.raises(ValueError, match="X_val and y_val belong together"):
            model.fit(PAIRS, ANSWERS, **{name: []})
    assert vars(model) == before


def test_parameters_that_are_refused():
    for name, value in (
        ("n_units", 0),
        ("max_answer_length", 0),
        ("negative_rate", 1.5),
        ("vectorizer", "words"),
    ):
        with pytest.raises(ValueError, match=f"'{name}' parameter"):
            make_reader(**{name: value}).fit(PAIRS, ANSWERS)
    with pytest.raises(ValueError, match="step must be at most window"):
        make_reader(window=3, step=4).fit(PAIRS, ANSWERS)
    model = SLMReader(vectorizer=None).set_params(vectorizer__n_components=7)
    assert model.vectorizer.n_components == 7


@pytest.mark.parametrize("make", [make_random_reader, make_doubting_reader])
def test_pickles_and_files(make, tmp_path):
    model = make()
    model.save(tmp_path / "model.slm")
    joblib.dump(model, tmp_path / "model.joblib")
    for other in (
        pickle.loads(pickle.dumps(model)),
        joblib.load(tmp_path / "model.joblib", mmap_mode="r"),
        load_model(tmp_path / "model.slm"),
    ):
        assert_same(other, model)
        assert other.knows_none_ == model.knows_none_
        assert other.predict_spans(PAIRS) == model.predict_spans(PAIRS)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("temperature_", 0.0, "temperature is out of bounds"),
        ("n_iter_", 2, "2 epochs, 1 losses"),
        ("step", 999, "step must be at most window"),
    ],
)
def test_files_whose_parts_do_not_fit_together(name, value, message, tmp_path):
    model = make_random_reader()
    setattr(model, name, value)
    model.save(tmp_path / "model.slm")
    with pytest.raises(ValueError, match=message):
        load_model(tmp_path / "model.slm")


def test_clones_and_searches():
    model = make_guide_reader(max_iter=1)
    assert clone(model).get_params().keys() == model.get_params().keys()
    every = np.arange(len(PAIRS))
    answers = [[a, a] if i % 3 else (a, 0) for i, a in enumerate(ANSWERS)]
    search = GridSearchCV(model, {"max_answer_length": [1]}, cv=[(every, every[:9])])
    search.fit(PAIRS, answers)
    assert search.predict(NEW)[0] in NEW[0][1] and 0 <= search.best_score_ <= 1
    pipeline = Pipeline([("read", search.best_estimator_)])
    assert pipeline.predict(NEW) == search.predict(NEW)


@pytest.mark.parametrize("dtype", ["int8", "int4", "float16"])
def test_fewer_bytes(dtype, tmp_path):
    model = make_random_reader()
    right = model.predict(PAIRS)
    small = quantize(model, dtype, X=PAIRS, y=right, max_drop=0.9)
    before, after = small.quantization_["n_bytes"]
    assert after < 0.75 * before and small.quantization_["score"][0] == 1.0
    ours, theirs = model.predict_spans(PAIRS), small.predict_spans(PAIRS)
    np.testing.assert_allclose(
        [s.probability for s in ours], [s.probability for s in theirs], atol=0.05
    )
    small.save(tmp_path / "small.slm")
    assert_same(load_model(tmp_path / "small.slm"), small)


def test_onnx(tmp_path):
    import onnxruntime

    model = make_random_reader()
    served = make_random_reader(runtime="onnxruntime")
    for ours, theirs in zip(model.predict_spans(NEW), served.predict_spans(NEW)):
        assert ours[:2] == theirs[:2]
        assert ours.probability == pytest.approx(theirs.probability, abs=1e-5)
    export_onnx(model, tmp_path / "model.onnx")
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["model.encoder.onnx", "model.spans.onnx"]
    for name in files:
        session = onnxruntime.InferenceSession(str(tmp_path / name))
        metadata = session.get_modelmeta().custom_metadata_map
        assert json.loads(metadata["vocabulary"]) == list(model.vocabulary_.tokens)
        assert json.loads(metadata["features"])[0] == "same"
        assert json.loads(metadata["preprocessing"])["lowercase"] is True


def test_how_it_looks():
    model = make_random_reader()
    assert "1 epochs" in model._describe() and make_reader()._describe() == ""
    assert "tokens" in model._repr_html_()
    tags = model.__sklearn_tags__()
    assert tags.input_tags.string and tags.target_tags.required
    assert isinstance(model.vectorizer_, GloveTfidfVectorizer)
