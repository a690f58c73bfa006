"""
Write in the style of a corpus
==============================

A language model that was fitted on texts writes others like them: ``generate`` draws one
token after another. Here one small model reads two corpora, English and Chinese opinions,
and the label of a corpus says in which style to write. The corpora are synthetic. What the
model makes of them has the form of an opinion, and there is nobody whose opinion it is.
"""

# %%
# One model, two corpora
# ----------------------
# The label of a text is read before its first word. This model is trained for seconds; on
# your own texts give it more units and more time.
import matplotlib.pyplot as plt
import numpy as np

from sklearn_slm import SLMLanguageModel, load_demo_corpus

english, chinese = (
    load_demo_corpus("en").data[:2000],
    load_demo_corpus("zh").data[:2000],
)
labels = ["English"] * len(english) + ["Chinese"] * len(chinese)
lm = SLMLanguageModel(
    64,
    max_iter=6,
    batch_size=16,
    window=20,
    learning_rate=0.01,
    dropout=0.1,
    random_state=0,
)
lm.fit(english + chinese, labels)
perplexity = np.exp(-lm.best_validation_score_)
print(f"{len(lm.vocabulary_)} tokens, validation perplexity {perplexity:.1f}")

# %%
# The label chooses the style
# ---------------------------
for label in ("English", "Chinese"):
    print(*lm.generate(label=label, n=4, temperature=0.6, random_state=0), sep="\n")

# %%
# Beginnings, and words that are to come
# --------------------------------------
style = {"label": "English", "temperature": 0.6, "n_tokens": 20, "random_state": 0}
print(*lm.generate("I had been told that", n=2, **style), sep="\n")
print(*lm.generate("The hotel", keywords=["breakfast"], n=2, **style), sep="\n")

# %%
# Careful or bold
# ---------------
# At a low temperature the model writes what is most probable, and some texts twice. At a
# high one it writes what it has never read, and less and less of it is English.
temperatures = [0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4]
shares, perplexities = [], []
for temperature in temperatures:
    texts = lm.generate(
        label="English", n=200, temperature=temperature, top_p=1.0, random_state=0
    )
    shares.append(len(set(texts) - set(english)) / len(texts))
    perplexities.append(lm.perplexity(texts, ["English"] * len(texts)))

figure, axes = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
axes[0].plot(temperatures, shares, marker="o", color="#368")
axes[0].set(title="share of texts that are new", ylim=(0, 1.05))
axes[1].plot(temperatures, perplexities, marker="o", color="#c62")
axes[1].axhline(lm.perplexity(english, labels[: len(english)]), color="0.6", ls=":")
axes[1].set(title="their perplexity (dotted: of the corpus)", ylim=(1, None))
for ax in axes:
    ax.set_xlabel("temperature")
plt.show()
