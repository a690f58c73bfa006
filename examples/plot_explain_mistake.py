"""
Explain a mistake
=================

Take the test text that the model is most wrong about and ask which words misled it, by
four methods. What attention looks at is not yet what speaks for a class: see the
user guide on explanations.
"""

# %%
# The most confident mistake
# --------------------------
# A network that has read little: mistakes are easy to find.
import matplotlib.pyplot as plt
import numpy as np

from sklearn_slm import SLMTextClassifier, load_demo_corpus
from sklearn_slm.inspection import METHODS, AttentionDisplay, ExplanationDisplay

train, test = load_demo_corpus(), load_demo_corpus(subset="test")
model = SLMTextClassifier(16, max_iter=3, learning_rate=0.01, random_state=0)
model.fit(train.data[:2000], train.target[:2000])
truth = np.searchsorted(model.classes_, test.target)
probability = model.predict_proba(test.data)
mistake = int(probability[np.arange(len(truth)), truth].argmin())
text, label = test.data[mistake], test.target[mistake]
print(f"{text}\nis {label}; the model says {model.predict([text])[0]}")

# %%
# Words that speak for the wrong class
# ------------------------------------
# In a notebook the last line of a cell shows the text with coloured words.
display = ExplanationDisplay.from_estimator(model, [text], target=list(model.classes_))
display

# %%
# The same word, four scores
# --------------------------
figure, axes = plt.subplots(1, 4, figsize=(11, 4), layout="constrained", sharey=True)
for ax, method in zip(axes, METHODS):
    shown = ExplanationDisplay.from_estimator(model, [text], method=method)
    shown.plot(ax=ax, n=20)
    ax.set_title(method, loc="left")
    ax.set_xlabel("")
plt.show()

# %%
# Where the network looked
# ------------------------
AttentionDisplay.from_estimator(model, text)
plt.show()
