"""What serves: a spec and its weights, run without Keras."""

from .contributions import token_contributions
from .forward import (
    Forward,
    PreparedNetwork,
    forward,
    predict_probabilities,
    prepare_network,
    to_probabilities,
)
from .gradients import input_gradients
from .onnx import has_onnxruntime
from .quantize import quantize

__all__ = [
    "Forward",
    "PreparedNetwork",
    "forward",
    "has_onnxruntime",
    "input_gradients",
    "predict_probabilities",
    "prepare_network",
    "quantize",
    "to_probabilities",
    "token_contributions",
]
