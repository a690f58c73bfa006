"""An explanation names its strongest tokens."""

import numpy as np
import pytest

from tests.inspection.samples import TEXTS, explanation


def test_top_of_a_model(model):
    both, positive = (
        model.explain(TEXTS[:1], target=target)[0]
        for target in (["positive", "negative"], "positive")
    )
    token, score = positive.top(1)[0]
    assert abs(score) == np.abs(positive.scores).max() and token in positive.tokens
    with pytest.raises(ValueError, match="2 targets. Explain one"):
        both.top()


def test_top_goes_by_strength_and_takes_the_first_of_equals():
    one = explanation("a b c d", list("abcd"), scores=[0.5, -2.0, 0.25, -0.5])
    assert one.top(3) == [("b", -2.0), ("a", 0.5), ("d", -0.5)]
    assert len(one.top(9)) == 4 and one.top(0) == []
    with pytest.raises(ValueError, match="n must be 0 or more.*Got -1"):
        one.top(-1)
