"""How each kind of head is built and what loss it has, by its kind."""

from . import classes, decoder, pairs, spans, symbols, tokens

__all__ = ["HEADS"]

HEADS = {
    "classes": classes,
    "tokens": tokens,
    "decoder": decoder,
    "symbols": symbols,
    "pairs": pairs,
    "spans": spans,
}
