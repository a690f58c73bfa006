"""Fonts that have the characters of a text, for matplotlib; the only door to it."""

from __future__ import annotations

import unicodedata
import warnings
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

__all__ = ["choose_fonts", "import_pyplot"]

# Families that cover much, tried first: reading every font file takes seconds.
_WIDE = (
    "noto sans cjk sc",
    "noto sans cjk",
    "source han",
    "noto sans",
    "wenquanyi",
    "dejavu",
    "unifont",
)


def import_pyplot() -> Any:
    """Return matplotlib.pyplot, or say how to install it."""
    try:
        import matplotlib.pyplot
    except ImportError as error:
        raise ImportError(
            "plotting needs matplotlib, which is not installed. Install it with "
            'pip install "sklearn_slm[plot]".'
        ) from error
    return matplotlib.pyplot


def choose_fonts(texts: Iterable[str]) -> list[str]:
    """Return font families that together have every character of some texts.

    Parameters
    ----------
    texts : iterable of str
        What is to be drawn.

    Returns
    -------
    list of str
        For ``fontfamily=``: the families of ``rcParams["font.family"]``, then installed
        ones that have what these lack.

    Warns
    -----
    UserWarning
        If no installed font has some of the characters; they are drawn as boxes.
    """
    import matplotlib as mpl
    from matplotlib import font_manager

    families = list(mpl.rcParams["font.family"])
    needed = {ord(c) for text in texts for c in text if _is_drawn(c)}
    default = font_manager.FontProperties(family=families)
    needed -= _characters(font_manager.findfont(default))
    for name, path in _installed() if needed else ():
        if needed & _characters(path):
            families.append(name)
            needed -= _characters(path)
    if needed:
        shown = ", ".join(f"{chr(c)!r} (U+{c:04X})" for c in sorted(needed)[:5])
        warnings.warn(
            f"no installed font has {len(needed)} characters of the text, such as "
            f"{shown}: they are drawn as boxes. Install a font that has them, for "
            "example Noto Sans CJK for Chinese.",
            stacklevel=3,
        )
    return families


def _is_drawn(character: str) -> bool:
    return unicodedata.category(character)[0] not in "CZ"


@lru_cache(maxsize=256)
def _characters(path: str) -> frozenset[int]:
    """Return the code points that a font has."""
    from matplotlib.ft2font import FT2Font

    return frozenset(FT2Font(path).get_charmap())


@lru_cache(maxsize=1)
def _installed() -> list[tuple[str, str]]:
    """List name and file of installed fonts of normal weight, wide ones first."""
    from matplotlib import font_manager

    manager = font_manager.fontManager
    # matplotlib keeps its list on disk: a font installed later is not in it.
    for path in set(font_manager.findSystemFonts()) - {
        f.fname for f in manager.ttflist
    }:
        try:
            manager.addfont(path)
        except (OSError, RuntimeError, ValueError):  # a damaged or bitmap font
            continue

    def rank(font: Any) -> tuple[int, str]:
        name = font.name.lower()
        order = [i for i, start in enumerate(_WIDE) if name.startswith(start)]
        return (order[0] if order else len(_WIDE), name)

    plain = [
        font
        for font in manager.ttflist
        if font.style == "normal"
        and font.weight in (400, "normal", "regular")
        and not font.name.startswith("Last Resort")  # it has boxes for everything
    ]
    return [(font.name, font.fname) for font in sorted(plain, key=rank)]
