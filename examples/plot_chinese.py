"""
Chinese text, without a word segmenter
======================================

Scripts without spaces are split into characters, so nothing has to be installed or
configured. The picture shows how training went: early stopping keeps the weights of
the epoch with the highest validation accuracy.
"""

# %%
# Train on the Chinese half of the embedded corpus
# ------------------------------------------------
import matplotlib.pyplot as plt

from sklearn_slm import SLMTextClassifier, load_demo_corpus
from sklearn_slm.inspection import TrainingCurveDisplay

train = load_demo_corpus("zh")
test = load_demo_corpus("zh", subset="test")
model = SLMTextClassifier(16, max_iter=6, learning_rate=0.01, random_state=0)
model.fit(train.data, train.target)
print(f"accuracy on test: {model.score(test.data, test.target):.3f}")
for text in ("这部电影一点也不无聊。", "虽然演员很好，但是这部电影很无聊。"):
    probability = dict(zip(model.classes_, model.predict_proba([text])[0]))
    print(text, {str(name): round(float(p), 3) for name, p in probability.items()})

# %%
# A word segmenter of your own, such as jieba's, is one parameter away::
#
#     import jieba
#     SLMTextClassifier(vectorizer=GloveTfidfVectorizer(analyzer=jieba.lcut))
#
# How training went
# -----------------
TrainingCurveDisplay.from_estimator(model)
plt.show()
