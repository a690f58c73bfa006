"""What a file holds of a recogniser."""

import pytest

from sklearn_slm import load_model
from tests.estimators.speech import SOUNDS, make_random_recognizer
from tests.persistence.forging import change, forge, read_parts


def drop_symbol(model):
    model.vocabulary_ = model.vocabulary_.keep_first(3)


def stack_more(model):
    model.features_ = make_random_recognizer(n_stack=4).features_


def cut_kernel(model):
    name = "head.kernel"
    model.weights_ = model.weights_ | {name: model.weights_[name][:-1]}


def forget_epochs(model):
    model.n_iter_ = 7


def hear_too_high(model):
    model.features_ = make_random_recognizer().features_.__class__(
        rate=10**9, n_mels=12
    )


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (drop_symbol, "the network has 5 symbols, its vocabulary 3"),
        (stack_more, "reads 36 values of a frame, its features are 48"),
        (cut_kernel, "weight head.kernel has shape"),
        (forget_epochs, "7 epochs, 1 losses"),
        (hear_too_high, "its features are of no fit"),
    ],
)
def test_a_file_whose_parts_disagree_is_refused(harm, message, tmp_path):
    model = make_random_recognizer()
    harm(model)
    model.save(tmp_path / "model.slm")
    with pytest.raises(ValueError, match=message):
        load_model(tmp_path / "model.slm")


@pytest.mark.parametrize(
    ("parameter", "value", "message"),
    [
        ("units", "bpe", "'units'"),
        ("beam_size", 0, "'beam_size'"),
        ("speeds", {"list": []}, "'speeds'"),
        ("word_list", {"list": [3]}, "word_list holds no words"),
        ("language_model", 3, "'language_model'"),
        ("memory", "folder", "memory is not None"),
    ],
)
def test_a_file_with_parameters_of_no_fit_is_refused(
    parameter, value, message, tmp_path
):
    path = tmp_path / "model.slm"
    make_random_recognizer().save(path)
    _, state, arrays = read_parts(path)
    state = change(state, "model", "parameters", parameter, to=value)
    path.write_bytes(forge(state, arrays))
    with pytest.raises(ValueError, match=message):
        load_model(path)


def test_a_file_names_no_folder(tmp_path):
    model = make_random_recognizer(memory=tmp_path / "features")
    model.save(tmp_path / "model.slm")
    assert str(tmp_path).encode() not in (tmp_path / "model.slm").read_bytes()
    loaded = load_model(tmp_path / "model.slm")
    assert loaded.memory is None and model.memory == tmp_path / "features"
    assert loaded.predict(SOUNDS[:2]) == model.predict(SOUNDS[:2])
