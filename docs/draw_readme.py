"""Draw the picture of the READMEs: python docs/draw_readme.py.

The model is the READMEs' own, trained on the embedded corpus.
"""

import matplotlib.pyplot as plt
import numpy as np
from drawing import save, score_colours

from sklearn_slm import SLMTextClassifier, load_demo_corpus
from sklearn_slm.inspection.segments import split_segments
from sklearn_slm.inspection.words import draw_words

SENTENCES = [
    "I expected a dull film, but it was gripping.",
    "I expected a gripping film, but it was dull.",
]

train = load_demo_corpus()
model = SLMTextClassifier(32, random_state=0).fit(train.data, train.target)
figure, axes = plt.subplots(2, 1, figsize=(5.2, 1.5))
figure.subplots_adjust(left=0.03, right=0.99, top=0.82, bottom=0.0, hspace=0.8)
explanations = model.explain(SENTENCES, target="positive", method="occlusion")
colour = score_colours(np.concatenate([one.scores for one in explanations]))
for ax, one in zip(axes, explanations):
    draw_words(ax, split_segments(one, one.scores), colour, font_size=13)
    ax.set_title(
        f"{one.prediction}, {max(one.probability, 1 - one.probability):.0%}",
        loc="left",
        fontsize=11,
        color="0.3",
    )
save(figure, "readme.png")
