"""What serves: a spec and its weights, run without Keras."""

from .forward import (
    Forward,
    PreparedNetwork,
    forward,
    predict_probabilities,
    prepare_network,
    to_probabilities,
)
from .onnx import has_onnxruntime
from .quantize import quantize

__all__ = [
    "Forward",
    "PreparedNetwork",
    "forward",
    "has_onnxruntime",
    "predict_probabilities",
    "prepare_network",
    "quantize",
    "to_probabilities",
]
