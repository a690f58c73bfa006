"""
Learn from thirty labels
========================

Texts are cheap and labels are not. A language model that has read all texts, labelled or
not, knows which words stand in like places; a classifier that starts from it needs few
labels to learn what is what. Here 2,000 messages to a shop are read and 30 have a label:
most products in the other ones were never seen with any.
"""

# %%
# Messages to a shop
# ------------------
import matplotlib.pyplot as plt
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from sklearn_slm import SLMLanguageModel, SLMTextClassifier

PRODUCTS = {
    "kitchen": """saucepan kettle ladle whisk grater teapot toaster colander spatula
    casserole corkscrew peeler blender breadbin apron saucer jug sieve tureen cleaver mug
    skillet timer tray strainer funnel platter goblet""",
    "garden": """spade hose rake trowel wheelbarrow seedling fertiliser hoe lawnmower bulb
    trellis sprinkler compost shears greenhouse hedge birdbath planter pitchfork mulch
    gnome pergola dibber turf axe sapling fence gazebo""",
    "sports": """racket skateboard dumbbell snorkel surfboard whistle football helmet
    kneepad trampoline rowing-machine dartboard javelin paddle skis wetsuit barbell
    shuttlecock treadmill frisbee goggles hockey-stick punchbag basketball snowboard
    sledge cricket-bat kayak""",
    "office": """stapler envelope notebook ballpoint folder printer toner highlighter
    calculator whiteboard clipboard paperclip shredder lamp diary inkpad eraser ruler
    binder label-maker scanner projector keyboard monitor headset sharpener fountain-pen
    blotter""",
}
PATTERNS = [
    "I ordered a {0} and a {1}, but only one of them came.",
    "The {0} is broken. The {1} is fine.",
    "Can I send the {0} back and keep the {1}?",
    "Have you got the {0} in blue, to go with my {1}?",
    "My {0} came without the {1} that I had paid for.",
]


def write_messages(n, random):
    """Return messages about two products of one department, and the departments."""
    departments = random.choice(list(PRODUCTS), n)
    pairs = (random.choice(PRODUCTS[d].split(), 2, replace=False) for d in departments)
    return [random.choice(PATTERNS).format(*pair) for pair in pairs], departments


random = np.random.default_rng(0)
unlabelled, _ = write_messages(2000, random)
X, y = write_messages(30, random)
X_test, y_test = write_messages(500, random)
print(*X[:3], sep="\n")

# %%
# Read everything, then learn from thirty
# ---------------------------------------
lm = SLMLanguageModel(
    64, max_iter=8, batch_size=16, window=20, learning_rate=0.01, random_state=0
)
lm.fit(unlabelled + X)
models = {
    "TF-IDF": make_pipeline(TfidfVectorizer(), LogisticRegression(C=10)),
    "SLMTextClassifier": SLMTextClassifier(64, random_state=0),
    "with a language model": SLMTextClassifier(pretrained=lm, random_state=0),
}
scores = {name: m.fit(X, y).score(X_test, y_test) for name, m in models.items()}
unl = SLMTextClassifier(64, random_state=0).fit(X, y, X_unlabeled=unlabelled)
scores["unl"]=unl.score(X_test, y_test)
lr = LogisticRegression(max_iter=1000).fit(lm.transform(X), y)
scores["states"]=lr.score(lm.transform(X_test), y_test)
print(scores, lm.validation_scores_)
seen = set(" ".join(X).replace(",", "").replace(".", "").split())

# %%
# Accuracy on other messages
# --------------------------
figure, ax = plt.subplots(figsize=(7, 2.2), layout="constrained")
bars = ax.barh(list(scores), list(scores.values()), color="#9bb")
ax.bar_label(bars, fmt="{:.1%}", padding=4)
ax.set(xlim=(0, 1.12), xlabel="accuracy on test texts")
ax.invert_yaxis()
plt.show()
