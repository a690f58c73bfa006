"""Small fits give the results that were recorded before the package was rebuilt.

The figures are in ``tests/data/fits.json``. On a machine like the one that recorded them
(the same libraries and instruction set) weights must be the same bits; compilers choose
other instructions elsewhere, and probabilities must be close. The suite compiles in a
quicker way, which is such an elsewhere; the first of these commands compares the bits.

    XLA_FLAGS= python -m pytest tests/test_same_results.py
    python tests/test_same_results.py          # record anew, where results change on purpose
"""

import hashlib
import json
import os
import platform
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

from sklearn_slm import GloveTfidfVectorizer, SLMTextClassifier, load_demo_corpus

RECORDED = Path(__file__).parent / "data" / "fits.json"
SMALL = {
    "hidden_size": 4,
    "max_iter": 2,
    "random_state": 0,
    "vectorizer": GloveTfidfVectorizer(n_components=6, random_state=1),
}
MANY, FEW = 320, 90  # above and below the texts from which a tenth is held out
TOLERANCE = 1e-6  # of probabilities, on the machine that recorded them
LOOSE = 2e-3  # elsewhere: two epochs carry the last bits of each step along


def load_texts(n):
    corpus = load_demo_corpus("en")
    return list(corpus.data[:n]), corpus.target[:n]


def fit(n=MANY, **parameters):
    return SLMTextClassifier(**(SMALL | parameters)).fit(*load_texts(n))


def fit_several_labels():
    texts, labels = load_texts(MANY)
    indicators = np.stack(
        [labels == labels[0], ["film" in text for text in texts]], axis=1
    )
    return SLMTextClassifier(**SMALL).fit(texts, indicators.astype(int))


def fit_stream():
    texts, labels = load_texts(MANY)
    model = SLMTextClassifier(**SMALL)
    for start in range(0, MANY, 160):
        part = slice(start, start + 160)
        model.partial_fit(texts[part], labels[part], classes=np.unique(labels))
    return model


def fit_twice():
    # Without n-grams: their blend weights were multiplied into the head that a second
    # fit began with, which was wrong.
    model = SLMTextClassifier(**SMALL, warm_start=True, ngrams=None)
    for n in (200, MANY):
        model.fit(*load_texts(n))
    return model


FITS = {
    "lstm": fit,
    "gru": lambda: fit(cell="gru", pooling="mean"),
    "rnn": lambda: fit(cell="rnn", pooling="max", candidate_activation="sigmoid"),
    "two layers": lambda: fit(hidden_size=(4, 3), recurrent_dropout=0.2),
    "one direction": lambda: fit(bidirectional=False, pooling="last"),
    "frozen vectors": lambda: fit(train_vectors=False, adversarial=0.0),
    "network alone": lambda: fit(ngrams=None, word_dropout=0.0),
    "several labels": fit_several_labels,
    "few texts": lambda: fit(FEW),
    "stream": fit_stream,
    "warm start": fit_twice,
}


def describe_machine():
    """Return what decides the bits: libraries, instruction set and compiler."""
    flags = ""
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        flags = next((line for line in lines if line.startswith("flags")), "")
    names = ("jax", "jaxlib", "keras", "numpy", "scipy", "scikit-learn")
    return {
        **{name: version(name) for name in names},
        "compiler": os.environ.get("XLA_FLAGS", ""),
        "processor": hashlib.sha256((platform.machine() + flags).encode()).hexdigest(),
    }


def measure(model):
    """Return a hash of the network's weights, and probabilities of new texts."""
    texts = list(load_demo_corpus("en", subset="test").data[:12])
    digest = hashlib.sha256()
    for name, value in sorted(model.weights_.items()):
        # When these were recorded, the head was multiplied by its blend weight.
        if not name.startswith("head."):
            digest.update(name.encode() + np.ascontiguousarray(value).tobytes())
    probabilities = model.set_params(runtime="numpy").predict_proba(texts)
    return {
        "weights": digest.hexdigest(),
        "probabilities": probabilities.round(9).tolist(),
    }


@pytest.mark.parametrize("name", FITS)
def test_a_fit_gives_what_it_gave(name):
    recorded = json.loads(RECORDED.read_text("utf-8"))
    found, expected = measure(FITS[name]()), recorded["fits"][name]
    same_machine = recorded["machine"] == describe_machine()
    np.testing.assert_allclose(
        found["probabilities"],
        expected["probabilities"],
        rtol=0,
        atol=TOLERANCE if same_machine else LOOSE,
    )
    if same_machine:
        assert found["weights"] == expected["weights"]


if __name__ == "__main__":
    fits = {name: measure(build()) for name, build in FITS.items()}
    found = {"machine": describe_machine(), "fits": fits}
    RECORDED.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
