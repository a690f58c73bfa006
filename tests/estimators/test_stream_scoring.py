"""Likelihoods in pieces are those of one piece, with the cache as without."""

import numpy as np
import pytest

from sklearn_slm.estimators import stream_scoring
from sklearn_slm.estimators.stream_scoring import Place, score_in_order
from tests.estimators.test_preparing import make_fitted

TARGETS = np.array([4, 2, 6, 3, 0, 5, 4, 2, 2, 3], np.int32)


@pytest.mark.parametrize("cache_size", [0, 2, 50])
def test_pieces_change_nothing(cache_size, monkeypatch):
    model = make_fitted(cache_size=cache_size, cache_weight=0.4)
    whole, end = score_in_order(model, TARGETS)
    assert (end.token, len(whole)) == (3, 10) and (whole < 0).all()
    place, parts = None, []
    for first, last in ((0, 3), (3, 4), (4, 10)):
        scored, place = score_in_order(model, TARGETS[first:last], place)
        parts.append(scored)
    np.testing.assert_allclose(np.concatenate(parts), whole, atol=1e-5)
    for one, other in zip(place.state, end.state):
        np.testing.assert_allclose(one, other, atol=1e-5)
    if cache_size:
        assert len(place.remembered[1]) == min(cache_size, 10)
    monkeypatch.setattr(stream_scoring, "_CHUNK", 3)
    chunked, _ = score_in_order(model, TARGETS)
    np.testing.assert_allclose(chunked, whole, atol=1e-5)


def test_a_text_begins_behind_a_boundary():
    assert Place(()).token == 0 and Place(()).remembered is None
