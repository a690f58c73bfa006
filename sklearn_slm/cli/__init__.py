"""The command line ``slm``: train, predict, write texts, translate, score, describe."""

from .main import main

__all__ = ["main"]
