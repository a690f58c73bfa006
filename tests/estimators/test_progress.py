"""What the user and scikit-learn's callbacks are told while a training goes on."""

import io
import re

import pytest

import sklearn_slm
from sklearn_slm.estimators.progress import format_epoch
from sklearn_slm.network.train import Epoch
from tests.estimators.small import LABELS, TEXTS, make_classifier


def test_verbose_writes_one_line_for_each_epoch(capsys):
    make_classifier(verbose=1, max_iter=2, early_stopping=True).fit(TEXTS, LABELS)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    pattern = (
        r"epoch 2/2  loss \d\.\d{4}  validation \d\.\d{4} \(best \d\.\d{4}\)"
        r"  \d+\.\d s, 0 s left"
    )
    assert re.fullmatch(pattern, lines[1])
    make_classifier(max_iter=1).fit(TEXTS, LABELS)
    assert capsys.readouterr().out == ""


def test_progress_bar_of_scikit_learn():
    callback = pytest.importorskip("sklearn.callback", reason="scikit-learn >= 1.9")

    class Count:
        epochs = 0

        def setup(self, estimator, context):
            pass

        def on_fit_task_begin(self, estimator, context):
            pass

        def on_fit_task_end(self, estimator, context):
            self.epochs += context.task_name == "epoch"

        def teardown(self, estimator, context):
            pass

    count = Count()
    assert isinstance(count, callback.FitCallback)
    make_classifier(max_iter=3).set_callbacks(count).fit(TEXTS, LABELS)
    assert count.epochs == 3
    make_classifier(max_iter=1).set_callbacks(callback.ProgressBar()).fit(TEXTS, LABELS)


def test_the_first_epoch_is_not_what_the_others_last():
    epoch = Epoch(3, 0.25, None, None, None, seconds=2.04)
    # The middle of 2 and 4 seconds for each of nine epochs; 30 was for compiling.
    assert format_epoch(epoch, 12, [30.0, 2.0, 4.0]) == (
        "epoch  3/12  loss 0.2500  2.0 s, 27 s left"
    )
    assert format_epoch(epoch, 5, [30.0]).endswith(", 60 s left")


def test_a_line_fits_a_terminal_of_80_columns():
    epoch = Epoch(1, 0.6931, 0.9975, 0.1, 0.9975, seconds=12.5)
    assert len(format_epoch(epoch, 50, [12.5])) <= 80
    # The log-likelihood of a token, and hours of training.
    epoch = Epoch(10, 9.1234, -9.1234, 0.1, -9.1234, seconds=1234.5)
    line = format_epoch(epoch, 99, [1234.5])
    assert line.endswith("  21 min, 30.5 h left") and len(line) <= 80


@pytest.mark.parametrize("is_terminal", [True, False])
def test_bars_fit_a_terminal_of_80_columns(is_terminal):
    """Those of scikit-learn, with the time at their end; elsewhere it is plain text."""
    callback = pytest.importorskip("sklearn.callback", reason="scikit-learn >= 1.9")
    rich = pytest.importorskip("rich", reason="the test extra installs it")
    console, shown = rich.get_console(), io.StringIO()
    before = dict(vars(console))
    rich.reconfigure(file=shown, width=80, force_terminal=is_terminal)
    try:
        model = make_classifier(max_iter=1).set_callbacks(callback.ProgressBar())
        model.fit(TEXTS, LABELS)
    finally:
        vars(console).clear()
        vars(console).update(before)
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.getvalue())
    last = [line.strip() for line in re.split("[\r\n]", plain) if line.strip()][-1]
    assert re.fullmatch(r"SLMTextClassifier - fit ━{40} 100% 0:0\d:\d\d", last)
    assert ("\x1b" in shown.getvalue()) == is_terminal
    # A bar, its percentage and its time take as much for the others.
    room = 80 - len(last.removeprefix("SLMTextClassifier"))
    names = [name for name in sklearn_slm.__all__ if name.startswith("SLM")]
    assert len(names) >= 6 and max(map(len, names)) <= room
