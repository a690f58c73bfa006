"""What serves: a spec and its weights, run in NumPy, without Keras."""

from .gradients import input_gradients, pooled_terms
from .network import PreparedNetwork, prepare_network

__all__ = ["PreparedNetwork", "input_gradients", "pooled_terms", "prepare_network"]
