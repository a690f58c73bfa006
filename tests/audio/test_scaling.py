"""Samples of every type and number of channels."""

import numpy as np
import pytest

from sklearn_slm.audio.scaling import to_mono


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([0, 64, 128, 255], np.uint8), [-1.0, -0.5, 0.0, 127 / 128]),
        (np.array([-128, 64], np.int8), [-1.0, 0.5]),
        (np.array([-32768, 1], np.int16), [-1.0, 1 / 32768]),
        (np.array([-(2**31), 2**30], np.int32), [-1.0, 0.5]),
        (np.array([-1.5, 0.25], np.float64), [-1.5, 0.25]),
        (np.array([0.5], np.float16), [0.5]),
    ],
    ids=["uint8", "int8", "int16", "int32", "float64", "float16"],
)
def test_types(values, expected):
    mono = to_mono(values)
    assert mono.dtype == np.float32
    assert mono.tolist() == np.float32(expected).tolist()
    # Channels that are the same have that mean.
    assert to_mono(np.stack([values] * 6, axis=1)).tolist() == mono.tolist()


def test_channels_are_averaged():
    six = np.array([[6, 0, 0, 0, 0, 0], [1, 2, 3, 4, 5, 6]], np.int16)
    assert to_mono(six).tolist() == np.float32([1 / 32768, 3.5 / 32768]).tolist()
    # Two loud ones do not overflow.
    assert to_mono(np.array([[32767, 32767]], np.int16))[0] == np.float32(32767 / 32768)


@pytest.mark.parametrize("dtype", ["int64", "uint16", "bool", "complex64"])
def test_types_that_do_not_tell_what_is_loudest(dtype):
    with pytest.raises(ValueError, match=f"got {dtype}, .*astype\\('int16'\\)"):
        to_mono(np.zeros(3, dtype))


@pytest.mark.parametrize("shape", [(), (2, 3, 4), (5, 0)])
def test_shapes(shape):
    with pytest.raises(ValueError, match=r"expected an array of shape \(n_samples,\)"):
        to_mono(np.zeros(shape))


def test_channels_first():
    with pytest.raises(ValueError, match=r"\(2, 16000\), .* Transpose it"):
        to_mono(np.zeros((2, 16000)))


def test_what_float32_cannot_hold_becomes_infinite():
    assert to_mono(np.array([1e300])).tolist() == [np.inf]
