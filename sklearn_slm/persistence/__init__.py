"""Fitted models as files: safetensors to load again, ONNX to run elsewhere."""

from .model_file import load_model, read_notes, save_model
from .onnx_file import export_onnx

__all__ = ["export_onnx", "load_model", "read_notes", "save_model"]
