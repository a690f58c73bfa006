"""The command line ``slm``: train, predict, write texts, score, describe, export."""

from .main import main

__all__ = ["main"]
