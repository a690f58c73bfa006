"""
Two readers are better than one
===============================

A linear model over n-grams and a network over sequences make different mistakes, so a
``StackingClassifier`` can weigh them. (The classifier has such an n-gram model itself,
``ngrams``; it is switched off here to see the two apart.) The labels depend on
two things: the order of the words, and in a third of the texts one rare word.
"""

# %%
# A task with two sides
# ---------------------
import matplotlib.pyplot as plt
import numpy as np
from sklearn.ensemble import StackingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from sklearn_slm import SLMTextClassifier, load_demo_corpus


def add_codes(corpus, seed):
    """Put a code into a third of the texts; it alone then decides the label."""
    random = np.random.RandomState(seed)
    texts, labels = list(corpus.data), corpus.target.copy()
    for i in np.flatnonzero(random.uniform(size=len(texts)) < 0.33):
        code = random.randint(200)
        texts[i] = f"{texts[i]} code{code}"
        labels[i] = corpus.target_names[code % 2]
    return texts, labels


X, y = add_codes(load_demo_corpus(), seed=0)
X_test, y_test = add_codes(load_demo_corpus(subset="test"), seed=1)

# %%
# Stack
# -----
# Both are fitted on three quarters of the texts; how much each is to be believed is
# learned from the last one, which neither has seen.
linear = make_pipeline(TfidfVectorizer(), LogisticRegression(C=30, max_iter=1000))
network = SLMTextClassifier(
    16,
    max_iter=8,
    learning_rate=0.01,
    ngrams=None,
    adversarial=0.0,
    random_state=0,
)
n = len(X) * 3 // 4
models = {"linear": linear, "network": network}
for model in models.values():
    model.fit(X[:n], y[:n])
stack = StackingClassifier(list(models.items()), LogisticRegression(), cv="prefit")
models["stacked"] = stack.fit(X[n:], y[n:])
scores = {name: model.score(X_test, y_test) for name, model in models.items()}
figure, ax = plt.subplots(figsize=(6, 2.3), layout="constrained")
bars = ax.barh(list(scores), list(scores.values()), color=["#9bb", "#9bb", "#c62"])
ax.bar_label(bars, fmt="{:.1%}", padding=4)
ax.set(xlim=(0, 1.15), xlabel="accuracy on test texts")
ax.invert_yaxis()
plt.show()
