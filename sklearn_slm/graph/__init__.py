"""Networks as ONNX graphs, and ONNX Runtime running them."""

from .network import build_graphs
from .session import OnnxNetwork, has_onnxruntime

__all__ = ["OnnxNetwork", "build_graphs", "has_onnxruntime"]
