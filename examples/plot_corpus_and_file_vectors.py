"""
Vectors of the corpus against vectors from a file
=================================================

Vectors can be trained on the texts at hand or read from a file that was made from far
more text. Here both are brought into one space: an arrow leads from a word's vector
in the file to the one trained on a few texts. The rarer a word is in those texts, the
longer its arrow, because few sentences say little about it. Give a file of your own,
GloVe or word2vec, plain or compressed::

    python plot_corpus_and_file_vectors.py glove.6B.50d.txt.gz
"""

# %%
# A file, and a corpus that does not know all of its words
# --------------------------------------------------------
# Without a file of your own, vectors are trained on most of the embedded corpus and
# written to one, without every eighth word. The other 300 texts are the corpus.
import sys
import tempfile
from itertools import pairwise
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from sklearn_slm import (
    GloveTfidfVectorizer,
    load_demo_corpus,
    read_vectors,
    train_glove,
    write_vectors,
)
from sklearn_slm.embeddings import map_vectors

texts = load_demo_corpus("en").data
corpus = texts[:300]
with tempfile.TemporaryDirectory() as folder:
    path = Path(sys.argv[1] if len(sys.argv) > 1 else Path(folder, "vectors.txt.gz"))
    if not path.exists():
        trained = train_glove(texts[300:], 50, random_state=0)
        kept = [word for row, word in enumerate(trained.tokens) if row % 8]
        write_vectors(path, trained.subset(kept))
    own = GloveTfidfVectorizer(50, random_state=0).fit(corpus)
    words = own.vocabulary_.tokens
    file = read_vectors(path, tokens=words)

# %%
# What the file has
# -----------------
# ``coverage`` tells how much of the texts a file can serve, and which words it lacks;
# ``missing`` says what those get.
filled = GloveTfidfVectorizer(file.n_components, vectors=file).fit(corpus)
print(filled.coverage(n_missing=8))

# %%
# Both in one space
# -----------------
# ``map_vectors`` finds the linear map that brings the vectors of shared words nearest
# to those of the file; GloVe's own axes are arbitrary. The picture shows the plane in
# which the file's vectors vary most.
mapped = map_vectors(own.vectors_, file)
counts = dict(zip(words, own.vocabulary_.token_counts))
shared = [word for word in words if word in file and word.isalpha()]
start, end = file.subset(shared).table, mapped.subset(shared).table
frequency = np.array([counts[word] for word in shared])
distance = np.linalg.norm(end - start, axis=1) / np.linalg.norm(start, axis=1)

plane = np.linalg.svd(start - start.mean(axis=0), full_matrices=False)[2][:2].T
figure, (left, right) = plt.subplots(
    1, 2, figsize=(12, 5), layout="constrained", width_ratios=[3, 2]
)
chosen = [row for row, word in enumerate(shared) if len(word) > 3][:100:5]
x, y = (start[chosen] @ plane).T
dx, dy = ((end - start)[chosen] @ plane).T
arrows = left.quiver(
    x,
    y,
    dx,
    dy,
    frequency[chosen],
    angles="xy",
    scale_units="xy",
    scale=1,
    width=0.004,
    cmap="viridis_r",
    norm="log",
)
left.update_datalim(np.column_stack([x + dx, y + dy]))
left.margins(0.1)
left.autoscale_view()
figure.colorbar(arrows, ax=left, label="times that the corpus has the word")
for row, *place in zip(chosen, x, y):
    left.annotate(shared[row], place, size=9, ha="center", va="bottom")
left.set(xticks=[], yticks=[], title="from the file's vector to the corpus' own")

right.scatter(frequency, distance, s=12, color="#368", alpha=0.6)
bins = np.unique(np.geomspace(1, frequency.max() + 1, 7).astype(int))
middle = [
    np.median(distance[(frequency >= low) & (frequency < high)])
    for low, high in pairwise(bins)
]
right.plot(np.sqrt(bins[:-1] * bins[1:]), middle, color="#c62", label="median")
right.set(
    xscale="log",
    ylim=(0, None),
    xlabel="times that the corpus has the word",
    ylabel="distance, relative to the length in the file",
    title="the rarer a word, the less its texts tell",
)
right.legend(frameon=False)
plt.show()
