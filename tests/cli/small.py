"""Few texts and settings of a small model for commands, and a way to run them."""

import subprocess
import sys

from sklearn_slm import SLMLanguageModel, load_demo_corpus
from sklearn_slm.estimators.corpora import read_corpus
from sklearn_slm.estimators.language_fit import describe_language
from tests.networks import draw_weights

CORPUS = load_demo_corpus("en")
TEXTS, LABELS = CORPUS.data[:200], CORPUS.target[:200].tolist()
SLM = [sys.executable, "-m", "sklearn_slm"]
SMALL = [
    *("--set", "hidden_size=(3,)", "--set", "max_iter=1", "--set", "adversarial=0.0"),
    *("--set", "vectorizer__n_components=4", "--set", "vectorizer__max_iter=1"),
    *("--set", "runtime=numpy"),
]

SMALL_LANGUAGE = [
    *("--task", "language-model", "--hidden-size", "4", "--max-iter", "2"),
    *("--set", "batch_size=4", "--set", "runtime=numpy"),
]


def make_language_model(texts, labels=None, **parameters):
    """Return a fitted language model of random weights, which takes no training."""
    parameters = {"min_count": 1, "runtime": "numpy"} | parameters
    model = SLMLanguageModel((3,), **parameters)
    corpus = read_corpus(model, texts, labels)
    spec = describe_language(model, corpus)
    model._set_stored(
        {
            "spec_": spec,
            "weights_": draw_weights(spec, scale=0.3),
            "backward_weights_": None,
            "tokenizer_": corpus.tokenizer,
            "vocabulary_": corpus.vocabulary,
            "classes_": corpus.classes,
            "n_iter_": 1,
            "loss_curve_": [1.0],
            "validation_scores_": None,
            "best_validation_score_": None,
        }
    )
    return model


def run_process(folder, *args, **options):
    return subprocess.run(
        [*SLM, *args],
        cwd=folder,
        capture_output=True,
        text=True,
        **options,
    )
