"""
Chinese headlines: the characters that give a topic away
========================================================

``top_tokens`` averages what each token adds to each class over a corpus: a quick look
at what a model has learned, and at what it should not have. The data are headlines
with topics if ``data/thucnews_titles`` holds ``train.csv.gz`` (columns text and label),
else the Chinese half of the embedded corpus. The picture needs a font with Chinese
characters and warns if there is none.
"""

# %%
# Train
# -----
import warnings
from pathlib import Path

import matplotlib.pyplot as plt

from sklearn_slm import SLMTextClassifier, load_demo_corpus
from sklearn_slm.datasets import read_csv_texts
from sklearn_slm.inspection import top_tokens
from sklearn_slm.inspection.fonts import choose_fonts

path = Path("data", "thucnews_titles", "train.csv.gz")
if path.exists():
    texts, labels = (column[:8000] for column in read_csv_texts(path))
else:
    print(f"no file {path}: the embedded, synthetic corpus is used instead")
    texts, labels = load_demo_corpus("zh", return_X_y=True)
model = SLMTextClassifier(16, max_iter=5, learning_rate=0.01, random_state=0)
model.fit(texts, labels)
print(f"accuracy on the validation part: {model.best_validation_score_:.3f}")

# %%
# What speaks for each class
# --------------------------
found = top_tokens(model, texts[:1500], n=6)
for name, tokens in found.items():
    print(name, " ".join(word.token for word in tokens))

with warnings.catch_warnings():
    warnings.simplefilter("default")  # without a font, boxes are better than no picture
    families = choose_fonts([word.token for words in found.values() for word in words])
    figure, axes = plt.subplots(1, 2, figsize=(7, 3), layout="constrained")
    for ax, (name, words) in zip(axes, list(found.items())[:2]):
        places = range(len(words))
        ax.barh(places, [word.score for word in words], color="#368")
        ax.set_yticks(places, [word.token for word in words], fontfamily=families)
        ax.invert_yaxis()
        ax.set_title(str(name), fontfamily=families)
        ax.set_xlabel("mean contribution")
    plt.show()
