"""
News topics: how much of a long text is needed?
===============================================

Topics show early in a text. ``max_length`` cuts texts, and with them the time of a
fit; this example measures what is lost. The data are four groups of 20 Newsgroups if
scikit-learn has them already (``fetch_20newsgroups`` downloads them), else the embedded
corpus with its subjects (films, hotels, ...) as topics.
"""

# %%
# Texts
# -----
import time

import matplotlib.pyplot as plt
from sklearn.datasets import fetch_20newsgroups
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from sklearn_slm import GloveTfidfVectorizer, SLMTextClassifier, load_demo_corpus

groups = ["rec.autos", "sci.med", "sci.space", "talk.politics.guns"]
try:
    news = fetch_20newsgroups(
        subset="all",
        categories=groups,
        remove=("headers", "footers", "quotes"),
        download_if_missing=False,
    )
    texts, topics = news.data, [groups[i] for i in news.target]
    lengths = [10, 30, 100]
except OSError:
    print("20 Newsgroups are not there: the embedded, synthetic corpus is used instead")
    subjects = ["film", "room", "phone", "food", "book"]
    pairs = [(t, [s for s in subjects if s in t]) for t in load_demo_corpus().data]
    texts = [text for text, found in pairs if len(found) == 1]
    topics = [found[0] for _, found in pairs if len(found) == 1]
    lengths = [2, 5, 15]
parts = train_test_split(texts, topics, stratify=topics, random_state=0)

# %%
# Cut, fit, score
# ---------------
scores, seconds = [], []
for length in lengths:
    model = make_pipeline(
        GloveTfidfVectorizer(max_length=length, random_state=0),
        SLMTextClassifier(16, max_iter=3, adversarial=0.0, random_state=0),
    )
    began = time.perf_counter()
    model.fit(parts[0], parts[2])
    seconds.append(time.perf_counter() - began)
    scores.append(model.score(parts[1], parts[3]))

figure, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
ax.plot(lengths, scores, marker="o", color="#368")
for length, score, spent in zip(lengths, scores, seconds):
    ax.annotate(
        f"{spent:.0f} s",
        (length, score),
        (0, -14),
        textcoords="offset points",
        ha="center",
        color="0.4",
    )
ax.set(xlabel="max_length, tokens", ylabel="accuracy", ylim=(0, 1.05), xticks=lengths)
plt.show()
