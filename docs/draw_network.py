"""Draw the network with its n-gram model: python docs/draw_network.py.

The ids, the weights of attention and the probabilities in the picture are made up.
"""

from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
from drawing import BLUE, GREEN, INK, ORANGE, PALE, save
from matplotlib.patches import FancyBboxPatch, Rectangle

TOKENS = ["the", "film", "was", "not", "bad"]
IDS = [5, 18, 9, 27, 64]
NGRAMS = ["not", "bad", "was not", "not bad"]
ATTENTION = [0.04, 0.08, 0.12, 0.34, 0.42]
PROBABILITIES = {"negative": 0.1, "positive": 0.9}
COLUMNS = [1.9, 2.9, 3.9, 4.9, 5.9]
MIDDLE, BESIDE = 3.9, 8.6
STEPS = {
    "text": 0.5,
    "ids": 1.3,
    "word vectors": 2.1,
    "forward LSTM": 3.15,
    "backward LSTM": 3.95,
    "attention pooling": 4.95,
    "logits": 6.0,
    "blend": 7.0,
    "probabilities": 8.0,
}

figure = plt.figure(figsize=(8.0, 6.8))
ax = figure.add_axes((0, 0, 1, 1), xlim=(0, 10), ylim=(8.5, 0))
ax.set_axis_off()


def draw_box(x, y, text, colour=PALE, width=0.8, height=0.42):
    box = FancyBboxPatch(
        (x - width / 2 + 0.05, y - height / 2 + 0.05),
        width - 0.1,
        height - 0.1,
        boxstyle="round,pad=0.05",
        facecolor="white",
        edgecolor=colour,
        linewidth=1.3,
        zorder=3,
    )
    ax.add_patch(box)
    ax.text(x, y, text, ha="center", va="center", fontsize=9, zorder=4)


def draw_arrow(start, end, colour=PALE, width=1.1):
    style = {"arrowstyle": "-|>", "color": colour, "linewidth": width}
    style |= {"shrinkA": 0, "shrinkB": 0}
    ax.annotate("", end, start, arrowprops=style, zorder=2)


for name, y in STEPS.items():
    ax.text(0.1, y, name.replace(" ", "\n"), va="center", color=INK, fontsize=9)

# Texts as ids and vectors.
shades = np.random.default_rng(4).uniform(0.1, 0.9, (len(TOKENS), 4))
for x, token, number, column in zip(COLUMNS, TOKENS, IDS, shades):
    ax.text(x, STEPS["text"], token, ha="center", va="center", fontsize=11)
    draw_arrow((x, STEPS["text"] + 0.2), (x, STEPS["ids"] - 0.21))
    draw_box(x, STEPS["ids"], str(number))
    draw_arrow((x, STEPS["ids"] + 0.21), (x, STEPS["word vectors"] - 0.3))
    for i, shade in enumerate(column):
        corner = x - 0.12, STEPS["word vectors"] - 0.28 + 0.14 * i
        ax.add_patch(Rectangle(corner, 0.24, 0.14, color=str(shade), zorder=3))

# Both directions read the vectors.
for row, step in (("forward LSTM", 1), ("backward LSTM", -1)):
    y = STEPS[row]
    for x in COLUMNS:
        draw_box(x, y, "LSTM", BLUE)
    for left, right in pairwise(COLUMNS):
        ends = (left + 0.4, y), (right - 0.4, y)
        draw_arrow(*ends[::step], BLUE)
for x in COLUMNS:
    draw_arrow(
        (x - 0.1, STEPS["word vectors"] + 0.29), (x - 0.1, STEPS["forward LSTM"] - 0.21)
    )
    draw_arrow(
        (x + 0.1, STEPS["word vectors"] + 0.29),
        (x + 0.1, STEPS["backward LSTM"] - 0.21),
    )
    # The two states of a token are one.
    corner, size = (x - 0.44, STEPS["forward LSTM"] - 0.27), (0.88, 1.34)
    ax.add_patch(Rectangle(corner, *size, color="#e8effa", zorder=1))

# Attention weighs the states of all tokens.
for x, weight in zip(COLUMNS, ATTENTION):
    draw_arrow(
        (x, STEPS["backward LSTM"] + 0.27),
        (MIDDLE + 0.12 * (x - MIDDLE), STEPS["attention pooling"] - 0.21),
        BLUE,
        0.6 + 6 * weight,
    )
draw_box(MIDDLE, STEPS["attention pooling"], "weighted sum of hidden states", BLUE, 3.0)
draw_arrow(
    (MIDDLE, STEPS["attention pooling"] + 0.21), (MIDDLE, STEPS["logits"] - 0.21)
)
draw_box(MIDDLE, STEPS["logits"], "logits of the network", BLUE, 2.4)

# The n-gram model beside it.
draw_arrow((6.3, STEPS["text"]), (7.0, STEPS["text"]), ORANGE)
ax.text(BESIDE, STEPS["text"], "n-grams of the same tokens", ha="center", va="center")
for i, ngram in enumerate(NGRAMS):
    draw_box(BESIDE, STEPS["ids"] + 0.6 * i, ngram, ORANGE, 1.3)
draw_arrow((BESIDE, STEPS["ids"] + 2.01), (BESIDE, 3.72), ORANGE)
draw_box(BESIDE, 3.95, "log tf-idf, scaled", ORANGE, 2.0)
draw_arrow((BESIDE, 4.16), (BESIDE, STEPS["attention pooling"] - 0.21), ORANGE)
draw_box(BESIDE, STEPS["attention pooling"], "linear model", ORANGE, 2.0)
draw_arrow(
    (BESIDE, STEPS["attention pooling"] + 0.21),
    (BESIDE, STEPS["logits"] - 0.21),
    ORANGE,
)
draw_box(BESIDE, STEPS["logits"], "logits of the n-gram model", ORANGE, 2.6)

# One sum, one softmax.
blend = 6.25
draw_arrow(
    (MIDDLE, STEPS["logits"] + 0.21), (blend - 0.32, STEPS["blend"] - 0.1), BLUE, 1.6
)
draw_arrow(
    (BESIDE, STEPS["logits"] + 0.21), (blend + 0.32, STEPS["blend"] - 0.1), ORANGE, 1.6
)
ax.text(MIDDLE + 0.75, STEPS["blend"] - 0.1, "× weight 1", ha="center", color=BLUE)
ax.text(BESIDE - 0.7, STEPS["blend"] - 0.1, "× weight 2", ha="center", color=ORANGE)
draw_box(blend, STEPS["blend"], "+", GREEN, 0.6)
draw_arrow(
    (blend, STEPS["blend"] + 0.21), (blend, STEPS["probabilities"] - 0.35), GREEN, 1.6
)
ax.text(blend + 0.15, STEPS["blend"] + 0.45, "softmax", va="center", color=GREEN)
for i, (label, probability) in enumerate(PROBABILITIES.items()):
    y = STEPS["probabilities"] - 0.15 + 0.32 * i
    ax.text(blend - 1.1, y, label, ha="right", va="center")
    ax.add_patch(Rectangle((blend - 1, y - 0.1), 2.2 * probability, 0.2, color=GREEN))
save(figure, "network.svg")
