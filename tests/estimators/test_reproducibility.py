"""The same seed gives the same bits, and no global generator is touched."""

import hashlib
import random
import subprocess
import sys

import joblib
import numpy as np

from sklearn_slm import GloveTfidfVectorizer, SLMTextClassifier, load_demo_corpus

CORPUS = load_demo_corpus("en", random_state=3)
TEXTS, LABELS = CORPUS.data[:150], CORPUS.target[:150]


def fit_and_digest(seed=0, n_jobs=None):
    """Return a digest of the bits of weights and predictions."""
    model = SLMTextClassifier(
        hidden_size=8,
        vectorizer=GloveTfidfVectorizer(n_components=8, n_jobs=n_jobs),
        recurrent_dropout=0.2,
        max_iter=2,
        n_jobs=n_jobs,
        random_state=seed,
    ).fit(TEXTS, LABELS)
    digest = hashlib.sha256(model.predict_proba(TEXTS).tobytes())
    for name in sorted(model.weights_):
        digest.update(model.weights_[name].tobytes())
    return digest.hexdigest()


def test_same_seed_same_bits():
    first = fit_and_digest()
    assert fit_and_digest(n_jobs=2) == first
    assert fit_and_digest(np.random.RandomState(0)) == first
    assert fit_and_digest(1) != first
    # In new processes: one of its own, and workers of joblib with one thread each.
    code = f"import sys; sys.path.insert(0, {__file__.rsplit('/', 1)[0]!r})\n"
    code += "from test_reproducibility import fit_and_digest; print(fit_and_digest())"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == first
    digests = joblib.Parallel(n_jobs=2)(
        joblib.delayed(_in_worker)(__file__) for _ in "ab"
    )
    assert digests == [first, first]


def _in_worker(path):
    import runpy

    return runpy.run_path(path)["fit_and_digest"]()


def test_global_generators_stay_where_they_are():
    random.seed(1)
    np.random.seed(1)
    before = random.getstate(), np.random.get_state()
    fit_and_digest()
    SLMTextClassifier(hidden_size=2, max_iter=1).fit(TEXTS[:60], LABELS[:60]).predict(
        TEXTS
    )
    after = random.getstate(), np.random.get_state()
    assert before[0] == after[0]
    for a, b in zip(before[1], after[1]):
        np.testing.assert_array_equal(a, b)
