"""
Learning from a stream
======================

``partial_fit`` learns texts that come piece by piece. It makes one epoch over a piece,
so call it several times if there is time. Every piece is predicted before it is learned,
which is an honest score over time. The vectorizer is fitted on the first
piece; words that come later are unknown.
"""

# %%
# Predict, then learn
# -------------------
import matplotlib.pyplot as plt
import numpy as np

from sklearn_slm import SLMTextClassifier, load_demo_corpus

corpus = load_demo_corpus()
pieces = np.array_split(np.arange(len(corpus.data)), 6)
model = SLMTextClassifier(16, learning_rate=0.01, random_state=0)
scores = []
for rows in pieces:
    texts, labels = [corpus.data[i] for i in rows], corpus.target[rows]
    if rows is not pieces[0]:
        scores.append(model.score(texts, labels))
    for _ in range(5):
        model.partial_fit(texts, labels, classes=corpus.target_names)
print(f"{model.n_iter_} epochs over pieces, {len(model.vocabulary_)} words known")

figure, ax = plt.subplots(figsize=(6, 3), layout="constrained")
seen = np.cumsum([len(rows) for rows in pieces])[:-1]
ax.plot(seen, scores, marker="o", color="#368")
ax.axhline(0.5, color="grey", linestyle=":")
ax.set(
    xlabel="texts learned before", ylabel="accuracy on the next piece", ylim=(0.4, 1)
)
plt.show()
