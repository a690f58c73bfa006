"""Draw the rooms of the package: python docs/draw_rooms.py."""

import textwrap
from itertools import groupby
from typing import NamedTuple

import matplotlib.pyplot as plt
from drawing import BLUE, GREEN, INK, ORANGE, QUIET, save
from matplotlib.patches import FancyBboxPatch


class Room(NamedTuple):
    name: str
    what: str
    needs: str  # beyond the standard library
    floor: str


INPUT, DATA, COMPUTE = "texts and sounds", "a network as data", "train and run"
USE, USER, AROUND = "what is done with one", "what users construct", "around it"
# In the order that tests/test_architecture.py holds.
ROOMS = [
    Room("text", "documents to tokens to ids", "NumPy", INPUT),
    Room("audio", "sounds to log-mel frames", "SciPy", INPUT),
    Room("embeddings", "tokens to vectors", "SciPy", INPUT),
    Room("spec", "names and shapes of all weights", "standard library", DATA),
    Room("decoding", "draws next tokens", "NumPy", COMPUTE),
    Room("network", "trains", "Keras", COMPUTE),
    Room("runtime", "serves", "NumPy", COMPUTE),
    Room("ngrams", "n-grams beside a network", "scikit-learn", COMPUTE),
    Room("retrieval", "BM25, search of vectors", "SciPy", COMPUTE),
    Room("graph", "serves by ONNX", "onnx", USE),
    Room("compression", "int8, fewer words", "NumPy", USE),
    Room("persistence", "one file without code", "safetensors", USE),
    Room("inspection", "explanations, pictures", "matplotlib", USE),
    Room("estimators", "fit, predict, explain; thin", "scikit-learn", USER),
    Room("datasets", "embedded corpora, readers", "NumPy", AROUND),
    Room("cli", "the command slm", "click", AROUND),
]
COLOURS = {
    INPUT: BLUE,
    DATA: INK,
    COMPUTE: ORANGE,
    USE: GREEN,
    USER: BLUE,
    AROUND: QUIET,
}
LEFT, WIDTH, HEIGHT, GAP = 1.75, 6.2, 0.78, 0.2

floors = [list(rooms) for _, rooms in groupby(ROOMS, key=lambda room: room.floor)]
figure = plt.figure(figsize=(8.0, len(floors)))
ax = figure.add_axes((0, 0, 1, 1), xlim=(0, 8), ylim=(len(floors), 0))
ax.set_axis_off()
for y, rooms in enumerate(floors):
    floor, colour = rooms[0].floor, COLOURS[rooms[0].floor]
    ax.text(
        LEFT - 0.15,
        y + 0.5,
        textwrap.fill(floor, 14),
        ha="right",
        va="center",
        color=colour,
    )
    width = (WIDTH + GAP) / len(rooms) - GAP
    for i, room in enumerate(rooms):
        x = LEFT + i * (width + GAP)
        box = FancyBboxPatch(
            (x + 0.04, y + 0.15),
            width - 0.08,
            HEIGHT - 0.08,
            boxstyle="round,pad=0.04",
            facecolor="white",
            edgecolor=colour,
            linewidth=1.4,
        )
        ax.add_patch(box)
        middle = x + width / 2
        ax.text(middle, y + 0.28, room.name, ha="center", va="center", weight="bold")
        what = textwrap.fill(room.what, max(16, int(width * 11)))
        ax.text(middle, y + 0.54, what, ha="center", va="center", fontsize=8.5)
        ax.text(
            middle,
            y + 0.8,
            room.needs,
            ha="center",
            va="center",
            fontsize=8,
            color=QUIET,
        )
ax.annotate(
    "",
    (0.28, 0.15),
    (0.28, len(floors) - 0.1),
    arrowprops={"arrowstyle": "-|>", "color": INK, "linewidth": 1.6},
)
ax.text(
    0.12,
    len(floors) / 2,
    "a room imports only from rooms before it",
    rotation=90,
    ha="center",
    va="center",
)
save(figure, "rooms.svg")
