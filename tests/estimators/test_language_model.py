"""SLMLanguageModel as a scikit-learn estimator."""

import copy
import json
import os
import pickle
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from sklearn_slm import SLMLanguageModel, export_onnx, load_model, quantize
from sklearn_slm.network.language.step import LanguageTrainer
from sklearn_slm.runtime.stepping import start_state
from tests.estimators.language import LABELS, TEXTS, fit_model, make_model


def assert_same(ours, theirs):
    assert set(ours.weights_) == set(theirs.weights_)
    for name, value in ours.weights_.items():
        assert np.array_equal(value, theirs.weights_[name]), name


def test_it_learns_what_comes_next():
    model = fit_model()
    assert model.perplexity(TEXTS) < 3.0
    assert model.generate("two three", temperature=0, n_tokens=1) == ["two three four"]
    assert model.n_iter_ == len(model.loss_curve_) == 30
    assert model.loss_curve_[-1] < model.loss_curve_[0]
    assert model.validation_scores_ is None and model.best_validation_score_ is None


def test_the_same_seed_gives_the_same_bits():
    assert_same(make_model(max_iter=2).fit(TEXTS), make_model(max_iter=2).fit(TEXTS))
    one = make_model(max_iter=2, n_jobs=1).fit(TEXTS)
    assert_same(one, make_model(max_iter=2, n_jobs=2).fit(TEXTS))


def test_lists_arrays_iterators_and_files_are_the_same(tmp_path):
    expected = make_model(max_iter=1).fit(TEXTS)
    path = tmp_path / "texts.txt"
    path.write_text("\n".join(TEXTS) + "\n", "utf-8")
    for X in (np.array(TEXTS), iter(TEXTS), (t for t in TEXTS), path):
        assert_same(make_model(max_iter=1).fit(X), expected)


def test_ids_in_a_file_change_nothing():
    texts = [" ".join(TEXTS)] * 400  # more than a third of the least memory
    parameters = {"max_iter": 1, "window": 64, "batch_size": 256}
    expected = make_model(**parameters).fit(texts)
    bounded = make_model(**parameters, max_memory=1_000_000).fit(iter(texts))
    assert_same(bounded, expected)


def test_a_search_over_the_hidden_size():
    search = GridSearchCV(make_model(max_iter=3), {"hidden_size": [2, 12]}, cv=2)
    search.fit(TEXTS)
    assert search.best_params_ == {"hidden_size": 12}
    scores = search.cv_results_["mean_test_score"]
    assert scores[1] > scores[0]
    assert np.isfinite(scores).all()


def test_vectors_for_another_estimator():
    model = make_pipeline(make_model(max_iter=2), LogisticRegression())
    model.fit(TEXTS, [text.endswith("!") for text in TEXTS])
    names = model[0].get_feature_names_out()
    assert names[0] == "slmlanguagemodel0" and len(names) == 12
    assert clone(model)[0].get_params() == model[0].get_params()


def test_a_validation_set():
    model = make_model(early_stopping=True, validation_fraction=0.2).fit(TEXTS)
    assert len(model.validation_scores_) == model.n_iter_
    assert model.best_validation_score_ == max(model.validation_scores_)
    given = make_model(early_stopping=False, max_iter=3).fit(TEXTS, X_val=TEXTS[:4])
    score = given.validation_scores_[int(np.argmax(given.validation_scores_))]
    assert given.score(TEXTS[:4]) == pytest.approx(score, abs=1e-3)
    with pytest.raises(ValueError, match="no document is left to train on: X holds 1"):
        make_model(early_stopping=True, min_count=1).fit(TEXTS[:1])


def test_a_validation_set_with_labels():
    model = make_model(max_iter=1).fit(TEXTS, LABELS, X_val=(TEXTS[:4], LABELS[:4]))
    expected = model.score(TEXTS[:4], LABELS[:4])
    assert model.validation_scores_ == pytest.approx([expected], abs=1e-3)
    with pytest.raises(ValueError, match=r"X_val must be a pair \(texts, labels\)"):
        make_model().fit(TEXTS, LABELS, X_val=TEXTS[:4])
    with pytest.raises(ValueError, match="X_val is a pair .* X came without labels"):
        make_model().fit(TEXTS, X_val=(TEXTS[:4], LABELS[:4]))


@pytest.mark.parametrize("name", ["embedding", "layer_0.forward.kernel"])
def test_pickles_and_files(name, tmp_path):
    model = fit_model(bidirectional=True, max_iter=2)
    model.save(tmp_path / "model.slm")
    for other in (
        pickle.loads(pickle.dumps(model)),
        load_model(tmp_path / "model.slm"),
    ):
        assert np.array_equal(other.weights_[name], model.weights_[name])
        assert np.array_equal(other.score_samples(TEXTS), model.score_samples(TEXTS))
        assert np.array_equal(other.transform(TEXTS), model.transform(TEXTS))
        assert other.generate(n=3, random_state=0) == model.generate(
            n=3, random_state=0
        )
        assert other.tokenizer_ == model.tokenizer_


@pytest.mark.parametrize("tokens", ["word", "char", "subword"])
def test_files_of_all_kinds_of_tokens(tokens, tmp_path):
    if tokens == "subword":
        pytest.importorskip("sentencepiece")
    model = make_model(tokens=tokens, max_iter=1, max_features=40).fit(TEXTS)
    model.save(tmp_path / "model.slm")
    loaded = load_model(tmp_path / "model.slm")
    assert loaded.perplexity(TEXTS, per="byte") == model.perplexity(TEXTS, per="byte")
    # Whatever it is split into, a text is predicted as a whole.
    text = model.tokenizer_.join(model.tokenizer_.split(TEXTS[0]))
    assert text == TEXTS[0]


def test_a_file_of_a_model_that_was_changed_is_refused(tmp_path):
    model = pickle.loads(pickle.dumps(fit_model(labelled=True, max_iter=1)))
    model.classes_ = np.array(["calm"])
    model.save(tmp_path / "model.slm")
    with pytest.raises(ValueError, match="1 labels, but 2 of the network"):
        load_model(tmp_path / "model.slm")


def test_partial_fit_goes_on_with_the_optimizer():
    model = make_model().partial_fit(TEXTS)
    first, before = model.weights_["embedding"].copy(), model._live.done
    model.partial_fit(iter(TEXTS))
    assert model.n_iter_ == 2 and model._live.done == 2 * before
    assert (model.weights_["embedding"] != first).any()
    with pytest.raises(ValueError, match="labels must be given for all documents"):
        model.partial_fit(TEXTS, LABELS)
    for _ in range(8):
        model.partial_fit(TEXTS)
    assert model.perplexity(TEXTS) < 4.0


def test_a_warm_start_begins_where_the_last_fit_ended():
    model = make_model(max_iter=3).fit(TEXTS)
    cold = model.loss_curve_[0]
    model.set_params(warm_start=True, learning_rate=0.005).fit(TEXTS)
    assert model.n_iter_ == 6 and model.loss_curve_[3] < cold


def test_a_killed_fit_goes_on_from_its_checkpoint_with_the_same_bits(tmp_path):
    path = tmp_path / "fit.checkpoint"
    code = f"""
import os
from tests.estimators.language import TEXTS, make_model
from sklearn_slm.estimators import checkpoints

write, written = checkpoints.write_file, []
def write_and_die(*args):
    write(*args)
    written.append(args)
    if len(written) == 5:
        os._exit(7)
checkpoints.write_file = write_and_die
model = make_model(max_iter=3, dropout=0.3, checkpoint={str(path)!r})
model.set_params(checkpoint_minutes=0.0).fit(TEXTS)
"""
    root = Path(__file__).parents[2]
    environment = os.environ | {"PYTHONPATH": str(root)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, cwd=root)
    assert done.returncode == 7 and path.exists()
    whole = make_model(max_iter=3, dropout=0.3).fit(TEXTS)
    resumed = make_model(max_iter=3, dropout=0.3).fit(TEXTS, resume_from=path)
    assert_same(resumed, whole)
    assert resumed.loss_curve_ == whole.loss_curve_
    with pytest.raises(ValueError, match=r"parameters \(dropout was 0.3, is 0.2\)"):
        make_model(max_iter=3, dropout=0.2).fit(TEXTS, resume_from=path)
    with pytest.raises(ValueError, match="written by a fit with other data"):
        make_model(max_iter=3, dropout=0.3).fit(TEXTS[:-1], resume_from=path)


def test_ctrl_c_keeps_the_model_so_far(monkeypatch):
    step = LanguageTrainer.step

    def stop_at_last(self, *args):
        if self.done == 12:
            raise KeyboardInterrupt
        return step(self, *args)

    monkeypatch.setattr(LanguageTrainer, "step", stop_at_last)
    with pytest.warns(
        UserWarning, match="interrupted by user after . whole epochs"
    ) as caught:
        model = make_model().fit(TEXTS)
    # It names the line that called fit.
    assert {warning.filename for warning in caught} == {__file__}
    assert 0 < model.n_iter_ < 30 and np.isfinite(model.score(TEXTS))


def test_divergence_leaves_a_fitted_model_as_it_was():
    model = make_model(max_iter=1).fit(TEXTS)
    before = model.weights_
    model.set_params(optimizer="sgd", learning_rate=1e16, clip_norm=None, max_iter=3)
    with pytest.raises(ValueError, match="diverged in the first epoch"):
        model.fit(TEXTS)
    assert model.weights_ is before


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        ([], ValueError, "X holds no document"),
        ([""], ValueError, "no token"),
        (["a a a", "a a"], ValueError, "one token alone, ' a'"),
        ("a text", ValueError, "string object received.*pathlib"),
        ([1, 2], TypeError, "must be a str, but int was given"),
        (["a b", None], ValueError, "missing"),
        (b"bytes", TypeError, "bytes"),
    ],
)
def test_what_is_no_corpus(X, error, message):
    with pytest.raises(error, match=message):
        make_model(min_count=1).fit(X)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"hidden_size": 0}, "'hidden_size'"),
        ({"tokens": "letters"}, "'tokens'"),
        ({"window": 1}, "'window'"),
        ({"softmax": "half"}, "'softmax'"),
        ({"cache_weight": 1.0}, "'cache_weight'"),
        ({"token_pattern": "("}, "token_pattern"),
        ({"token_pattern": r"\S+", "tokens": "char"}, "token_pattern"),
        ({"max_memory": 10}, "max_memory"),
        ({"checkpoint": "no/such/folder/file"}, "folder of checkpoint"),
    ],
)
def test_parameters_out_of_range(parameters, message):
    with pytest.raises(ValueError, match=message):
        make_model(**parameters).fit(TEXTS)


def test_unfitted():
    model = SLMLanguageModel()
    calls = [
        lambda: model.score(TEXTS),
        lambda: model.generate("a"),
        lambda: model.stream("a"),
        lambda: model.predict_next(["a"]),
        lambda: model.transform(TEXTS),
        lambda: model.get_feature_names_out(),
    ]
    for call in calls:
        with pytest.raises(NotFittedError, match="not fitted yet"):
            call()


def test_lines_of_progress(capsys):
    make_model(max_iter=2, verbose=1).fit(TEXTS)
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("epoch 1/2  loss ") and second.startswith("epoch 2/2")


def test_int8_models_say_nearly_the_same(tmp_path):
    model = fit_model()
    small = quantize(model)
    assert small.weights_["embedding"].dtype == np.int8
    assert small.perplexity(TEXTS) == pytest.approx(model.perplexity(TEXTS), rel=0.05)
    small.save(tmp_path / "small.slm")
    loaded = load_model(tmp_path / "small.slm")
    assert np.array_equal(loaded.score_samples(TEXTS), small.score_samples(TEXTS))


def test_the_step_as_an_onnx_file(tmp_path):
    runtime = pytest.importorskip("onnxruntime")
    model = fit_model(labelled=True, max_iter=2)
    export_onnx(model, tmp_path / "step.onnx")
    session = runtime.InferenceSession(tmp_path / "step.onnx")
    told = session.get_modelmeta().custom_metadata_map
    assert json.loads(told["vocabulary"]) == list(model.vocabulary_.tokens)
    assert json.loads(told["classes"]) == ["calm", "loud"]
    assert json.loads(told["tokenizer"])["kind"] == "word"
    state = start_state(model.spec_.encoder, 1)
    expected, after = model.prepare_network().step(state, np.array([3], np.int32))
    inputs = {
        "ids": np.array([[3]], np.int32),
        "lengths": np.ones(1, np.int32),
        "places": np.zeros(1, np.int64),
    }
    inputs |= {f"state_{i}": part for i, part in enumerate(state)}
    log_probs, hidden = session.run(["log_probs", "next_state_0"], inputs)
    np.testing.assert_allclose(log_probs, expected, atol=1e-5)
    np.testing.assert_allclose(hidden, after[0], atol=1e-5)


def test_no_warning_in_a_usual_fit():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make_model(max_iter=1).fit(TEXTS).generate("one")


@pytest.mark.parametrize("changed", [{"learning_rate": 1e-12}, {"optimizer": "sgd"}])
def test_a_stream_obeys_parameters_that_change(changed):
    model = make_model().partial_fit(TEXTS)
    stored = pickle.loads(pickle.dumps(model))
    for one in (model, stored):
        one.set_params(**changed).partial_fit(TEXTS)
    assert_same(model, stored)


def test_threads_leave_a_stream_as_it_is():
    models = [make_model(n_jobs=1).partial_fit(TEXTS) for _ in range(2)]
    for model, n_jobs in zip(models, (1, 2)):
        model.set_params(n_jobs=n_jobs).partial_fit(TEXTS)
    assert_same(*models)


def test_a_stream_goes_on_from_weights_that_were_replaced():
    model = make_model(learning_rate=1e-12).partial_fit(TEXTS)
    model.weights_ = {name: 0 * value for name, value in model.weights_.items()}
    model.partial_fit(TEXTS)
    assert max(np.abs(value).max() for value in model.weights_.values()) < 1e-6


@pytest.mark.parametrize("how", ["fit", "partial_fit"])
@pytest.mark.parametrize(
    ("name", "value", "was"),
    [
        ("hidden_size", 8, r"\(12,\)"),
        ("cell", "gru", "'lstm'"),
        ("n_components", 5, "12"),
        ("tokens", "char", "'word'"),
        ("lowercase", True, "False"),
        ("bidirectional", True, "False"),
    ],
)
def test_what_made_the_network_cannot_change_while_training_goes_on(
    how, name, value, was
):
    model = copy.copy(fit_model()).set_params(warm_start=True, **{name: value})
    with pytest.raises(ValueError, match=f"fitted with {name}={was}, but"):
        getattr(model, how)(TEXTS)


def test_no_jobs_are_refused():
    with pytest.raises(ValueError, match="n_jobs"):
        make_model(n_jobs=0).fit(TEXTS)
