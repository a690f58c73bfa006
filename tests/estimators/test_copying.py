"""Analyzers whose owner holds a lock: clones, searches, pickles, workers, files."""

import copy
import io
import pickle
import sys
import threading
import warnings

import joblib
import numpy as np
import pytest
from joblib.externals.loky import get_reusable_executor
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline

from sklearn_slm import (
    GloveTfidfVectorizer,
    SLMLanguageModel,
    SLMTextClassifier,
    load_model,
    save_model,
)
from sklearn_slm.estimators.copying import find_original
from tests.estimators.language import TEXTS as NUMBERS
from tests.estimators.language import fit_model, make_model

TEXTS = ["not|good", "very|good"] * 20
LABELS = [0, 1] * 20
SMALL = {"hidden_size": 4, "max_iter": 1, "random_state": 0, "ngrams": None}
# As jieba is made: lcut = dt.lcut, where dt is a Tokenizer with a lock.
MODULE = """
import threading

class Tokenizer:
    def __init__(self):
        self.lock = threading.RLock()

    def cut(self, text):
        return text.split("|")

    __call__ = cut

dt = Tokenizer()
cut = dt.cut
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    (tmp_path / "segmenter_of_a_user.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    yield __import__("segmenter_of_a_user")
    del sys.modules["segmenter_of_a_user"]


class Locked:
    def __init__(self):
        self.lock = threading.Lock()

    def __call__(self, text):
        return text.split("|")


def test_a_clone_shares_the_analyzer_and_nothing_else(module):
    for analyzer in (module.cut, module.dt, Locked(), Locked().__call__):
        vectorizer = GloveTfidfVectorizer(
            4, analyzer=analyzer, output="document", stop_words=["very"]
        )
        vectorizer.set_output(transform="pandas").fit(TEXTS)
        before = dict(vars(vectorizer))
        cloned = clone(vectorizer)
        assert cloned.get_params() == vectorizer.get_params()
        assert cloned.analyzer is analyzer
        assert cloned.stop_words is not vectorizer.stop_words
        assert cloned._sklearn_output_config == {"transform": "pandas"}
        assert not hasattr(cloned, "vocabulary_")
        assert vars(vectorizer) == before
        copied = copy.deepcopy(vectorizer)
        assert copied.analyzer is analyzer
        assert copied.vocabulary_ == vectorizer.vocabulary_
        assert copied.stop_words is not vectorizer.stop_words


def test_a_clone_of_what_holds_a_vectorizer(module):
    vectorizer = GloveTfidfVectorizer(4, analyzer=module.cut)
    for model, name in [
        (SLMTextClassifier(vectorizer=vectorizer), "vectorizer__analyzer"),
        (
            make_pipeline(vectorizer, SLMTextClassifier()),
            "glovetfidfvectorizer__analyzer",
        ),
    ]:
        cloned = clone(model)
        assert cloned.get_params()[name] is module.cut
        cloned.set_params(**{name: "char"})
        assert model.get_params()[name] is module.cut


def test_a_classifier_is_searched_pickled_and_saved(module, tmp_path):
    model = SLMTextClassifier(
        vectorizer=GloveTfidfVectorizer(4, analyzer=module.cut), **SMALL
    )
    search = GridSearchCV(model, {"vectorizer__max_length": [2]}, cv=2).fit(
        TEXTS, LABELS
    )
    fitted = search.best_estimator_
    expected = fitted.predict_proba(TEXTS[:2])
    assert set(fitted.vocabulary_.tokens) == {"not", "very", "good"}
    stream = io.BytesIO()
    joblib.dump(fitted, stream)
    stream.seek(0)
    save_model(fitted, tmp_path / "m.slm")
    name = "segmenter_of_a_user:cut"
    with pytest.raises(ValueError, match=rf"trusted=\['{name}'\]"):
        load_model(tmp_path / "m.slm")
    for other in (
        copy.deepcopy(fitted),
        pickle.loads(pickle.dumps(fitted)),
        joblib.load(stream),
        load_model(tmp_path / "m.slm", trusted=[name]),
    ):
        assert other.vectorizer_.analyzer == module.cut
        np.testing.assert_array_equal(other.predict_proba(TEXTS[:2]), expected)


@pytest.fixture
def fresh_workers():
    """Workers that know the path of the module, and are gone afterwards."""
    get_reusable_executor().shutdown(wait=True)
    yield
    get_reusable_executor().shutdown(wait=True)


def test_workers_import_the_analyzer(module, fresh_workers):
    vectorizer = GloveTfidfVectorizer(
        4, analyzer=module.cut, output="document", random_state=0
    )
    model = make_pipeline(vectorizer, LogisticRegression())
    search = GridSearchCV(
        model,
        {"glovetfidfvectorizer": [vectorizer, clone(vectorizer).set_params(k=2.0)]},
        cv=2,
        n_jobs=2,
    )
    assert search.fit(TEXTS, LABELS).best_score_ == 1
    found = cross_validate(model, TEXTS, LABELS, cv=2, n_jobs=2, return_estimator=True)
    assert found["test_score"].tolist() == [1, 1]
    assert all(fold[0].analyzer == module.cut for fold in found["estimator"])


def test_what_has_no_name_says_so_in_a_pickle_and_in_a_file(tmp_path):
    vectorizer = GloveTfidfVectorizer(4, analyzer=Locked()).fit(TEXTS)
    with pytest.raises(pickle.PicklingError, match="at the top of a module"):
        pickle.dumps(vectorizer)
    with pytest.raises(
        TypeError, match=r"analyzer cannot be saved.*at the top of a mod"
    ):
        vectorizer.save(tmp_path / "v.slm")
    assert not list(tmp_path.iterdir())


def test_jieba(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        jieba = pytest.importorskip("jieba")
    jieba.setLogLevel("ERROR")
    vectorizer = clone(GloveTfidfVectorizer(4, analyzer=jieba.lcut))
    vectorizer.fit(["不好", "很好"])
    assert pickle.loads(pickle.dumps(vectorizer)).analyzer == jieba.lcut
    vectorizer.save(tmp_path / "v.slm")
    loaded = load_model(tmp_path / "v.slm", trusted=["jieba:lcut"])
    assert loaded.analyzer == jieba.lcut
    assert set(loaded.vocabulary_.tokens) == set(vectorizer.vocabulary_.tokens)


def test_a_clone_tells_of_what_it_is_one():
    fitted = fit_model()
    cloned = clone(fitted)
    assert not cloned.__sklearn_is_fitted__()
    assert cloned.get_params() == fitted.get_params()
    # Clones of clones, in this process and in another.
    for other in (cloned, clone(cloned), pickle.loads(pickle.dumps(clone(cloned)))):
        original = find_original(other)
        assert original.__sklearn_is_fitted__()
        assert original.get_params() == fitted.get_params()
    assert find_original(clone(cloned)) is find_original(fitted) is fitted
    # With other parameters it is a clone of nothing.
    assert find_original(clone(fitted).set_params()) is fitted
    changed = clone(fitted).set_params(dropout=0.5)
    assert find_original(changed) is changed
    for other in (None, 3, "text", SLMLanguageModel, SLMLanguageModel(), LABELS):
        assert find_original(other) is other
    assert not hasattr(clone(SLMLanguageModel()), "weights_")


def test_a_clone_that_is_fitted_holds_no_other():
    first = make_model(max_iter=1).fit(NUMBERS)
    second = clone(first).fit(NUMBERS)
    assert find_original(second) is second
    assert vars(second)["_original"] is None
    assert len(pickle.dumps(second)) < 1.01 * len(pickle.dumps(first)) + 100


def test_clones_share_what_they_start_from():
    model = SLMTextClassifier(
        pretrained=fit_model(), vectorizer=GloveTfidfVectorizer(4)
    )
    before = dict(vars(model))
    cloned = clone(model)
    assert cloned.pretrained is model.pretrained is fit_model()
    assert cloned.vectorizer is not model.vectorizer
    assert vars(model) == before
    assert cloned.get_params(deep=False).keys() == model.get_params(deep=False).keys()
    deep = model.get_params()
    assert deep["vectorizer__n_components"] == 4
    assert not [name for name in deep if name.startswith("pretrained__")]
    assert cloned.set_params(pretrained=clone(fit_model())).pretrained is fit_model()
