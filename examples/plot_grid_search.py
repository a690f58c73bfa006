"""
How large should the network be?
================================

``hidden_size`` is a parameter like any other: ``GridSearchCV`` finds it, here together
with the kind of cell. The vectors are made once, outside the search, because token
sequences can be split by scikit-learn as they are.
"""

# %%
# Search
# ------
import matplotlib.pyplot as plt
from sklearn.model_selection import GridSearchCV, StratifiedShuffleSplit

from sklearn_slm import GloveTfidfVectorizer, SLMTextClassifier, load_demo_corpus

corpus = load_demo_corpus("en")
X = GloveTfidfVectorizer(random_state=0).fit_transform(corpus.data)
sizes, cells = [4, 16], ["lstm", "gru"]
search = GridSearchCV(
    SLMTextClassifier(max_iter=5, learning_rate=0.01, adversarial=0.0, random_state=0),
    {"cell": cells, "hidden_size": sizes},
    cv=StratifiedShuffleSplit(1, test_size=0.25, random_state=0),
    refit=False,
    error_score="raise",
).fit(X, corpus.target)
print("best:", search.best_params_, f"{search.best_score_:.3f}")

# %%
# Accuracy by size and cell
# -------------------------
# The grid was tried cell by cell, size by size.
scores = search.cv_results_["mean_test_score"].reshape(len(cells), len(sizes))
figure, ax = plt.subplots(figsize=(6, 3.4), layout="constrained")
for cell, row, marker in zip(cells, scores, "os"):
    ax.plot(sizes, row, marker=marker, label=cell)
ax.set_xscale("log", base=2)
ax.set(xlabel="hidden_size", ylabel="accuracy on held-out texts", xticks=sizes)
ax.xaxis.set_major_formatter("{x:.0f}")
ax.legend(frameon=False)
plt.show()
