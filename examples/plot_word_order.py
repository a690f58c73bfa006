"""
What a bag of words cannot read
===============================

The embedded corpus carries its labels in the order of the words: "I expected a dull
film, but it was gripping" and "I expected a gripping film, but it was dull" are one
bag of words with two labels. N-grams see a little of that order, a recurrent network
the whole sentence. (The corpus is synthetic; on topics, n-grams do as well.)
"""

# %%
# Three models, the same texts
# ----------------------------
import matplotlib.pyplot as plt
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from sklearn_slm import GloveTfidfVectorizer, SLMTextClassifier, load_demo_corpus

train = load_demo_corpus("en")
test = load_demo_corpus("en", subset="test")
models = {
    "TF-IDF, words": make_pipeline(TfidfVectorizer(), LogisticRegression()),
    "TF-IDF, 1-3-grams": make_pipeline(
        TfidfVectorizer(ngram_range=(1, 3)), LogisticRegression(C=10)
    ),
    "document vectors": make_pipeline(
        GloveTfidfVectorizer(output="document", random_state=0),
        LogisticRegression(max_iter=1000),
    ),
    "SLMTextClassifier": make_pipeline(
        GloveTfidfVectorizer(random_state=0), SLMTextClassifier(32, random_state=0)
    ),
}
scores = {
    name: model.fit(train.data, train.target).score(test.data, test.target)
    for name, model in models.items()
}

# %%
# Accuracy on combinations that no model has seen
# -----------------------------------------------
figure, ax = plt.subplots(figsize=(7, 2.6), layout="constrained")
bars = ax.barh(list(scores), list(scores.values()), color=["#9bb"] * 3 + ["#c62"])
ax.bar_label(bars, fmt="{:.1%}", padding=4)
ax.axvline(0.5, color="grey", linestyle=":")
ax.annotate("guessing", (0.5, -0.55), ha="center", va="bottom", color="grey")
ax.set(xlim=(0, 1.12), xlabel="accuracy on test texts")
ax.invert_yaxis()
plt.show()
