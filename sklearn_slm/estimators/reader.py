"""SLMReader: questions answered by the words of a passage, as a scikit-learn estimator."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np

from ..forks import check_can_train
from ..persistence.fields import expect
from ..spec import NetworkSpec
from ..text import FIRST_ID, Vocabulary
from ..text.passages import FEATURES
from .base import (
    BaseEstimator,
    CallbackSupportMixin,
    Interval,
    StrOptions,
    draw_seeds,
    fit_method,
    tag_text_input,
)
from .checkpoints import Checkpoints
from .copying import SharedPretrainedMixin
from .history import list_epochs, warn_of_end
from .nested import NestedParamsMixin
from .notebook import NotebookMixin
from .options import ENCODER_CONSTRAINTS, TRAINING_CONSTRAINTS
from .reader_fit import (
    FittedReader,
    describe_reader,
    read_reading_task,
    train_reader,
)
from .reading_data import ReadingSet, read_reading_set, split_readings
from .reading_scoring import ReadingScoringMixin
from .reading_texts import check_windows
from .storing import StoredMixin, check_network
from .transfer import check_pretrained, forget_pretrained
from .vectorizer import GloveTfidfVectorizer

__all__ = ["SLMReader"]

# Training parameters that a reader has none of.
_NOT_SHARED = {"adversarial", "callbacks", "train_vectors", "warm_start"}
_SHARED = {k: v for k, v in TRAINING_CONSTRAINTS.items() if k not in _NOT_SHARED}
_SIZE = [Interval(Integral, 1, None, closed="left")]


class SLMReader(
    ReadingScoringMixin,
    NestedParamsMixin,
    NotebookMixin,
    StoredMixin,
    SharedPretrainedMixin,
    CallbackSupportMixin,
    BaseEstimator,
):
    """Answer a question with the words of a passage.

    A recurrent network reads question and passage; each token of the passage looks at the
    question with attention, is told which words both have in common, and a second
    recurrent layer reads the passage with what was found. Two scores tell where the answer
    begins and ends, and a third one that it is not there. See
    :class:`~sklearn_slm.spec.SpanHead` for the formulas. Keras trains the network; a
    fitted model answers with NumPy alone.

    Parameters
    ----------
    hidden_size : int or tuple of int, default=64
        Units of the recurrent layer that reads questions and passages, in one direction; a
        tuple stacks layers.
    vectorizer : GloveTfidfVectorizer or None, default=None
        Splits texts into words and gives these vectors; a clone of it is fitted. None
        stands for ``GloveTfidfVectorizer()``. Its parameters are reached as
        ``vectorizer__vectors``, say, for a file of word vectors.
    pretrained : SLMLanguageModel or None, default=None
        A fitted language model to start from, as of
        :class:`~sklearn_slm.SLMTextClassifier`.
    n_units : int, default=64
        Units of the layer that reads the passage with the question, in one direction.
    cell : {"lstm", "gru", "rnn"}, default="lstm"
        Kind of recurrent cell.
    bidirectional : bool, default=True
        Read texts from both ends. The layer that reads the passage with the question
        always does.
    candidate_activation : {"tanh", "sigmoid"}, default="tanh"
        Activation of the cell's candidate.
    window : int, default=256
        Tokens that are read at a time. A longer passage is read in overlapping windows.
    step : int or None, default=None
        Tokens from the beginning of a window to that of the next one. None takes half a
        window.
    max_answer_length : int, default=20
        Tokens of the longest answer that is given.
    negative_rate : float, default=0.1
        Share of the questions that training reads once more with a window that does not
        answer: of their own passage if it is long, else of the passage that BM25 finds
        best. It teaches to compare windows, and passages.
    dropout : float, default=0.3
        Dropout rate of word vectors, and of states between layers.
    recurrent_dropout : float, default=0.0
        Dropout rate of recurrent states, with one mask for each text.
    word_dropout : float, default=0.1
        Dropout rate of tokens: those dropped are read as unknown in training.
    initializer : {"glorot_uniform", "gaussian", "uniform"}, default="glorot_uniform"
        How kernels start.
    optimizer : {"adam", "adamw", "sgd"} or keras.optimizers.Optimizer, default="adam"
        What moves the weights. An object is copied, and brings its own learning rate and
        clipping.
    learning_rate : float, default=0.004
        Highest learning rate: it rises over the first tenth of the steps and falls to
        nothing at the last one.
    clip_norm : float or None, default=1.0
        Largest norm of the gradient.
    batch_size : int, default=32
        Windows in a batch.
    max_iter : int or "auto", default="auto"
        Most epochs; ``"auto"`` as of :class:`~sklearn_slm.SLMTextClassifier`.
    early_stopping : bool or "auto", default="auto"
        Whether questions are set aside as a validation set, all of a passage together. It
        tells the best epoch, when to stop, and calibrates probabilities. ``"auto"`` does
        so from 300 questions on.
    validation_fraction : float, default=0.1
        Proportion of the questions that is set aside. Not used when ``fit`` is given
        ``X_val``.
    n_iter_no_change : int, default=5
        Epochs without a fall of the validation loss after which training stops.
    tol : float, default=0.0
        The least fall that counts.
    checkpoint : str, path-like or None, default=None
        A file that ``fit`` writes its state to after each epoch and every
        `checkpoint_minutes`; ``fit(..., resume_from=path)`` goes on from it.
    checkpoint_minutes : float, default=10.0
        Minutes between checkpoints within an epoch.
    n_jobs : int or None, default=None
        Most threads of a fit; None takes two. The result does not depend on it.
    runtime : {"auto", "numpy", "onnxruntime"}, default="auto"
        What runs the network in prediction; see :class:`~sklearn_slm.SLMTextClassifier`.
    random_state : int, RandomState or None, default=None
        Source of all randomness of a fit. The same integer gives the same bits on the
        same backend of Keras.
    verbose : int, default=0
        1 writes a line for each epoch.

    Attributes
    ----------
    spec_ : NetworkSpec
        What the network computes.
    weights_ : dict of str to ndarray, dtype float32
        Its weights.
    vocabulary_ : Vocabulary
        The words that it knows.
    vectorizer_ : GloveTfidfVectorizer
        The fitted vectorizer.
    knows_none_ : bool
        Whether ``fit`` saw a question that its passage does not answer. Only then
        ``predict`` says so of its own accord.
    temperature_ : float
        What scores are divided by before the softmax, chosen on the validation set; else 1.
    n_iter_ : int
        Epochs made.
    loss_curve_ : list of float
        Training loss of each epoch, with dropout active.
    validation_scores_ : list of float or None
        Mean log-likelihood of first and last token together, over windows of the
        validation set, after each epoch.
    best_validation_score_ : float or None
        The highest of them.
    validation_f1_, validation_exact_match_ : float or None
        Scores of the answers to the validation questions, from 0 to 1.

    Notes
    -----
    Words are learned of the texts that are trained on; those of the validation set may be
    new, as those of any text after the fit.

    Each window has its own score of "no answer here", and a token counts by how much its
    score is above that: so tokens of all windows are compared. A token is scored by the
    window in which it is farthest from an end. See
    :func:`~sklearn_slm.decoding.spans.find_spans` for the probability of an answer. Time
    grows with the length of a passage; of its windows 256 are in memory at a time.

    Examples
    --------
    >>> from sklearn_slm import SLMReader
    >>> people = [
    ...     ("Anna", "Rome", "1900"), ("Bert", "Oslo", "1911"), ("Cleo", "Lima", "1922"),
    ...     ("Dora", "Rome", "1933"), ("Ezra", "Oslo", "1944"), ("Finn", "Lima", "1955"),
    ... ]
    >>> asked = ["who was born there", "where was the birth", "when was the birth"]
    >>> text = "{} was born in {} in {}."
    >>> X = [(q, text.format(*person)) for person in people for q in asked]
    >>> model = SLMReader(
    ...     6, n_units=6, learning_rate=0.05, dropout=0.1, max_iter=60, random_state=0
    ... )
    >>> model = model.fit(X, [word for person in people for word in person])
    >>> model.predict([(asked[1], "Gwen was born in Bonn in 1871.")])
    ['Bonn']
    """

    _parameter_constraints: ClassVar[dict] = {
        **ENCODER_CONSTRAINTS,
        **_SHARED,
        "vectorizer": [GloveTfidfVectorizer, None],
        # Checked by check_pretrained, which says what to do.
        "pretrained": "no_validation",
        "n_units": _SIZE,
        "window": _SIZE,
        "step": [*_SIZE, None],
        "max_answer_length": _SIZE,
        "negative_rate": [Interval(Real, 0, 1, closed="both")],
        "runtime": [StrOptions({"auto", "numpy", "onnxruntime"})],
    }

    def __init__(
        self,
        hidden_size: int | tuple[int, ...] = 64,
        *,
        vectorizer: Any = None,
        pretrained: Any = None,
        n_units: int = 64,
        cell: str = "lstm",
        bidirectional: bool = True,
        candidate_activation: str = "tanh",
        window: int = 256,
        step: int | None = None,
        max_answer_length: int = 20,
        negative_rate: float = 0.1,
        dropout: float = 0.3,
        recurrent_dropout: float = 0.0,
        word_dropout: float = 0.1,
        initializer: str = "glorot_uniform",
        optimizer: Any = "adam",
        learning_rate: float = 0.004,
        clip_norm: float | None = 1.0,
        batch_size: int = 32,
        max_iter: int | str = "auto",
        early_stopping: bool | str = "auto",
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 5,
        tol: float = 0.0,
        checkpoint: Any = None,
        checkpoint_minutes: float = 10.0,
        n_jobs: int | None = None,
        runtime: str = "auto",
        random_state: Any = None,
        verbose: int = 0,
    ):
        self.hidden_size = hidden_size
        self.vectorizer = vectorizer
        self.pretrained = pretrained
        self.n_units = n_units
        self.cell = cell
        self.bidirectional = bidirectional
        self.candidate_activation = candidate_activation
        self.window = window
        self.step = step
        self.max_answer_length = max_answer_length
        self.negative_rate = negative_rate
        self.dropout = dropout
        self.recurrent_dropout = recurrent_dropout
        self.word_dropout = word_dropout
        self.initializer = initializer
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.clip_norm = clip_norm
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.checkpoint = checkpoint
        self.checkpoint_minutes = checkpoint_minutes
        self.n_jobs = n_jobs
        self.runtime = runtime
        self.random_state = random_state
        self.verbose = verbose

    @fit_method
    def fit(
        self,
        X: Any,
        y: Any,
        *,
        X_val: Any = None,
        y_val: Any = None,
        resume_from: Any = None,
    ) -> SLMReader:
        """Train on questions, passages and the answers that stand in them.

        Parameters
        ----------
        X : iterable of (str, str)
            Pairs of a question and a passage, of any length.
        y : iterable
            The answer to each: a str that occurs in the passage; a pair (str, int) of the
            answer and the character at which it begins; a list of such, all of them right,
            of which at least one occurs; or None, ``""`` or an empty list where the
            passage does not answer. Letters of another case and other white space will do
            if the answer does not occur as it is.

            Training takes the right answer that is given most often. Where it stands at
            several places, it takes the one nearest to words of the question.
        X_val, y_val : iterables or None, default=None
            Validation set, in place of one that is set aside.
        resume_from : str, path-like or None, default=None
            A file that `checkpoint` wrote in a fit with the same parameters and data.
            Training goes on from there and ends with the same bits.

        Returns
        -------
        SLMReader
            The fitted estimator.

        Raises
        ------
        ValueError, TypeError
            If the input is not pairs of texts with answers, an answer does not stand in its
            passage (the message names the row), a checkpoint comes from another fit, or
            training diverges in its first epoch. The estimator is then as it was before.
        KeyboardInterrupt
            If Ctrl-C comes before the first step; later, the best weights so far are kept,
            with a warning.
        """
        check_can_train()
        from ..network.checks import check_optimizer

        check_optimizer(self.optimizer)
        check_pretrained(self)
        checkpoints = Checkpoints.of(self, resume_from)
        seeds = draw_seeds(self.random_state, 5)
        train, held_out = self._read_sets(X, y, X_val, y_val, seeds[4])
        task, vectorizer = read_reading_task(self, train, held_out, seeds)
        spec = describe_reader(self, task.vectors)
        fitted = train_reader(self, spec, task, seeds, checkpoints)
        vocabulary = task.vectors.vocabulary
        return self._store(spec, vocabulary, vectorizer, task.knows_none, fitted)

    def _read_sets(
        self, X: Any, y: Any, X_val: Any, y_val: Any, seed: int
    ) -> Sequence[Any]:
        """Return what to train on, and the validation set, if there is one."""
        asked = read_reading_set(X, y)
        if (X_val is None) != (y_val is None):
            lacking = "X_val" if X_val is None else "y_val"
            raise ValueError(f"X_val and y_val belong together. Got no {lacking}.")
        if X_val is not None:
            return asked, read_reading_set(X_val, y_val, "X_val and y_val")
        rows, others = split_readings(self, asked.readings, seed)
        held_out: ReadingSet | None = asked.take(others) if len(others) else None
        return asked.take(rows), held_out

    def _store(
        self,
        spec: NetworkSpec,
        vocabulary: Vocabulary,
        vectorizer: Any,
        knows_none: bool,
        fitted: FittedReader,
    ) -> SLMReader:
        """Take over what was learned."""
        # At once: Ctrl-C comes before or after.
        self.__dict__.update(
            spec_=spec,
            weights_=fitted.weights,
            vocabulary_=vocabulary,
            vectorizer_=vectorizer,
            knows_none_=knows_none,
            temperature_=fitted.temperature,
            **list_epochs(self, fitted.epochs),
            validation_f1_=fitted.f1,
            validation_exact_match_=fitted.exact_match,
        )
        self.__dict__.pop("quantization_", None)  # of what it was
        warn_of_end(fitted, self.n_iter_, stacklevel=4)
        return self

    _kind: ClassVar[str] = "reader"
    # The vectorizer comes before the vocabulary that it shares.
    _stored: ClassVar[dict[str, Any]] = {
        "spec_": NetworkSpec,
        "weights_": dict[str, np.ndarray],
        "knows_none_": bool,
        "temperature_": float,
        "n_iter_": int,
        "loss_curve_": list[float],
        "validation_scores_": list[float] | None,
        "best_validation_score_": float | None,
        "validation_f1_": float | None,
        "validation_exact_match_": float | None,
        "vectorizer_": GloveTfidfVectorizer,
        "vocabulary_": Vocabulary,
    }

    def _get_stored_params(self) -> dict[str, Any]:
        return forget_pretrained(self)

    def _check_fitted(self) -> None:
        super()._check_fitted()
        spec, n_words = self.spec_, len(self.vocabulary_)
        expect(spec.head.kind == "spans", "its network does not read passages.")
        check_network(spec, self.weights_)
        expect(
            spec.encoder.n_tokens == FIRST_ID + n_words,
            f"the network reads {spec.encoder.n_tokens} ids, the vocabulary has "
            f"{n_words} tokens.",
        )
        n_features = spec.head.n_features
        expect(
            n_features == len(FEATURES),
            f"the network reads {n_features} features of a token, not {len(FEATURES)}.",
        )
        expect(1e-3 < self.temperature_ < 1e3, "its temperature is out of bounds.")
        check_windows(self)
        n_losses = len(self.loss_curve_)
        expect(self.n_iter_ == n_losses, f"{self.n_iter_} epochs, {n_losses} losses.")

    def _describe(self) -> str:
        if not hasattr(self, "weights_"):
            return ""
        n_weights = sum(math.prod(w.shape) for w in self.spec_.weights().values())
        return (
            f"{len(self.vocabulary_):,} tokens, {n_weights:,} weights, "
            f"{self.n_iter_} epochs"
        )

    def __sklearn_is_fitted__(self) -> bool:
        """Whether there are weights."""
        return hasattr(self, "weights_")

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that X is text, and that y is needed."""
        tags = tag_text_input(super().__sklearn_tags__())
        tags.target_tags.required = True
        return tags
