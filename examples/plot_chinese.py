"""
Chinese text, without a word segmenter
======================================

Scripts without spaces are split into characters, so nothing has to be installed or
configured. The picture shows how training went: early stopping keeps the weights of
the pass with the highest validation accuracy.
"""

# %%
# Train on the Chinese half of the embedded corpus
# ------------------------------------------------
import matplotlib.pyplot as plt

from sklearn_slm import SLMTextClassifier, load_demo_corpus

train = load_demo_corpus("zh")
test = load_demo_corpus("zh", subset="test")
model = SLMTextClassifier(hidden_size=32, random_state=0)
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
passes = range(1, model.n_iter_ + 1)
figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
left.plot(passes, model.loss_curve_, marker="o", color="#368")
left.set(xlabel="pass over the texts", ylabel="training loss", ylim=(0, None))
right.plot(passes, model.validation_scores_, marker="o", color="#c62")
right.axhline(model.best_validation_score_, color="grey", linestyle=":", label="kept")
right.set(xlabel="pass over the texts", ylabel="validation accuracy")
right.legend(frameon=False)
for ax in (left, right):
    ax.xaxis.get_major_locator().set_params(integer=True)
plt.show()
