"""The words that speak for a class are those of the highest mean score."""

import numpy as np
import pytest

from sklearn_slm.inspection import top_tokens


def test_top_tokens_are_means_over_the_corpus(model, corpus):
    texts = corpus.data[:200]
    found = top_tokens(model, texts, n=5, min_count=3)
    assert list(found) == ["negative", "positive"]
    best = found["positive"][0]
    scores = [
        score
        for one in model.explain(texts, target="positive")
        for token, score in zip(one.tokens, one.scores)
        if token == best.token
    ]
    assert best.occurrences == len(scores) >= 3
    assert best.score == pytest.approx(np.mean(scores)) and best.score > 0
    assert [t.score for t in found["positive"]] == sorted(
        (t.score for t in found["positive"]), reverse=True
    )
    assert top_tokens(model, [])["positive"] == []


def test_a_method_without_scores_by_class_is_refused(model):
    with pytest.raises(ValueError, match="method must be one of .* Got 'attention'"):
        top_tokens(model, ["a film"], method="attention")
