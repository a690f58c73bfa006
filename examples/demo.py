"""
Five minutes: train, compare, save, load elsewhere
==================================================

Trains on the embedded corpus, in which word order carries the label, beside the
linear model that most people start from; then a new process, which never imports
Keras, loads the model and classifies a few sentences. ``make demo`` runs this file.
"""

import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from textwrap import shorten

import joblib
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import classification_report
from sklearn.pipeline import make_pipeline

from sklearn_slm import SLMTextClassifier, load_demo_corpus

SENTENCES = [
    "The film was not bad at all.",
    "I expected a dull film, but it was gripping.",
    "I expected a gripping film, but it was dull.",
    "Although the acting was superb, the film bored me.",
]
SERVE = """
import sys, joblib
model = joblib.load(sys.argv[1])
texts = sys.argv[2:]
for text, label, p in zip(texts, model.predict(texts), model.predict_proba(texts)):
    print(f"  {label:>8}  {p.max():.2f}  {text}")
heavy = {"keras", "jax", "tensorflow", "torch"} & set(sys.modules)
print("  deep-learning modules imported:", ", ".join(sorted(heavy)) or "none")
"""


def fit_and_report(name, model, train, test):
    """Fit a model, print how it does on texts it has not seen."""
    began = time.perf_counter()
    model.fit(train.data, train.target)
    seconds = time.perf_counter() - began
    print(
        f"\n{name}: fitted in {seconds:.1f} s, {model.score(test.data, test.target):.1%}"
    )
    print(classification_report(test.target, model.predict(test.data), digits=3))
    return model


train = load_demo_corpus("en", subset="train")
test = load_demo_corpus("en", subset="test")
print(f"{len(train.data)} training texts, {len(test.data)} test texts; two of them:")
for text, label in list(zip(train.data, train.target))[:2]:
    print(f"  {label:>8}  {shorten(text, 68, placeholder=' ...')}")

fit_and_report(
    "TF-IDF + LogisticRegression",
    make_pipeline(TfidfVectorizer(), LogisticRegression(max_iter=1000)),
    train,
    test,
)

model = SLMTextClassifier(random_state=0)
try:
    from sklearn.callback import ProgressBar
except ImportError:  # scikit-learn < 1.9
    ProgressBar = None
if ProgressBar is not None and find_spec("rich") and sys.stdout.isatty():
    model.set_callbacks(ProgressBar())
else:  # one line for each epoch
    model.set_params(verbose=1)
fit_and_report("sklearn_slm", model, train, test)

path = Path("demo-output") / "model.joblib"
path.parent.mkdir(exist_ok=True)
joblib.dump(model, path)
print(f"saved {path}, {path.stat().st_size / 1e6:.1f} MB; a new process loads it:")
subprocess.run([sys.executable, "-c", SERVE, str(path), *SENTENCES], check=True)
