"""
Two readers are better than one
===============================

A linear model over n-grams and a network over sequences make different mistakes, so a
``StackingClassifier`` can weigh them. (The classifier has such a linear part of its own,
``wide_ngrams``; it is switched off here to see the two apart.) The labels depend on
two things: the order of the words, and one rare word that the network hardly sees.
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
        code = random.randint(100)
        texts[i] = f"{texts[i]} code{code}"
        labels[i] = corpus.target_names[code % 2]
    return texts, labels


X, y = add_codes(load_demo_corpus(), seed=0)
X_test, y_test = add_codes(load_demo_corpus(subset="test"), seed=1)

# %%
# Stack
# -----
# Two folds: every base model is fitted three times.
linear = make_pipeline(TfidfVectorizer(), LogisticRegression(C=30, max_iter=1000))
network = SLMTextClassifier(
    24,
    max_iter=5,
    learning_rate=0.01,
    wide_ngrams=None,
    adversarial=0.0,
    random_state=0,
)
stack = StackingClassifier(
    [("linear", linear), ("network", network)], LogisticRegression(), cv=2
).fit(X, y)
# The stack numbers the labels for the models inside of it.
numbers = np.searchsorted(stack.classes_, y_test)
scores = {
    name: model.score(X_test, numbers)
    for name, model in stack.named_estimators_.items()
}
scores["stacked"] = stack.score(X_test, y_test)
figure, ax = plt.subplots(figsize=(6, 2.3), layout="constrained")
bars = ax.barh(list(scores), list(scores.values()), color=["#9bb", "#9bb", "#c62"])
ax.bar_label(bars, fmt="{:.1%}", padding=4)
ax.set(xlim=(0, 1.15), xlabel="accuracy on test texts")
ax.invert_yaxis()
plt.show()
