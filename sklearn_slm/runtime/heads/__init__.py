"""What each kind of head computes in NumPy, by its kind."""

from . import classes

__all__ = ["HEADS"]

HEADS = {"classes": classes}
