"""Recordings and symbols to what a network is trained on."""

import warnings

import numpy as np
import pytest

from sklearn_slm.audio import (
    FeatureCache,
    FeatureOptions,
    change_speed,
    compute_features,
)
from sklearn_slm.estimators.recognition_data import read_speech
from sklearn_slm.estimators.recognition_examples import make_examples
from sklearn_slm.estimators.transcripts import learn_symbols
from tests.estimators.speech import RATE, SOUNDS, TEXTS, make_recognizer, sing

OPTIONS = FeatureOptions(rate=RATE, n_mels=12)
SYMBOLS = learn_symbols(make_recognizer(), TEXTS)
SPEECH = read_speech(SOUNDS, TEXTS, RATE)


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


def test_a_cache_changes_nothing(tmp_path):
    given = {"speeds": (0.9, 1.0), "noise_db": (5.0, 20.0), "seed": 3}
    expected, seconds = make_examples(SPEECH, SYMBOLS, OPTIONS, **given)
    cache = FeatureCache.at(tmp_path)
    for turn in range(3):  # written, read, and damaged
        found, again = make_examples(SPEECH, SYMBOLS, OPTIONS, **given, cache=cache)
        frames = found.inputs["frames"]
        np.testing.assert_array_equal(frames.values, expected.inputs["frames"].values)
        np.testing.assert_array_equal(frames.offsets, expected.inputs["frames"].offsets)
        symbols = found.targets["symbols"]
        np.testing.assert_array_equal(
            symbols.values, expected.targets["symbols"].values
        )
        assert again == seconds
        assert isinstance(frames.values.base, np.memmap)
        kept = [path for path in tmp_path.rglob("*") if path.is_file()]
        for i, path in enumerate(kept if turn == 1 else []):
            path.write_bytes(path.read_bytes()[: -i % 40]) if i % 3 else path.unlink()
    # What has noise is new in each fit: it is not kept.
    clean, _ = make_examples(SPEECH, SYMBOLS, OPTIONS, speeds=given["speeds"])
    n_clean = sum(
        np.array_equal(clean.inputs["frames"][i], frames[i]) for i in range(len(clean))
    )
    assert len(kept) == n_clean and 4 < n_clean < 20
