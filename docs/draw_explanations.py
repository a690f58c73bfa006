"""Draw one text as the four methods explain it: python docs/draw_explanations.py."""

import matplotlib.pyplot as plt
from drawing import save, score_colours

from sklearn_slm import SLMTextClassifier, load_demo_corpus
from sklearn_slm.inspection.segments import split_segments
from sklearn_slm.inspection.words import draw_words

TEXT = "Ben gave me this novel. The novel was anything but remarkable."
METHODS = ["contribution", "occlusion", "gradient", "attention"]


def purples(largest):
    """Return a function from a weight to white or purple."""
    return lambda weight: plt.get_cmap("Purples")(0.7 * weight / largest)


train = load_demo_corpus()
model = SLMTextClassifier(32, random_state=0).fit(train.data, train.target)
figure, axes = plt.subplots(len(METHODS), 1, figsize=(8.0, 2.0))
figure.subplots_adjust(left=0.155, right=0.99, top=0.97, bottom=0.03, hspace=0.2)
for ax, method in zip(axes, METHODS):
    (one,) = model.explain([TEXT], target="positive", method=method)
    colour = score_colours(one.scores)
    if method == "attention":
        # It is for no class and against none.
        colour = purples(one.scores.max())
    draw_words(ax, split_segments(one, one.scores), colour, font_size=12)
    ax.text(-0.03, 0.5, method, transform=ax.transAxes, ha="right", va="center")
save(figure, "explanations.png")
