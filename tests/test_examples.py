"""Every example runs without a warning; ``make docs`` runs them at full size.

The first one runs as a person would run it. The others run in one process, on fewer
texts and for one pass: that finds what is broken in them in a second each.
"""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

import sklearn_slm
from sklearn_slm import (
    SLMAnswerer,
    SLMLanguageModel,
    SLMSpeechRecognizer,
    SLMTextClassifier,
    SLMTranslator,
    load_demo_corpus,
    load_demo_speech,
)

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
PLOTS = sorted(EXAMPLES.glob("plot_*.py"))
N_TEXTS = 300


def load_less(*args, return_X_y=False, **kwargs):
    corpus = load_demo_corpus(*args, **kwargs)
    # Every n-th one: a part has all subjects of the whole.
    corpus.data = corpus.data[:: max(1, len(corpus.data) // N_TEXTS)]
    corpus.target = corpus.target[:: max(1, len(corpus.target) // N_TEXTS)]
    return (corpus.data, corpus.target) if return_X_y else corpus


def load_less_speech(**options):
    return load_demo_speech(**(options | {"n_samples": 24, "max_words": 1}))


@pytest.fixture
def small(monkeypatch, tmp_path):
    """Fewer texts, networks of one pass; no data sets but the embedded one."""
    # Compiling is what costs: one direction is half of it.
    tiny = {"hidden_size": 4, "bidirectional": False, "max_iter": 1, "batch_size": 64}
    # The blend would find that so small a network knows nothing, and say so: one
    # probability for all texts, of which no example makes a thing.
    plain = {"adversarial": 0.0, "ngrams": None}

    def shrink(kind, name, params):
        method = getattr(kind, name)

        def call(self, *args, **kwargs):
            return method(self.set_params(**params), *args, **kwargs)

        monkeypatch.setattr(kind, name, call)

    shrink(SLMTextClassifier, "fit", tiny | plain)
    shrink(SLMTextClassifier, "partial_fit", tiny | plain)
    shrink(SLMLanguageModel, "fit", tiny)
    shrink(SLMAnswerer, "fit", tiny)
    both_ways = {name: tiny[name] for name in tiny if name != "bidirectional"}
    shrink(SLMTranslator, "fit", both_ways)
    # It must say something, for the step behind it to read.
    quick = {"hidden_size": 24, "max_iter": 20, "batch_size": 4, "learning_rate": 0.02}
    shrink(SLMSpeechRecognizer, "fit", quick | {"dropout": 0.0, "n_masks": 0})
    monkeypatch.setattr(sklearn_slm, "load_demo_corpus", load_less)
    monkeypatch.setattr(sklearn_slm, "load_demo_speech", load_less_speech)
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path))
    monkeypatch.chdir(tmp_path)


# Which fonts there are says nothing of the example.
@pytest.mark.filterwarnings("ignore:no installed font")
@pytest.mark.filterwarnings("ignore:Glyph .* missing from font")
@pytest.mark.slow
@pytest.mark.parametrize("path", PLOTS, ids=lambda p: p.stem)
def test_plot(path, small, monkeypatch):
    plt = pytest.importorskip("matplotlib.pyplot", reason="the test extra installs it")
    plt.switch_backend("agg")
    monkeypatch.setattr(sys, "argv", [str(path)])
    monkeypatch.setattr(plt, "show", lambda: None)
    plt.close("all")
    runpy.run_path(str(path), run_name="__main__")
    assert plt.get_fignums(), "it draws nothing"
    for number in plt.get_fignums():
        plt.figure(number).canvas.draw()
    plt.close("all")


def run_demo(name, folder):
    """Return the lines that an example writes, as a person runs it without a terminal."""
    done = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / name)],
        cwd=folder,
        env=os.environ | {"MPLBACKEND": "agg", "PYTHONPATH": str(EXAMPLES.parent)},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "\x1b" not in done.stdout and max(map(len, lines)) <= 80
    return lines


@pytest.mark.slow
def test_demo(tmp_path):
    lines = run_demo("demo.py", tmp_path)
    assert "  deep-learning modules imported: none" in lines
    # Where there is no terminal, plain lines tell how far it is.
    assert any(line.startswith("epoch  1/10  loss") for line in lines)


@pytest.mark.slow
def test_demo_of_the_other_models(tmp_path):
    lines = run_demo("demo_others.py", tmp_path)
    kinds = [line.split(":")[0] for line in lines if ": fitted in " in line]
    assert kinds == [
        "SLMLanguageModel",
        "SLMTranslator",
        "SLMAnswerer",
        "SLMReader",
        "SLMSpeechRecognizer",
    ]
    assert sum(line.startswith("Learned ") for line in lines) == len(kinds)
    for said in (
        "  fünfundzwanzig -> twenty-five",
        "  my card was stolen -> Call us, and we block your card at once.",
        "  who was born there -> Gwen",
    ):
        assert said in lines
