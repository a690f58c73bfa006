"""What serves: a spec and its weights, run in NumPy, without Keras."""

from .network import PreparedNetwork, encode_batches, prepare_network

__all__ = ["PreparedNetwork", "encode_batches", "prepare_network"]
