"""From a corpus to a trained language model; nothing here changes an estimator."""

from __future__ import annotations

import math
import sys
import time
from typing import Any

from joblib import effective_n_jobs

from ..network.options import Seeds, TrainingOptions
from ..runtime.threads import one_blas_thread
from ..runtime.weights import to_float
from ..spec import EncoderSpec, NetworkSpec, TokenHead
from ..text import FIRST_ID
from .checkpoints import Checkpoints
from .corpora import Corpus
from .options import check_hidden_size
from .progress import EpochReporter, format_time

__all__ = ["ProgressLines", "describe_language", "read_options", "train_model"]

# What "auto" epochs read.
_MOST_TOKENS, _MOST_EPOCHS = 10_000_000, 30
# Seconds between two lines about one epoch.
_BETWEEN_LINES = 10.0


def describe_language(model: Any, corpus: Corpus) -> NetworkSpec:
    """Return the network that a language model's parameters ask for.

    Parameters
    ----------
    model : SLMLanguageModel
        Its parameters are read.
    corpus : Corpus
        Has the tokens and the labels.
    """
    hidden_size = check_hidden_size(model)
    n_labels = 0 if corpus.classes is None else len(corpus.classes)
    encoder = EncoderSpec(
        n_components=model.n_components or hidden_size[-1],
        hidden_size=hidden_size,
        n_tokens=FIRST_ID + len(corpus.vocabulary) + n_labels,
        cell=model.cell,
        # The model that reads from the end stands beside it.
        bidirectional=False,
        candidate_activation=model.candidate_activation,
    )
    return NetworkSpec(encoder, TokenHead(n_labels))


def choose_epochs(max_iter: int | str, n_tokens: int) -> int:
    """Return how many epochs to make; see ``max_iter`` of the language model."""
    if max_iter != "auto":
        return int(max_iter)
    return min(max(_MOST_TOKENS // max(n_tokens, 1), 1), _MOST_EPOCHS)


def train_model(
    model: Any,
    spec: NetworkSpec,
    corpus: Corpus,
    seeds: list[int],
    *,
    validation: Any = None,
    resumes: bool = False,
    is_piece: bool = False,
    checkpoints: Checkpoints | None = None,
) -> Any:
    """Train a language model.

    Parameters
    ----------
    model : SLMLanguageModel
        Its parameters are read, and the weights that training resumes from.
    spec : NetworkSpec
        The network.
    corpus : Corpus
        What to train on.
    seeds : list of int
        Seeds of weights and of the order.
    validation : Stream or None, default=None
        What tells the best epoch.
    resumes : bool, default=False
        Whether training begins with the weights that the model has.
    is_piece : bool, default=False
        Whether the corpus is a piece of a stream: one epoch, one learning rate.
    checkpoints : Checkpoints or None, default=None
        Where its state is written, and read.

    Returns
    -------
    TrainedLanguage

    Raises
    ------
    KeyboardInterrupt, ValueError
        If Ctrl-C comes before the first step, the checkpoint is of another fit, or the
        first epoch diverges.
    """
    from ..network.language.train import Checkpoint, train_language
    from ..network.train import DivergenceError

    n_tokens = corpus.stream.n_tokens
    epochs = 1 if is_piece else choose_epochs(model.max_iter, n_tokens)
    lines = ProgressLines() if model.verbose else None
    reporter = EpochReporter(
        model,
        epochs,
        (None, None),
        write=lines.write if lines else None,
        reconstruct=lambda weights: {"spec_": spec, "weights_": weights},
        tell=tell_perplexity,
    )
    what = spec, _start(model, resumes), corpus.stream, read_options(model)
    how: dict[str, Any] = {
        "seeds": Seeds(*seeds[:2]),
        "epochs": epochs,
        "first_epoch": model.n_iter_ if resumes else 0,
        "validation": validation,
    }
    checkpoints = checkpoints or Checkpoints()
    how |= checkpoints.begin(Checkpoint, *what, **how)
    try:
        trained = train_language(
            *what,
            **how,
            is_piece=is_piece,
            report=lines.report if lines else None,
            report_epoch=lambda epoch: reporter(epoch, dict),
            live=getattr(model, "_live", None) if is_piece else None,
        )
    except DivergenceError:
        raise ValueError(
            "Training diverged in the first epoch: the loss or the weights are no longer "
            "finite numbers of a usable size. Set a lower learning_rate (now "
            f"{model.learning_rate!r}) or clip_norm (now {model.clip_norm!r})."
        ) from None
    reporter.close()
    return trained


def _start(model: Any, resumes: bool) -> list[dict]:
    """Return the weights that training begins with, for each direction."""
    if not resumes:
        return [{}, {}] if model.bidirectional else [{}]
    names = model.spec_.weights()
    start = [{name: to_float(model.weights_, name) for name in names}]
    backward = model.backward_weights_
    if backward is not None:
        others = [name for name in names if name != "embedding"]
        start.append({name: to_float(backward, name) for name in others})
    return start


def read_options(model: Any) -> TrainingOptions:
    """Return how to train, as an estimator's parameters say.

    Parameters
    ----------
    model : estimator
        With the parameters of `TRAINING_CONSTRAINTS`, or some of them.
    """
    with one_blas_thread() as allowed:
        n_threads = min(
            allowed, effective_n_jobs(2 if model.n_jobs is None else model.n_jobs)
        )
    others: dict[str, Any] = {"n_threads": n_threads}
    if not model.early_stopping:
        # A validation set that the user gave chooses the best epoch, and stops nothing.
        others["n_iter_no_change"] = sys.maxsize
    return TrainingOptions.of(model, **others)


class ProgressLines:
    """Writes how far a training is."""

    def __init__(self) -> None:
        self.last = time.monotonic()

    def write(self, line: str) -> None:
        """Write a line at once."""
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
        self.last = time.monotonic()

    def report(self, progress: Any) -> None:
        """Write how far an epoch is, every ten seconds."""
        if time.monotonic() - self.last >= _BETWEEN_LINES:
            self.write(format_progress(progress))


def tell_perplexity(epoch: Any) -> str:
    """Return what the line of an epoch says behind its loss."""
    if epoch.score is None:
        return f"  perplexity {_show_perplexity(-epoch.loss)}"
    valid, best = map(_show_perplexity, (epoch.score, epoch.best_score))
    return f"  validation perplexity {valid} (best {best})"


def _show_perplexity(score: float) -> str:
    """Return the perplexity of a mean log-likelihood, in few letters."""
    perplexity = math.exp(min(-score, 99))
    return f"{perplexity:,.{1 if perplexity < 1000 else 0}f}"


def format_progress(progress: Any) -> str:
    """Return a line about an epoch in which training is.

    Parameters
    ----------
    progress : Progress
        How far it is.
    """
    speed = progress.read / max(progress.seconds, 1e-9)
    epochs = progress.n_epochs - progress.epoch + 1 - progress.done / progress.total
    left = progress.total * epochs / max(speed, 1e-9)
    share = progress.done / progress.total
    return (
        f"epoch {progress.epoch}/{progress.n_epochs} {share:4.0%}  "
        f"loss {progress.loss:.3f}  perplexity {_show_perplexity(-progress.loss)}  "
        f"{speed:,.0f} tokens/s  {format_time(left)} left"
    )
