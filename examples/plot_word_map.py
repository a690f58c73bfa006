"""
A map of the frequent words
===========================

Word vectors of a corpus, brought to two dimensions: words that are used alike stand
together. Opposites do too ("good" and "bad" fit into the same sentences), so word
vectors alone do not tell praise from blame; that is left to the network that reads
them in order. Give a file with one text a line to see your own words::

    python plot_word_map.py my_texts.txt
"""

# %%
# Train vectors on a corpus
# -------------------------
# A few thousand texts take about a second. Without a file of your own, the texts are
# the synthetic opinions that come with the package.
import sys
from collections import Counter
from pathlib import Path

import matplotlib.pyplot as plt
from sklearn.cluster import AgglomerativeClustering
from sklearn.manifold import TSNE

from sklearn_slm import load_demo_corpus, train_glove
from sklearn_slm.text import Analyzer

if len(sys.argv) > 1:
    texts = Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()
else:
    texts = load_demo_corpus("en").data
vectors = train_glove(texts, 50, min_df=5, random_state=0)
for word in vectors.tokens[:200:40]:
    print(f"{word:>8}: {', '.join(near for near, _ in vectors.most_similar(word, 5))}")

# %%
# Draw the most frequent words
# ----------------------------
# The vectors are brought to unit length, as cosines see them. The colours come from
# ten clusters in all 50 components, not from the map.
counts = Counter(token for text in texts for token in Analyzer()(text))
words = [word for word, _ in counts.most_common(220) if word.isalpha()][:130]
shown = vectors.subset(words)
table = shown.table / [[float(sum(row**2)) ** 0.5] for row in shown.table]
groups = AgglomerativeClustering(10).fit_predict(table)
places = TSNE(perplexity=12, init="pca", method="exact", random_state=0).fit_transform(
    table
)

figure, ax = plt.subplots(figsize=(10, 7), layout="constrained")
ax.scatter(*places.T, c=groups, cmap="tab10", s=0)
for word, (x, y), group in zip(shown.tokens, places, groups):
    size = 7 + 5 * (counts[word] / counts[words[0]]) ** 0.3
    colour = plt.colormaps["tab10"](group)
    ax.text(x, y, word, size=size, color=colour, ha="center", va="center")
ax.set_axis_off()
ax.set_title("Words that are used alike stand together")
plt.show()
