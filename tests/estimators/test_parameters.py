"""Parameters that come from a file are checked as a fit would check them."""

import re

import pytest

from sklearn_slm import GloveTfidfVectorizer, SLMTextClassifier, load_model
from sklearn_slm.estimators.parameters import check_parameters
from tests.persistence.forging import change, forge

# From the state of a file to the vectorizer of its classifier.
VECTORIZER = ("model", "fitted", "vectorizer_")


def nested(**parameters):
    return {"estimator": "vectorizer", "parameters": parameters}


OF_CLASSIFIER = [
    ("hidden_size", 0),
    ("hidden_size", {"tuple": []}),
    ("hidden_size", {"tuple": [3, "x"]}),
    ("ngrams", {"tuple": [2, 1]}),
    ("ngrams", {"list": [{}, {}]}),
    ("class_weight", {"dict": [["negative", "heavy"]]}),
    ("class_weight", {"dict": [[{"list": []}, 1.0]]}),
    ("class_weight", {"list": [1]}),
    ("callbacks", {"list": [1]}),
    ("vectorizer", {"tuple": []}),
    ("vectorizer", nested(k=-1.0)),
    ("vectorizer", nested(vectors=nested())),
    ("vectorizer", nested(token_pattern="(a+)+$")),
    ("vectorizer", {"estimator": {}}),
    ("vectorizer", {"estimator": "classifier", "parameters": {}}),
    ("batch_size", 2**80),
    ("no_such_parameter", 1),
    ("cell", {}),
    ("cell", {"tuple": [], "list": []}),
    ("cell", {"function": 1}),
    ("cell", {"set": [{"list": []}]}),
]


OF_VECTORIZER = [
    ("stop_words", {"list": ["a", 1]}),
    ("stop_words", {"list": [{"list": []}]}),
    ("stop_words", {"list": [nested()]}),
    ("stop_words", "german"),
    ("token_pattern", "("),
    ("token_pattern", "(a)(b)"),
    ("token_pattern", {"list": []}),
    ("analyzer", nested()),
    ("n_jobs", 1.5),
    ("k", 10**400),
]


@pytest.mark.parametrize(
    ("way", "name", "value"),
    [(("model",), *case) for case in OF_CLASSIFIER]
    + [(VECTORIZER, *case) for case in OF_VECTORIZER],
    ids=str,
)
def test_parameters_that_no_fit_would_take(parts, tmp_path, way, name, value):
    state, arrays = parts
    path = tmp_path / "m.slm"
    state = change(state, *way, "parameters", name, to=value)
    path.write_bytes(forge(state, arrays))
    with pytest.raises(ValueError, match=r"m\.slm: ") as caught:
        load_model(path)
    words = {"vectorizer": "vectorizer|k|vectors|token_pattern|estimator"}
    assert re.search(words.get(name, name), str(caught.value))
    assert "damaged" not in str(caught.value)


@pytest.mark.parametrize("name", sorted(SLMTextClassifier().get_params(deep=False)))
def test_every_parameter_is_checked(parts, tmp_path, name):
    state, arrays = parts
    path = tmp_path / "m.slm"
    state = change(state, "model", "parameters", name, to={"set": ["x"]})
    path.write_bytes(forge(state, arrays))
    with pytest.raises(ValueError, match=rf"\b{name}\b"):
        load_model(path)


@pytest.mark.parametrize("name", sorted(GloveTfidfVectorizer().get_params()))
def test_every_parameter_of_a_vectorizer_is_checked(parts, tmp_path, name):
    state, arrays = parts
    path = tmp_path / "m.slm"
    state = change(state, *VECTORIZER, "parameters", name, to={"set": [1]})
    path.write_bytes(forge(state, arrays))
    with pytest.raises(ValueError, match=rf"\b{name}\b"):
        load_model(path)


def test_a_pattern_that_may_never_end_must_be_trusted():
    slow = GloveTfidfVectorizer(token_pattern="(a+)+$")
    with pytest.raises(ValueError, match=r"trusted=\['token_pattern'\] \(slm: --trust"):
        check_parameters(slow, frozenset())
    check_parameters(slow, frozenset({"token_pattern"}))
    check_parameters(GloveTfidfVectorizer(token_pattern=r"(?u)\b\w\w+\b"), frozenset())
    broken = GloveTfidfVectorizer(token_pattern="(")
    with pytest.raises(ValueError, match="token_pattern"):
        check_parameters(broken, frozenset({"token_pattern"}))


@pytest.mark.parametrize("n", [2**63, -(2**63)])
def test_numbers_that_no_machine_counts_with(n):
    with pytest.raises(ValueError, match=f"the parameter n_jobs is {n}"):
        check_parameters(SLMTextClassifier(n_jobs=n), frozenset())
    check_parameters(SLMTextClassifier(n_jobs=2), frozenset())
