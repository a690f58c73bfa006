"""
Spam: few of one kind, and a threshold
======================================

When one class is rare, accuracy says little. Precision and recall over all thresholds
do, and a threshold can be chosen for the errors that one can live with:
``TunedThresholdClassifierCV`` of scikit-learn takes the classifier as it is. The data
are the SMS Spam Collection if ``data/sms_spam/all.csv.gz`` is there, else the embedded
corpus with most of its positive texts left out.
"""

# %%
# Texts, one class rare
# ---------------------
from pathlib import Path

import matplotlib.pyplot as plt
from sklearn.metrics import PrecisionRecallDisplay, fbeta_score, make_scorer
from sklearn.model_selection import (
    StratifiedShuffleSplit,
    TunedThresholdClassifierCV,
    train_test_split,
)

from sklearn_slm import SLMTextClassifier, load_demo_corpus
from sklearn_slm.datasets import read_csv_texts

path = Path("data", "sms_spam", "all.csv.gz")
if path.exists():
    texts, labels = read_csv_texts(path)
    rare = "spam"
else:
    print(f"no file {path}: the embedded, synthetic corpus is used instead")
    rows = list(zip(*load_demo_corpus(subset="all", return_X_y=True)))
    rows = [row for i, row in enumerate(rows) if row[1] == "negative" or i % 4 == 0]
    texts, labels = map(list, zip(*rows))
    rare = "positive"
X, X_test, y, y_test = train_test_split(texts, labels, stratify=labels, random_state=0)
print(f"{y.count(rare)} of {len(y)} training texts are {rare}")

# %%
# Prefer precision
# ----------------
# F with beta 0.5: a text that is wrongly called rare costs more than one missed.
model = SLMTextClassifier(
    16, max_iter=8, learning_rate=0.01, class_weight="balanced", random_state=0
)
tuned = TunedThresholdClassifierCV(
    model,
    scoring=make_scorer(fbeta_score, beta=0.5, pos_label=rare),
    cv=StratifiedShuffleSplit(1, test_size=0.25, random_state=0),
).fit(X, y)
print(f"threshold {tuned.best_threshold_:.2f} instead of 0.5")

display = PrecisionRecallDisplay.from_estimator(
    tuned.estimator_, X_test, y_test, pos_label=rare, name="SLMTextClassifier"
)
found = tuned.predict(X_test) == rare
truth = [label == rare for label in y_test]
hits = sum(f and t for f, t in zip(found, truth))
display.ax_.plot(
    hits / max(sum(truth), 1), hits / max(found.sum(), 1), "o", label="chosen threshold"
)
display.ax_.legend(loc="lower left")
display.figure_.set_layout_engine("constrained")
plt.show()
