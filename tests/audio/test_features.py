"""Slopes, normalisation and stacking, worked out in plain loops."""

import math

import numpy as np
import pytest

from sklearn_slm.audio import (
    FeatureOptions,
    compute_features,
    compute_log_mel,
    features,
)
from sklearn_slm.audio.features import (
    add_deltas,
    normalize_running,
    stack_frames,
    start_statistics,
)

from .waves import make_noise


def test_deltas_by_hand():
    frames = np.float32([[1], [4], [9], [16], [25], [36]])
    expected = []
    for t in range(6):
        at = [float(frames[min(max(t + n, 0), 5), 0]) for n in (-2, -1, 1, 2)]
        expected.append((at[2] - at[1] + 2 * (at[3] - at[0])) / 10)
    with_deltas = add_deltas(frames)
    np.testing.assert_array_equal(with_deltas[:, :1], frames)
    np.testing.assert_allclose(with_deltas[:, 1], expected, rtol=1e-6)
    assert add_deltas(frames[:1]).tolist() == [[1.0, 0.0]]
    assert add_deltas(frames[:0]).shape == (0, 2)


def test_stacking():
    frames = np.arange(10, dtype=np.float32).reshape(5, 2)
    np.testing.assert_array_equal(stack_frames(frames, 1), frames)
    assert stack_frames(frames, 3).tolist() == [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 8, 9]]
    assert stack_frames(frames[:0], 3).shape == (0, 6)


@pytest.mark.parametrize("deltas", [False, True])
def test_whole_recordings_are_standardised(deltas):
    options = FeatureOptions(n_stack=1, deltas=deltas)
    samples = make_noise(32000) * np.linspace(0.01, 3, 32000, dtype=np.float32)
    rows = compute_features(samples, options)
    np.testing.assert_allclose(rows.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(rows[:, :40].std(axis=0), 1, atol=1e-5)
    # How loud a recording is does not matter.
    np.testing.assert_allclose(compute_features(samples / 4, options), rows, atol=1e-3)


def test_running_statistics_in_a_loop():
    options = FeatureOptions(n_mels=2, n_stack=1)
    frames = np.random.default_rng(0).normal(3, 2, (40, 2)).astype(np.float32)
    normalized, _ = normalize_running(frames, start_statistics(options), options)
    decay = math.exp(-0.01 / 5)
    for t in range(40):
        weights = decay ** np.arange(t, -1, -1.0)
        past = frames[: t + 1].astype(float)
        prior = 50 * decay ** (t + 1)
        mean = (weights @ past + prior * -12) / (weights.sum() + prior)
        squares = weights @ np.square(past - mean)
        variance = (squares + prior * 12) / (weights.sum() + prior)
        expected = (frames[t] - mean) / np.sqrt(variance)
        np.testing.assert_allclose(normalized[t], expected, atol=1e-5)


def test_running_statistics_in_pieces(monkeypatch):
    options = FeatureOptions(n_mels=3, n_stack=1)
    frames = np.random.default_rng(1).normal(-9, 3, (200, 3)).astype(np.float32)
    whole, end = normalize_running(frames, start_statistics(options), options)
    statistics, pieces = start_statistics(options), []
    for piece in np.split(frames, [1, 2, 50, 50, 187]):
        rows, statistics = normalize_running(piece, statistics, options)
        pieces.append(rows)
    np.testing.assert_array_equal(np.concatenate(pieces), whole)
    monkeypatch.setattr(features, "_BLOCK", 7)
    again, _ = normalize_running(frames, start_statistics(options), options)
    np.testing.assert_array_equal(again, whole)
    for left, right in zip(statistics, end):
        np.testing.assert_array_equal(left, right)


def test_running_statistics_forget():
    options = FeatureOptions(n_mels=40, n_stack=1, normalize="running")
    frames = np.zeros((6000, 40), np.float32)
    frames[:1000] = 50.0
    normalized, _ = normalize_running(frames, start_statistics(options), options)
    # After ten times the memory the level of the start is gone.
    assert np.abs(normalized[1000]).min() > 0.5
    assert np.abs(normalized[-1]).max() < 0.1


@pytest.mark.parametrize("n_samples", [1, 16000])
def test_silence_gives_zeros(n_samples):
    options = FeatureOptions(normalize="utterance", deltas=True)
    rows = compute_features(np.zeros(n_samples, np.float32), options)
    np.testing.assert_allclose(rows, 0, atol=1e-6)


def test_silence_becomes_the_level_of_a_stream():
    options = FeatureOptions(normalize="running", deltas=True, n_stack=1)
    rows = compute_features(np.zeros(16000 * 40, np.float32), options)
    # The logarithm of 1e-10 is 11 below the usual level.
    assert -3.5 < rows[0, 0] < -2.5 and -1e-2 < rows[-1, 0] <= 0.0
    assert (np.diff(rows[:100, 0]) > 0).all()
    np.testing.assert_array_equal(rows[:, 40:], 0)


def test_the_first_word_of_a_stream_is_not_normalised_away():
    options = FeatureOptions(normalize="running", n_stack=1, n_mels=2)
    loud, low = (np.full((30, 2), level, np.float32) for level in (-6.0, -16.0))
    first = [
        normalize_running(frames, start_statistics(options), options)[0]
        for frames in (loud, low)
    ]
    assert (first[0] > 0.5).all() and (first[1] < -0.4).all()


def test_plain_features_are_stacked_log_mel():
    options = FeatureOptions(normalize=None, n_stack=2)
    samples = make_noise(1000)
    frames = compute_log_mel(samples, options)
    rows = compute_features(samples, options)
    assert len(frames) == 5
    np.testing.assert_array_equal(rows[:2], frames[:4].reshape(2, 80))
    np.testing.assert_array_equal(rows[2], np.tile(frames[4], 2))
