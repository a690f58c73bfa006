"""The command line ``slm``: train, evaluate, predict, describe, export, quantise."""

from .main import main

__all__ = ["main"]
