"""SLMAnswerer as a scikit-learn estimator."""

import json
import pickle
import subprocess
import sys

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline

from sklearn_slm import (
    GloveTfidfVectorizer,
    SLMAnswerer,
    SLMLanguageModel,
    export_onnx,
    load_model,
    quantize,
)
from tests.estimators.answers import (
    ANSWERS,
    DISTINCT,
    QUESTIONS,
    fit_answerer,
    make_answerer,
    make_random_answerer,
)

NEW = ["about a stolen card", "an office", "i lost my pin"]


def assert_same(ours, theirs):
    assert set(ours.weights_) == set(theirs.weights_)
    for name, value in ours.weights_.items():
        assert np.array_equal(value, theirs.weights_[name]), name
    assert np.array_equal(ours.blend_, theirs.blend_)
    assert np.array_equal(ours.predict_proba(NEW), theirs.predict_proba(NEW))


def test_it_learns_what_no_word_tells():
    # Questions and answers share no words.
    model = fit_answerer(lexical=False, match_questions=False)
    assert model.score(QUESTIONS, ANSWERS) > 0.95
    assert model.predict(["a question on the wire"]) == [DISTINCT[1]]
    assert model.n_iter_ == len(model.loss_curve_) == 15
    assert model.loss_curve_[-1] < 0.5 * model.loss_curve_[0]
    assert model.validation_scores_ is None and model.validation_accuracy_ is None
    assert model.answers_ == DISTINCT and len(model.index_.texts) == 4
    scores = model.rank("a question on the wire", DISTINCT)
    assert scores.argmax() == 1


def test_a_validation_set():
    model = make_answerer(early_stopping=True, validation_fraction=0.25, max_iter=4)
    model.fit(QUESTIONS, ANSWERS)
    assert len(model.validation_scores_) == model.n_iter_ == 4
    assert model.best_validation_score_ == max(model.validation_scores_)
    assert model.validation_accuracy_ >= model.lexical_accuracy_ > 0.5
    # What was held out is known to the index in the end.
    assert len(model.index_.texts) == 4 + len(QUESTIONS)
    given = {"X_val": NEW, "y_val": [DISTINCT[3], DISTINCT[2], DISTINCT[0].upper()]}
    other = make_answerer(max_iter=2).fit(QUESTIONS, ANSWERS, **given)
    assert len(other.validation_scores_) == 2
    assert other.validation_accuracy_ >= other.lexical_accuracy_ > 0.5
    assert not set(NEW) & set(other.index_.texts)
    assert "stolen" in other.vocabulary_ and "lost" in other.vocabulary_
    for lacking in ("X_val", "y_val"):
        some = {name: value for name, value in given.items() if name != lacking}
        with pytest.raises(ValueError, match=f"belong together. Got no {lacking}"):
            make_answerer().fit(QUESTIONS, ANSWERS, **some)


def test_the_same_seed_gives_the_same_bits():
    model = make_answerer(max_iter=1, dropout=0.2).fit(QUESTIONS, ANSWERS)
    again = make_answerer(max_iter=1, dropout=0.2, n_jobs=1)
    assert_same(model, again.fit(np.array(QUESTIONS), iter(ANSWERS)))
    other = make_answerer(max_iter=1, dropout=0.2, random_state=1)
    other.fit(QUESTIONS, ANSWERS)
    assert (other.weights_["head.kernel"] != model.weights_["head.kernel"]).any()


def test_answers_without_questions():
    more = ["Bring a passport.", DISTINCT[0].lower()]
    model = make_answerer(max_iter=1).fit(QUESTIONS, ANSWERS, answers=more)
    assert model.answers_ == [*DISTINCT, more[0]]
    assert model.predict(["passport"]) == more[:1]


def test_a_failed_fit_changes_nothing():
    model = make_random_answerer()
    before = dict(vars(model))
    for X, y in (([], []), (["a"], ["x", "y"]), (["a"], [""]), ("a", ["x"])):
        with pytest.raises(ValueError):
            model.fit(X, y)
    assert vars(model) == before
    with pytest.raises(ValueError, match="'pooling' parameter"):
        make_answerer(pooling="sum").fit(QUESTIONS, ANSWERS)
    with pytest.raises(ValueError, match="'n_negatives' parameter"):
        make_answerer(n_negatives=-1).fit(QUESTIONS, ANSWERS)


@pytest.mark.parametrize("parameters", [{}, {"lexical": False}])
def test_pickles_and_files(parameters, tmp_path):
    model = make_random_answerer(**parameters)
    model.add(["Bring a passport.", "\ud800 odd"]).remove([DISTINCT[1]])
    model.save(tmp_path / "model.slm")
    joblib.dump(model, tmp_path / "model.joblib")
    for other in (
        pickle.loads(pickle.dumps(model)),
        joblib.load(tmp_path / "model.joblib"),
        joblib.load(tmp_path / "model.joblib", mmap_mode="r"),
        load_model(tmp_path / "model.slm"),
    ):
        assert_same(other, model)
        assert other.answers_ == model.answers_
        assert other.predict_topk(NEW, 2) == model.predict_topk(NEW, 2)
        vectorizer = other.get_params(deep=False).pop("vectorizer")
        assert vectorizer.get_params() == model.vectorizer.get_params()
        assert np.array_equal(other.rank("pin", ["a"]), model.rank("pin", ["a"]))
        other.add(["more"])
        assert other.answers_[-1] == "more"


def test_a_file_cut_short_is_refused_and_a_failed_save_keeps_the_old_one(tmp_path):
    model = make_random_answerer()
    path = tmp_path / "model.slm"
    model.save(path)
    whole = path.read_bytes()
    (tmp_path / "short.slm").write_bytes(whole[:-100])
    with pytest.raises(ValueError, match="short.slm"):
        load_model(tmp_path / "short.slm")
    model.set_params(vectorizer=GloveTfidfVectorizer(analyzer=lambda text: [text]))
    with pytest.raises(TypeError, match="cannot be saved"):
        model.save(path)
    assert path.read_bytes() == whole
    assert load_model(path).answers_ == DISTINCT


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("blend_", np.float32([1, -1, 0]), "a blend weight is negative"),
        ("blend_", np.float32([1, 1]), "blend weights have shape"),
        ("n_iter_", 2, "2 epochs, 1 losses"),
    ],
)
def test_files_whose_parts_do_not_fit_together(name, value, message, tmp_path):
    model = make_random_answerer()
    setattr(model, name, value)
    model.save(tmp_path / "model.slm")
    with pytest.raises(ValueError, match=message):
        load_model(tmp_path / "model.slm")


def test_an_index_of_other_vectors_is_refused(tmp_path):
    model, other = make_random_answerer(), make_random_answerer(n_components=5)
    model.index_ = other.index_
    model.save(tmp_path / "model.slm")
    with pytest.raises(ValueError, match="its index have 5 components.*network 8"):
        load_model(tmp_path / "model.slm")


def test_clones_and_searches():
    model = make_answerer(max_iter=1)
    assert clone(model).get_params().keys() == model.get_params().keys()
    # Each part has all answers.
    parts = np.arange(0, 36, 2), np.arange(1, 36, 2)
    search = GridSearchCV(model, {"pooling": ["max", "mean"]}, cv=[parts])
    search.fit(QUESTIONS, ANSWERS)
    assert search.best_score_ > 0.5
    assert search.predict(NEW[:1]) == [DISTINCT[3]]
    pipeline = Pipeline([("answers", search.best_estimator_)])
    assert pipeline.predict(NEW[:1]) == [DISTINCT[3]]
    assert pipeline.transform(NEW).shape == (3, 8)


def test_parameters_of_a_vectorizer_that_is_not_there():
    model = SLMAnswerer(vectorizer=None).set_params(vectorizer__n_components=7)
    assert model.vectorizer.n_components == 7
    with pytest.raises(ValueError, match="parameters of pretrained cannot be set"):
        model.set_params(pretrained__hidden_size=3)


def test_a_pretrained_language_model(tmp_path):
    language = SLMLanguageModel(4, max_iter=1, random_state=0).fit(QUESTIONS + ANSWERS)
    model = SLMAnswerer(pretrained=language, max_iter=1, random_state=0)
    assert clone(model).pretrained is language
    model.fit(QUESTIONS, ANSWERS).save(tmp_path / "model.slm")
    assert model.spec_.encoder.hidden_size == (4,)
    loaded = load_model(tmp_path / "model.slm")
    assert loaded.pretrained is None and loaded.hidden_size == 4
    assert loaded.predict_topk(NEW) == model.predict_topk(NEW)
    with pytest.raises(ValueError, match="hidden_size=5 contradicts"):
        SLMAnswerer(5, pretrained=language).fit(QUESTIONS, ANSWERS)


@pytest.mark.parametrize("dtype", ["int8", "float16"])
def test_fewer_bytes(dtype, tmp_path):
    model = make_random_answerer()
    small = quantize(model, dtype, X=QUESTIONS, y=ANSWERS, max_drop=0.05)
    before, after = small.quantization_["n_bytes"]
    assert after < 0.75 * before and small.quantization_["n_words"][0] > 20
    assert small.index_.vectors.dtype == dtype and model.index_.vectors.dtype == "f4"
    np.testing.assert_allclose(
        small.predict_proba(NEW), model.predict_proba(NEW), atol=0.05
    )
    small.save(tmp_path / "small.slm")
    loaded = load_model(tmp_path / "small.slm")
    assert loaded.predict_topk(NEW) == small.predict_topk(NEW)
    assert loaded.add(["more"]).index_.vectors.dtype == dtype
    again = quantize(small, dtype)
    assert np.array_equal(again.index_.vectors, small.index_.vectors)
    with pytest.raises(ValueError, match="max_bytes"):
        quantize(model, max_bytes=1000)


def test_onnx(tmp_path):
    import onnxruntime

    model = make_random_answerer()
    export_onnx(model, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"))
    metadata = session.get_modelmeta().custom_metadata_map
    assert json.loads(metadata["vocabulary"]) == list(model.vocabulary_.tokens)
    assert json.loads(metadata["preprocessing"])["lowercase"] is True
    ids = model.vectorizer_.transform(NEW).texts
    inputs = {"ids": ids.pad(6).astype(np.int32), "lengths": np.int32(ids.lengths)}
    (vectors,) = session.run(["vectors"], inputs)
    np.testing.assert_allclose(vectors, model.transform(NEW), atol=1e-5)


def test_answering_needs_no_keras(tmp_path):
    make_random_answerer().save(tmp_path / "model.slm")
    code = f"""
import sys
from sklearn_slm import load_model
model = load_model({str(tmp_path / "model.slm")!r})
model.add(["more"]).predict(["my pin"])
print({{"keras", "jax", "onnx", "usearch"}} & set(sys.modules))
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ran.stdout.strip() == "set()", ran.stderr


def test_how_it_looks():
    model = make_random_answerer()
    assert "4 answers" in model._describe() and make_answerer()._describe() == ""
    assert "4 answers" in model._repr_html_()
    tags = model.__sklearn_tags__()
    assert tags.input_tags.string and tags.target_tags.required
