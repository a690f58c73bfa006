"""Copies of models, the bytes of their files, and what is refused."""

import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklearn_slm.compression.parts import count_bytes
from sklearn_slm.estimators.shrinking import (
    copy_model,
    is_beyond,
    keep_first_words,
    measure_file,
    refuse_drop,
)


def test_the_bytes_are_those_of_the_file(fitted, tmp_path):
    fitted.save(tmp_path / "model.slm")
    n_bytes = (tmp_path / "model.slm").stat().st_size
    assert measure_file(fitted) == n_bytes
    # What no file holds is counted by its classifier.
    assert measure_file(make_pipeline(FunctionTransformer(), fitted)) == n_bytes
    arrays = count_bytes(fitted.weights_, fitted.ngrams_)
    assert 0 < count_bytes(fitted.weights_, None) < arrays < n_bytes


def test_a_copy_loses_words_alone(fitted):
    copied = copy_model(fitted)
    n_words = len(fitted.vocabulary_)
    keep_first_words(copied, copied.vectorizer_, 4)
    assert len(copied.vocabulary_) == len(copied.vectorizer_.vocabulary_) == 4
    assert len(fitted.vocabulary_) == len(fitted.vectorizer_.vocabulary_) == n_words
    assert len(fitted.vectorizer_.idf_) == n_words


def test_a_drop_is_refused_beyond_what_is_allowed():
    refuse_drop("halves", (0.9, 0.897), 0.003, "accuracy", "Allow more.")
    refuse_drop("halves", (0.9, 0.1), None, "accuracy", "Allow more.")
    message = (
        "halves lose 0.0040 of accuracy, from 0.9000 to 0.8960, which is more than "
        "max_drop=0.003. Allow more."
    )
    with pytest.raises(ValueError, match=message):
        refuse_drop("halves", (0.9, 0.896), 0.003, "accuracy", "Allow more.")
    assert not is_beyond(0.9, 0.897, 0.003) and is_beyond(0.9, 0.9, -0.1)
