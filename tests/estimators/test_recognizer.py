"""SLMSpeechRecognizer as a scikit-learn estimator."""

import copy
import json
import pickle
import subprocess
import sys
import warnings

import joblib
import numpy as np
import pytest
from scipy.io import wavfile
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline

from sklearn_slm import (
    SLMLanguageModel,
    SLMSpeechRecognizer,
    SLMTextClassifier,
    export_onnx,
    load_model,
    quantize,
)
from sklearn_slm.network.sequences.step import SequenceTrainer
from tests.cli.small import make_language_model
from tests.estimators.speech import (
    RATE,
    SOUNDS,
    TEXTS,
    fit_recognizer,
    make_random_recognizer,
    make_recognizer,
    sing,
)


def assert_same(ours, theirs):
    assert set(ours.weights_) == set(theirs.weights_)
    for name, value in ours.weights_.items():
        assert np.array_equal(value, theirs.weights_[name]), name


def test_it_learns_to_write_what_it_hears():
    model = fit_recognizer()
    assert model.score(SOUNDS, TEXTS) > 0.95
    # Also what it never heard, and at another rate.
    others = ["ab ca", "cc a", "b"]
    heard = [sing(text, seed=99 + i) for i, text in enumerate(others)]
    assert model.score(heard, others, metric="cer") > 0.6
    assert model.n_iter_ == len(model.loss_curve_) == 40
    assert model.loss_curve_[-1] < 0.2 * model.loss_curve_[0]
    assert model.validation_scores_ is None and model.validation_wer_ is None
    assert (model.language_weight_, model.word_bonus_) == (0.5, 0.5)
    (words,) = model.predict_words([SOUNDS[0]])
    assert [word.text for word in words] == ["ab", "c"]
    # "c" begins after 0.05 + 3 * 0.12 seconds.
    assert words[0].end <= words[1].start and 0.3 < words[1].start < 0.6


def test_the_same_seed_gives_the_same_bits(tmp_path):
    given = {"max_iter": 1, "dropout": 0.2, "n_masks": 1, "noise_db": (10, 20)}
    model = make_recognizer(**given).fit(SOUNDS, TEXTS)
    paths = [tmp_path / f"{i}.wav" for i in range(len(SOUNDS))]
    for path, sound in zip(paths, SOUNDS):
        wavfile.write(path, RATE, sound)
    # With features on disk, too.
    memory = tmp_path / "features"
    again = make_recognizer(**given, n_jobs=1, memory=memory)
    assert_same(model, again.fit(paths, np.array(TEXTS)))
    assert 1 < len([path for path in memory.rglob("*") if path.is_file()]) < 12


def test_a_file_in_place_of_a_folder_for_features(tmp_path):
    occupied = tmp_path / "file"
    occupied.write_bytes(b"")
    model = make_random_recognizer(memory=occupied)
    before = dict(vars(model))
    with pytest.raises(ValueError, match="memory must be a folder"):
        model.fit(SOUNDS, TEXTS)
    assert vars(model) == before


@pytest.mark.parametrize("units", ["word", "subword"])
def test_other_units(units, tmp_path):
    model = make_recognizer(
        hidden_size=16, units=units, max_features=12, max_iter=30, language_model=None
    )
    model.fit(SOUNDS[:6], TEXTS[:6])
    assert model.tokenizer_.kind == units
    # Of words and their pieces, each begins with the space before it.
    assert any(len(text.strip()) > 1 for text in model.symbols_)
    written = model.predict(SOUNDS[:6])
    assert model.score(SOUNDS[:6], TEXTS[:6]) > 0.5
    model.save(tmp_path / "model.slm")
    loaded = load_model(tmp_path / "model.slm")
    assert loaded.predict(SOUNDS[:6]) == written
    assert loaded.symbols_ == model.symbols_


def test_a_validation_set_and_lines_of_progress(capsys):
    model = make_recognizer(
        early_stopping=True, validation_fraction=0.25, max_iter=2, verbose=1
    )
    model.fit(SOUNDS, TEXTS)
    assert len(model.validation_scores_) == model.n_iter_ == 2
    assert model.best_validation_score_ == max(model.validation_scores_) < 0
    assert 0.0 <= model.validation_wer_ <= 2.0
    first, *epochs, greedy, chosen = capsys.readouterr().out.splitlines()
    assert first == "0.1 minutes of audio in 9 recordings, 4 symbols"
    assert all(line.startswith("epoch ") and "validation" in line for line in epochs)
    assert greedy.startswith("validation word error rate ")
    assert f"(language_weight {model.language_weight_:g}" in chosen
    # The counts are of all transcripts.
    assert model.word_counts_.counts.sum() == sum(len(t.split()) + 1 for t in TEXTS)


def test_a_validation_set_that_is_given_and_a_warm_start():
    model = make_recognizer(max_iter=1, n_average=1, early_stopping=False)
    given = {"X_val": SOUNDS[:3], "y_val": [*TEXTS[:2], "ab é"]}
    with pytest.warns(UserWarning, match="1 of 3 transcripts of X_val hold"):
        model.fit(SOUNDS, TEXTS, **given)
    cold, vocabulary = model.loss_curve_[0], model.vocabulary_
    assert len(model.validation_scores_) == 1
    model.set_params(warm_start=True, learning_rate=0.005, n_mels=13)
    with pytest.warns(UserWarning, match="1 of 12 transcripts of X hold"):
        model.fit(SOUNDS, [*TEXTS[:-1], "c é"])
    # Symbols and features stay those of the first fit.
    assert model.n_iter_ == 2 and model.loss_curve_[1] < cold
    assert model.vocabulary_ is vocabulary and model.features_.n_mels == 12
    changed = copy.copy(model).set_params(cell="gru")
    with pytest.raises(ValueError, match="fitted with cell='lstm', but cell is 'gru'"):
        changed.fit(SOUNDS, TEXTS)
    for lacking in ("X_val", "y_val"):
        some = {name: value for name, value in given.items() if name != lacking}
        with pytest.raises(ValueError, match=f"belong together. Got no {lacking}"):
            model.fit(SOUNDS, TEXTS, **some)


def test_ctrl_c_keeps_the_model_so_far(monkeypatch):
    step = SequenceTrainer.step

    def stop_at_last(self, *args):
        if self.done == 4:
            raise KeyboardInterrupt
        return step(self, *args)

    monkeypatch.setattr(SequenceTrainer, "step", stop_at_last)
    with pytest.warns(UserWarning, match="interrupted by user after 1 whole epochs"):
        model = make_recognizer().fit(SOUNDS, TEXTS)
    assert model.n_iter_ == 1 and len(model.predict(SOUNDS)) == 12


def test_what_fails_leaves_a_fitted_model_as_it_was(tmp_path):
    model = make_random_recognizer(max_iter=1)
    before = dict(vars(model))
    model.set_params(optimizer="sgd", learning_rate=1e16, clip_norm=None)
    with pytest.raises(ValueError, match="diverged in the first epoch"):
        model.fit(SOUNDS, TEXTS)
    with pytest.raises(ValueError, match="have 12 and 1"):
        model.fit(SOUNDS, ["a"])
    with pytest.raises(FileNotFoundError, match=r"X\[1\]"):
        model.fit([SOUNDS[0], tmp_path / "lost.wav"], TEXTS[:2])
    for name in ("weights_", "spec_", "vocabulary_", "loss_curve_", "features_"):
        assert vars(model)[name] is before[name]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"hidden_size": ()}, "'hidden_size'"),
        ({"units": "letter"}, "'units'"),
        ({"sample_rate": 0}, "'sample_rate'"),
        ({"n_stack": 0}, "'n_stack'"),
        ({"normalize": "mean"}, "'normalize'"),
        ({"speeds": 0.0}, "'speeds'"),
        ({"noise_db": (1,)}, "'noise_db'"),
        ({"beam_size": 0}, "'beam_size'"),
        ({"language_model": "trigram"}, "'language_model'"),
        ({"language_weight": -1.0}, "'language_weight'"),
        ({"word_list": "words"}, "'word_list'"),
        ({"word_list": []}, "at least one word"),
        ({"word_list": ["a b"]}, "no white space"),
        ({"optimizer": "adamax"}, "'optimizer'"),
    ],
)
def test_parameters_out_of_range(parameters, message):
    with pytest.raises(ValueError, match=message):
        make_recognizer(**parameters).fit(SOUNDS, TEXTS)


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        ([], [], "hold no recording"),
        (SOUNDS, None, "y must be transcripts"),
        (SOUNDS[:2], ["", " "], "all of which are empty"),
        (SOUNDS[0], ["a"], r"put it into a list: \[X\]"),
        ([sing("a")] * 2, ["a", "abc" * 9], r"X\[1\]: its transcript .* 27 symbols"),
        (
            [SOUNDS[0], np.array([0.1, np.nan])],
            ["a", "b"],
            r"X\[1\]: .* 1 that are NaN",
        ),
        ([SOUNDS[0], np.zeros(0)], ["a", "b"], r"X\[1\]: .* without any"),
        ([np.zeros(RATE)] * 2, ["", ""], "all of which are empty"),
    ],
)
def test_what_cannot_be_trained_on(X, y, message):
    with pytest.raises(ValueError, match=message):
        make_recognizer().fit(X, y)


def test_pickles_and_files(tmp_path):
    model = make_random_recognizer(word_list=["a", "ab", "c"], trim=True)
    model.save(tmp_path / "model.slm")
    joblib.dump(model, tmp_path / "model.joblib")
    for other in (
        pickle.loads(pickle.dumps(model)),
        joblib.load(tmp_path / "model.joblib"),
        load_model(tmp_path / "model.slm"),
    ):
        assert_same(other, model)
        assert other.predict_topk(SOUNDS, 2) == model.predict_topk(SOUNDS, 2)
        assert other.predict_words(SOUNDS) == model.predict_words(SOUNDS)
        assert other.get_params() == model.get_params()
        assert other.features_ == model.features_
        assert other.vocabulary_ == model.vocabulary_


def test_a_language_model_comes_with_the_file(tmp_path):
    language = make_language_model(TEXTS)
    model = make_random_recognizer(language_model=language)
    plain = make_random_recognizer(language_model=None)
    assert model.predict_topk(SOUNDS) != plain.predict_topk(SOUNDS)
    # A clone has the same one, and a search's clone of a value is traced back to it.
    assert clone(model).language_model is language
    assert not any(name.startswith("language_model__") for name in model.get_params())
    expected = model.predict_topk(SOUNDS)
    model.set_params(language_model=clone(language))
    assert model.predict_topk(SOUNDS) == expected
    model.save(tmp_path / "model.slm")
    loaded = load_model(tmp_path / "model.slm")
    assert loaded.predict_topk(SOUNDS) == expected
    language.n_iter_ = 5
    model.save(tmp_path / "model.slm")
    with pytest.raises(ValueError, match="5 epochs, 1 losses"):
        load_model(tmp_path / "model.slm")


def test_a_language_model_that_cannot_be_used():
    model = make_recognizer(language_model=make_language_model(TEXTS, ["x", "y"] * 6))
    with pytest.raises(ValueError, match="fitted with labels"):
        model.fit(SOUNDS, TEXTS)
    with pytest.raises(NotFittedError):
        model.set_params(language_model=SLMLanguageModel()).fit(SOUNDS, TEXTS)


def test_prediction_needs_no_keras(tmp_path):
    model = make_random_recognizer()
    model.save(tmp_path / "model.slm")
    np.save(tmp_path / "sound.npy", SOUNDS[0])
    code = f"""
import json, sys
import numpy as np
from sklearn_slm import load_model
sound = np.load({str(tmp_path / "sound.npy")!r})
written = load_model({str(tmp_path / "model.slm")!r}).predict([sound])
print(json.dumps([written, "keras" in sys.modules, "jax" in sys.modules]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [model.predict(SOUNDS[:1]), False, False]


def test_clones_and_searches():
    model = make_recognizer(max_iter=1)
    assert clone(model).get_params() == model.get_params()
    search = GridSearchCV(model, {"beam_size": [1]}, cv=2)
    search.fit(SOUNDS, TEXTS)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert not hasattr(model, "weights_")
    assert search.predict(SOUNDS) == search.best_estimator_.predict(SOUNDS)


def test_a_voice_command():
    model = fit_recognizer()
    intents = ["a" in text.split() for text in TEXTS] * 4
    classifier = SLMTextClassifier(
        4, max_iter=30, batch_size=4, learning_rate=0.05, random_state=0
    )
    pipeline = Pipeline([("hear", FrozenEstimator(model)), ("intent", classifier)])
    pipeline.fit(SOUNDS * 4, intents)
    assert pipeline.score(SOUNDS, intents[:12]) > 0.9


def test_int8_models_hear_nearly_the_same(tmp_path):
    model = fit_recognizer()
    small = quantize(model, X=SOUNDS, y=TEXTS, max_drop=0.05)
    assert small.weights_["layer_0.forward.kernel"].dtype == np.int8
    before, after = small.quantization_["n_bytes"]
    assert after < before and small.quantization_["n_words"] == (4, 4)
    assert small.quantization_["score"][0] == model.score(SOUNDS, TEXTS)
    small.save(tmp_path / "small.slm")
    assert load_model(tmp_path / "small.slm").predict(SOUNDS) == small.predict(SOUNDS)
    with pytest.raises(ValueError, match="max_bytes=9 is for classifiers"):
        quantize(model, max_bytes=9)


def test_onnx_files(tmp_path):
    runtime = pytest.importorskip("onnxruntime")
    model = make_random_recognizer(bidirectional=False)
    export_onnx(model, tmp_path / "model.onnx")
    whole, step = (
        runtime.InferenceSession(tmp_path / name)
        for name in ("model.onnx", "model.step.onnx")
    )
    told = whole.get_modelmeta().custom_metadata_map
    assert json.loads(told["symbols"]) == list(model.symbols_)
    assert json.loads(told["features"])["n_mels"] == 12
    assert {i.name for i in step.get_inputs()} >= {"frames", "state_0", "state_1"}
    frames = np.random.default_rng(0).normal(size=(1, 9, 36)).astype(np.float32)
    given = {"frames": frames, "lengths": np.array([9], np.int32)}
    (log_probs,) = whole.run(["log_probs"], given)
    network = model.prepare_network()
    from sklearn_slm.text import Ragged

    expected = network.run_frames(Ragged(frames[0], np.array([0, 9])))[0]
    np.testing.assert_allclose(log_probs[0], expected, atol=1e-5)
    export_onnx(make_random_recognizer(), tmp_path / "both.onnx")
    assert not (tmp_path / "both.step.onnx").exists()


def test_no_warning_in_a_usual_fit():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit_recognizer().predict(SOUNDS)


def test_how_it_looks_in_a_notebook():
    assert SLMSpeechRecognizer()._describe() == ""
    model = make_random_recognizer()
    n_weights = sum(value.size for value in model.weights_.values())
    assert model._describe() == f"4 symbols, {n_weights:,} weights, 1 epochs"
    assert "4 symbols" in model._repr_html_()
    tags = model.__sklearn_tags__()
    assert tags.target_tags.required and not tags.input_tags.two_d_array
