"""SLMTranslator as a scikit-learn estimator."""

import copy
import json
import pickle
import subprocess
import sys
import warnings

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline

from sklearn_slm import (
    SLMTextClassifier,
    SLMTranslator,
    export_onnx,
    load_model,
    quantize,
)
from sklearn_slm.network.sequences.step import SequenceTrainer
from tests.estimators.answers import make_random_answerer
from tests.estimators.speech import SOUNDS, make_random_recognizer
from tests.estimators.translation import (
    SOURCES,
    TARGETS,
    fit_translator,
    make_random_translator,
    make_translator,
)
from tests.persistence.forging import change, forge, read_parts


def assert_same(ours, theirs):
    assert set(ours.weights_) == set(theirs.weights_)
    for name, value in ours.weights_.items():
        assert np.array_equal(value, theirs.weights_[name]), name


def test_it_learns_to_translate():
    model = fit_translator()
    assert model.score(SOURCES, TARGETS) > 0.99
    assert model.predict(["four five one!", ""]) == ["vier fünf eins!", ""]
    assert model.n_iter_ == len(model.loss_curve_) == 25
    assert model.loss_curve_[-1] < model.loss_curve_[0]
    assert model.validation_scores_ is None and model.validation_bleu_ is None
    (alignment,) = model.align(["four five one!"])
    assert alignment.link()[:2] == [("four", "vier"), ("five", "fünf")]
    # The right translation is more probable than any other.
    wrong = TARGETS[1:] + TARGETS[:1]
    right = model.score_samples(SOURCES, TARGETS)
    assert (right > model.score_samples(SOURCES, wrong)).all()


def test_the_same_seed_gives_the_same_bits():
    model = make_translator(max_iter=1, dropout=0.2).fit(SOURCES, TARGETS)
    again = make_translator(max_iter=1, dropout=0.2, n_jobs=1)
    assert_same(model, again.fit(np.array(SOURCES), iter(TARGETS)))
    other = make_translator(max_iter=1, dropout=0.2, random_state=1)
    other.fit(SOURCES, TARGETS)
    assert (other.weights_["embedding"] != model.weights_["embedding"]).any()


def test_a_validation_set():
    model = make_translator(early_stopping=True, validation_fraction=0.2, max_iter=4)
    model.fit(SOURCES, TARGETS)
    assert len(model.validation_scores_) == model.n_iter_ == 4
    assert model.best_validation_score_ == max(model.validation_scores_)
    assert 0.0 <= model.validation_bleu_ <= 100.0 and model.bleu_curve_ is None
    with pytest.raises(ValueError, match="no pair is left to train on"):
        make_translator(early_stopping=True).fit(SOURCES[:1], TARGETS[:1])


def test_a_validation_set_that_is_given():
    given = {"X_val": [*SOURCES[:6], ""], "y_val": [*TARGETS[:6], "eins"]}
    model = make_translator(early_stopping=False, max_iter=2, n_average=1)
    with pytest.warns(UserWarning, match="1 of 7 pairs in X_val and y_val"):
        model.fit(SOURCES, TARGETS, **given)
    # One epoch is kept, the best one: its score is that of the weights.
    scores = model.score_samples(SOURCES[:6], TARGETS[:6])
    n_tokens = sum(len(model.target_tokenizer_.split(t)) + 1 for t in TARGETS[:6])
    assert scores.sum() / n_tokens == pytest.approx(
        model.best_validation_score_, abs=1e-3
    )
    model.set_params(beam_size=1)
    bleu = model.score(SOURCES[:6], TARGETS[:6])
    assert model.validation_bleu_ == pytest.approx(100 * bleu)
    for lacking in ("X_val", "y_val"):
        some = {name: value for name, value in given.items() if name != lacking}
        with pytest.raises(ValueError, match=f"belong together. Got no {lacking}"):
            model.fit(SOURCES, TARGETS, **some)


def test_a_warm_start_begins_where_the_last_fit_ended():
    model = make_translator(max_iter=2).fit(SOURCES, TARGETS)
    cold, vocabulary = model.loss_curve_[0], model.source_vocabulary_
    model.set_params(warm_start=True, learning_rate=0.005)
    # Tokens stay those of the first fit.
    model.fit([*SOURCES, "six seven"], [*TARGETS, "sechs sieben"])
    assert model.n_iter_ == 4 and model.loss_curve_[2] < cold
    assert model.source_vocabulary_ is vocabulary
    for name, value in (("hidden_size", 3), ("tokens", "char")):
        changed = copy.copy(model).set_params(**{name: value})
        with pytest.raises(ValueError, match=f"fitted with {name}=.*, but {name} is"):
            changed.fit(SOURCES, TARGETS)


@pytest.mark.parametrize("tokens", ["char", "subword", ("subword", "word")])
def test_all_kinds_of_tokens(tokens, tmp_path):
    model = make_translator(tokens=tokens, max_iter=1, max_features=40)
    model.fit(SOURCES, TARGETS).save(tmp_path / "model.slm")
    loaded = load_model(tmp_path / "model.slm")
    assert loaded.get_params() == model.get_params()
    assert loaded.predict(SOURCES[:4]) == model.predict(SOURCES[:4])
    for side, texts in zip(model._sides, (SOURCES, TARGETS)):
        assert side.tokenizer.join(side.tokenizer.split(texts[7])) == texts[7]
        assert 1 not in side.encode(texts).values


def test_pairs_that_teach_something_odd():
    # A text to itself; one text with two translations; one pair twice; a long one.
    sources = ["one two", "one two", "three", "three", "one " * 2000]
    targets = ["one two", "two one", "three", "three", "two " * 70]
    model = make_translator(max_iter=1, min_count=1).fit(sources, targets)
    assert np.isfinite(model.score_samples(sources, targets)).all()


def test_pickles_and_files(tmp_path):
    model = make_random_translator()
    model.save(tmp_path / "model.slm")
    joblib.dump(model, tmp_path / "model.joblib")
    for other in (
        pickle.loads(pickle.dumps(model)),
        joblib.load(tmp_path / "model.joblib"),
        load_model(tmp_path / "model.slm"),
    ):
        assert_same(other, model)
        assert other.predict_topk(SOURCES, 2) == model.predict_topk(SOURCES, 2)
        assert other.get_params() == model.get_params()
        assert other.source_tokenizer_ == model.source_tokenizer_
        assert other.target_vocabulary_ == model.target_vocabulary_
        scores = other.score_samples(SOURCES, TARGETS)
        assert np.array_equal(scores, model.score_samples(SOURCES, TARGETS))


def test_prediction_needs_no_keras(tmp_path):
    model = make_random_translator()
    model.save(tmp_path / "model.slm")
    code = f"""
import json, sys
from sklearn_slm import load_model
written = load_model({str(tmp_path / "model.slm")!r}).predict({SOURCES[:3]!r})
print(json.dumps([written, "keras" in sys.modules, "jax" in sys.modules]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [model.predict(SOURCES[:3]), False, False]


def drop_token(model):
    vocabulary = model.target_vocabulary_
    model.target_vocabulary_ = vocabulary.keep_first(len(vocabulary) - 1)


def swap_sides(model):
    model.source_vocabulary_ = model.source_vocabulary_.extend(["x"])


def cut_kernel(model):
    name = "attention.kernel"
    model.weights_ = model.weights_ | {name: model.weights_[name][:-1]}


def drop_weight(model):
    model.weights_ = {k: v for k, v in model.weights_.items() if k != "combine.bias"}


def forget_epochs(model):
    model.n_iter_ = 7


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (drop_token, "the table of the target has 9 rows, its vocabulary 6 tokens"),
        (swap_sides, "the table of the source has 9 rows, its vocabulary 8 tokens"),
        (cut_kernel, "weight attention.kernel has shape"),
        (drop_weight, "it has no weight combine.bias"),
        (forget_epochs, "7 epochs, 1 losses"),
    ],
)
def test_a_file_whose_parts_disagree_is_refused(harm, message, tmp_path):
    model = make_random_translator()
    harm(model)
    model.save(tmp_path / "model.slm")
    with pytest.raises(ValueError, match=message):
        load_model(tmp_path / "model.slm")


@pytest.mark.parametrize(
    ("parameter", "value", "message"),
    [
        ("tokens", "bpe", "'tokens'"),
        ("tokens", {"tuple": ["word", "bpe"]}, "a pair of these"),
        ("joint_vocabulary", 3, "'joint_vocabulary'"),
        ("beam_size", 0, "'beam_size'"),
        ("hidden_size", {"tuple": []}, "'hidden_size'"),
    ],
)
def test_a_file_with_parameters_of_no_fit_is_refused(
    parameter, value, message, tmp_path
):
    path = tmp_path / "model.slm"
    make_random_translator().save(path)
    _, state, arrays = read_parts(path)
    state = change(state, "model", "parameters", parameter, to=value)
    path.write_bytes(forge(state, arrays))
    with pytest.raises(ValueError, match=message):
        load_model(path)


def test_a_file_of_before_the_curve_is_read(tmp_path):
    path = tmp_path / "model.slm"
    model = make_random_translator()
    model.save(path)
    _, state, arrays = read_parts(path)
    del state["model"]["fitted"]["bleu_curve_"]
    del state["model"]["parameters"]["joint_vocabulary"]
    path.write_bytes(forge(state, arrays))
    loaded = load_model(path)
    assert loaded.bleu_curve_ is None and loaded.get_params() == model.get_params()


def test_a_joint_vocabulary_in_a_file(tmp_path):
    model = make_random_translator(joint_vocabulary=True)
    assert model.source_vocabulary_ is model.target_vocabulary_
    model.save(tmp_path / "model.slm")
    loaded = load_model(tmp_path / "model.slm")
    assert loaded.joint_vocabulary
    assert loaded.source_vocabulary_ == loaded.target_vocabulary_
    assert loaded.predict(SOURCES) == model.predict(SOURCES)


def test_clones_and_searches():
    model = make_translator(tokens=("word", "word"), max_iter=1)
    assert clone(model).get_params() == model.get_params()
    search = GridSearchCV(model, {"beam_size": [1, 3]}, cv=2)
    search.fit(SOURCES, TARGETS)
    scores = search.cv_results_["mean_test_score"]
    assert np.isfinite(scores).all() and not hasattr(model, "weights_")
    assert search.predict(["one"]) == search.best_estimator_.predict(["one"])


def test_in_a_pipeline_its_translations_are_what_the_next_step_reads():
    model = fit_translator()
    labels = [text.endswith("!") for text in SOURCES]
    classifier = SLMTextClassifier(
        4, max_iter=20, batch_size=8, learning_rate=0.02, random_state=0
    )
    pipeline = Pipeline([("translate", FrozenEstimator(model)), ("loud", classifier)])
    pipeline.fit(SOURCES, labels)
    assert pipeline.score(SOURCES, labels) > 0.9
    assert "fünf" in " ".join(classifier.vocabulary_.tokens)


def test_it_stands_between_other_estimators():
    hears, model = make_random_recognizer(), fit_translator()
    pipeline = Pipeline(
        [("hear", FrozenEstimator(hears)), ("translate", FrozenEstimator(model))]
    )
    heard = hears.predict(SOUNDS[:3])
    assert any(heard) and pipeline.predict(SOUNDS[:3]) == model.predict(heard)
    # Questions in one language, answers known in the other.
    answers = [f"answer {i}" for i in range(len(TARGETS))]
    answerer = make_random_answerer(TARGETS, answers)
    pipeline = Pipeline(
        [("translate", FrozenEstimator(model)), ("answer", FrozenEstimator(answerer))]
    )
    found = pipeline.predict(SOURCES)
    assert list(found) == list(answerer.predict(model.predict(SOURCES)))
    assert pipeline.score(SOURCES, answers) > 0.5 > answerer.score(SOURCES, answers)


def test_ctrl_c_keeps_the_model_so_far(monkeypatch):
    step = SequenceTrainer.step

    def stop_at_last(self, *args):
        if self.done == 15:
            raise KeyboardInterrupt
        return step(self, *args)

    monkeypatch.setattr(SequenceTrainer, "step", stop_at_last)
    with pytest.warns(UserWarning, match="interrupted by user after 1 whole epochs"):
        model = make_translator().fit(SOURCES, TARGETS)
    assert (
        model.n_iter_ == 1 and np.isfinite(model.score_samples(SOURCES, TARGETS)).all()
    )


def test_what_fails_leaves_a_fitted_model_as_it_was():
    model = make_translator(max_iter=1).fit(SOURCES, TARGETS)
    before = dict(vars(model))
    model.set_params(optimizer="sgd", learning_rate=1e16, clip_norm=None)
    with pytest.raises(ValueError, match="diverged in the first epoch"):
        model.fit(SOURCES, TARGETS)
    with pytest.raises(ValueError, match="have 40 and 1"):
        model.fit(SOURCES, ["eins"])
    for name in ("weights_", "spec_", "source_vocabulary_", "loss_curve_"):
        assert vars(model)[name] is before[name]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"hidden_size": 0}, "'hidden_size'"),
        ({"tokens": "letters"}, "'tokens'"),
        ({"tokens": ("word", "letters")}, "a pair of these"),
        ({"tokens": ("word", "char"), "joint_vocabulary": True}, "same kind"),
        ({"beam_size": 0}, "'beam_size'"),
        ({"label_smoothing": 1.0}, "'label_smoothing'"),
        ({"n_average": 0}, "'n_average'"),
        ({"length_penalty": -1.0}, "'length_penalty'"),
        ({"cell": "lstm2"}, "'cell'"),
        ({"optimizer": "adamax"}, "'optimizer'"),
    ],
)
def test_parameters_out_of_range(parameters, message):
    with pytest.raises(ValueError, match=message):
        make_translator(**parameters).fit(SOURCES, TARGETS)


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        ([], [], "hold no pair of texts"),
        (["one"], None, "y must be texts"),
        (["one", "two"], ["eins", ""], "tokens of X .*empty vocabulary"),
        ([""], ["eins"], "tokens of X .*no token"),
    ],
)
def test_what_is_no_pairs(X, y, message):
    with pytest.raises(ValueError, match=message):
        make_translator().fit(X, y)


def test_lines_of_progress_tell_the_bleu_of_each_epoch(capsys):
    model = make_translator(max_iter=3, verbose=1, early_stopping=True, n_average=1)
    model.fit(SOURCES, TARGETS)
    *lines, last = capsys.readouterr().out.splitlines()
    assert len(lines) == len(model.bleu_curve_) == model.n_iter_
    for number, (line, bleu) in enumerate(zip(lines, model.bleu_curve_), 1):
        assert line.startswith(f"epoch {number}/3  loss ") and "validation" in line
        assert line.endswith(f"s left  BLEU {bleu:.2f}") and "(best" not in line
    # The weights that were kept are those of the best epoch.
    best = int(np.argmax(model.validation_scores_))
    assert model.validation_bleu_ == model.bleu_curve_[best]
    assert last == f"validation BLEU {model.validation_bleu_:.2f} (greedy)"
    # To look on changes nothing.
    quiet = clone(model).set_params(verbose=0).fit(SOURCES, TARGETS)
    assert_same(quiet, model)
    model.set_params(max_iter=1, early_stopping=False).fit(SOURCES, TARGETS)
    (line,) = capsys.readouterr().out.splitlines()
    assert "BLEU" not in line and model.bleu_curve_ is None


def test_int8_models_translate_nearly_the_same(tmp_path):
    model = fit_translator()
    small = quantize(model, X=SOURCES, y=TARGETS, max_drop=0.02)
    assert small.weights_["decoder.embedding"].dtype == np.int8
    before, after = small.quantization_["n_bytes"]
    assert after < before and small.quantization_["n_words"] == (14, 14)
    assert small.quantization_["score"][0] == model.score(SOURCES, TARGETS)
    small.save(tmp_path / "small.slm")
    loaded = load_model(tmp_path / "small.slm")
    assert loaded.predict(SOURCES) == small.predict(SOURCES)
    with pytest.raises(ValueError, match="max_bytes=9 is for classifiers"):
        quantize(model, max_bytes=9)
    with pytest.raises(ValueError, match="needs texts X"):
        quantize(model, max_drop=0.1)


def test_all_runtimes_translate_the_same():
    pytest.importorskip("onnxruntime")
    model = make_random_translator()
    other = make_random_translator(runtime="onnxruntime")
    assert other.predict(SOURCES) == model.predict(SOURCES)
    scores = [m.score_samples(SOURCES, TARGETS) for m in (model, other)]
    np.testing.assert_allclose(*scores, rtol=1e-4)


def test_encoder_and_step_as_onnx_files(tmp_path):
    runtime = pytest.importorskip("onnxruntime")
    model = make_random_translator()
    export_onnx(model, tmp_path / "model.onnx")
    assert not (tmp_path / "model.onnx").exists()
    encoder, step = (
        runtime.InferenceSession(tmp_path / f"model.{name}.onnx")
        for name in ("encoder", "step")
    )
    for session in (encoder, step):
        told = session.get_modelmeta().custom_metadata_map
        wanted = list(model.source_vocabulary_.tokens)
        assert json.loads(told["source_vocabulary"]) == wanted
        assert json.loads(told["target_tokenizer"])["kind"] == "word"
    ids = model._sides[0].encode(["one two"]).values[None].astype(np.int32)
    read = {"ids": ids, "lengths": np.array([2], np.int32)}
    names = [output.name for output in encoder.get_outputs()]
    values = dict(zip(names, encoder.run(names, read)))
    memory, start = model.prepare_network().read_sources(
        model._sides[0].encode(["one two"])
    )
    np.testing.assert_allclose(values["keys"], memory.keys, atol=1e-5)
    np.testing.assert_allclose(values["start_0"], start[0], atol=1e-5)
    assert {"log_probs", "attention"} <= {output.name for output in step.get_outputs()}


def test_no_warning_in_a_usual_fit():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = make_translator(max_iter=1).fit(SOURCES, TARGETS)
        model.predict(["one"])


def test_how_it_looks_in_a_notebook():
    assert SLMTranslator()._describe() == ""
    model = make_random_translator()
    n_weights = sum(value.size for value in model.weights_.values())
    assert model._describe() == f"7 and 7 tokens, {n_weights:,} weights, 1 epochs"
    assert "7 and 7 tokens" in model._repr_html_()
    tags = model.__sklearn_tags__()
    assert tags.input_tags.string and tags.target_tags.required
