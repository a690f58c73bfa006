"""Sound files to waveforms to the rows of log-mel values that a network reads."""

from .augment import add_noise, change_speed, mask_features
from .cache import FeatureCache, compute_at_speed
from .features import compute_features
from .files import Sound, as_sound, read_audio
from .mel import compute_log_mel
from .options import FeatureOptions, count_frames, frame_seconds
from .resample import resample
from .running import RunningFeatures
from .trim import find_sound, trim_silence

__all__ = [
    "FeatureCache",
    "FeatureOptions",
    "RunningFeatures",
    "Sound",
    "add_noise",
    "as_sound",
    "change_speed",
    "compute_at_speed",
    "compute_features",
    "compute_log_mel",
    "count_frames",
    "find_sound",
    "frame_seconds",
    "mask_features",
    "read_audio",
    "resample",
    "trim_silence",
]
