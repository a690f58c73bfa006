"""A sample holds frequent tokens, a fair part of the others, and what is read."""

import numpy as np
import pytest

from sklearn_slm.network.language.sampling import choose_sample_size, draw_sample
from sklearn_slm.network.language.windows import Windows
from tests.network.language.small import make_stream


def test_sizes():
    sizes = [choose_sample_size("auto", n) for n in (100, 9_999, 10_000, 1_000_000)]
    assert sizes == [0, 0, 2000, 8192]
    sizes = [choose_sample_size("sampled", n) for n in (500, 1000, 10_000, 30_000)]
    assert sizes == [0, 512, 2000, 6000]
    assert choose_sample_size("full", 1_000_000) == 0


def test_places_lead_back_to_the_tokens():
    (window, *_) = Windows(make_stream(), 4, 5).read()
    parts = window.halve()
    sample = draw_sample(parts, 100, 20, np.random.default_rng(0))
    assert len(sample.rows) % 1024 == 0
    known = sample.rows < 100
    assert (np.diff(sample.rows[known]) > 0).all() and (
        sample.rows[~known] == 100
    ).all()
    for part, moved in zip(parts, sample.parts):
        assert np.array_equal(sample.rows[moved.ids], part.ids)
        assert np.array_equal(sample.rows[moved.targets], part.targets)
        assert moved.weight is part.weight and moved.carry is part.carry
    tokens = sample.rows[sample.candidates]
    assert tokens[:10].tolist() == list(range(10))
    assert len(set(tokens[10:].tolist())) == 10 and tokens[10:].min() >= 10
    np.testing.assert_allclose(np.exp(sample.correction[10:]), 9.0, rtol=1e-6)
    assert (sample.correction[:10] == 0).all()


def test_the_mean_of_many_samples_is_the_whole_sum():
    powers = np.exp(np.random.RandomState(0).standard_normal(60))
    (window, *_) = Windows(make_stream(), 2, 3).read()
    sums = []
    for seed in range(3000):
        sample = draw_sample([window], 60, 20, np.random.default_rng(seed))
        tokens = sample.rows[sample.candidates]
        sums.append((powers[tokens] * np.exp(sample.correction)).sum())
    assert np.mean(sums) == pytest.approx(powers.sum(), rel=0.02)
