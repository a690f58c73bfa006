"""How each kind of head is built and what loss it has, by its kind."""

from . import classes

__all__ = ["HEADS"]

HEADS = {"classes": classes}
