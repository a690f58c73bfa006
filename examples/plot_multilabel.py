"""
Several labels at once
======================

Give ``fit`` an indicator matrix and each label is decided on its own. Here a text has
a label for each thing it speaks of, and one for a good verdict; the labels of words
are easy, the verdict needs their order.
"""

# %%
# Labels from the embedded corpus
# -------------------------------
import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import f1_score

from sklearn_slm import SLMTextClassifier, load_demo_corpus

things = ["film", "room", "phone", "food", "service"]


def label(corpus):
    """Return one column for each thing, and one for the verdict."""
    spoken_of = [[thing in text for thing in things] for text in corpus.data]
    return np.column_stack([spoken_of, corpus.target == "positive"]).astype(int)


train, test = load_demo_corpus(), load_demo_corpus(subset="test")
model = SLMTextClassifier(16, max_iter=6, learning_rate=0.01, random_state=0)
model.fit(train.data, label(train))

# %%
# A score for each label
# ----------------------
names = [*things, "good verdict"]
scores = f1_score(label(test), model.predict(test.data), average=None, zero_division=0)
figure, ax = plt.subplots(figsize=(6, 2.8), layout="constrained")
bars = ax.barh(names, scores, color=["#9bb"] * len(things) + ["#c62"])
ax.bar_label(bars, fmt="{:.2f}", padding=3)
ax.invert_yaxis()
ax.set(xlim=(0, 1.12), xlabel="F1 on test texts")
plt.show()
