"""Draw two texts on the colours of their surprisal: python docs/draw_surprisal.py."""

import matplotlib.pyplot as plt
from drawing import save

from sklearn_slm import SLMLanguageModel, load_demo_corpus
from sklearn_slm.inspection import SurprisalDisplay

TEXTS = [
    "I expected a dull film, but it was gripping.",
    "I expected a triangular film, but it sang.",
]

lm = SLMLanguageModel(
    64, max_iter=5, batch_size=16, window=20, learning_rate=0.01, random_state=0
)
lm.fit(load_demo_corpus().data)
display = SurprisalDisplay.from_estimator(lm, TEXTS)
figure, axes = plt.subplots(len(TEXTS), 1, figsize=(7.0, 1.4))
figure.subplots_adjust(left=0.02, right=0.98, top=0.82, bottom=0.02, hspace=0.7)
for i, ax in enumerate(axes):
    display.plot(i, ax=ax)
save(figure, "surprisal.png")
