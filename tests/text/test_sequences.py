import pickle

import numpy as np
import pytest
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    LeaveOneOut,
    LeavePOut,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedKFold,
    StratifiedShuffleSplit,
    TimeSeriesSplit,
    train_test_split,
)

from sklearn_slm.text import (
    Analyzer,
    TokenSequences,
    encode_documents,
    learn_vocabulary,
)

DOCUMENTS = [["a", "b"], [], ["c"], ["a", "c", "b", "a"], ["b", "d"]]


@pytest.fixture
def sequences():
    vocabulary, ids, offsets = learn_vocabulary(DOCUMENTS)
    table = np.arange(8, dtype=np.float32).reshape(4, 2)
    return TokenSequences(ids, offsets, table, vocabulary)


def rows(sequences):
    return [sequences[i].tolist() for i in range(len(sequences))]


def test_it_looks_like_a_three_dimensional_array(sequences):
    assert sequences.shape == (5, 4, 2)
    assert (len(sequences), sequences.ndim, sequences.dtype) == (5, 3, np.float32)
    assert sequences.lengths.tolist() == [2, 0, 1, 4, 2]
    assert "5 documents, 9 tokens, longest 4, vectors 4 x 2" in repr(sequences)


def test_dense_vectors_are_zero_at_padding(sequences):
    dense = np.asarray(sequences)
    assert dense.shape == (5, 4, 2)
    assert dense.dtype == np.float32
    # a is id 2 and row 0 of the table, b row 1, c row 2.
    assert dense[0].tolist() == [[0, 1], [2, 3], [0, 0], [0, 0]]
    assert dense[1].tolist() == [[0, 0]] * 4
    assert dense[2].tolist() == [[4, 5], [0, 0], [0, 0], [0, 0]]
    assert np.asarray(sequences, dtype=np.float64).dtype == np.float64
    with pytest.raises(ValueError, match="always a new one"):
        np.array(sequences, copy=False)


@pytest.mark.parametrize(
    "key",
    [
        slice(1, 4),
        slice(None, None, -1),
        [3, 0],
        np.array([4, 4, 1]),
        np.array([True, False, False, True, True]),
        [False, True, False, False, False],
        np.array([], dtype=int),
        [],
        np.array([-1, -5]),
        (slice(1, 3), Ellipsis),
        ([2, 1], slice(None)),
    ],
)
def test_selects_as_numpy_does(sequences, key):
    plain = np.array(rows(sequences), dtype=object)
    first = key[0] if isinstance(key, tuple) else key
    first = (
        np.array(first, dtype=int) if isinstance(first, list) and not first else first
    )
    selected = sequences[key]
    assert rows(selected) == plain[first].tolist()
    assert selected.vectors is sequences.vectors
    assert selected.vocabulary is sequences.vocabulary


def test_wrong_indices(sequences):
    with pytest.raises(IndexError):
        sequences[5]
    with pytest.raises(IndexError):
        sequences[[5]]
    with pytest.raises(IndexError, match="by document only"):
        sequences[0, 1]
    assert sequences[-1].tolist() == sequences[4].tolist()


@pytest.mark.parametrize(
    "splitter",
    [
        KFold(2),
        StratifiedKFold(2),
        GroupKFold(2),
        RepeatedStratifiedKFold(n_splits=2, n_repeats=2, random_state=0),
        ShuffleSplit(2, random_state=0),
        StratifiedShuffleSplit(2, test_size=0.5, random_state=0),
        TimeSeriesSplit(2),
        LeaveOneOut(),
        LeavePOut(2),
    ],
    ids=lambda splitter: type(splitter).__name__,
)
def test_every_splitter_takes_it(sequences, splitter):
    X = sequences[[0, 1, 2, 3, 4, 0]]
    y = [0, 1, 0, 1, 0, 1]
    groups = [0, 1, 2, 0, 1, 2] if isinstance(splitter, GroupKFold) else None
    n_splits = 0
    for train, test in splitter.split(X, y, groups):
        assert len(X[train]) == len(train)
        assert rows(X[test]) == [rows(X)[i] for i in test]
        n_splits += 1
    assert n_splits == splitter.get_n_splits(X, y, groups)


def test_train_test_split(sequences):
    train, test = train_test_split(sequences, test_size=2, random_state=0)
    assert (len(train), len(test)) == (3, 2)


def test_its_texts_are_its_ids_as_ragged_rows(sequences):
    texts = sequences.texts
    assert texts.values is sequences.ids and texts.offsets is sequences.offsets
    assert texts[3].tolist() == sequences[3].tolist() == [2, 4, 3, 2]


def test_encode_documents():
    vocabulary, _, _ = learn_vocabulary(DOCUMENTS)
    ids, offsets = encode_documents(["A x b", "", "c"], Analyzer(), vocabulary, 2)
    assert ids.tolist() == [2, 1, 4]
    assert offsets.tolist() == [0, 2, 2, 3]


def test_pickle(sequences):
    loaded = pickle.loads(pickle.dumps(sequences))
    assert rows(loaded) == rows(sequences)
    assert loaded.vocabulary == sequences.vocabulary
    assert np.array_equal(loaded.vectors, sequences.vectors)
