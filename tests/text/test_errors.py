"""Error rates: by hand, and against the table filled in cell by cell."""

import numpy as np
import pytest

from sklearn_slm.text.errors import compute_error_rate, count_edits


def count_slowly(reference, hypothesis):
    table = np.zeros((len(reference) + 1, len(hypothesis) + 1), int)
    table[:, 0], table[0] = np.arange(len(table)), np.arange(len(table[0]))
    for i, wanted in enumerate(reference):
        for j, written in enumerate(hypothesis):
            table[i + 1, j + 1] = min(
                table[i, j] + (wanted != written),
                table[i, j + 1] + 1,
                table[i + 1, j] + 1,
            )
    return table[-1, -1]


@pytest.mark.parametrize("n_items", [1, 2, 5])
def test_edits_are_those_of_the_whole_table(n_items):
    random = np.random.RandomState(n_items)
    for _ in range(40):
        reference, hypothesis = (
            random.randint(n_items, size=random.randint(9)).tolist() for _ in range(2)
        )
        expected = count_slowly(reference, hypothesis)
        assert count_edits(reference, hypothesis) == expected
        assert count_edits(hypothesis, reference) == expected


def test_edits_by_hand():
    assert count_edits("", "") == 0
    assert count_edits([], ["a", "b"]) == count_edits(("a", "b"), ()) == 2
    assert count_edits("abc", "acb") == 2
    assert count_edits(["on", 1], ["on", "1"]) == 1


def test_rates_are_those_of_the_corpus():
    references = ["open the door", "yes", ""]
    # One word for another, one too many, one where nothing was said: 3 edits of 4 words.
    hypotheses = ["open a door", "yes yes", "no"]
    assert compute_error_rate(hypotheses, references) == 3 / 4
    # "the" for "a": 3 edits; " yes": 4; "no": 2. 13 and 3 characters.
    assert compute_error_rate(hypotheses, references, unit="char") == 9 / 16
    assert compute_error_rate(references, references) == 0.0


def test_white_space_is_one_space():
    assert compute_error_rate([" a\tb  c\n"], ["a b c"], unit="char") == 0.0
    assert compute_error_rate([" a\tb  c\n"], ["a b c"]) == 0.0
    assert compute_error_rate(["ab"], ["a b"], unit="char") == 1 / 3


def test_nothing_was_said():
    assert compute_error_rate([""], ["  "]) == 0.0
    assert compute_error_rate(["a b"], [""]) == 2.0


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="Got 1 and 2"):
        compute_error_rate(["a"], ["a", "b"])
    with pytest.raises(ValueError, match="Got 0 and 0"):
        compute_error_rate([], [])
    with pytest.raises(ValueError, match="unit must be one of .* Got 'line'"):
        compute_error_rate(["a"], ["a"], unit="line")
