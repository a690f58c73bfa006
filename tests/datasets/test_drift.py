"""The drifting stream: topics come and go, words change."""

from itertools import pairwise

import numpy as np

from sklearn_slm.datasets import make_drifting_stream


def test_topics_come_and_go():
    stream = make_drifting_stream(8, 40)
    topics = [set(labels.tolist()) for _, labels in stream]
    assert all(len(found) == 2 for found in topics)
    assert len(set.union(*topics)) == 6
    assert not topics[0] & topics[-1]
    assert all(a & b for a, b in pairwise(topics))


def test_words_change():
    def list_words(piece):
        texts = make_drifting_stream(8, 80)[piece]
        return {
            word
            for text, topic in zip(*texts)
            if topic == "football"
            for word in text.replace(",", "").split()
        }

    first, later = list_words(0), list_words(2)
    frames = {"yesterday", "nobody", "hour:"}
    assert frames < first and frames < later
    assert len(later - first) > 2


def test_it_is_seeded():
    a, b, c = (make_drifting_stream(2, 10, random_state=seed) for seed in (0, 0, 1))
    assert [texts for texts, _ in a] == [texts for texts, _ in b]
    assert a[0][0] != c[0][0]
    np.testing.assert_array_equal(a[1][1], b[1][1])
    assert [len(texts) for texts, _ in make_drifting_stream(3, 5)] == [5, 5, 5]
