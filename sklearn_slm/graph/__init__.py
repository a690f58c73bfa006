"""Networks as ONNX graphs, and ONNX Runtime running them."""
