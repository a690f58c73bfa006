"""A map of words keeps the distances that a plane can hold."""

import numpy as np
import pytest

from sklearn_slm import WordVectors
from sklearn_slm.inspection import WordMapDisplay


def test_word_map_keeps_distances_that_a_plane_can_hold():
    vectors = WordVectors(["a", "b", "c", "d"], np.eye(4)[:, :2] + [[0.5, 0]])
    display = WordMapDisplay.from_vectors(
        vectors, ["a", "b", "c"], groups=["x", "x", "$y$"]
    )
    table = np.array([vectors[word] for word in "abc"])
    table /= np.linalg.norm(table, axis=1, keepdims=True)
    for i in range(3):
        for j in range(i):
            assert np.linalg.norm(display.points[i] - display.points[j]) == (
                pytest.approx(np.linalg.norm(table[i] - table[j]), abs=1e-6)
            )
    display.figure_.canvas.draw()
    with pytest.raises(ValueError, match="at least 2 words"):
        WordMapDisplay.from_vectors(vectors, ["a"])
    with pytest.raises(ValueError, match="one entry for each"):
        WordMapDisplay.from_vectors(vectors, groups=["x"])
