"""
Sentiment: where the order of words matters
===========================================

One accuracy hides where a model is right. Here the test texts are cut into those with
a negation, those with a contrast and the others, beside TF-IDF + LogisticRegression.
The data are SST-2 if ``data/sst2`` holds ``train.csv.gz`` and ``test.csv.gz`` with the
columns text and label, else the embedded corpus.
"""

# %%
# Texts
# -----
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from sklearn_slm import SLMTextClassifier, load_demo_corpus
from sklearn_slm.datasets import read_csv_texts

folder = Path("data", "sst2")
if folder.exists():
    train_texts, train_labels = read_csv_texts(folder / "train.csv.gz")
    test_texts, test_labels = read_csv_texts(folder / "test.csv.gz")
else:
    print(f"no folder {folder}: the embedded, synthetic corpus is used instead")
    train_texts, train_labels = load_demo_corpus(return_X_y=True)
    test_texts, test_labels = load_demo_corpus(subset="test", return_X_y=True)

# %%
# Two models
# ----------
models = {
    "TF-IDF + LogisticRegression": make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression(C=10, max_iter=1000)
    ),
    "SLMTextClassifier": SLMTextClassifier(
        16, max_iter=6, learning_rate=0.01, random_state=0
    ),
}
right = {
    name: model.fit(train_texts, train_labels).predict(test_texts) == test_labels
    for name, model in models.items()
}

# %%
# Accuracy by kind of sentence
# ----------------------------
words = [set(text.lower().replace("n't", " not").split()) for text in test_texts]
contrast = np.array([bool(w & {"but", "although", "though", "yet"}) for w in words])
negation = np.array([bool(w & {"not", "no", "never", "nothing"}) for w in words])
kinds = {"contrast": contrast, "negation": negation & ~contrast}
kinds["other"] = ~negation & ~contrast
kinds = {name: rows for name, rows in kinds.items() if rows.any()}
figure, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
for i, (name, hits) in enumerate(right.items()):
    places = np.arange(len(kinds)) + 0.4 * (i - 0.5)
    scores = [hits[rows].mean() for rows in kinds.values()]
    bars = ax.bar(places, scores, 0.38, label=name, color=["#9bb", "#c62"][i])
    ax.bar_label(bars, fmt="{:.0%}")
names = [f"{name}\n{rows.sum()} texts" for name, rows in kinds.items()]
ax.set_xticks(range(len(kinds)), names)
ax.set(ylabel="accuracy", ylim=(0, 1.15))
ax.legend(frameon=False, ncols=2, loc="upper center")
plt.show()
