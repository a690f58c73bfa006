"""Frames end to end, in memory and in a file."""

import numpy as np

from sklearn_slm.estimators.frames import FrameStore, join_frames

PARTS = [
    np.arange(6, dtype=np.float32).reshape(2, 3),
    np.zeros((0, 3), np.float32),
    np.full((4, 3), 7, np.float32),
]


def test_joined_frames():
    joined = join_frames([np.ones((2, 3), np.float32), np.zeros((0, 3), np.float32)], 3)
    assert joined.offsets.tolist() == [0, 2, 2] and joined.values.dtype == np.float32
    assert join_frames([], 3).values.shape == (0, 3)


def test_a_file_holds_the_same(tmp_path):
    with FrameStore(3, tmp_path) as store:
        for part in PARTS:
            store.append(part)
        frames = store.finish()
    expected = join_frames(PARTS, 3)
    np.testing.assert_array_equal(frames.values, expected.values)
    np.testing.assert_array_equal(frames.offsets, expected.offsets)
    # They are read from the file, which leaves nothing behind.
    assert isinstance(frames.values.base, np.memmap) and not frames.values.flags.owndata
    assert not frames.values.flags.writeable
    np.testing.assert_array_equal(frames.take(np.array([2, 0]))[1], PARTS[0])
    del frames
    assert list(tmp_path.iterdir()) == []


def test_nothing_in_a_file(tmp_path):
    with FrameStore(3, tmp_path) as store:
        store.append(PARTS[1])
        frames = store.finish()
    assert frames.values.shape == (0, 3) and frames.lengths.tolist() == [0]
