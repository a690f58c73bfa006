"""
Correct spelling, and see where it ends
=======================================

``SLMTranslator`` learns any pairs of texts. Here it reads misspelled words, letter by
letter, and writes them as they should be. The mistakes are made by a seeded noise, so
that pairs cost nothing: this is how one gets training pairs where there are none. The
model is beside a peer that needs no training, and does not win everywhere.
"""

# %%
# Words and mistakes
# ------------------
# The words are those of the embedded corpus. A mistake leaves a letter out, puts one in,
# takes another one, or swaps two. Some words are kept back: no mistake of theirs is seen.
import re
from collections import Counter
from difflib import get_close_matches

import matplotlib.pyplot as plt
import numpy as np

from sklearn_slm import AlignmentDisplay, SLMTranslator, load_demo_corpus

LETTERS = list("abcdefghijklmnopqrstuvwxyz")
N_MISTAKES = 24  # of each word in training
random = np.random.default_rng(0)


def misspell(word):
    """Return a word with one mistake."""
    i, letter = random.integers(len(word) - 1), random.choice(LETTERS)
    return [
        word[:i] + word[i + 1 :],
        word[:i] + letter + word[i:],
        word[:i] + letter + word[i + 1 :],
        word[:i] + word[i + 1] + word[i] + word[i + 2 :],
    ][random.integers(4)]


text = " ".join(load_demo_corpus("en").data)
words = sorted(Counter(re.findall(r"\b[a-z]{5,}\b", text)))
shuffled = random.permutation(words).tolist()
never_seen, known = shuffled[:60], shuffled[60:]
right = [word for word in known for _ in range(N_MISTAKES)]
wrong = [misspell(word) for word in right]
print(len(known), "words;", dict(zip(wrong[:3], right[:3])))

# %%
# Learn to correct them
# ---------------------
# Words that are right are pairs too: the model must learn to leave them alone. Each word
# has many mistakes, so that nothing has to be set aside or smoothed.
model = SLMTranslator(
    64,
    tokens="char",
    batch_size=32,
    max_iter=6,
    learning_rate=0.01,
    dropout=0.1,
    label_smoothing=0.0,
    random_state=0,
)
model.fit(wrong + known, right + known)


def correct_by_list(word):
    """Return the known word that is nearest by the standard library's difflib."""
    return get_close_matches(word, known, n=1, cutoff=0.0)[0]


# %%
# Three kinds of words
# --------------------
# New mistakes in known words; known words that are right; words that neither has ever
# seen, spelled correctly.
tests = {
    "misspelled": (known, [misspell(word) for word in known]),
    "right": (known, known),
    "never seen": (never_seen, never_seen),
}
shares = {}
for name, (wanted, given) in tests.items():
    written = {
        "network": model.predict(given),
        "list": [correct_by_list(word) for word in given],
    }
    shares[name] = [np.mean(np.equal(own, wanted)) for own in written.values()]
    print(
        f"{name}: network {shares[name][0]:.2f}, nearest of the list {shares[name][1]:.2f}"
    )
for word, answer in zip(never_seen[:3], model.predict(never_seen[:3])):
    print(f"{word} -> {answer}")

# %%
# The network corrects most new mistakes in words that it knows and leaves right words
# alone. The nearest word of the list does that better, without any training: where there
# is a list, use it. Both spoil a word that they have never seen, the list always and the
# network mostly, by making something like a known word of it; so names and foreign words
# must go through neither. A network can pay where no list of words helps: where pairs of
# whole texts are given, and their context tells which word was meant.
#
# What it looked at
# -----------------
# A row is a letter that was written, a column one that was read. One might expect a
# diagonal, with a step where two letters are swapped. But the state of each letter has
# read the whole word from both ends: the network seems to recognise the word in a few
# places and then to spell it by heart, which it cannot do with one it has never seen.
fig, axes = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
places = np.arange(len(shares))
for i, (name, colour) in enumerate(
    (("network", "#8448a8"), ("nearest of the list", "#aaa"))
):
    heights = [share[i] for share in shares.values()]
    axes[0].bar(places + 0.4 * i, heights, 0.38, label=name, color=colour)
axes[0].set_xticks(places + 0.2, shares)
axes[0].set(ylim=(0, 1.25), title="share of words that come out right")
axes[0].legend(frameon=False, ncols=2, loc="upper left")
AlignmentDisplay.from_estimator(model, ["recomemnded"]).plot(ax=axes[1])
plt.show()
