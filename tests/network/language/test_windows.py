"""Windows hold each token of a stream once, followed by what comes next."""

import numpy as np
import pytest

from sklearn_slm.network.language.windows import Stream, Windows
from sklearn_slm.text import Ragged
from tests.network.language.small import make_stream

TEXTS = Ragged(np.int32([5, 6, 7, 8, 9, 4]), np.array([0, 3, 3, 5, 6]))


def read_rows(windows, order=None):
    """Return inputs and targets of each row, without what is behind the end."""
    parts = list(windows.read(order))
    ids, targets, weight = (
        np.concatenate([np.asarray(getattr(p, name)) for p in parts])
        for name in ("ids", "targets", "weight")
    )
    rows = range(windows.n_rows)
    return [
        [values[weight[:, r] > 0, r].tolist() for values in (ids, targets)]
        for r in rows
    ]


def test_one_row_reads_documents_between_boundaries():
    windows = Windows(Stream(TEXTS), n_rows=1, steps=3)
    ((ids, targets),) = read_rows(windows)
    assert ids == [0, 5, 6, 7, 0, 0, 8, 9, 0, 4]
    assert targets == [5, 6, 7, 0, 0, 8, 9, 0, 4, 0]
    assert len(windows) == 4 == len(list(windows.read()))


def test_labels_and_an_order():
    stream = Stream(TEXTS, labels=np.int32([20, 21, 22, 23]))
    ((ids, _),) = read_rows(Windows(stream, 1, 4), np.array([3, 0, 1, 2]))
    assert ids == [0, 23, 4, 0, 20, 5, 6, 7, 0, 21, 0, 22, 8, 9]


def test_backward_each_document_is_read_from_its_end():
    ((ids, targets),) = read_rows(Windows(Stream(TEXTS), 1, 4, backward=True))
    assert ids == [0, 7, 6, 5, 0, 0, 9, 8, 0, 4]
    assert targets == [7, 6, 5, 0, 0, 9, 8, 0, 4, 0]


@pytest.mark.parametrize(("n_rows", "steps"), [(2, 3), (3, 2), (4, 50), (10, 1)])
def test_rows_side_by_side_hold_the_stream_in_parts(n_rows, steps):
    stream = make_stream()
    ((ids, targets),) = read_rows(Windows(stream, 1, 7))
    rows = read_rows(Windows(stream, n_rows, steps))
    assert [i for row in rows for i in row[0]] == ids
    assert [i for row in rows for i in row[1]] == targets
    total = sum(w.weight.sum() for w in Windows(stream, n_rows, steps).read())
    assert total == stream.n_tokens == len(ids)


@pytest.mark.parametrize("n_rows", [1, 2, 3, 12])
def test_rows_of_whole_documents(n_rows):
    stream = make_stream()
    windows = Windows(stream, n_rows, 4, keeps_whole=True)
    rows = read_rows(windows)
    ((ids, targets),) = read_rows(Windows(stream, 1, 7))
    assert [i for row in rows for i in row[0]] == ids
    assert [i for row in rows for i in row[1]] == targets
    assert all(row[0][0] == 0 for row in rows if row[0])
    assert max(len(row[0]) for row in rows) == windows.row_length
    assert len(list(windows.read())) == len(windows)


def test_the_state_begins_anew_with_each_document_unless_they_are_a_stream():
    for independent in (True, False):
        stream = make_stream(independent=independent)
        for window in Windows(stream, 2, 4).read():
            expected = np.where(window.ids == 0, 0.0 if independent else 1.0, 1.0)
            assert (window.carry[:, :, 0] == expected).all()


def test_reading_goes_on_in_the_middle():
    windows = Windows(make_stream(), 2, 3)
    whole = list(windows.read())
    for ours, theirs in zip(windows.read(first=2), whole[2:], strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(ours, theirs))


def test_some_of_the_documents():
    stream = Stream(TEXTS, labels=np.int32([20, 21, 22, 23]), rows=np.array([2, 0]))
    assert (len(stream), stream.n_tokens) == (2, 9)
    ((ids, _),) = read_rows(Windows(stream, 1, 4))
    assert ids == [0, 22, 8, 9, 0, 20, 5, 6, 7]


def test_halves_hold_all_rows():
    (window, *_) = Windows(make_stream(), 3, 4).read()
    halves = window.halve()
    assert [half.ids.shape[1] for half in halves] == [2, 1]
    for part in range(4):
        joined = np.concatenate([half[part] for half in halves], axis=1)
        assert np.array_equal(joined, window[part])
    (alone,) = Windows(make_stream(), 1, 400).read()
    assert len(alone.halve()) == 1
