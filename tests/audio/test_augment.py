"""Masks, speed and noise."""

import numpy as np
import pytest

from sklearn_slm.audio import add_noise, change_speed, mask_features

from .waves import make_noise, make_tone


def draw(seed=0):
    return np.random.default_rng(seed)


def test_masks_are_spans_of_rows_and_of_filters():
    features = np.ones((200, 120), np.float32)
    shares = []
    for seed in range(200):
        masked = mask_features(features, draw(seed), n_time=1, n_mel=1, n_mels=40)
        rows = np.flatnonzero(~masked.any(axis=1))
        columns = np.flatnonzero(~masked.any(axis=0))
        assert len(rows) <= 10
        assert len(rows) == 0 or np.ptp(rows) == len(rows) - 1
        # A filter is masked in all three frames of a row.
        filters = np.unique(columns % 40)
        assert len(columns) == 3 * len(filters) <= 3 * 8
        assert len(filters) == 0 or np.ptp(filters) == len(filters) - 1
        assert masked.sum() == (200 - len(rows)) * (120 - len(columns))
        shares.append((len(rows), len(filters)))
    # Widths are drawn evenly from 0 to the largest.
    np.testing.assert_allclose(np.mean(shares, axis=0), [5, 4], atol=0.6)
    assert features.all()


def test_masks_of_short_and_narrow_features():
    features = np.ones((10, 4), np.float32)
    for seed in range(30):
        masked = mask_features(features, draw(seed), n_time=1, time_width=99, n_mel=0)
        assert 10 - np.count_nonzero(masked.any(axis=1)) <= 2
    assert mask_features(features[:0], draw()).shape == (0, 4)
    with pytest.raises(ValueError, match=r"multiple of n_mels=3, got 4"):
        mask_features(features, draw(), n_mels=3)


def test_the_seed_alone_decides():
    features = make_noise(4000).reshape(100, 40)
    first = mask_features(features, draw(3))
    np.testing.assert_array_equal(first, mask_features(features, draw(3)))
    assert (first != mask_features(features, draw(4))).any()


@pytest.mark.parametrize("factor", [0.9, 1.1, 0.937, 2.0])
def test_speed_moves_a_tone(factor):
    tone = make_tone(16000, hz=1000.0)
    played = change_speed(tone, 16000, factor)
    assert abs(len(played) - 16000 / factor) <= 1
    expected = make_tone(len(played), hz=1000.0 * factor)
    np.testing.assert_allclose(played[200:-200], expected[200:-200], atol=2e-3)


@pytest.mark.parametrize("factor", [0, -1.0, 11, float("nan")])
def test_bad_factor(factor):
    with pytest.raises(ValueError, match=r"factor must be from 0\.1 to 10"):
        change_speed(make_noise(100), 16000, factor)


@pytest.mark.parametrize("snr", [20.0, 5.0, -3.0])
@pytest.mark.parametrize("kind", ["white", "babble"])
def test_noise_has_its_level(kind, snr):
    tone = make_tone(20000)
    voices = [make_noise(300, 1), 5 * make_noise(90000, 2), np.zeros(7, np.float32)]
    noisy = add_noise(tone, draw(), snr, kind, voices)
    assert noisy.dtype == np.float32
    noise = (noisy - tone).astype(float)
    ratio = 10 * np.log10(np.mean(np.square(tone, dtype=float)) / np.mean(noise**2))
    assert ratio == pytest.approx(snr, abs=1e-3)
    np.testing.assert_array_equal(noisy, add_noise(tone, draw(), snr, kind, voices))


def test_babble_is_made_of_the_voices():
    voice = make_noise(500)
    silent_start = np.ones(2000, np.float32)
    babble = add_noise(silent_start, draw(), 0.0, "babble", [voice]) - silent_start
    # It repeats after the voice's length, and is the voice, turned around its end.
    np.testing.assert_allclose(babble[:500], babble[500:1000], atol=1e-5)
    scale = np.sqrt(np.mean(np.square(voice)))
    np.testing.assert_allclose(np.sort(babble[:500]), np.sort(voice) / scale, atol=1e-3)


def test_silence_stays_as_it_is():
    silent = np.zeros(100, np.float32)
    np.testing.assert_array_equal(add_noise(silent, draw(), 10.0), silent)
    assert add_noise(silent[:0], draw(), 10.0).shape == (0,)


def test_bad_noise():
    with pytest.raises(ValueError, match="kind must be one of"):
        add_noise(make_noise(10), draw(), 10.0, "pink")
    for voices in ([], [np.zeros(5, np.float32)]):
        with pytest.raises(ValueError, match=f"got {len(voices)} silent ones"):
            add_noise(make_noise(10), draw(), 10.0, "babble", voices)
