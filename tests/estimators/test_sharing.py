"""Predicting with a model file that a process opens once."""

import mmap
import os
import pickle
import shutil
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sklearn_slm import load_demo_corpus, load_model, predict_from_file
from sklearn_slm.estimators.sharing import _open_model

DATA = Path(__file__).resolve().parent.parent / "data"
TEXTS = list(load_demo_corpus("en").data[:12])


@pytest.fixture
def path(tmp_path):
    return shutil.copy(DATA / "pipeline-3.slm", tmp_path / "model.slm")


@pytest.mark.parametrize("kind", [list, iter, np.array, pd.Series])
def test_a_part_of_any_kind_is_answered_as_by_the_model(path, kind):
    found = predict_from_file(kind(TEXTS), path, method="predict_proba")
    np.testing.assert_array_equal(found, load_model(path).predict_proba(TEXTS))


def test_an_empty_part(path):
    assert len(predict_from_file([], path)) == 0


def test_only_the_path_travels(path):
    function = pickle.loads(pickle.dumps(partial(predict_from_file, path=path)))
    assert len(pickle.dumps(function)) < 1000
    assert function(TEXTS).tolist() == load_model(path).predict(TEXTS).tolist()


def test_a_process_opens_a_file_once_and_maps_it(path):
    predict_from_file(TEXTS, path)
    opened = _open_model.cache_info().misses
    for _ in range(3):
        predict_from_file(TEXTS, path)
    assert _open_model.cache_info().misses == opened
    owner = load_model(path, mmap=True)[-1].weights_["embedding"]
    while isinstance(owner, np.ndarray):
        owner = owner.base
    assert isinstance(owner, mmap.mmap)


def test_a_file_that_was_replaced_is_opened_again(path, tmp_path):
    before = predict_from_file(TEXTS, path, method="predict_proba")
    other = shutil.copy(DATA / "classifier-3.slm", tmp_path / "other.slm")
    os.replace(other, path)
    after = predict_from_file(TEXTS, path, method="predict_proba")
    np.testing.assert_array_equal(after, load_model(path).predict_proba(TEXTS))
    assert not np.array_equal(before, after)


def test_what_is_wrong_is_said(path, tmp_path):
    with pytest.raises(FileNotFoundError):
        predict_from_file(TEXTS, tmp_path / "none.slm")
    with pytest.raises(AttributeError, match="predict_everything"):
        predict_from_file(TEXTS, path, method="predict_everything")
