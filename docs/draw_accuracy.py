"""Draw accuracy beside the peers, in two themes: python docs/draw_accuracy.py.

The figures are those of benchmarks/accuracy.json, means over seeds.
"""

import json
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from drawing import BLUE, INK, ORANGE, PALE, save

RESULTS = Path(__file__).resolve().parent / "benchmarks" / "accuracy.json"
SETS = {
    "trec": "TREC-6\nquestions",
    "sst2": "SST-2\nsentiment, sentences",
    "imdb": "IMDB\nsentiment, reviews",
    "banking77": "banking77\nintents",
    "thucnews_titles": "THUCNews titles\nChinese headlines",
    "sms_spam": "SMS spam\nmacro F1",
}
# Two rows of one name are two settings of a peer; the better one is shown.
ROWS = {
    "TF-IDF words + LR": ("TF-IDF words + LogisticRegression", "s", PALE),
    "TF-IDF 1-2-grams + LR": ("TF-IDF 1-2-grams + LogisticRegression", "D", PALE),
    "fastText, bigrams": ("fastText", "^", PALE),
    "fastText, 50 epochs": ("fastText", "^", PALE),
    "sklearn_slm": ("sklearn_slm", "o", BLUE),
    "sklearn_slm + GloVe file": ("sklearn_slm, published GloVe vectors", "o", ORANGE),
}
THEMES = {
    "light": {"ink": INK, "grid": "#e3e6ea"},
    "dark": {"ink": "#dfe3e8", "grid": "#3a4048"},
}


def read_means():
    """Return {(set, name in the legend): percent}."""
    seeds = {}
    for key, result in json.loads(RESULTS.read_text("utf-8")).items():
        name, row, _ = key.split("/")
        seeds.setdefault((name, row), []).append(result["score"])
    means = {}
    for (name, row), scores in seeds.items():
        if name in SETS and row in ROWS:
            key = name, ROWS[row][0]
            means[key] = max(means.get(key, 0.0), float(np.mean(scores)))
    return means


def draw(means, ink, grid):
    """Return a figure: a line for each data set, a mark for each model."""
    figure, ax = plt.subplots(figsize=(8.2, 3.5), layout="constrained")
    figure.patch.set_alpha(0.0)
    ax.patch.set_alpha(0.0)
    for legend, marker, colour in dict.fromkeys(ROWS.values()):
        ours = legend.startswith("sklearn_slm")
        ax.scatter(
            [means.get((name, legend), np.nan) for name in SETS],
            range(len(SETS)),
            marker=marker,
            s={BLUE: 110, ORANGE: 45}.get(colour, 42),
            facecolor=colour if ours else "none",
            edgecolor=colour,
            linewidth=1.3,
            label=legend,
            zorder=3,
        )
    for y, name in enumerate(SETS):
        best = max(means[key] for key in means if key[0] == name)
        ax.annotate(
            f"{best:.1f}",
            (best, y),
            (9, 0),
            textcoords="offset points",
            va="center",
            color=ink,
        )
    ax.set_yticks(range(len(SETS)), SETS.values())
    ax.set(xlabel="percent of test texts classified correctly", xlim=(79.5, 99.5))
    ax.set_ylim(len(SETS) - 0.45, -0.55)
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.grid(color=grid)
    ax.set_axisbelow(True)
    ax.spines[:].set_visible(False)
    ax.tick_params(colors=ink, length=0)
    ax.xaxis.label.set_color(ink)
    figure.legend(loc="outside upper center", ncols=2, frameon=False, labelcolor=ink)
    return figure


means = read_means()
for theme, colours in THEMES.items():
    save(draw(means, **colours), f"accuracy_{theme}.svg")
