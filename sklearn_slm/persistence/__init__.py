"""Fitted models as files: safetensors to load again, ONNX to run elsewhere."""

# Before the rest: imported from further down the chain of modules below, scikit-learn
# takes a tenth of a second longer (docs/benchmarks/serving.md).
import sklearn  # noqa: F401

from .model_file import load_model, read_notes, save_model
from .onnx_file import export_onnx

__all__ = ["export_onnx", "load_model", "read_notes", "save_model"]
