"""What each kind of head adds to a graph, by its kind."""

from . import classes

__all__ = ["HEADS"]

HEADS = {"classes": classes}
