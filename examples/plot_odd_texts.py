"""
Find odd texts by their likelihood
==================================

What a language model finds improbable is unlike the texts that it was fitted on: another
subject, another language, damaged text. It needs no labels and no examples of what is odd.
"""

# %%
# Learn what is usual
# -------------------
import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import roc_auc_score

from sklearn_slm import SLMLanguageModel, load_demo_corpus
from sklearn_slm.inspection import PerplexityDisplay, SurprisalDisplay

lm = SLMLanguageModel(
    64, max_iter=5, batch_size=16, window=20, learning_rate=0.01, random_state=0
)
lm.fit(load_demo_corpus().data)

# %%
# A box of texts
# --------------
# Two hundred usual ones, and some that do not belong there. In the shuffled ones every
# word is usual, so that a model which counts words could not find them.
usual = load_demo_corpus(subset="test").data[:200]
random = np.random.default_rng(0)
odd = [" ".join(random.permutation(text.split())) for text in usual[:20]]
odd += [
    "Your parcel could not be delivered. Click here to pay the fee.",
    "The committee adopted the budget for the coming year.",
    "L'hôtel était plutôt calme, mais la cuisine m'a déçu.",
    "The hotel was not noisy, it was triangular.",
    "teh flim wsa nto bda ta lal",
]
texts, is_odd = usual + odd, [False] * len(usual) + [True] * len(odd)

# %%
# Long texts are less probable than short ones, whatever they say. So it is the mean over
# the tokens that tells: the perplexity of a text is its exponential.
display = PerplexityDisplay.from_estimator(lm, usual, name="usual")
PerplexityDisplay.from_estimator(lm, odd, name="odd", ax=display.ax_)
plt.show()

scored = lm.score_tokens(texts)
perplexities = np.exp(-lm.score_samples(texts) / scored.targets.lengths)
print(f"area under the ROC curve: {roc_auc_score(is_odd, perplexities):.3f}")
for i in np.argsort(-perplexities)[:4]:
    print(f"{perplexities[i]:10,.0f}  {texts[i]}")

# %%
# Why it is odd
# -------------
# In a notebook the last line of a cell shows the texts. Words that the model does not know
# are underlined: they are all one token to it, and that token is rare.
SurprisalDisplay.from_estimator(lm, [usual[0], odd[0], *odd[20:]])
