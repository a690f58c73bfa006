"""What turns samples into the rows that a network reads, as data."""

from __future__ import annotations

import numbers
from dataclasses import dataclass

__all__ = ["FeatureOptions", "count_frames", "frame_seconds"]

NORMALIZATIONS = ("utterance", "running", None)


@dataclass(frozen=True)
class FeatureOptions:
    """How features are computed from samples.

    Parameters
    ----------
    rate : int, default=16000
        Samples per second.
    n_mels : int, default=40
        Mel filters.
    window_ms, hop_ms : float, default=25.0 and 10.0
        Length of a frame, and from the start of one to that of the next, in
        milliseconds; both are rounded to whole samples.
    pre_emphasis : float, default=0.97
        Part of the sample before that is subtracted from each; 0 leaves all as it is.
    n_stack : int, default=3
        So many frames side by side are one row, and rows do not overlap.
    deltas : bool, default=False
        Append to each frame how fast its values change.
    normalize : {"utterance", "running", None}, default="utterance"
        Subtract the mean of each column and divide by its standard deviation: of the
        whole recording, or of what came so far, where the past fades, as streaming needs.
    low_hz : float, default=20.0
        Where the first filter begins.
    high_hz : float or None, default=None
        Where the last filter ends; None is half of the rate.

    Raises
    ------
    ValueError
        If a value is out of its range.

    Examples
    --------
    >>> options = FeatureOptions()
    >>> options.window, options.hop, options.n_fft, options.n_inputs
    (400, 160, 512, 120)
    """

    rate: int = 16000
    n_mels: int = 40
    window_ms: float = 25.0
    hop_ms: float = 10.0
    pre_emphasis: float = 0.97
    n_stack: int = 3
    deltas: bool = False
    normalize: str | None = "utterance"
    low_hz: float = 20.0
    high_hz: float | None = None

    def __post_init__(self) -> None:
        for name in ("rate", "n_mels", "n_stack"):
            value = getattr(self, name)
            if not isinstance(value, numbers.Integral) or value < 1:
                raise ValueError(
                    f"{name} must be a positive whole number, got {value!r}."
                )
        if not 0 <= self.pre_emphasis < 1:
            raise ValueError(
                f"pre_emphasis must be at least 0 and below 1, got {self.pre_emphasis!r}."
            )
        if self.normalize not in NORMALIZATIONS:
            raise ValueError(
                f"normalize must be one of {NORMALIZATIONS}, got {self.normalize!r}."
            )
        if self.window < 2 or self.hop < 1 or self.hop > self.window:
            raise ValueError(
                "window_ms must be at least hop_ms, and both at least a few samples long, "
                f"got {self.window_ms!r} and {self.hop_ms!r} at {self.rate} Hz."
            )
        if not 0 <= self.low_hz < self.top_hz <= self.rate / 2:
            raise ValueError(
                "Expected 0 <= low_hz < high_hz <= rate / 2, got "
                f"low_hz={self.low_hz!r}, high_hz={self.high_hz!r} at {self.rate} Hz."
            )

    @property
    def window(self) -> int:
        """Samples of a frame."""
        return round(self.window_ms * self.rate / 1000)

    @property
    def hop(self) -> int:
        """Samples from the start of a frame to that of the next."""
        return round(self.hop_ms * self.rate / 1000)

    @property
    def n_fft(self) -> int:
        """Points of the Fourier transform: the next power of two."""
        return 1 << (self.window - 1).bit_length()

    @property
    def top_hz(self) -> float:
        """Where the last filter ends."""
        return self.rate / 2 if self.high_hz is None else self.high_hz

    @property
    def n_columns(self) -> int:
        """Values of a frame."""
        return self.n_mels * (1 + self.deltas)

    @property
    def n_inputs(self) -> int:
        """Values of a row."""
        return self.n_columns * self.n_stack


def count_frames(n_samples: int, options: FeatureOptions) -> int:
    """Return how many rows `compute_features` makes of so many samples.

    Parameters
    ----------
    n_samples : int
    options : FeatureOptions

    Returns
    -------
    int

    Examples
    --------
    >>> count_frames(16000, FeatureOptions()), count_frames(1, FeatureOptions())
    (33, 1)
    """
    return -(-count_windows(n_samples, options) // options.n_stack)


def count_windows(n_samples: int, options: FeatureOptions) -> int:
    """Return the number of frames before stacking; zeros fill the last one up."""
    if not n_samples:
        return 0
    return 1 + max(-(-(n_samples - options.window) // options.hop), 0)


def frame_seconds(options: FeatureOptions) -> float:
    """Return the seconds from the start of a row to that of the next.

    Parameters
    ----------
    options : FeatureOptions

    Returns
    -------
    float

    Examples
    --------
    >>> frame_seconds(FeatureOptions())
    0.03
    """
    return options.n_stack * options.hop / options.rate
