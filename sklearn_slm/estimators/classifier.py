"""SLMTextClassifier: a recurrent network as a scikit-learn classifier of texts."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from sklearn.base import ClassifierMixin

from ..forks import check_can_train
from ..spec import CELLS, POOLINGS
from ..text import TokenSequences, check_documents, takes_any_document
from .base import (
    BaseEstimator,
    CallbackSupportMixin,
    HasMethods,
    Interval,
    StrOptions,
    check_not_empty,
    check_row_count,
    clone,
    draw_seeds,
    fit_method,
    split_folds,
    split_validation,
    tag_text_input,
)
from .continuing import check_same_network, check_same_wide
from .fitting import (
    Part,
    build_validation,
    check_wide_ngrams,
    choose_passes,
    drop_weightless,
    keep_weighted,
)
from .notebook import NotebookMixin
from .prediction import PredictionMixin
from .targets import Targets, encode_targets, read_labels
from .training import Job, train
from .vectorizer import GloveTfidfVectorizer
from .weighting import refuse_balanced, weigh_documents

__all__ = ["SLMTextClassifier"]

# Below so many texts a tenth of them cannot tell one pass from another, and each is
# needed for training (docs/benchmarks/training.md).
_FEW_DOCUMENTS, _N_FOLDS = 300, 3


class SLMTextClassifier(
    PredictionMixin,
    NotebookMixin,
    ClassifierMixin,
    CallbackSupportMixin,
    BaseEstimator,
):
    """Classify texts with a small recurrent network over word vectors.

    Keras trains the network; a fitted classifier predicts with NumPy alone.

    Parameters
    ----------
    hidden_size : int or tuple of int, default=64
        Units of the recurrent layer in one direction; a tuple stacks layers.
    vectorizer : GloveTfidfVectorizer or None, default=None
        Turns raw texts into token sequences; a clone of it is fitted. None stands for
        ``GloveTfidfVectorizer()``. Its parameters are reached as ``vectorizer__min_df``.
        Not used when X is already token sequences, as in a Pipeline.
    cell : {"lstm", "gru", "rnn"}, default="lstm"
        Kind of recurrent cell.
    bidirectional : bool, default=True
        Read each text from both ends.
    pooling : {"attention", "last", "mean", "max"}, default="attention"
        How the states of a text become one vector.
    candidate_activation : {"tanh", "sigmoid"}, default="tanh"
        Activation of the cell's candidate.
    wide_ngrams : tuple of (int, int) or None, default=(1, 2)
        Shortest and longest n-gram of the wide branch: a linear model over n-grams of
        tokens, whose logits are added to the network's, with the weights that suit the
        validation part best. It knows what a rare phrase means where the network
        knows what order means; together they are seldom worse than the better of the
        two. None leaves the network alone.
    dropout : float, default=0.3
        Share of word-vector components and of pooled states dropped in training.
    recurrent_dropout : float, default=0.0
        Share of the recurrent state dropped, with one mask per text.
    word_dropout : float, default=0.1
        Share of tokens read as unknown in training, so that unknown words and phrases
        at prediction are nothing new. On texts like the training texts 0 is as good.
    adversarial : float, default=1.0
        Length of the step by which the vectors of a text are moved to where its loss
        rises most, in units of the vectors' standard deviation; training learns from
        the moved text as well, which doubles its cost. 0 turns it off.
    train_vectors : bool, default=True
        Whether training moves the word vectors.
    initializer : {"glorot_uniform", "gaussian", "uniform"}, default="glorot_uniform"
        How kernels start.
    optimizer : {"adam", "adamw", "sgd"} or keras.optimizers.Optimizer, default="adam"
        How weights are moved. With ``"adam"`` and ``"adamw"``, word vectors move
        without momentum and each by the count of its own steps, so that rare words move
        no further than common ones. An object is copied, and brings its own learning
        rate and clipping.
    learning_rate : float, default=0.008
        Highest step size: in ``fit`` it rises over the first tenth of the steps and falls
        to nothing at the last one; in ``partial_fit`` it stays.
    clip_norm : float or None, default=1.0
        Largest norm of the gradient.
    batch_size : int, default=32
        Texts per step.
    max_iter : int or "auto", default="auto"
        Most passes over the texts. ``"auto"`` makes 10, more for few texts (until 1,000
        steps are made, at most 50), fewer for many (until 12 million tokens are read, at
        least 2).
    early_stopping : bool or "auto", default="auto"
        True sets a validation part aside, stops when its accuracy no longer rises, and
        keeps the weights of the best pass. ``"auto"`` does so from 300 texts on; of
        fewer, all are trained on in all passes, and three more networks, each trained
        without a third of them, tell how much to trust each branch.
    validation_fraction : float, default=0.1
        Share of each class that is set aside. Not used when ``fit`` is given ``X_val``
        and ``y_val``.
    n_iter_no_change : int, default=5
        Passes without a rise of accuracy after which training stops.
    tol : float, default=0.0
        The least rise that counts.
    class_weight : dict, "balanced" or None, default=None
        Weights of classes, as in scikit-learn.
    warm_start : bool, default=False
        Continue from the weights of the last fit.
    callbacks : list of keras.callbacks.Callback or None, default=None
        Called during training; logs hold ``loss``, ``val_accuracy``, ``val_loss``.
    n_jobs : int or None, default=None
        Most threads of a fit. None takes two for the network, or fewer where the
        environment or joblib allows fewer, and one for word vectors. XLA may give part
        of one thread's work to another core; ``OMP_NUM_THREADS=1`` in the environment
        keeps the process to one. The result depends on neither.
    runtime : {"auto", "numpy", "onnxruntime"}, default="auto"
        What runs the network in prediction: NumPy, or ONNX Runtime (which the extra
        ``onnx`` installs), which is about twice as fast after a start of 0.1 s; their
        probabilities agree within 1e-5. ``"auto"`` takes ONNX Runtime if it is
        installed.
    random_state : int, RandomState or None, default=None
        Source of all randomness of a fit. The same integer gives the same bits on the
        same backend of Keras.
    verbose : int, default=0
        1 writes a line for each pass.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels; label numbers for multilabel targets.
    spec_ : NetworkSpec
        What the network computes.
    weights_ : dict of str to ndarray, dtype float32
        Its weights. ``wide.keys``, the n-grams of the wide branch, are int64.
    vocabulary_ : Vocabulary
        The known tokens.
    vectorizer_ : GloveTfidfVectorizer or None
        The fitted vectorizer; None if fitted on token sequences.
    n_iter_ : int
        Passes made.
    loss_curve_ : list of float
        Training loss of each pass.
    validation_scores_ : list of float or None
        Accuracy on the validation part after each pass.
    best_validation_score_ : float or None
        The highest of them.

    Examples
    --------
    >>> from sklearn_slm import SLMTextClassifier, load_demo_corpus
    >>> corpus = load_demo_corpus("en")
    >>> model = SLMTextClassifier(hidden_size=16, max_iter=2, random_state=0)
    >>> model.fit(corpus.data[:500], corpus.target[:500]).classes_.tolist()
    ['negative', 'positive']
    >>> model.predict_proba(["not bad at all", ""]).shape
    (2, 2)
    """

    _parameter_constraints: ClassVar[dict] = {
        "hidden_size": [Interval(Integral, 1, None, closed="left"), tuple, list],
        "vectorizer": [HasMethods(["fit_transform", "transform"]), None],
        "cell": [StrOptions(set(CELLS))],
        "bidirectional": ["boolean"],
        "pooling": [StrOptions(set(POOLINGS))],
        "candidate_activation": [StrOptions({"tanh", "sigmoid"})],
        "wide_ngrams": [tuple, list, None],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "recurrent_dropout": [Interval(Real, 0, 1, closed="left")],
        "word_dropout": [Interval(Real, 0, 1, closed="left")],
        "adversarial": [Interval(Real, 0, None, closed="left")],
        "train_vectors": ["boolean"],
        "initializer": [StrOptions({"glorot_uniform", "gaussian", "uniform"})],
        "optimizer": [
            StrOptions({"adam", "adamw", "sgd"}),
            HasMethods("apply_gradients"),
        ],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "clip_norm": [Interval(Real, 0, None, closed="neither"), None],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "max_iter": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "early_stopping": ["boolean", StrOptions({"auto"})],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
        "class_weight": [StrOptions({"balanced"}), dict, list, None],
        "warm_start": ["boolean"],
        "callbacks": [list, tuple, None],
        "n_jobs": [Integral, None],
        "runtime": [StrOptions({"auto", "numpy", "onnxruntime"})],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        hidden_size: int | tuple[int, ...] = 64,
        *,
        vectorizer: Any = None,
        cell: str = "lstm",
        bidirectional: bool = True,
        pooling: str = "attention",
        candidate_activation: str = "tanh",
        wide_ngrams: tuple[int, int] | None = (1, 2),
        dropout: float = 0.3,
        recurrent_dropout: float = 0.0,
        word_dropout: float = 0.1,
        adversarial: float = 1.0,
        train_vectors: bool = True,
        initializer: str = "glorot_uniform",
        optimizer: Any = "adam",
        learning_rate: float = 0.008,
        clip_norm: float | None = 1.0,
        batch_size: int = 32,
        max_iter: int | str = "auto",
        early_stopping: bool | str = "auto",
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 5,
        tol: float = 0.0,
        class_weight: Any = None,
        warm_start: bool = False,
        callbacks: Any = None,
        n_jobs: int | None = None,
        runtime: str = "auto",
        random_state: Any = None,
        verbose: int = 0,
    ):
        self.hidden_size = hidden_size
        self.vectorizer = vectorizer
        self.cell = cell
        self.bidirectional = bidirectional
        self.pooling = pooling
        self.candidate_activation = candidate_activation
        self.wide_ngrams = wide_ngrams
        self.dropout = dropout
        self.recurrent_dropout = recurrent_dropout
        self.word_dropout = word_dropout
        self.adversarial = adversarial
        self.train_vectors = train_vectors
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
        self.class_weight = class_weight
        self.warm_start = warm_start
        self.callbacks = callbacks
        self.n_jobs = n_jobs
        self.runtime = runtime
        self.random_state = random_state
        self.verbose = verbose

    def set_params(self, **params: Any) -> SLMTextClassifier:
        """Set parameters; ``vectorizer__...`` also works while vectorizer is None.

        Parameters
        ----------
        **params : object
            Parameters of this estimator and, as ``vectorizer__name``, of its
            vectorizer.

        Returns
        -------
        SLMTextClassifier
            The estimator.
        """
        nested = any(name.startswith("vectorizer__") for name in params)
        if nested and params.get("vectorizer", self.vectorizer) is None:
            params = {"vectorizer": GloveTfidfVectorizer(), **params}
            params["vectorizer"] = params["vectorizer"] or GloveTfidfVectorizer()
        return super().set_params(**params)

    @fit_method
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        X_val: Any = None,
        y_val: Any = None,
    ) -> SLMTextClassifier:
        """Train on texts and their labels.

        Parameters
        ----------
        X : iterable of str or TokenSequences, of length n_documents
            Raw texts, or what ``GloveTfidfVectorizer`` made of them.
        y : array-like of shape (n_documents,) or (n_documents, n_labels)
            Class labels, or an indicator matrix of several labels.
        sample_weight : array-like of shape (n_documents,) or None, default=None
            Weight of each text in the loss and the validation score.
        X_val, y_val : as X and y, default=None
            Validation part, in place of one that is set aside from X.

        Returns
        -------
        SLMTextClassifier
            The fitted estimator.

        Raises
        ------
        ValueError, TypeError
            If the input is not texts with labels of at least two classes. The
            estimator is then as it was before.
        RuntimeError
            In a process that was forked from one that trained already: the backend of
            Keras would wait for ever for threads that the fork left behind.
        """
        check_can_train()
        wide_ngrams = check_wide_ngrams(self.wide_ngrams)
        seeds = draw_seeds(self.random_state, 5)
        goes_on = self.warm_start and hasattr(self, "weights_")
        self._check_options(goes_on)
        sequences, vectorizer = self._read(X, seeds[0], keep=goes_on)
        targets = encode_targets(y)
        if goes_on:
            self._check_same_problem(targets)
        part = whole = keep_weighted(
            self._build_part(sequences, targets, sample_weight)
        )
        labels = part.targets.encoded
        if targets.multilabel:
            labels = np.zeros(len(labels))
        validation, folds = None, []
        if X_val is not None or y_val is not None:
            validation = build_validation(X_val, y_val, targets, vectorizer)
        elif self.early_stopping == "auto" and len(labels) < _FEW_DOCUMENTS:
            # What was trained on all of the texts before has seen every fold.
            if not goes_on:
                folds = split_folds(labels, min(_N_FOLDS, len(labels)), seeds[1])
        elif self.early_stopping:
            kept, held_out = split_validation(
                labels, self.validation_fraction, seeds[1]
            )
            validation, part = part.take(held_out), part.take(kept)
        job = Job(
            data=(X, y),
            vectorizer=vectorizer,
            part=part,
            passes=choose_passes(self.max_iter, part.sequences, self.batch_size),
            goes_on=goes_on,
            validation=validation,
            whole=whole,
            folds=[(whole.take(kept), whole.take(held)) for kept, held in folds],
            wide_ngrams=wide_ngrams,
        )
        train(self, job, seeds[2:])
        return self

    @fit_method
    def partial_fit(
        self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None
    ) -> SLMTextClassifier:
        """Make one pass over more texts.

        The first call learns the vocabulary from its texts; words that come later are
        unknown. Begin with a large piece, or with token sequences of a vectorizer that
        was fitted on one. Only the network learns: a model that begins here has no
        wide branch, and that of an earlier ``fit`` stays as it is.

        Parameters
        ----------
        X : iterable of str or TokenSequences, of length n_documents
            Texts.
        y : array-like of shape (n_documents,) or (n_documents, n_labels)
            Their labels.
        classes : array-like of shape (n_classes,) or None, default=None
            All classes that will ever come; needed in the first call (not for
            multilabel targets), optional later.
        sample_weight : array-like of shape (n_documents,) or None, default=None
            Weight of each text in the loss.

        Returns
        -------
        SLMTextClassifier
            The estimator.

        Raises
        ------
        ValueError, TypeError
            As :meth:`fit`; also if a label is not among the classes. The estimator is
            then as it was before.
        """
        check_can_train()
        seeds = draw_seeds(self.random_state, 5)
        goes_on = hasattr(self, "weights_")
        self._check_options(goes_on)
        from ..network.options import check_scalable

        refuse_balanced(self.class_weight)
        check_not_empty(X)
        if goes_on:
            check_same_wide(self.spec_, check_wide_ngrams(self.wide_ngrams))
            if classes is not None and not np.array_equal(
                np.unique(read_labels(classes, "classes")), self.classes_
            ):
                raise ValueError(
                    f"classes={classes!r} is not the same as on the last call to "
                    f"partial_fit or fit, which was {self.classes_.tolist()!r}."
                )
            classes = self.classes_
        targets = encode_targets(y, classes)
        if classes is None and not targets.multilabel:
            raise ValueError(
                "classes must be passed on the first call to partial_fit, such as "
                "partial_fit(X, y, classes=np.unique(all_labels)): later pieces may "
                "hold classes that this one does not."
            )
        if goes_on:
            self._check_same_problem(targets)
        sequences, vectorizer = self._read(X, seeds[0], keep=goes_on)
        part = self._build_part(sequences, targets, sample_weight)
        if (part.weight != 1).any():
            check_scalable(self.optimizer)
        job = Job(
            data=(X, y),
            vectorizer=vectorizer,
            part=drop_weightless(part),
            passes=1,
            goes_on=goes_on,
        )
        train(self, job, seeds[2:])
        return self

    def _check_options(self, goes_on: bool) -> None:
        """Refuse parameters that only Keras or the last fit can tell are wrong."""
        from ..network.options import check_callbacks, check_optimizer

        check_optimizer(self.optimizer)
        check_callbacks(self.callbacks)
        if goes_on:
            check_same_network(self)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the accuracy of the predictions.

        Parameters
        ----------
        X : iterable of str or TokenSequences, of length n_documents
            Texts.
        y : array-like of shape (n_documents,) or (n_documents, n_labels)
            Their labels, read as :meth:`fit` reads them: those of a string Enum are the
            strings.
        sample_weight : array-like of shape (n_documents,) or None, default=None
            Weight of each text.

        Returns
        -------
        float
            Share of texts whose label, or set of labels, is right.
        """
        return super().score(X, read_labels(y), sample_weight=sample_weight)

    def _read(self, X: Any, seed: int, keep: bool) -> tuple[TokenSequences, Any]:
        """Return token sequences and the vectorizer that made them, if one did."""
        if keep:
            sequences = self._as_sequences(X)
            check_not_empty(sequences)
            return sequences, self.vectorizer_
        if isinstance(X, TokenSequences):
            check_not_empty(X)
            return X, None
        analyzer = getattr(self.vectorizer, "analyzer", None)
        documents = check_documents(X, any_kind=takes_any_document(analyzer))
        check_not_empty(documents)
        vectorizer = GloveTfidfVectorizer(n_jobs=self.n_jobs)
        if self.vectorizer is not None:
            vectorizer = clone(self.vectorizer)
        vectorizer.set_params(output="sequences")
        if vectorizer.random_state is None:
            vectorizer.set_params(random_state=seed)
        return vectorizer.fit_transform(documents), vectorizer

    def _build_part(
        self, sequences: TokenSequences, targets: Targets, sample_weight: Any
    ) -> Part:
        check_row_count(sequences, targets.encoded)
        weight = weigh_documents(sample_weight, self.class_weight, targets)
        return Part(sequences, targets, weight)

    def _check_same_problem(self, targets: Targets) -> None:
        multilabel = self.spec_.output == "sigmoid"
        if targets.multilabel != multilabel or not np.array_equal(
            targets.classes, self.classes_
        ):
            raise ValueError(
                "training can only go on with the classes it began with, "
                f"{self.classes_.tolist()!r}, but y holds {targets.classes.tolist()!r}. "
                "Set warm_start=False to begin anew."
            )

    def _describe(self) -> str:
        if not hasattr(self, "weights_"):
            return ""
        n_weights = sum(math.prod(s) for s in self.spec_.weight_shapes().values())
        kind = "labels" if self.spec_.output == "sigmoid" else "classes"
        return (
            f"{len(self.classes_)} {kind}, {len(self.vocabulary_):,} tokens, "
            f"{n_weights:,} weights, {self.n_iter_} passes"
        )

    def __getstate__(self) -> dict:
        # The live network is a cache: rebuilt from spec_ and weights_ when needed.
        state = dict(super().__getstate__())
        state.pop("_trainer", None)
        return state

    def __sklearn_is_fitted__(self) -> bool:
        """Whether there are weights."""
        return hasattr(self, "weights_")

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that X is text and y may be multilabel."""
        tags = tag_text_input(super().__sklearn_tags__(), sequences=True)
        tags.classifier_tags.multi_label = True
        return tags
