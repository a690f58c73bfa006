"""Windows of passages, and their scores put together."""

from types import SimpleNamespace

import numpy as np
import pytest

from sklearn_slm import GloveTfidfVectorizer
from sklearn_slm.estimators import reading_texts
from sklearn_slm.estimators.reading_data import read_readings
from sklearn_slm.estimators.reading_texts import (
    WindowRows,
    make_reader,
    score_readings,
)
from sklearn_slm.runtime.spans import ScoredSpans
from sklearn_slm.text import FIRST_ID, Ragged
from sklearn_slm.text.passages import FEATURES

VECTORIZER = GloveTfidfVectorizer(2, max_iter=1).fit(["a b c d e f g h", "a x"])


def build(window=4, step=2):
    model = SimpleNamespace(window=window, step=step)
    return make_reader(model, VECTORIZER, VECTORIZER.vocabulary_)


class Scripted:
    """Scores that tell the window: minus its number of tokens is the score of none."""

    def __init__(self):
        self.sizes = []

    def score_spans(self, questions, windows, features):
        assert features.offsets.tolist() == windows.offsets.tolist()
        assert features.values.shape == (len(windows.values), len(FEATURES))
        self.sizes.append(len(windows))
        none = -np.stack([windows.lengths, 2 * windows.lengths], axis=1)
        place = np.concatenate([np.arange(n) for n in windows.lengths])
        start = windows.values + 0.1 * place
        return ScoredSpans(
            Ragged(np.float32(start), windows.offsets),
            Ragged(np.float32(-start), windows.offsets),
            np.float32(none),
        )


@pytest.mark.parametrize("at_a_time", [1, 2, 256])
def test_scores_of_windows_are_put_together(at_a_time, monkeypatch):
    monkeypatch.setattr(reading_texts, "_WINDOWS_AT_A_TIME", at_a_time)
    readings = read_readings(
        [("a", "a b c d e f"), ("x", "h g"), ("b a", "a b c d e f"), ("a", " ")]
    )
    network = Scripted()
    scored = dict(score_readings(network, build(), readings))
    assert sorted(scored) == [0, 1, 2, 3] and max(network.sizes) == min(at_a_time, 5)
    ids = [VECTORIZER.vocabulary_.index[t] for t in "abcdef"]
    # Two windows, of tokens 0 to 3 and 2 to 5; each tells of three tokens.
    places = np.array([0, 1, 2, 1, 2, 3])
    for row in (0, 2):
        assert scored[row].start == pytest.approx(np.array(ids) + 0.1 * places + 4)
        assert scored[row].end == pytest.approx(8 - np.array(ids) - 0.1 * places)
    assert len(scored[1].start) == 2 and len(scored[3].start) == 0
    assert scored[1].passage.text == "h g"


def test_questions_and_passages_without_tokens():
    reader = build()
    assert reader.encode(reader.split_question("")).tolist() == [1]
    assert reader.encode(("a", "unheard")).tolist()[1] == 1
    assert reader.encode(("a",)).tolist()[0] >= FIRST_ID
    questions, windows, features = WindowRows().join()
    assert len(questions) == len(windows) == len(features) == 0


def test_windows_leave_nothing_out():
    assert len(build(4, 4).cut(build().split("a b c d e"))) == 2
    with pytest.raises(ValueError, match="step must be at most window.*step=5"):
        build(4, 5)
