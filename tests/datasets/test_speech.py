"""The demonstration speech."""

from collections import Counter

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.utils import Bunch

from sklearn_slm.audio import FeatureOptions, compute_features, trim_silence
from sklearn_slm.datasets import load_demo_speech


def test_what_it_holds():
    speech = load_demo_speech(n_samples=60)
    assert isinstance(speech, Bunch)
    assert len(speech.data) == len(speech.target) == len(speech.speaker) == 60
    assert speech.sample_rate == 16000
    for samples in speech.data:
        assert samples.dtype == np.float32
        assert 0.1 < np.abs(samples).max() <= 1
        assert 0.3 < len(samples) / 16000 < 6
    counts = Counter(word for text in speech.target for word in text.split())
    assert sorted(counts) == speech.words
    assert max(counts.values()) - min(counts.values()) <= 1
    assert {len(text.split()) for text in speech.target} == {1, 2, 3}


def test_parts_have_speakers_of_their_own():
    train = load_demo_speech(n_samples=30)
    test = load_demo_speech(n_samples=30, subset="test")
    assert {name.split("-")[0] for name in train.speaker} == {"train"}
    assert {name.split("-")[0] for name in test.speaker} == {"test"}
    data, target = load_demo_speech(n_samples=30, subset="all", return_X_y=True)
    assert target == train.target + test.target
    for left, right in zip(data, train.data + test.data):
        np.testing.assert_array_equal(left, right)


def test_seeds_and_no_global_generator():
    np.random.seed(0)
    before = np.random.get_state()[1].copy()
    first = load_demo_speech(n_samples=3, random_state=5)
    again = load_demo_speech(n_samples=5, random_state=np.random.RandomState(5))
    load_demo_speech(n_samples=1, random_state=None)
    np.testing.assert_array_equal(np.random.get_state()[1], before)
    # Fewer are the first of more.
    assert first.target == again.target[:3]
    for left, right in zip(first.data, again.data):
        np.testing.assert_array_equal(left, right)
    other = load_demo_speech(n_samples=3, random_state=6)
    assert not np.array_equal(other.data[0], first.data[0])


def describe(speech):
    """Return twelve frames of each recording, evenly spread over its word."""
    options = FeatureOptions(rate=speech.sample_rate, n_stack=1)
    rows = []
    for samples in speech.data:
        trimmed = trim_silence(samples, speech.sample_rate, decibels=25)
        frames = compute_features(trimmed, options)
        rows.append(frames[np.linspace(0, len(frames) - 1, 12).astype(int)].ravel())
    return np.array(rows)


@pytest.mark.parametrize("rate", [8000, 16000])
def test_words_of_other_speakers_are_told_apart(rate):
    train, test = (
        load_demo_speech(subset=subset, max_words=1, n_samples=144, sample_rate=rate)
        for subset in ("train", "test")
    )
    model = LogisticRegression(C=0.01).fit(describe(train), train.target)
    assert model.score(describe(test), test.target) > 0.93


def test_description_says_synthetic():
    text = load_demo_speech(n_samples=2, sample_rate=8000, max_words=1).DESCR
    assert "SYNTHETIC" in text
    assert "2 of up to 1 words each, 8000 samples per second" in text


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"subset": "dev"}, r"subset must be one of .*, got 'dev'"),
        ({"n_samples": 0}, "n_samples must be a positive whole number, got 0"),
        ({"max_words": 1.5}, "max_words must be a positive whole number"),
        ({"sample_rate": 44100}, r"sample_rate must be one of \(8000, 16000\)"),
        ({"random_state": -1}, "random_state must be an int from 0 to"),
    ],
)
def test_bad_parameters(keywords, message):
    with pytest.raises(ValueError, match=message):
        load_demo_speech(**keywords)
