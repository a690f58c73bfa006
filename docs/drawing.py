"""What the scripts that draw these pages' pictures share: colours and small files."""

from pathlib import Path

import matplotlib as mpl

mpl.use("agg")
import numpy as np

from sklearn_slm.inspection.displays import AGAINST, FOR

STATIC = Path(__file__).resolve().parent / "_static"
BLUE, ORANGE, GREEN = "#1f6fd6", "#d9730d", "#2a8f5b"
INK, QUIET, PALE = "#20262e", "#5d6673", "#8a94a3"

mpl.rcParams.update(
    {
        "font.size": 10,
        "text.color": INK,
        "axes.labelcolor": INK,
        "axes.edgecolor": PALE,
        "xtick.color": INK,
        "ytick.color": INK,
        # The same drawing gives the same file.
        "svg.hashsalt": "sklearn_slm",
    }
)


def save(figure, name):
    """Write a picture beside the others; the ending of the name decides its format."""
    keywords = {"metadata": {"Date": None}} if name.endswith(".svg") else {"dpi": 160}
    figure.savefig(STATIC / name, **keywords)


def score_colours(scores):
    """Return a function from a score to white, blue (for) or orange (against)."""
    largest = np.abs(scores).max()

    def colour(score):
        strength = min(1.0, abs(score) / largest)
        strong = np.array(mpl.colors.to_rgb(FOR if score > 0 else AGAINST))
        return tuple(1 - 0.75 * strength * (1 - strong))

    return colour
