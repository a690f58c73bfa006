"""Few texts and settings of a small model for commands, and a way to run them."""

import subprocess
import sys

from sklearn_slm import load_demo_corpus

CORPUS = load_demo_corpus("en")
TEXTS, LABELS = CORPUS.data[:200], CORPUS.target[:200].tolist()
SLM = [sys.executable, "-m", "sklearn_slm"]
SMALL = [
    *("--set", "hidden_size=(3,)", "--set", "max_iter=1", "--set", "adversarial=0.0"),
    *("--set", "vectorizer__n_components=4", "--set", "vectorizer__max_iter=1"),
    *("--set", "runtime=numpy"),
]


def run_process(folder, *args, **options):
    return subprocess.run(
        [*SLM, *args],
        cwd=folder,
        capture_output=True,
        text=True,
        **options,
    )
