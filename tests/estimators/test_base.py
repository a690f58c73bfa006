"""What the estimators share: seeds, tags, and inputs of different lengths."""

import numpy as np
import pytest
from sklearn.utils import get_tags

from sklearn_slm import GloveTfidfVectorizer, SLMTextClassifier
from sklearn_slm.estimators.base import check_not_empty, check_row_count, draw_seeds


def test_seeds_are_drawn_from_one_source():
    expected = np.random.RandomState(5).randint(2**31 - 1, size=3).tolist()
    assert draw_seeds(5, 3) == expected == draw_seeds(np.random.RandomState(5), 3)
    generator = np.random.RandomState(5)
    assert draw_seeds(generator, 1) + draw_seeds(generator, 2) == expected
    assert draw_seeds(5, 1) == expected[:1]


def test_no_seed_neither_reads_nor_moves_the_global_generator():
    np.random.seed(0)
    first, drawn = draw_seeds(None, 4), np.random.randint(2**31 - 1)
    np.random.seed(0)
    assert np.random.randint(2**31 - 1) == drawn
    np.random.seed(0)
    assert draw_seeds(None, 4) != first


@pytest.mark.parametrize("kind", [GloveTfidfVectorizer, SLMTextClassifier])
def test_estimators_say_that_they_read_text(kind):
    tags = get_tags(kind()).input_tags
    assert tags.string and tags.one_d_array and not tags.two_d_array
    # Token sequences are what a classifier reads beside texts.
    assert tags.three_d_array == (kind is SLMTextClassifier)


def test_collections_without_a_document():
    for empty in ([], (), np.array([]), ""):
        with pytest.raises(ValueError, match="X holds no document, .* at least one"):
            check_not_empty(empty)
    stream = (text for text in ["a"])
    check_not_empty(stream)
    assert next(stream) == "a"


def test_rows_of_different_lengths():
    check_row_count([1, 2], np.zeros(2))
    with pytest.raises(ValueError, match="X_val and y_val must .*, but have 2 and 3"):
        check_row_count([1, 2], [1, 2, 3], "X_val and y_val")
