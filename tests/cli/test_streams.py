"""Likelihoods in pieces are those of all texts together."""

import numpy as np
import pytest

from sklearn_slm.cli.streams import score_stream
from sklearn_slm.estimators import stream_scoring
from tests.cli.small import LABELS, TEXTS, make_language_model


@pytest.mark.parametrize("documents", ["independent", "stream"])
@pytest.mark.parametrize("cache_size", [0, 9, 1000])
@pytest.mark.parametrize("labels", [None, LABELS[:24]])
def test_pieces_change_nothing(monkeypatch, documents, cache_size, labels):
    monkeypatch.setattr(stream_scoring, "_CHUNK", 50)
    options = {"cache_size": cache_size, "cache_weight": 0.5, "cell": "gru"}
    model = make_language_model(
        TEXTS[:20], LABELS[:20] if labels else None, documents=documents, **options
    )
    texts = TEXTS[:24]
    expected = model.score_tokens(texts, labels)
    for size in (1, 5, 24):
        pieces = [
            (texts[i : i + size], labels and labels[i : i + size])
            for i in range(0, 24, size)
        ]
        found = list(score_stream(model, pieces))
        assert [text for piece, _ in found for text in piece] == texts
        targets = np.concatenate([scored.targets.values for _, scored in found])
        np.testing.assert_array_equal(targets, expected.targets.values)
        likelihood = np.concatenate([scored.log_likelihood for _, scored in found])
        np.testing.assert_allclose(likelihood, expected.log_likelihood, atol=2e-5)
        lengths = np.concatenate([scored.targets.lengths for _, scored in found])
        np.testing.assert_array_equal(lengths, expected.targets.lengths)
