"""From recordings to a trained recogniser; nothing here changes an estimator."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

import numpy as np

from ..audio import FeatureCache, FeatureOptions
from ..network.options import Seeds
from ..runtime.weights import to_float
from ..spec import NetworkSpec, SymbolHead
from .checkpoints import Checkpoints
from .language_fit import ProgressLines, read_options
from .options import describe_encoder
from .progress import EpochReporter, format_time
from .recognition_choice import choose_weights
from .recognition_data import Speech, check_augmentation
from .recognition_examples import make_examples
from .transcripts import Symbols

__all__ = [
    "FittedRecognizer",
    "choose_epochs",
    "describe_recognizer",
    "train_recognizer",
]

Weights = dict[str, np.ndarray]
# What "auto" epochs read.
_MOST_FRAMES, _LEAST_EPOCHS, _MOST_EPOCHS = 10_000_000, 5, 60
# Recordings that candidates are decoded on.
_MOST_DECODED = 500
# Seconds between two lines about one epoch.
_BETWEEN_LINES = 10.0


class FittedRecognizer(NamedTuple):
    """What a training gave.

    Parameters
    ----------
    weights : dict of str to ndarray
        The weights to keep.
    held_out : (list of ndarray, list of str) or None
        Log-probabilities of validation recordings with these weights, and transcripts.
    wer : float or None
        Word error rate of these recordings, decoded greedily.
    epochs : list of Epoch
        Every epoch that was completed.
    interrupted, diverged : bool
        As in :class:`~sklearn_slm.network.train.Trained`.
    """

    weights: Weights
    held_out: tuple[list[np.ndarray], list[str]] | None
    wer: float | None
    epochs: list
    interrupted: bool
    diverged: bool


def describe_recognizer(
    model: Any, options: FeatureOptions, symbols: Symbols
) -> NetworkSpec:
    """Return the network that a recogniser's parameters ask for.

    Parameters
    ----------
    model : SLMSpeechRecognizer
        Its parameters are read.
    options : FeatureOptions
        What the network reads.
    symbols : Symbols
        What it writes.
    """
    encoder = describe_encoder(model, options.n_inputs, None)
    return NetworkSpec(encoder, SymbolHead(len(symbols.texts)))


def choose_epochs(max_iter: int | str, n_frames: int) -> int:
    """Return how many epochs to make; see ``max_iter`` of the recogniser.

    Parameters
    ----------
    max_iter : int or "auto"
        The parameter.
    n_frames : int
        Frames of an epoch.
    """
    if max_iter != "auto":
        return int(max_iter)
    return min(max(_MOST_FRAMES // max(n_frames, 1), _LEAST_EPOCHS), _MOST_EPOCHS)


class _SpeechLines(ProgressLines):
    """Writes how far a training is, and how fast it hears.

    Parameters
    ----------
    minutes : float
        Minutes of sound in an epoch.
    """

    def __init__(self, minutes: float):
        super().__init__()
        self.minutes = minutes

    def report(self, progress: Any) -> None:
        """Write how far an epoch is, every ten seconds."""
        if time.monotonic() - self.last < _BETWEEN_LINES:
            return
        share = progress.done / progress.total
        heard = self.minutes * share
        speed = heard / max(progress.seconds, 1e-9)
        epochs = progress.n_epochs - progress.epoch + 1 - share
        left = self.minutes * epochs / max(speed, 1e-9)
        self.write(
            f"epoch {progress.epoch}/{progress.n_epochs} {share:4.0%}  "
            f"loss {progress.loss:.3f}  {speed:.2f} hours of audio per minute  "
            f"{format_time(left)} left"
        )


def train_recognizer(
    model: Any,
    spec: NetworkSpec,
    options: FeatureOptions,
    symbols: Symbols,
    speech: Speech,
    seeds: list[int],
    *,
    validation: Speech | None = None,
    resumes: bool = False,
    checkpoints: Checkpoints | None = None,
) -> FittedRecognizer:
    """Train a recogniser.

    Parameters
    ----------
    model : SLMSpeechRecognizer
        Its parameters are read, and the weights that training resumes from.
    spec : NetworkSpec
        The network.
    options : FeatureOptions
        What it reads.
    symbols : Symbols
        What it writes.
    speech : Speech
        What to train on.
    seeds : list of int
        Seeds of weights, of the order and of the noise.
    validation : Speech or None, default=None
        What tells the best epoch.
    resumes : bool, default=False
        Whether training begins with the weights that the model has.
    checkpoints : Checkpoints or None, default=None
        Where its state is written, and read.

    Returns
    -------
    FittedRecognizer

    Raises
    ------
    KeyboardInterrupt, ValueError
        If Ctrl-C comes before the first step, a recording cannot be trained on, or the
        first epoch diverges.
    """
    from ..network.checkpoints import Checkpoint
    from ..network.sequences.train import train_sequences
    from ..network.train import DivergenceError

    speeds, noise_db = check_augmentation(model)
    trim, cache = bool(model.trim), FeatureCache.at(model.memory)
    examples, seconds = make_examples(
        speech,
        symbols,
        options,
        trim=trim,
        speeds=speeds,
        noise_db=noise_db,
        seed=seeds[2],
        cache=cache,
    )
    tests = None
    if validation is not None:
        tests, _ = make_examples(validation, symbols, options, trim=trim, cache=cache)
    epochs = choose_epochs(model.max_iter, len(examples.inputs["frames"].values))
    heard = seconds * sum(1 / speed for speed in speeds) / 60
    lines = _SpeechLines(heard) if model.verbose else None
    if lines:
        lines.write(
            f"{seconds / 60:.1f} minutes of audio in {len(speech.recordings):,} "
            f"recordings, {len(symbols.texts) - 1:,} symbols"
        )
    reporter = EpochReporter(
        model,
        epochs,
        (None, None),
        write=lines.write if lines else None,
        reconstruct=lambda weights: {"spec_": spec, "weights_": weights},
    )
    start: Weights = {}
    if resumes:
        start = {name: to_float(model.weights_, name) for name in spec.weights()}
    what = spec, start, examples, read_options(model)
    how: dict[str, Any] = {
        "seeds": Seeds(*seeds[:2]),
        "epochs": epochs,
        "first_epoch": model.n_iter_ if resumes else 0,
        "validation": tests,
        "n_keep": 1 if validation is None else model.n_average,
    }
    checkpoints = checkpoints or Checkpoints()
    how |= checkpoints.begin(Checkpoint, *what, **how)
    try:
        trained = train_sequences(
            *what,
            **how,
            report=lines.report if lines else None,
            report_epoch=lambda epoch: reporter(epoch, dict),
        )
    except DivergenceError:
        raise ValueError(
            "Training diverged in the first epoch: the loss or the weights are no longer "
            "finite numbers of a usable size. Set a lower learning_rate (now "
            f"{model.learning_rate!r}) or clip_norm (now {model.clip_norm!r})."
        ) from None
    reporter.close()
    weights, held_out, wer = trained.kept[0][1], None, None
    if validation is not None:
        kept = [weights for _, weights in trained.kept]
        some = _take_some(validation, _MOST_DECODED)
        weights, log_probs, wer = choose_weights(
            spec, kept, options, symbols, some, trim
        )
        held_out = log_probs, some.transcripts
        if lines:
            lines.write(f"validation word error rate {wer:.2%} (greedy)")
    return FittedRecognizer(
        weights, held_out, wer, trained.epochs, trained.interrupted, trained.diverged
    )


def _take_some(speech: Speech, most: int) -> Speech:
    """Return at most so many recordings, from all over the set."""
    step = -(-len(speech.recordings) // most)
    return speech.take(np.arange(0, len(speech.recordings), step))
