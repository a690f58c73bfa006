"""
Write in the style of a corpus
==============================

A language model that was fitted on texts writes others like them: ``generate`` draws one
token after another. Here one small model reads two corpora, English and Chinese opinions,
each under a label, and the label says in which style to write. The texts are synthetic,
and so is what the model makes of them: it has the form of an opinion, and none.
"""

# %%
# One model, two corpora
# ----------------------
# A document's label is read before its first word. The model spends half a minute on this;
# on your own texts give it more units and more time.
import matplotlib.pyplot as plt
import numpy as np

from sklearn_slm import SLMLanguageModel, load_demo_corpus

english, chinese = load_demo_corpus("en"), load_demo_corpus("zh")
texts = english.data + chinese.data
labels = ["English"] * len(english.data) + ["Chinese"] * len(chinese.data)
lm = SLMLanguageModel(
    64, max_iter=6, batch_size=16, window=20, learning_rate=0.01, random_state=0
)
lm.fit(texts, labels)
print(f"{len(lm.vocabulary_)} tokens, validation perplexity", end=" ")
print(f"{np.exp(-lm.best_validation_score_):.1f}")

# %%
# The label chooses the style
# ---------------------------
for label in ("English", "Chinese"):
    print("\n".join(lm.generate(n=4, label=label, temperature=0.6, random_state=0)))

# %%
# Beginnings, and words that are to come
# --------------------------------------
style = {"label": "English", "temperature": 0.6, "random_state": 0}
print(lm.generate("I had been told that", **style)[0])
print(lm.generate("The hotel", keywords=["breakfast", "noisy"], **style)[0])

# %%
# Careful or bold
# ---------------
# A low temperature writes what is most probable, and much of that twice. A high one writes
# what was never read, and less and less of it is English.
temperatures = np.array([0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4])
known = set(english.data)
repeated, perplexity = [], []
for temperature in temperatures:
    style = {"label": "English", "temperature": temperature, "top_p": 1.0}
    written = lm.generate(n=200, random_state=0, **style)
    repeated.append(1 - len(set(written) - known) / len(written))
    perplexity.append(lm.perplexity(written, ["English"] * len(written)))

figure, axes = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
axes[0].plot(temperatures, repeated, marker="o", color="#368")
axes[0].set(ylabel="repeated, or copied from the corpus", ylim=(0, None))
axes[1].plot(temperatures, perplexity, marker="o", color="#c62")
axes[1].set(ylabel="perplexity of what is written", yscale="log")
axes[1].axhline(
    lm.perplexity(english.data[:500], ["English"] * 500), color="grey", linestyle=":"
)
axes[1].annotate("of the corpus", (1.4, lm.perplexity(english.data[:500], ["English"] * 500)), ha="right", va="bottom", color="grey")
for ax in axes:
    ax.set_xlabel("temperature")
plt.show()
