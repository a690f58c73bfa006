"""SLMTextClassifier by behaviour, on tiny networks."""

import pickle
import re
import warnings
from enum import Enum

import joblib
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score, cross_validate
from sklearn.pipeline import Pipeline, make_pipeline

from sklearn_slm import GloveTfidfVectorizer, SLMTextClassifier, TokenSequences
from sklearn_slm.estimators.options import choose_epochs

TEXTS = [
    f"{opening} {word} {noun}"
    for opening in ("a", "the", "one", "this", "that")
    for word in ("good", "bad")
    for noun in ("film", "book", "song", "play")
]
LABELS = np.array(["pos" if "good" in text else "neg" for text in TEXTS])
OPTIONS = {
    "hidden_size": 4,
    "max_iter": 4,
    "batch_size": 16,
    "learning_rate": 0.05,
    "dropout": 0.0,
    "word_dropout": 0.0,
    "random_state": 0,
}


def make_classifier(**options):
    vectorizer = GloveTfidfVectorizer(n_components=5)
    return SLMTextClassifier(**({"vectorizer": vectorizer} | OPTIONS | options))


def make_steps(**options):
    return Pipeline(
        [
            ("vectors", GloveTfidfVectorizer(n_components=5, random_state=0)),
            ("slm", SLMTextClassifier(**(OPTIONS | options))),
        ]
    )


@pytest.fixture(scope="module")
def fitted():
    return make_classifier(early_stopping=True).fit(TEXTS, LABELS)


@pytest.fixture(scope="module")
def sequences():
    return GloveTfidfVectorizer(n_components=5, random_state=0).fit_transform(TEXTS)


def assert_same_fit(a, b):
    assert a.weights_.keys() == b.weights_.keys()
    for name, value in a.weights_.items():
        np.testing.assert_array_equal(value, b.weights_[name], err_msg=name)


def test_learns_and_answers_as_a_classifier(fitted):
    assert fitted.classes_.tolist() == ["neg", "pos"]
    assert fitted.score(TEXTS, LABELS) >= 0.95
    probabilities = fitted.predict_proba(TEXTS)
    assert probabilities.shape == (40, 2)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)
    np.testing.assert_allclose(
        np.exp(fitted.predict_log_proba(TEXTS)), probabilities, rtol=1e-12
    )
    assert (fitted.predict(TEXTS) == fitted.classes_[probabilities.argmax(1)]).all()


def test_fitted_attributes(fitted):
    assert fitted.n_iter_ == len(fitted.loss_curve_) == len(fitted.validation_scores_)
    assert fitted.best_validation_score_ == max(fitted.validation_scores_)
    assert fitted.spec_.encoder.hidden_size == (4,)
    assert fitted.spec_.encoder.n_tokens == len(fitted.vocabulary_) + 2
    shapes = {name: value.shape for name, value in fitted.weights_.items()}
    assert shapes == {name: w.shape for name, w in fitted.spec_.weights().items()}
    assert {value.dtype.name for value in fitted.weights_.values()} == {"float32"}
    assert isinstance(fitted.vectorizer_, GloveTfidfVectorizer)


def test_kinds_of_text_collections_agree(fitted):
    expected = fitted.predict_proba(TEXTS)
    for X in (tuple(TEXTS), np.array(TEXTS), pd.Series(TEXTS), iter(TEXTS)):
        np.testing.assert_array_equal(fitted.predict_proba(X), expected)


def test_subset_and_order_do_not_matter(fitted):
    texts = [*TEXTS, "", "a " * 50 + "good film", "unheard words", "good"]
    together = fitted.predict_proba(texts)
    order = np.random.RandomState(0).permutation(len(texts))
    shuffled = fitted.predict_proba([texts[i] for i in order])
    alone = np.vstack([fitted.predict_proba([text]) for text in texts])
    np.testing.assert_allclose(shuffled, together[order], atol=1e-6)
    np.testing.assert_allclose(alone, together, atol=1e-6)


def test_documents_that_are_no_error(fitted):
    long = "good film " * 50_000
    found = fitted.predict_proba(["", "zzz qqq", long])
    assert np.isfinite(found).all()
    assert fitted.predict([]).shape == (0,)


def test_training_on_odd_documents():
    texts = [*TEXTS, "", "   ", "good " * 300, "bad " * 300]
    labels = [*LABELS, "pos", "neg", "pos", "neg"]
    model = make_classifier(max_iter=1).fit(texts, labels)
    assert np.isfinite(model.predict_proba(texts)).all()


def test_pipeline_and_raw_text_use_the_same_network():
    model = make_steps().fit(TEXTS, LABELS)
    assert model.score(TEXTS, LABELS) == 1.0
    assert model["slm"].vectorizer_ is None
    assert model["slm"].vocabulary_ is model["vectors"].vocabulary_


def test_ngram_model_is_fitted_left_alone_or_left_out(fitted):
    assert fitted.ngrams_.lengths == (1, 2) and len(fitted.ngrams_) > 20
    bare = make_classifier(ngrams=None).fit(TEXTS, LABELS)
    assert bare.ngrams_ is None
    assert bare.spec_ == fitted.spec_
    later = pickle.loads(pickle.dumps(fitted)).partial_fit(TEXTS[:8], LABELS[:8])
    assert later.spec_ == fitted.spec_
    np.testing.assert_array_equal(later.ngrams_.kernel, fitted.ngrams_.kernel)
    assert not np.array_equal(
        later.weights_["head.kernel"], fitted.weights_["head.kernel"]
    )
    first = make_classifier().partial_fit(TEXTS, LABELS, classes=["neg", "pos"])
    assert first.ngrams_ is None


@pytest.mark.parametrize("wrong", [(2, 1), (0, 1), (1, 4), (1,), ("a", "b")])
def test_ngrams_out_of_range(wrong):
    with pytest.raises(ValueError, match="must be None or two lengths from 1 to 3"):
        make_classifier(ngrams=wrong).fit(TEXTS, LABELS)


def test_automatic_epochs():
    assert choose_epochs("auto", 5_000, 50_000, 32) == 10
    assert choose_epochs("auto", 800, 8_000, 32) == 40
    assert choose_epochs("auto", 20, 200, 32) == 50
    assert choose_epochs("auto", 25_000, 2_400_000, 32) == 5
    assert choose_epochs("auto", 25_000, 90_000_000, 32) == 2
    assert choose_epochs(7, 20, 200, 32) == 7


def test_clone_and_set_params():
    model = make_steps()
    model.set_params(slm__hidden_size=7, slm__cell="gru")
    copy = clone(model)
    assert copy["slm"].get_params() == model["slm"].get_params()
    raw = SLMTextClassifier().set_params(vectorizer__min_df=3)
    assert raw.vectorizer.min_df == 3
    assert clone(raw).get_params()["vectorizer__min_df"] == 3
    with pytest.raises(ValueError, match="Invalid parameter 'hidden_sise'"):
        raw.set_params(hidden_sise=3)


def test_the_vectorizer_given_is_not_fitted():
    vectorizer = GloveTfidfVectorizer(n_components=5, output="document")
    model = make_classifier(vectorizer=vectorizer, max_iter=1).fit(TEXTS, LABELS)
    assert not hasattr(vectorizer, "vocabulary_")
    assert vectorizer.output == "document"
    assert isinstance(model.vectorizer_.transform(["a"]), TokenSequences)


def test_grid_search_over_hidden_size():
    search = GridSearchCV(
        make_steps(max_iter=2),
        {"slm__hidden_size": [2, (3, 2)]},
        cv=2,
        n_jobs=2,
        error_score="raise",
    ).fit(TEXTS, LABELS)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.best_estimator_.predict(["good film"]).shape == (1,)


def test_cross_validation_of_sequences(sequences):
    scores = cross_val_score(
        SLMTextClassifier(**OPTIONS), sequences, LABELS, cv=3, error_score="raise"
    )
    assert scores.shape == (3,)
    found = cross_validate(
        make_classifier(max_iter=2),
        TEXTS,
        LABELS,
        cv=2,
        scoring=["accuracy", "neg_log_loss"],
        error_score="raise",
    )
    assert np.isfinite(found["test_neg_log_loss"]).all()


def test_meta_estimators():
    calibrated = CalibratedClassifierCV(make_classifier(max_iter=2), cv=2)
    probabilities = calibrated.fit(TEXTS, LABELS).predict_proba(TEXTS)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)
    linear = make_pipeline(TfidfVectorizer(), LogisticRegression())
    vote = VotingClassifier(
        [("slm", make_classifier(max_iter=2)), ("linear", linear)], voting="soft"
    )
    assert vote.fit(TEXTS, LABELS).score(TEXTS, LABELS) == 1.0


def test_document_vectors_feed_any_estimator():
    model = make_pipeline(
        GloveTfidfVectorizer(n_components=12, output="document", random_state=0),
        LogisticRegression(C=1e4, max_iter=1000),
    )
    assert model.fit(TEXTS, LABELS).score(TEXTS, LABELS) == 1.0


def test_pickle_and_joblib_keep_the_model_and_leave_keras_out(fitted, tmp_path):
    expected = fitted.predict_proba(TEXTS)
    loaded = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(loaded.predict_proba(TEXTS), expected)
    assert not hasattr(loaded, "_live")
    joblib.dump(fitted, tmp_path / "model.joblib")
    np.testing.assert_array_equal(
        joblib.load(tmp_path / "model.joblib").predict_proba(TEXTS), expected
    )


def test_partial_fit_goes_on_where_a_pickle_left(fitted):
    loaded = pickle.loads(pickle.dumps(fitted))
    loaded.partial_fit(TEXTS[:8], LABELS[:8])
    assert loaded.n_iter_ == fitted.n_iter_ + 1


def test_threads_predict_alike(fitted):
    expected = fitted.predict_proba(TEXTS)
    found = joblib.Parallel(n_jobs=4, prefer="threads")(
        joblib.delayed(fitted.predict_proba)(TEXTS) for _ in range(12)
    )
    for probabilities in found:
        np.testing.assert_array_equal(probabilities, expected)


def test_multilabel():
    y = np.column_stack([LABELS == "pos", ["film" in text for text in TEXTS]]).astype(
        int
    )
    model = make_classifier(max_iter=15).fit(TEXTS, y)
    assert model.classes_.tolist() == [0, 1]
    assert model.spec_.head.multilabel
    assert model.predict_proba(TEXTS).shape == (40, 2)
    assert model.score(TEXTS, y) > 0.9
    sparse = make_classifier(max_iter=1).fit(TEXTS, sp.csr_matrix(y))
    assert sparse.predict(TEXTS[:3]).shape == (3, 2)


def test_multiclass_labels_of_any_type():
    y = [text.split()[-1] for text in TEXTS]
    model = make_classifier(max_iter=10).fit(TEXTS, y)
    assert model.classes_.tolist() == ["book", "film", "play", "song"]
    assert model.score(TEXTS, y) == 1.0
    numbers = make_classifier().fit(TEXTS, (LABELS == "pos").astype(float))
    assert numbers.predict(["good film"]).dtype == float


def test_documents_of_any_kind():
    options = {"max_iter": 1, "ngrams": None}
    documents = [text.split() for text in TEXTS]
    vectorizer = GloveTfidfVectorizer(5, analyzer=lambda tokens: tokens)
    model = make_classifier(vectorizer=vectorizer, **options)
    model.fit(documents, LABELS, X_val=documents[:5], y_val=LABELS[:5])
    plain = make_classifier(**options)
    plain.fit(TEXTS, LABELS, X_val=TEXTS[:5], y_val=LABELS[:5])
    assert_same_fit(model, plain)
    np.testing.assert_array_equal(
        model.predict_proba(documents), plain.predict_proba(TEXTS)
    )
    with pytest.raises(ValueError, match=r"X_val\[0\] must be .* a missing value"):
        model.fit(documents, LABELS, X_val=[None], y_val=LABELS[:1])
    with pytest.raises(TypeError, match=r"X\[0\] must be a str, but list was given"):
        plain.predict(documents)


def test_labels_and_texts_of_a_string_enum_are_their_characters():
    label = Enum("Label", {"GOOD": "pos", "BAD": "neg"}, type=str)
    text = Enum("Text", {str(i): text for i, text in enumerate(TEXTS)}, type=str)
    labels = [label(value) for value in LABELS]
    options = {"max_iter": 1, "ngrams": None}
    plain = make_classifier(**options).fit(TEXTS, LABELS)
    model = make_classifier(**options).fit(list(text), labels)
    assert_same_fit(model, plain)
    assert model.classes_.tolist() == ["neg", "pos"]
    assert model.score(list(text), labels) == plain.score(TEXTS, LABELS)
    stream = make_classifier(**options)
    for _ in range(2):
        stream.partial_fit(TEXTS, labels, classes=list(label))
    assert stream.classes_.tolist() == ["neg", "pos"]


def test_validation_set_is_used_and_best_weights_are_kept():
    # A rate at which the accuracy goes up and down.
    model = make_classifier(learning_rate=0.5, max_iter=8, n_iter_no_change=8)
    model.fit(TEXTS, LABELS, X_val=TEXTS[:10], y_val=LABELS[:10])
    assert model.score(TEXTS[:10], LABELS[:10]) == model.best_validation_score_
    assert len(model.validation_scores_) == 8


def test_early_stopping_stops():
    options = {"max_iter": 30, "n_iter_no_change": 2}
    model = make_classifier(early_stopping=True, **options).fit(TEXTS, LABELS)
    assert model.n_iter_ < 30
    without = make_classifier(early_stopping=False, max_iter=3).fit(TEXTS, LABELS)
    assert without.validation_scores_ is None
    assert without.n_iter_ == 3


def test_few_texts_are_all_trained_on():
    few = make_classifier(max_iter=3).fit(TEXTS, LABELS)
    assert few.n_iter_ == 3 and few.validation_scores_ is None
    all_of_them = make_classifier(max_iter=3, early_stopping=False).fit(TEXTS, LABELS)
    # The same network; how much to trust it was seen on texts it was not trained on.
    assert_same_fit(few, all_of_them)
    assert np.abs(few.ngrams_.blend - all_of_them.ngrams_.blend).max() > 1e-3
    many = make_classifier(max_iter=1).fit(TEXTS * 8, np.tile(LABELS, 8))
    assert len(many.validation_scores_) == 1


def test_few_texts_of_classes_that_a_fold_lacks():
    texts, labels = [*TEXTS[:6], "a third kind"], [*LABELS[:6], "other"]
    model = make_classifier(max_iter=2).fit(texts, labels)
    assert model.predict_proba(texts).shape == (7, 3)
    assert make_classifier(max_iter=1).fit(["good", "bad"], [1, 0]).n_iter_ == 1


def test_a_validation_set_passes_a_pipeline():
    from sklearn import config_context

    with config_context(enable_metadata_routing=True):
        model = Pipeline(
            [
                ("vectors", GloveTfidfVectorizer(n_components=5, random_state=0)),
                (
                    "slm",
                    SLMTextClassifier(**OPTIONS).set_fit_request(
                        X_val=True, y_val=True
                    ),
                ),
            ],
            transform_input=["X_val"],
        )
        model.fit(TEXTS, LABELS, X_val=TEXTS[:6], y_val=LABELS[:6])
    # Six documents: every accuracy is a number of sixths.
    sixths = np.array(model["slm"].validation_scores_) * 6
    np.testing.assert_allclose(sixths, sixths.round(), atol=1e-6)


def test_sample_weight_and_class_weight_move_the_model():
    # Each text with both labels: only the weights can decide.
    texts, y = TEXTS + TEXTS, np.repeat(["pos", "neg"], 40)
    heavy = np.where(y == "pos", 9.0, 1.0)
    options = {"early_stopping": False, "max_iter": 6}
    weighted = make_classifier(**options).fit(texts, y, sample_weight=heavy)
    by_class = make_classifier(**options, class_weight={"pos": 9.0, "neg": 1.0})
    by_class.fit(texts, y)
    plain = make_classifier(**options).fit(texts, y)
    assert_same_fit(weighted, by_class)
    share = weighted.predict_proba(TEXTS)[:, 1].mean()
    assert share > plain.predict_proba(TEXTS)[:, 1].mean() + 0.2
    balanced = make_classifier(**options, class_weight="balanced").fit(texts, y)
    assert_same_fit(balanced, plain)


def test_warm_start_goes_on_from_the_weights():
    model = make_classifier(warm_start=True, early_stopping=False, max_iter=2)
    first = model.fit(TEXTS, LABELS).loss_curve_
    again = model.fit(TEXTS, LABELS).loss_curve_
    assert again[:2] == first
    assert len(again) == 4
    assert again[2] < first[0]
    cold = make_classifier(early_stopping=False, max_iter=2).fit(TEXTS, LABELS)
    assert cold.fit(TEXTS, LABELS).loss_curve_ == first
    with pytest.raises(ValueError, match="training can only go on with the classes"):
        model.fit(TEXTS, np.where(LABELS == "pos", "yes", "no"))


def test_partial_fit_learns_from_pieces():
    model = make_classifier()
    for _ in range(4):
        for start in (0, 20):
            rows = slice(start, start + 20)
            model.partial_fit(TEXTS[rows], LABELS[rows], classes=["neg", "pos"])
    assert model.n_iter_ == 8
    assert model.score(TEXTS, LABELS) == 1.0
    with pytest.raises(ValueError, match="not among the classes.*'neutral'"):
        model.partial_fit(TEXTS[:2], ["pos", "neutral"])
    with pytest.raises(ValueError, match="is not the same as on the last call"):
        model.partial_fit(TEXTS[:2], LABELS[:2], classes=["pos", "neg", "neutral"])
    one_class = model.partial_fit(TEXTS[:1], LABELS[:1])
    assert one_class.classes_.tolist() == ["neg", "pos"]


def test_partial_fit_with_a_class_that_comes_later():
    model = make_classifier().partial_fit(
        TEXTS, LABELS, classes=["neg", "other", "pos"]
    )
    assert model.predict_proba(TEXTS[:2]).shape == (2, 3)


def test_verbose_writes_one_line_for_each_epoch(capsys):
    make_classifier(verbose=1, max_iter=2, early_stopping=True).fit(TEXTS, LABELS)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    pattern = (
        r"epoch 2/2  loss \d\.\d{4}  validation accuracy \d\.\d{4} \(best \d\.\d{4}\)"
        r"  \d+\.\d s, at most 0 s left"
    )
    assert re.fullmatch(pattern, lines[1])
    make_classifier(max_iter=1).fit(TEXTS, LABELS)
    assert capsys.readouterr().out == ""


def test_keras_callbacks_see_losses_and_can_stop():
    import keras

    class StopAtOnce(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.seen = sorted(logs)
            self.model.stop_training = True

    stop = StopAtOnce()
    model = make_classifier(callbacks=[stop], early_stopping=True).fit(TEXTS, LABELS)
    assert model.n_iter_ == 1
    assert stop.seen == ["loss", "val_accuracy", "val_loss"]
    assert stop._model is None  # the live network is not kept alive by it


def test_progress_bar_of_scikit_learn():
    callback = pytest.importorskip("sklearn.callback", reason="scikit-learn >= 1.9")

    class Count:
        epochs = 0

        def setup(self, estimator, context):
            pass

        def on_fit_task_begin(self, estimator, context):
            pass

        def on_fit_task_end(self, estimator, context):
            self.epochs += context.task_name == "epoch"

        def teardown(self, estimator, context):
            pass

    count = Count()
    assert isinstance(count, callback.FitCallback)
    make_classifier(max_iter=3).set_callbacks(count).fit(TEXTS, LABELS)
    assert count.epochs == 3
    make_classifier(max_iter=1).set_callbacks(callback.ProgressBar()).fit(TEXTS, LABELS)


@pytest.mark.parametrize(
    ("optimizer", "learning_rate"), [("sgd", 1.0), ("adamw", 0.05), ("object", 0.05)]
)
def test_optimizers(optimizer, learning_rate):
    if optimizer == "object":
        import keras

        optimizer = keras.optimizers.RMSprop(learning_rate)
    model = make_classifier(optimizer=optimizer, learning_rate=learning_rate)
    model.fit(TEXTS, LABELS)
    assert model.loss_curve_[-1] < model.loss_curve_[0]
    model.fit(TEXTS, LABELS)  # the object was copied, not used up


def test_frozen_vectors_do_not_move(sequences):
    model = SLMTextClassifier(**OPTIONS, train_vectors=False).fit(sequences, LABELS)
    np.testing.assert_array_equal(model.weights_["embedding"][2:], sequences.vectors)
    moved = SLMTextClassifier(**OPTIONS).fit(sequences, LABELS)
    assert not np.array_equal(moved.weights_["embedding"][2:], sequences.vectors)


def test_not_fitted():
    for method in ("predict", "predict_proba", "predict_log_proba"):
        with pytest.raises(NotFittedError, match="is not fitted yet"):
            getattr(SLMTextClassifier(), method)(["a"])


BAD_FITS = {
    "string": (("good", "x"), ValueError, "string object received"),
    "bytes": (([b"good"] * 2, [0, 1]), TypeError, "bytes were given"),
    "none": ((["good", None], [0, 1]), ValueError, "X[1] must be a str, but a missing"),
    "number": ((["good", 3.5], [0, 1]), TypeError, "float was given: 3.5"),
    "table": (
        (pd.DataFrame({"text": TEXTS}), LABELS),
        ValueError,
        "a table with the columns ['text']",
    ),
    "dense": ((np.zeros((40, 3)), LABELS), ValueError, "GloveTfidfVectorizer(output="),
    "sparse": ((sp.csr_matrix((40, 3)), LABELS), ValueError, "sparse matrix of shape"),
    "lengths": ((TEXTS, LABELS[:-1]), ValueError, "but have 40 and 39"),
    "one class": ((TEXTS, ["x"] * 40), ValueError, "only one class is present"),
    "no y": ((TEXTS, None), ValueError, "requires y to be passed"),
    "nan in y": ((TEXTS, [np.nan, *[1.0] * 39]), ValueError, "y[0] is missing"),
    "none in y": ((TEXTS, ["a", None, *"b" * 38]), ValueError, "y[1] is missing"),
    "real y": ((TEXTS, np.linspace(0, 1, 40)), ValueError, "Unknown label type"),
    "weights short": ((TEXTS, LABELS, [1.0]), ValueError, "must have shape (40,)"),
    "weights negative": (
        (TEXTS, LABELS, [1.0] * 39 + [-1.0]),
        ValueError,
        "sample_weight[39] is -1.0",
    ),
    "weights zero": (
        (TEXTS, LABELS, np.zeros(40)),
        ValueError,
        "zero for every document",
    ),
    "weights of one class": (
        (TEXTS, LABELS, LABELS == "pos"),
        ValueError,
        "every document that is not 'pos' has weight zero",
    ),
    "weights too unlike": (
        (TEXTS, LABELS, [1e38] + [1e-38] * 39),
        ValueError,
        "next to zero beside the others",
    ),
    "empty": (([], []), ValueError, "X holds no document"),
    "empty array": ((np.array([]), np.array([])), ValueError, "X holds no document"),
    "no tokens": ((["", " "], [0, 1]), ValueError, "no token was found in 2 documents"),
    "half a validation": (
        (TEXTS, LABELS, None, TEXTS),
        ValueError,
        "X_val and y_val must be given together, but y_val is None",
    ),
    "unknown validation label": (
        (TEXTS, LABELS, None, TEXTS[:1], ["other"]),
        ValueError,
        "['other']",
    ),
}


@pytest.mark.parametrize("case", BAD_FITS)
def test_a_fit_that_fails_says_why_and_changes_nothing(fitted, case):
    arguments, error, message = BAD_FITS[case]
    model = pickle.loads(pickle.dumps(fitted))
    before = dict(model.__dict__)
    with pytest.raises(error, match=re.escape(message)):
        model.fit(*arguments)
    assert model.__dict__.keys() == before.keys()
    assert all(model.__dict__[name] is before[name] for name in before)


def test_sequences_of_another_vectorizer_are_refused(fitted, sequences):
    model = SLMTextClassifier(**OPTIONS).fit(sequences, LABELS)
    other = GloveTfidfVectorizer(n_components=5).fit_transform(["other words"])
    with pytest.raises(ValueError, match="made by another vectorizer"):
        model.predict(other)
    with pytest.raises(ValueError, match="raw texts were given to a classifier that"):
        model.predict(TEXTS)
    with pytest.raises(ValueError, match="X_val must be token sequences, as X is"):
        model.fit(sequences, LABELS, X_val=TEXTS, y_val=LABELS)
    with pytest.raises(ValueError, match="for document vectors or weights use a"):
        fitted.predict(np.zeros((2, 5)))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hidden_size", 0),
        ("hidden_size", ()),
        ("hidden_size", (4, 0)),
        ("hidden_size", 2.5),
        ("vectorizer", "glove"),
        ("cell", "transformer"),
        ("bidirectional", "yes"),
        ("pooling", "sum"),
        ("candidate_activation", "relu"),
        ("dropout", 1.0),
        ("recurrent_dropout", -0.1),
        ("word_dropout", 2),
        ("train_vectors", 3),
        ("initializer", "he"),
        ("optimizer", "lbfgs"),
        ("learning_rate", 0),
        ("clip_norm", -1.0),
        ("batch_size", 0),
        ("max_iter", 0),
        ("early_stopping", None),
        ("validation_fraction", 1.0),
        ("n_iter_no_change", 0),
        ("tol", -1e-3),
        ("class_weight", "even"),
        ("warm_start", "no"),
        ("callbacks", 3),
        ("n_jobs", 1.5),
        ("random_state", "seed"),
        ("verbose", -1),
    ],
)
def test_parameters_out_of_range(name, value):
    model = make_classifier(**{name: value})
    message = f"The {name!r} parameter of SLMTextClassifier must be"
    with pytest.raises(ValueError, match=message):
        model.fit(TEXTS, LABELS)
    assert not hasattr(model, "weights_")


def test_no_room_for_a_validation_set():
    with pytest.raises(ValueError, match="2 documents of 2 classes leave none"):
        make_classifier(early_stopping=True).fit(["good", "bad"], [1, 0])
    model = make_classifier(early_stopping=False).fit(["good", "bad"], [1, 0])
    assert model.predict(["good"]).shape == (1,)


def test_fits_quietly():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make_classifier(max_iter=1).fit(TEXTS, LABELS).predict(TEXTS)
