"""Recordings with transcripts, and what is set aside of them."""

import pytest

from sklearn_slm import SLMSpeechRecognizer
from sklearn_slm.audio import FeatureOptions
from sklearn_slm.estimators.recognition_data import (
    check_augmentation,
    describe_features,
    read_parts,
    read_speech,
    split_speech,
)
from sklearn_slm.estimators.transcripts import learn_symbols
from tests.estimators.speech import RATE, SOUNDS, TEXTS, make_recognizer

SPEECH = read_speech(SOUNDS, TEXTS, RATE)


def test_features_follow_the_parameters():
    assert describe_features(SLMSpeechRecognizer()) == FeatureOptions()
    model = make_recognizer(bidirectional=False, deltas=True, n_stack=2)
    expected = FeatureOptions(8000, 12, n_stack=2, deltas=True, normalize="running")
    assert describe_features(model) == expected
    assert describe_features(model.set_params(normalize=None)).normalize is None


def test_what_is_no_speech():
    with pytest.raises(ValueError, match="X and y must have the same number of rows"):
        read_speech(SOUNDS, TEXTS[:3], RATE)
    with pytest.raises(ValueError, match="hold no recording"):
        read_speech([], [], RATE)
    with pytest.raises(ValueError, match="X_val must be several recordings"):
        read_speech(SOUNDS[0], TEXTS, RATE, "X_val and y_val")


def test_a_validation_set_is_drawn_by_recording():
    model = make_recognizer(early_stopping=True, validation_fraction=0.25)
    train, tests = split_speech(model, SPEECH, 5)
    assert (len(train.recordings), len(tests.recordings)) == (9, 3)
    numbers = [*train.recordings.numbers, *tests.recordings.numbers]
    assert sorted(numbers) == list(range(12))
    assert tests.transcripts == [TEXTS[i] for i in tests.recordings.numbers]
    assert split_speech(model, SPEECH, 5)[1].transcripts == tests.transcripts
    for wants in ("auto", False):
        model.set_params(early_stopping=wants)
        assert split_speech(model, SPEECH, 5) == (SPEECH, None)
    with pytest.raises(ValueError, match="no recording is left to train on: X holds 1"):
        split_speech(model.set_params(early_stopping=True), SPEECH.take([0]), 0)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"speeds": ()}, "'speeds'"),
        ({"speeds": (1.0, 0.0)}, "'speeds'"),
        ({"speeds": ("fast",)}, "'speeds'"),
        ({"noise_db": (20, 10)}, "'noise_db'"),
        ({"noise_db": (20,)}, "'noise_db'"),
        ({"noise_db": ("loud", 10)}, "'noise_db'"),
    ],
)
def test_augmentation_out_of_range(parameters, message):
    with pytest.raises(ValueError, match=message):
        check_augmentation(make_recognizer(**parameters))


def test_augmentation():
    assert check_augmentation(make_recognizer(speeds=1)) == ((1.0,), None)
    model = make_recognizer(speeds=[0.9, 1], noise_db=[5, 30])
    assert check_augmentation(model) == ((0.9, 1.0), (5.0, 30.0))


def test_the_parts_of_a_fit():
    model = make_recognizer(early_stopping=True, validation_fraction=0.25)
    train, tests, everything = read_parts(model, SOUNDS, TEXTS, None, None, RATE, 5)
    assert train.transcripts == split_speech(model, SPEECH, 5)[0].transcripts
    assert len(tests.recordings) == 3 and everything.transcripts == TEXTS
    given = read_parts(model, SOUNDS, TEXTS, SOUNDS[:2], TEXTS[:2], RATE, 5)
    assert given.train is given.everything
    assert given.validation.recordings.describe(1) == "X_val[1]"
    loud = [text.upper() for text in TEXTS]
    model.set_params(early_stopping=False, lowercase=True)
    parts = read_parts(model, SOUNDS, loud, None, None, RATE, 5)
    low = parts.normalize(learn_symbols(model, loud))
    assert low.train.transcripts == low.everything.transcripts == TEXTS
    assert low.validation is None
