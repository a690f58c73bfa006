"""Overlapping windows."""

import numpy as np
import pytest

from sklearn_slm.text.windows import cut_windows


@pytest.mark.parametrize("n", [1, 5, 6, 7, 8, 9, 10, 25, 1000])
@pytest.mark.parametrize(("size", "step"), [(6, 3), (6, 6), (6, 1), (5, 3)])
def test_every_token_belongs_to_one_window(n, size, step):
    windows = cut_windows(n, size, step)
    assert windows.starts[0] == 0 and windows.ends[-1] == n
    assert (windows.ends - windows.starts == min(size, n)).all()
    assert len(set(windows.starts.tolist())) == len(windows)
    owned = [
        np.arange(a, b)
        for a, b in zip(windows.own_starts, windows.own_ends, strict=True)
    ]
    assert np.concatenate(owned).tolist() == list(range(n))
    assert (windows.own_starts >= windows.starts).all()
    assert (windows.own_ends <= windows.ends).all()


def test_a_token_belongs_where_it_is_farthest_from_an_end():
    windows = cut_windows(12, 6, 3)
    assert windows.starts.tolist() == [0, 3, 6]
    # Tokens 3, 4 and 5 are in two windows: 3 is nearer to the middle of the first.
    assert windows.own_starts.tolist() == [0, 4, 7]


def test_no_token_has_no_window():
    assert len(cut_windows(0, 6, 3)) == 0
