"""Recordings and transcripts to what a network is trained on."""

import warnings

import numpy as np
import pytest

from sklearn_slm import SLMSpeechRecognizer
from sklearn_slm.audio import FeatureOptions, change_speed, compute_features
from sklearn_slm.estimators.recognition_data import (
    check_augmentation,
    describe_features,
    make_examples,
    read_speech,
    split_speech,
)
from sklearn_slm.estimators.transcripts import learn_symbols
from tests.estimators.speech import RATE, SOUNDS, TEXTS, make_recognizer, sing

OPTIONS = FeatureOptions(rate=RATE, n_mels=12)
SYMBOLS = learn_symbols(make_recognizer(), TEXTS)
SPEECH = read_speech(SOUNDS, TEXTS, RATE)


def test_features_follow_the_parameters():
    assert describe_features(SLMSpeechRecognizer()) == FeatureOptions()
    model = make_recognizer(bidirectional=False, deltas=True, n_stack=2)
    expected = FeatureOptions(8000, 12, n_stack=2, deltas=True, normalize="running")
    assert describe_features(model) == expected
    assert describe_features(model.set_params(normalize=None)).normalize is None


def test_one_example_for_each_recording():
    examples, seconds = make_examples(SPEECH, SYMBOLS, OPTIONS)
    assert len(examples) == len(SOUNDS)
    assert seconds == pytest.approx(sum(map(len, SOUNDS)) / RATE)
    for row in range(3):
        frames = examples.inputs["frames"][row]
        np.testing.assert_array_equal(frames, compute_features(SOUNDS[row], OPTIONS))
        said = examples.targets["symbols"][row]
        assert "".join(SYMBOLS.texts[i] for i in said) == TEXTS[row]
    assert examples.targets["symbols"].values.dtype == np.int32
    assert examples.weight.tolist() == [1.0] * len(SOUNDS)


def test_speeds():
    examples, seconds = make_examples(
        SPEECH.take(np.arange(2)), SYMBOLS, OPTIONS, speeds=(0.9, 1.0, 1.1)
    )
    assert len(examples) == 6 and seconds == pytest.approx(2 * len(SOUNDS[0]) / RATE)
    slow = compute_features(change_speed(SOUNDS[1], RATE, 0.9), OPTIONS)
    np.testing.assert_array_equal(examples.inputs["frames"][3], slow)
    lengths = examples.inputs["frames"].lengths
    assert lengths[0] > lengths[1] > lengths[2]
    said = examples.targets["symbols"]
    assert said[3].tolist() == said[4].tolist() == said[5].tolist()


def test_a_speed_at_which_nothing_could_be_said_is_left_out():
    # "ab c" needs 4 frames of 30 ms; at twice the speed there are 3.
    short = read_speech([sing("ab c", 0.02)], ["ab c"], RATE)
    examples, _ = make_examples(short, SYMBOLS, OPTIONS, speeds=(1.0, 2.5))
    assert examples.inputs["frames"].lengths.tolist() == [6]


def test_a_transcript_that_is_too_long_for_its_recording():
    sounds = [SOUNDS[0], sing("a", 0.02), SOUNDS[1]]
    speech = read_speech(sounds, ["ab c", "aabbcc", "ab"], RATE)
    message = (
        r"X\[1\]: its transcript 'aabbcc' has 6 symbols, .* at least 9 frames .* but"
    )
    with pytest.raises(ValueError, match=message + " its 0.12 seconds are 4 frames"):
        make_examples(speech, SYMBOLS, OPTIONS)


def test_noise_is_seeded_and_has_its_level():
    given = {"noise_db": (10.0, 10.0), "seed": 3}
    clean, _ = make_examples(SPEECH, SYMBOLS, OPTIONS)
    noisy, again = (
        make_examples(SPEECH, SYMBOLS, OPTIONS, **given)[0] for _ in range(2)
    )
    frames = [e.inputs["frames"] for e in (clean, noisy, again)]
    np.testing.assert_array_equal(frames[1].values, frames[2].values)
    is_same = [np.array_equal(frames[0][i], frames[1][i]) for i in range(len(SOUNDS))]
    assert 2 <= sum(is_same) <= 10
    other, _ = make_examples(SPEECH, SYMBOLS, OPTIONS, noise_db=(10.0, 10.0), seed=4)
    assert not np.array_equal(other.inputs["frames"].values, frames[1].values)


def test_silence_and_unknown_symbols():
    sounds = [SOUNDS[0], np.zeros(800, np.float32), np.zeros(800, np.float32)]
    with pytest.warns(UserWarning, match=r"X\[2\]: a transcript, but no sound"):
        examples, _ = make_examples(
            read_speech(sounds, ["ab c", "", "a"], RATE), SYMBOLS, OPTIONS
        )
    assert len(examples) == 1
    with pytest.warns(UserWarning, match="1 of 2 transcripts of X_val hold what is no"):
        examples, _ = make_examples(
            read_speech(SOUNDS[:2], ["abz", ""], RATE, "X_val and y_val"),
            SYMBOLS,
            OPTIONS,
        )
    assert examples.targets["symbols"].lengths.tolist() == [2, 0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(ValueError, match="X holds no recording with sound"):
            make_examples(read_speech(sounds[1:], ["a", "b"], RATE), SYMBOLS, OPTIONS)


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
