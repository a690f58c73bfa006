"""From pairs of texts to a trained translator; nothing here changes an estimator."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ..network.examples import Examples
from ..network.options import Seeds
from ..runtime import prepare_network
from ..runtime.weights import to_float
from ..spec import DecoderHead, EncoderSpec, NetworkSpec
from ..text import FIRST_ID
from ..text.overlap import choose_tokenization, compute_bleu
from .checkpoints import Checkpoints
from .language_fit import ProgressLines, read_options
from .options import check_hidden_size
from .pairs import EncodedPairs, TextPairs
from .progress import EpochReporter
from .searching import SearchOptions, translate
from .sides import Side
from .translation_transfer import find_layers, start_translator

__all__ = [
    "FittedTranslator",
    "average_weights",
    "choose_epochs",
    "describe_translator",
    "measure_bleu",
    "train_translator",
]

Weights = dict[str, np.ndarray]
# What "auto" epochs read.
_MOST_TOKENS, _LEAST_EPOCHS, _MOST_EPOCHS = 6_000_000, 3, 60
# Pairs that candidates are decoded on, and epochs of the small average.
_MOST_DECODED, _FEW_EPOCHS = 500, 3
_BEST_SCORE = re.compile(r" \(best [^)]*\)")


class FittedTranslator(NamedTuple):
    """What a training gave.

    Parameters
    ----------
    weights : dict of str to ndarray
        The weights to keep.
    bleu : float or None
        BLEU of the validation set with these weights, translated greedily.
    bleu_curve : list of float or None
        BLEU of the same after each epoch, where it was measured.
    epochs : list of Epoch
        Every epoch that was completed.
    interrupted, diverged : bool
        As in :class:`~sklearn_slm.network.train.Trained`.
    """

    weights: Weights
    bleu: float | None
    bleu_curve: list[float] | None
    epochs: list
    interrupted: bool
    diverged: bool


def describe_translator(model: Any, source: Side, target: Side) -> NetworkSpec:
    """Return the network that a translator's parameters ask for.

    Layers are those of the language models that it starts from, if there are any.

    Parameters
    ----------
    model : SLMTranslator
        Its parameters are read.
    source, target : Side
        They have the tokens.
    """
    hidden_size = check_hidden_size(model)
    layers = {
        "n_components": model.n_components or hidden_size[-1],
        "hidden_size": hidden_size,
        "cell": model.cell,
        "candidate_activation": model.candidate_activation,
    } | find_layers(model)
    n_read, n_written = (FIRST_ID + len(side.vocabulary) for side in (source, target))
    decoder = EncoderSpec(**layers, n_tokens=n_written, bidirectional=False)
    return NetworkSpec(EncoderSpec(**layers, n_tokens=n_read), DecoderHead(decoder))


def choose_epochs(max_iter: int | str, n_tokens: int) -> int:
    """Return how many epochs to make; see ``max_iter`` of the translator.

    Parameters
    ----------
    max_iter : int or "auto"
        The parameter.
    n_tokens : int
        Tokens of all targets.
    """
    if max_iter != "auto":
        return int(max_iter)
    return min(max(_MOST_TOKENS // max(n_tokens, 1), _LEAST_EPOCHS), _MOST_EPOCHS)


def train_translator(
    model: Any,
    spec: NetworkSpec,
    source: Side,
    target: Side,
    pairs: EncodedPairs,
    seeds: list[int],
    *,
    validation: tuple[TextPairs, EncodedPairs] | None = None,
    resumes: bool = False,
    checkpoints: Checkpoints | None = None,
) -> FittedTranslator:
    """Train a translator.

    Parameters
    ----------
    model : SLMTranslator
        Its parameters are read, and the weights that training resumes from. Otherwise it
        starts from those of its language models, if it has any.
    spec : NetworkSpec
        The network.
    source, target : Side
        How its texts are split.
    pairs : EncodedPairs
        What to train on.
    seeds : list of int
        Seeds of weights and of the order.
    validation : (TextPairs, EncodedPairs) or None, default=None
        What tells the best epoch, as texts and as ids.
    resumes : bool, default=False
        Whether training begins with the weights that the model has.
    checkpoints : Checkpoints or None, default=None
        Where its state is written, and read.

    Returns
    -------
    FittedTranslator

    Raises
    ------
    KeyboardInterrupt, ValueError
        If Ctrl-C comes before the first step, or the first epoch diverges.
    """
    from ..network.checkpoints import Checkpoint
    from ..network.sequences.train import train_sequences
    from ..network.train import DivergenceError

    n_written = len(pairs.targets.values) + len(pairs.targets)
    epochs = choose_epochs(model.max_iter, n_written)
    some = None if validation is None else _take_some(*validation)
    ratio, measure = model.max_length_ratio, None
    if some is not None:
        measure = partial(_measure_weights, spec, source, target, some[0], ratio)
    lines = _TranslationLines(measure) if model.verbose else None
    reporter = EpochReporter(
        model,
        epochs,
        (None, None),
        write=lines.write_epoch if lines else None,
        reconstruct=lambda weights: {"spec_": spec, "weights_": weights},
    )
    if resumes:
        start = {name: to_float(model.weights_, name) for name in spec.weights()}
    else:
        start = start_translator(model, spec)
    what = spec, start, _make_examples(pairs), read_options(model)
    how: dict[str, Any] = {
        "seeds": Seeds(*seeds[:2]),
        "epochs": epochs,
        "first_epoch": model.n_iter_ if resumes else 0,
        "validation": None if validation is None else _make_examples(validation[1]),
        "n_keep": 1 if validation is None else model.n_average,
    }
    checkpoints = checkpoints or Checkpoints()
    how |= checkpoints.begin(Checkpoint, *what, **how)
    try:
        trained = train_sequences(
            *what,
            **how,
            report=lines.report if lines else None,
            report_weights=lines.measure_epoch if lines else None,
            report_epoch=lambda epoch: reporter(epoch, dict),
        )
    except DivergenceError:
        raise ValueError(
            "Training diverged in the first epoch: the loss or the weights are no longer "
            "finite numbers of a usable size. Set a lower learning_rate (now "
            f"{model.learning_rate!r}) or clip_norm (now {model.clip_norm!r})."
        ) from None
    reporter.close()
    bleu, weights = None, trained.kept[0][1]
    measured: list[float] | None = list(trained.measured)
    if not measured or len(measured) != len(trained.epochs):
        # Those before a checkpoint may not have been measured.
        measured = None
    if some is not None:
        kept = [weights for _, weights in trained.kept]
        weights, bleu = choose_weights(spec, kept, source, target, *some, ratio)
        if lines:
            lines.write(f"validation BLEU {bleu:.2f} (greedy)")
    return FittedTranslator(
        weights,
        bleu,
        measured,
        trained.epochs,
        trained.interrupted,
        trained.diverged,
    )


class _TranslationLines(ProgressLines):
    """Writes how far a training is, and how well each epoch translates.

    Parameters
    ----------
    measure : callable or None
        From weights to BLEU; None measures nothing.
    """

    def __init__(self, measure: Callable[[Weights], float] | None):
        super().__init__()
        self.measure = measure
        self.bleu: float | None = None

    def measure_epoch(self, weights: Weights) -> float | None:
        """Return BLEU with the weights of an epoch."""
        if self.measure is not None:
            self.bleu = self.measure(weights)
        return self.bleu

    def write_epoch(self, line: str) -> None:
        """Write the line of the epoch that was measured last."""
        if self.bleu is not None:
            # In place of the best score: both are too long for a terminal.
            line = f"{_BEST_SCORE.sub('', line)}  BLEU {self.bleu:.2f}"
        self.write(line)


def choose_weights(
    spec: NetworkSpec,
    kept: Sequence[Mapping[str, np.ndarray]],
    source: Side,
    target: Side,
    texts: TextPairs,
    ids: EncodedPairs,
    max_length_ratio: float,
) -> tuple[Weights, float]:
    """Return the weights that translate best: of an epoch, or averaged over several.

    Candidates are the best epoch, the average of the best three, and that of all. The one
    of the highest BLEU is taken, among equals that of the highest likelihood.

    Parameters
    ----------
    spec : NetworkSpec
        The network.
    kept : sequence of mapping of str to ndarray
        Weights of epochs, best first.
    source, target : Side
        How texts are split.
    texts, ids : TextPairs, EncodedPairs
        What to translate, greedily.
    max_length_ratio : float
        As of the translator.

    Returns
    -------
    weights : dict of str to ndarray
        Those of the best candidate.
    bleu : float
        BLEU with them.
    """
    sizes = sorted({1, min(_FEW_EPOCHS, len(kept)), len(kept)})
    best: tuple[float, float] | None = None
    chosen: Weights = {}
    for size in sizes:
        weights = average_weights(kept[:size])
        network = prepare_network(spec, weights)
        bleu = measure_bleu(network, source, target, texts, max_length_ratio)
        likelihood = 0.0
        if len(sizes) > 1:
            scored = network.score_targets(*ids)
            likelihood = float(scored.log_likelihood.values.mean())
        if best is None or (bleu, likelihood) > best:
            best, chosen = (bleu, likelihood), weights
    assert best is not None
    return chosen, best[0]


def measure_bleu(
    network: Any, source: Side, target: Side, texts: TextPairs, max_length_ratio: float
) -> float:
    """Return BLEU, from 0 to 100, of texts that are translated greedily.

    Parameters
    ----------
    network : PreparedNetwork
        What translates.
    source, target : Side
        How texts are split.
    texts : TextPairs
        Texts and the right translations.
    max_length_ratio : float
        As of the translator.
    """
    search = SearchOptions(max_length_ratio=max_length_ratio)
    written = translate(network, source, target, texts.sources, search)
    tokenize = choose_tokenization(texts.targets)
    return compute_bleu([own[0].text for own in written], texts.targets, tokenize)


def _measure_weights(
    spec: NetworkSpec,
    source: Side,
    target: Side,
    texts: TextPairs,
    max_length_ratio: float,
    weights: Weights,
) -> float:
    network = prepare_network(spec, weights)
    return measure_bleu(network, source, target, texts, max_length_ratio)


def average_weights(kept: Sequence[Mapping[str, np.ndarray]]) -> Weights:
    """Return the mean of the weights of several epochs.

    Parameters
    ----------
    kept : sequence of mapping of str to ndarray
        At least one, all of the same names and shapes.

    Returns
    -------
    dict of str to ndarray, dtype float32
        Sums are in float64.

    Examples
    --------
    >>> average_weights([{"bias": np.float32([1, 2])}, {"bias": np.float32([2, 4])}])
    {'bias': array([1.5, 3. ], dtype=float32)}
    """
    if len(kept) == 1:
        return dict(kept[0])
    averaged = {}
    for name in kept[0]:
        mean = np.mean([weights[name] for weights in kept], axis=0, dtype=np.float64)
        averaged[name] = np.asarray(mean, np.float32)
    return averaged


def _make_examples(pairs: EncodedPairs) -> Examples:
    weight = np.ones(len(pairs.sources), np.float32)
    return Examples({"ids": pairs.sources}, {"ids": pairs.targets}, weight)


def _take_some(texts: TextPairs, ids: EncodedPairs) -> tuple[TextPairs, EncodedPairs]:
    """Return as many pairs as are decoded, from all over the set."""
    step = -(-len(texts.sources) // _MOST_DECODED)
    rows = np.arange(0, len(texts.sources), step)
    return texts.take(rows), EncodedPairs(
        ids.sources.take(rows), ids.targets.take(rows)
    )
