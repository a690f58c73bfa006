"""What may change while training goes on, and what is refused."""

import pickle

import numpy as np
import pytest

from sklearn_slm import GloveTfidfVectorizer, SLMTextClassifier, load_model, save_model

TEXTS = [f"{a} {b} film" for a in ("a", "the", "one") for b in ("good", "bad")] * 3
LABELS = np.array(["pos" if "good" in text else "neg" for text in TEXTS])


@pytest.fixture(scope="module")
def fitted():
    return SLMTextClassifier(
        hidden_size=3,
        vectorizer=GloveTfidfVectorizer(4, stop_words=["the"]),
        max_iter=1,
        warm_start=True,
        random_state=0,
    ).fit(TEXTS, LABELS)


def go_on(model, how, **parameters):
    model = pickle.loads(pickle.dumps(model))
    return getattr(model.set_params(**parameters), how)(TEXTS, LABELS)


@pytest.mark.parametrize("how", ["fit", "partial_fit"])
@pytest.mark.parametrize(
    ("name", "value", "was"),
    [
        ("hidden_size", 4, r"\(3,\)"),
        ("hidden_size", (3, 3), r"\(3,\)"),
        ("cell", "gru", "'lstm'"),
        ("pooling", "max", "'attention'"),
        ("bidirectional", False, "True"),
        ("candidate_activation", "sigmoid", "'tanh'"),
        ("vectorizer__lowercase", False, "True"),
        ("vectorizer__min_df", 2, "1"),
        ("vectorizer__min_df", 1.0, "1"),
        ("vectorizer__analyzer", str.split, "'word'"),
        ("vectorizer__stop_words", "english", r"\['the'\]"),
    ],
)
def test_another_network_or_other_tokens_are_refused(fitted, how, name, value, was):
    with pytest.raises(ValueError, match=f"fitted with {name}={was}, but {name} is"):
        go_on(fitted, how, **{name: value})


def test_what_may_change(fitted):
    free = {
        "learning_rate": 0.1,
        "dropout": 0.5,
        "optimizer": "sgd",
        "batch_size": 7,
        "train_vectors": False,
        "hidden_size": [3],
        "vectorizer__random_state": 3,
        "vectorizer__n_jobs": 1,
    }
    for how in ("fit", "partial_fit"):
        assert go_on(fitted, how, **free).n_iter_ == 2
    cold = go_on(fitted, "fit", warm_start=False, hidden_size=4)
    assert cold.spec_.encoder.hidden_size == (4,) and cold.n_iter_ == 1


def test_the_ngram_model_is_fitted_anew_or_stays(fitted):
    assert go_on(fitted, "fit", ngrams=None).ngrams_ is None
    assert go_on(fitted, "fit", ngrams=(1, 3)).ngrams_ is not None
    assert go_on(fitted, "partial_fit", ngrams=[1, 2]).ngrams_ is not None
    for other in (None, (2, 3)):
        with pytest.raises(ValueError, match=r"fitted with ngrams=\(1, \d\), but"):
            go_on(fitted, "partial_fit", ngrams=other)
    begun = SLMTextClassifier(hidden_size=3, random_state=0)
    begun.partial_fit(TEXTS, LABELS, classes=["neg", "pos"])
    assert begun.set_params(ngrams=None).partial_fit(TEXTS, LABELS).n_iter_ == 2


def test_a_file_goes_on(fitted, tmp_path):
    save_model(fitted, tmp_path / "model.slm")
    model = load_model(tmp_path / "model.slm")
    assert model.fit(TEXTS, LABELS).partial_fit(TEXTS, LABELS).n_iter_ == 3
    with pytest.raises(ValueError, match="fitted with vectorizer__min_df=1, but"):
        model.set_params(vectorizer__min_df=2).fit(TEXTS, LABELS)
    before = model.set_params(vectorizer__min_df=1).weights_
    with pytest.raises(ValueError, match="X holds no document"):
        model.partial_fit([], [])
    assert model.weights_ is before
