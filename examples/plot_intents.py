"""
77 intents: the right answer among the first three
==================================================

With many classes of few texts each, the first answer is often a near neighbour of the
right one. ``predict_proba`` gives the next ones, and a confusion matrix of the classes
that are mixed up most shows which should perhaps be one. The data are banking77 if
``data/banking77`` is there, else the subjects of the embedded corpus by verdict.
"""

# %%
# Texts
# -----
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import (
    ConfusionMatrixDisplay,
    confusion_matrix,
    top_k_accuracy_score,
)

from sklearn_slm import SLMTextClassifier, load_demo_corpus
from sklearn_slm.datasets import read_csv_texts

folder = Path("data", "banking77")
if folder.exists():
    X, y = read_csv_texts(folder / "train.csv.gz")
    X_test, y_test = read_csv_texts(folder / "test.csv.gz")
else:
    print(f"no folder {folder}: the embedded, synthetic corpus is used instead")
    subjects = ["film", "room", "phone", "food", "book", "course"]

    def read_subjects(subset):
        """Return texts about one subject, labelled by subject and verdict."""
        found = load_demo_corpus(subset=subset)
        pairs = [
            (text, f"{subject} {verdict}")
            for text, verdict in zip(found.data, found.target)
            for subject in subjects
            if [s for s in subjects if s in text] == [subject]
        ]
        return map(list, zip(*pairs))

    X, y = read_subjects("train")
    X_test, y_test = read_subjects("test")

# %%
# The first three answers
# -----------------------
model = SLMTextClassifier(32, max_iter=8, learning_rate=0.01, random_state=0)
model.fit(X, y)
known = np.isin(y_test, model.classes_)
X_test = [text for text, there in zip(X_test, known) if there]
y_test = np.array(y_test)[known]
probabilities = model.predict_proba(X_test)
for k in (1, 3):
    score = top_k_accuracy_score(y_test, probabilities, k=k, labels=model.classes_)
    print(f"{len(model.classes_)} classes, right among the first {k}: {score:.1%}")

# %%
# Mixed up most
# -------------
predicted = model.classes_[probabilities.argmax(axis=1)]
counts = confusion_matrix(y_test, predicted, labels=model.classes_)
errors = counts + counts.T
np.fill_diagonal(errors, 0)
worst = np.sort(np.argsort(-errors.max(axis=1), kind="stable")[:6])
shown = model.classes_[worst]
figure, ax = plt.subplots(figsize=(7, 5.5), layout="constrained")
ConfusionMatrixDisplay(counts[np.ix_(worst, worst)], display_labels=shown).plot(
    ax=ax, cmap="Purples", colorbar=False, xticks_rotation=35
)
plt.setp(ax.get_xticklabels(), ha="right")
plt.show()
