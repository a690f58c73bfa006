"""SLMAnswerer: questions to answers, as a scikit-learn estimator."""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from sklearn.base import TransformerMixin

from ..forks import check_can_train
from ..persistence.fields import RefusedError, expect
from ..retrieval import PackedEntries, pack_entries, unpack_entries
from ..spec import POOLINGS, NetworkSpec
from ..text import FIRST_ID, Vocabulary
from .answer_aligning import AnswerAligningMixin
from .answer_changes import AnswerChangesMixin
from .answer_data import read_questions
from .answer_fit import describe_answerer, read_task, train_answerer
from .answer_scoring import AnswerScoringMixin
from .base import (
    BaseEstimator,
    CallbackSupportMixin,
    HasMethods,
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
from .storing import StoredMixin, check_network, check_size
from .transfer import check_pretrained, forget_pretrained
from .vectorizer import GloveTfidfVectorizer

__all__ = ["SLMAnswerer"]

# Training parameters that an answerer has none of.
_NOT_SHARED = {"adversarial", "callbacks", "train_vectors", "warm_start"}
_SHARED = {k: v for k, v in TRAINING_CONSTRAINTS.items() if k not in _NOT_SHARED}


class SLMAnswerer(
    AnswerAligningMixin,
    AnswerScoringMixin,
    AnswerChangesMixin,
    NestedParamsMixin,
    NotebookMixin,
    StoredMixin,
    SharedPretrainedMixin,
    TransformerMixin,
    CallbackSupportMixin,
    BaseEstimator,
):
    """Find the right answer to a question among those that are known.

    A recurrent network turns questions and answers into vectors, whose product tells how
    well they go together; beside it stands BM25, over words and over pieces of words. Keras
    trains the network; a fitted model answers with NumPy alone.

    Parameters
    ----------
    hidden_size : int or tuple of int, default=128
        Units of the recurrent layer in one direction; a tuple stacks layers.
    vectorizer : GloveTfidfVectorizer or None, default=None
        Splits texts into words and gives these vectors; a clone of it is fitted. None
        stands for ``GloveTfidfVectorizer()``. Its parameters are reached as
        ``vectorizer__vectors``, say, for a file of word vectors.
    pretrained : SLMLanguageModel or None, default=None
        A fitted language model to start from, as of
        :class:`~sklearn_slm.SLMTextClassifier`.
    n_components : int, default=128
        Length of the vectors of texts.
    cell : {"lstm", "gru", "rnn"}, default="lstm"
        Kind of recurrent cell.
    bidirectional : bool, default=True
        Read each text from both ends.
    pooling : {"attention", "last", "mean", "max"}, default="max"
        How the states of a text become one vector.
    candidate_activation : {"tanh", "sigmoid"}, default="tanh"
        Activation of the cell's candidate.
    match_questions : bool, default=True
        Whether a new question is compared with the questions of ``fit`` too, and not only
        with answers: an answer is as good as the best of its own text and its questions.
    lexical : bool, default=True
        Whether BM25 stands beside the network.
    n_negatives : int, default=1
        Wrong answers beside those of the batch that each question is told apart from, the
        best ones by BM25.
    n_mined : int, default=0
        Wrong answers more, those that the network itself finds best among all; they are
        looked for anew after each epoch.
    dropout : float, default=0.2
        Dropout rate of word vectors, of states between layers and of pooled states.
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
    batch_size : int, default=64
        Questions in a batch. Each is told apart from the answers of others in its half.
    max_iter : int or "auto", default="auto"
        Most epochs; ``"auto"`` as of :class:`~sklearn_slm.SLMTextClassifier`.
    early_stopping : bool or "auto", default="auto"
        Whether questions are set aside as a validation set. It tells the best epoch, when
        to stop, and how much the network and BM25 count. ``"auto"`` does so from 300
        questions on; without it the two count as is usual, and probabilities are not
        calibrated.
    validation_fraction : float, default=0.1
        Proportion of the different questions that is set aside. Not used when ``fit`` is
        given ``X_val``.
    n_iter_no_change : int, default=5
        Epochs without a fall of the validation loss after which training stops.
    tol : float, default=0.0
        The least fall that counts.
    checkpoint : str, path-like or None, default=None
        A file that ``fit`` writes its state to after each epoch and every
        `checkpoint_minutes`; ``fit(..., resume_from=path)`` goes on from it.
    checkpoint_minutes : float, default=10.0
        Minutes between checkpoints within an epoch.
    approximate : bool, default=False
        Whether vectors are searched by a graph of neighbours, for indexes of 100,000 texts
        and more. It needs the extra ``search`` (usearch), and is built when it is first
        used, a millisecond for each text; :meth:`measure_recall` tells what it finds. BM25
        stays exact.
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
    answers_ : list of str
        Distinct answers, as they were first written.
    index_ : EntryIndex
        The answers and their known questions, with vectors and terms.
    blend_ : ndarray of shape (3,), dtype float32
        How much the network, words and pieces of words count.
    spec_ : NetworkSpec
        What the network computes.
    weights_ : dict of str to ndarray, dtype float32
        Its weights.
    vocabulary_ : Vocabulary
        The words that it knows.
    vectorizer_ : GloveTfidfVectorizer
        The fitted vectorizer.
    n_iter_ : int
        Epochs made.
    loss_curve_ : list of float
        Training loss of each epoch, with dropout active.
    validation_scores_ : list of float or None
        Mean log-likelihood of the right answers to the validation questions, among those of
        their batches, after each epoch.
    best_validation_score_ : float or None
        The highest of them.
    validation_accuracy_, lexical_accuracy_ : float or None
        Share of validation questions whose first answer is right, among all answers: of
        the whole, and of BM25 alone.

    Notes
    -----
    The score of an answer is ``blend_`` times the product of vectors, BM25 of words and
    BM25 of pieces of words, each the largest over the texts of the answer. The weights are
    those under which the right answers to the validation questions are most probable, so
    that the softmax of the scores over all answers is a calibrated probability. Where BM25
    alone has more of them in the first place, the network gets the weight 0.

    Validation questions are unknown to the index while the weights are chosen. Where less
    than half of their answers have another question, no known question is used for it.

    Examples
    --------
    >>> from sklearn_slm import SLMAnswerer
    >>> questions = ["how do i reset my pin", "what does a transfer cost"]
    >>> answers = ["Choose a new pin at any machine.", "Transfers are free."]
    >>> model = SLMAnswerer(8, max_iter=2, random_state=0).fit(questions, answers)
    >>> model.predict(["i forgot my pin", "cost of transfers"])
    ['Choose a new pin at any machine.', 'Transfers are free.']
    >>> len(model.add(["We open at nine."]).answers_)
    3
    """

    _parameter_constraints: ClassVar[dict] = {
        **ENCODER_CONSTRAINTS,
        **_SHARED,
        "vectorizer": [HasMethods(["fit_transform", "transform"]), None],
        # Checked by check_pretrained, which says what to do.
        "pretrained": "no_validation",
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "pooling": [StrOptions(set(POOLINGS))],
        "match_questions": ["boolean"],
        "lexical": ["boolean"],
        "n_negatives": [Interval(Integral, 0, None, closed="left")],
        "n_mined": [Interval(Integral, 0, None, closed="left")],
        "approximate": ["boolean"],
        "runtime": [StrOptions({"auto", "numpy", "onnxruntime"})],
    }

    def __init__(
        self,
        hidden_size: int | tuple[int, ...] = 128,
        *,
        vectorizer: Any = None,
        pretrained: Any = None,
        n_components: int = 128,
        cell: str = "lstm",
        bidirectional: bool = True,
        pooling: str = "max",
        candidate_activation: str = "tanh",
        match_questions: bool = True,
        lexical: bool = True,
        n_negatives: int = 1,
        n_mined: int = 0,
        dropout: float = 0.2,
        recurrent_dropout: float = 0.0,
        word_dropout: float = 0.1,
        initializer: str = "glorot_uniform",
        optimizer: Any = "adam",
        learning_rate: float = 0.004,
        clip_norm: float | None = 1.0,
        batch_size: int = 64,
        max_iter: int | str = "auto",
        early_stopping: bool | str = "auto",
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 5,
        tol: float = 0.0,
        checkpoint: Any = None,
        checkpoint_minutes: float = 10.0,
        approximate: bool = False,
        n_jobs: int | None = None,
        runtime: str = "auto",
        random_state: Any = None,
        verbose: int = 0,
    ):
        self.hidden_size = hidden_size
        self.vectorizer = vectorizer
        self.pretrained = pretrained
        self.n_components = n_components
        self.cell = cell
        self.bidirectional = bidirectional
        self.pooling = pooling
        self.candidate_activation = candidate_activation
        self.match_questions = match_questions
        self.lexical = lexical
        self.n_negatives = n_negatives
        self.n_mined = n_mined
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
        self.approximate = approximate
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
        answers: Any = None,
        X_val: Any = None,
        y_val: Any = None,
        resume_from: Any = None,
    ) -> SLMAnswerer:
        """Train on questions and their answers, and index all answers.

        Parameters
        ----------
        X, y : iterable of str or path-like
            Questions and their answers, as many of each; or the paths (as
            ``pathlib.Path``) of files of one text a line. Several questions may have the
            same answer, in whatever case and spacing (it is kept as it is first written),
            and one question several answers. Pairs of which a side is empty are left out,
            with a warning.
        answers : iterable of str, path-like or None, default=None
            More answers, of which no question is known. Training tells questions apart
            from them, too.
        X_val, y_val : iterable of str, path-like or None, default=None
            Validation set, in place of one that is set aside. Its answers are indexed too,
            its questions are not.
        resume_from : str, path-like or None, default=None
            A file that `checkpoint` wrote in a fit with the same parameters and data.
            Training goes on from there and ends with the same bits.

        Returns
        -------
        SLMAnswerer
            The fitted estimator.

        Raises
        ------
        ValueError, TypeError
            If the input is not questions with answers, if a checkpoint comes from another
            fit, or if training diverges in its first epoch. The estimator is then as it was
            before.
        KeyboardInterrupt
            If Ctrl-C comes before the first step; later, the best weights so far are kept,
            with a warning.
        """
        check_can_train()
        from ..network.checks import check_optimizer

        check_optimizer(self.optimizer)
        check_pretrained(self)
        checkpoints = Checkpoints.of(self, resume_from)
        seeds = draw_seeds(self.random_state, 4)
        data = read_questions(X, y, answers)
        if (X_val is None) != (y_val is None):
            lacking = "X_val" if X_val is None else "y_val"
            raise ValueError(f"X_val and y_val belong together. Got no {lacking}.")
        tests = None
        if X_val is not None:
            tests = read_questions(X_val, y_val, None, "X_val and y_val")
        task, vectorizer = read_task(self, data, tests, seeds)
        spec = describe_answerer(self, task.vectors)
        fitted = train_answerer(self, spec, task, seeds, checkpoints)
        return self._store(spec, task.vectors.vocabulary, vectorizer, fitted)

    def _store(
        self, spec: NetworkSpec, vocabulary: Vocabulary, vectorizer: Any, fitted: Any
    ) -> SLMAnswerer:
        """Take over what was learned."""
        # At once: Ctrl-C comes before or after.
        self.__dict__.update(
            spec_=spec,
            weights_=fitted.weights,
            index_=fitted.entries,
            blend_=fitted.blend,
            vocabulary_=vocabulary,
            vectorizer_=vectorizer,
            **list_epochs(self, fitted.epochs),
            validation_accuracy_=fitted.accuracy,
            lexical_accuracy_=fitted.lexical_accuracy,
        )
        self.__dict__.pop("quantization_", None)  # of what it was
        warn_of_end(fitted, self.n_iter_, stacklevel=4)
        return self

    _kind: ClassVar[str] = "answerer"
    # The vectorizer comes before the vocabulary that it shares.
    _stored: ClassVar[dict[str, Any]] = {
        "spec_": NetworkSpec,
        "weights_": dict[str, np.ndarray],
        "index_": PackedEntries,
        "blend_": np.ndarray,
        "n_iter_": int,
        "loss_curve_": list[float],
        "validation_scores_": list[float] | None,
        "best_validation_score_": float | None,
        "validation_accuracy_": float | None,
        "lexical_accuracy_": float | None,
        "vectorizer_": GloveTfidfVectorizer,
        "vocabulary_": Vocabulary,
    }

    def _get_stored_params(self) -> dict[str, Any]:
        return forget_pretrained(self)

    def _get_stored(self) -> dict[str, Any]:
        return super()._get_stored() | {"index_": pack_entries(self.index_)}

    def _set_stored(self, stored: Mapping[str, Any]) -> None:
        super()._set_stored(stored)
        packed: Any = vars(self).get("index_")
        expect(packed is not None, "it holds no index of answers.")
        try:
            self.index_ = unpack_entries(packed)
        except ValueError as error:
            raise RefusedError(f"the file does not fit together: {error}") from None

    def _check_fitted(self) -> None:
        super()._check_fitted()
        spec, n_words = self.spec_, len(self.vocabulary_)
        expect(spec.head.kind == "pairs", "its network does not compare texts.")
        check_network(spec, self.weights_)
        expect(
            spec.encoder.n_tokens == FIRST_ID + n_words,
            f"the network reads {spec.encoder.n_tokens} ids, the vocabulary has "
            f"{n_words} tokens.",
        )
        vectors, n_outputs = self.index_.vectors, spec.head.n_outputs
        expect(
            vectors.shape[1] == n_outputs,
            f"the vectors of its index have {vectors.shape[1]} components, those of the "
            f"network {n_outputs}.",
        )
        check_size("its index", vectors)
        if self.index_.scale is not None:
            check_size("the scale of its index", self.index_.scale, 128)
        right = self.blend_.dtype == np.float32 and self.blend_.shape == (3,)
        expect(right, f"the blend weights have shape {self.blend_.shape}.")
        check_size("the blend weights", self.blend_)
        expect(self.blend_.min() >= 0, "a blend weight is negative.")
        n_losses = len(self.loss_curve_)
        expect(self.n_iter_ == n_losses, f"{self.n_iter_} epochs, {n_losses} losses.")

    def _describe(self) -> str:
        if not hasattr(self, "weights_"):
            return ""
        n_weights = sum(math.prod(w.shape) for w in self.spec_.weights().values())
        return (
            f"{len(self.index_):,} answers, {len(self.vocabulary_):,} tokens, "
            f"{n_weights:,} weights, {self.n_iter_} epochs"
        )

    def __sklearn_is_fitted__(self) -> bool:
        """Whether there are weights."""
        return hasattr(self, "weights_")

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that X is text, and that y is needed."""
        tags = tag_text_input(super().__sklearn_tags__())
        tags.target_tags.required = True
        return tags
