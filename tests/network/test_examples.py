"""Examples: the same texts of every input, every target and the weights."""

import numpy as np

from sklearn_slm.network.examples import Examples
from sklearn_slm.text import Ragged


def test_rows_are_selected_everywhere():
    ids = Ragged(np.array([5, 6, 7, 8]), np.array([0, 2, 2, 4]))
    symbols = Ragged(np.array([1, 2, 3]), np.array([0, 0, 1, 3]))
    columns = np.arange(6).reshape(3, 2)
    examples = Examples(
        {"ids": ids, "columns": columns},
        {"classes": np.eye(3), "symbols": symbols},
        np.array([1.0, 2.0, 3.0]),
    )
    assert len(examples) == 3
    taken = examples.take(np.array([2, 0, 2]))
    assert len(taken) == 3 and taken.weight.tolist() == [3, 1, 3]
    texts = taken.inputs["ids"]
    assert [texts[i].tolist() for i in range(3)] == [[7, 8], [5, 6], [7, 8]]
    assert taken.inputs["columns"].tolist() == [[4, 5], [0, 1], [4, 5]]
    assert taken.targets["classes"].argmax(axis=1).tolist() == [2, 0, 2]
    targets = taken.targets["symbols"]
    assert [targets[i].tolist() for i in range(3)] == [[2, 3], [], [2, 3]]
    assert len(examples.take(np.array([], int))) == 0


def test_texts_of_two_are_joined():
    ids = Ragged(np.array([5, 6, 7]), np.array([0, 2, 3]))
    inputs = {"ids": ids, "columns": np.arange(2)}
    examples = Examples(inputs, {"classes": np.eye(2)}, np.array([1.0, 2.0]))
    second = examples.take(np.array([1]))
    both = examples.join(Examples({"ids": second.inputs["ids"]}, *parts(second)))
    assert len(both) == 3 and both.weight.tolist() == [1, 2, 2]
    assert list(both.inputs) == ["ids"]
    texts = both.inputs["ids"]
    assert [texts[i].tolist() for i in range(3)] == [[5, 6], [7], [7]]
    assert both.targets["classes"].argmax(axis=1).tolist() == [0, 1, 1]


def parts(examples):
    return examples.targets, examples.weight
