"""SLMTextClassifier: a recurrent network as a scikit-learn classifier of texts."""

from __future__ import annotations

import math
import sys
import warnings
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.exceptions import ConvergenceWarning

from ..forks import check_can_train
from ..ngrams import NgramModel
from ..persistence.fields import expect
from ..spec import POOLINGS, NetworkSpec
from ..text import FIRST_ID, Vocabulary
from .augmenting import augment_task, number_texts, read_texts
from .base import (
    BaseEstimator,
    CallbackSupportMixin,
    HasMethods,
    StrOptions,
    check_not_empty,
    fit_method,
    tag_text_input,
)
from .checkpoints import Checkpoints
from .column_encoder import ColumnEncoder
from .columns import (
    ColumnsMixin,
    check_columns,
    check_same_columns,
    check_stored_columns,
    extract_texts,
    fit_columns,
    refuse_other_columns,
)
from .continuing import check_same_network, check_same_ngrams
from .copying import SharedPretrainedMixin
from .fit import Fitted, advise, count_epochs, describe_network, train_classifier
from .growing import GROWING_CONSTRAINTS, GrowingMixin
from .inputs import (
    FitSeeds,
    Task,
    drop_weightless,
    keep_weighted,
    make_examples,
    read_documents,
    read_validation,
    split_task,
)
from .nested import NestedParamsMixin
from .notebook import NotebookMixin
from .options import (
    ENCODER_CONSTRAINTS,
    TRAINING_CONSTRAINTS,
    check_ngrams,
)
from .prediction import PredictionMixin
from .progress import EpochReporter
from .pseudo_labels import add_pseudo_labels
from .storing import StoredMixin, check_network, check_ngram_model
from .targets import Targets, encode_targets, read_labels
from .transfer import check_pretrained, forget_pretrained
from .unlabeled import (
    UNLABELED_USES,
    check_unlabeled,
    collect_unlabeled,
    encode_unlabeled,
)
from .vectorizer import GloveTfidfVectorizer
from .weighting import refuse_balanced

__all__ = ["SLMTextClassifier"]


class SLMTextClassifier(
    GrowingMixin,
    ColumnsMixin,
    PredictionMixin,
    NestedParamsMixin,
    NotebookMixin,
    StoredMixin,
    SharedPretrainedMixin,
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
    text_column : str, list of str or None, default=None
        The column of X that holds the texts; X is then a pandas or polars DataFrame. The
        texts of several columns are joined, with a boundary (``¶``) between them, and a
        missing text is empty. None reads X as texts.
    columns : transformer, "drop" or None, default=None
        Makes numbers of the columns beside the texts, for network and n-gram model; a clone
        of it is fitted. None stands for :class:`~sklearn_slm.ColumnEncoder`, which
        standardises numbers and makes a column of each category; its parameters are
        reached as ``columns__max_categories``. ``"drop"`` ignores those columns. Only
        with ``text_column``.
    pretrained : SLMLanguageModel or None, default=None
        A fitted language model of words or characters to start from, trained on many
        texts of the kind that few labels are known for. Its layers become those of the
        network and its vectors those of the words; words that it knows and the texts of
        ``fit`` lack become known too, as many as the vectorizer's ``extra_words``. See
        Notes. Clones and searches share it, pickles hold it. A file of
        :func:`~sklearn_slm.save_model` does not: after loading it is None, and the layers
        are parameters.
    cell : {"lstm", "gru", "rnn"}, default="lstm"
        Kind of recurrent cell.
    bidirectional : bool, default=True
        Read each text from both ends.
    pooling : {"attention", "last", "mean", "max"}, default="attention"
        How the states of a text become one vector.
    candidate_activation : {"tanh", "sigmoid"}, default="tanh"
        Activation of the cell's candidate.
    ngrams : tuple of (int, int) or None, default=(1, 2)
        Tokens of the shortest and of the longest n-gram of the n-gram model: a linear
        model that stands beside the network. The logits of the two are added, with the
        blend weights that suit the validation set best. It knows what a rare phrase means
        where the network knows what order means; together they are seldom worse than the
        better of the two. None leaves the network alone.
    dropout : float, default=0.3
        Dropout rate of word vectors and of pooled states.
    recurrent_dropout : float, default=0.0
        Dropout rate of the recurrent state, with one mask per text.
    word_dropout : float, default=0.1
        Dropout rate of tokens: those dropped are read as unknown in training, so that
        unknown words and phrases at prediction are nothing new. On texts like the
        training texts 0 is as good.
    adversarial : float, default=1.0
        Length of the step by which the vectors of a text are moved to where its loss
        rises most, in units of the vectors' standard deviation; training learns from
        the moved text as well, which doubles its cost. 0 turns it off.
    augment : Augmenter or None, default=None
        Makes variants of the texts that ``fit`` trains on, and of none that are set aside;
        X must then be raw texts. ``partial_fit`` makes none: give it what
        ``augmenter.augment`` returns. A file does not hold it: after loading it is None.
    train_vectors : bool, default=True
        Whether training moves the word vectors.
    initializer : {"glorot_uniform", "gaussian", "uniform"}, default="glorot_uniform"
        How kernels start.
    optimizer : {"adam", "adamw", "sgd"} or keras.optimizers.Optimizer, default="adam"
        What moves the weights. With ``"adam"`` and ``"adamw"``, word vectors move
        without momentum and each by the count of its own steps, so that rare words move
        no further than common ones. An object is copied, and brings its own learning
        rate and clipping. Whatever the default types of Keras are, networks train in
        float32.
    learning_rate : float, default=0.008
        Highest learning rate: in ``fit`` it rises over the first tenth of the steps and falls
        to nothing at the last one; in ``partial_fit`` it stays.
    clip_norm : float or None, default=1.0
        Largest norm of the gradient.
    batch_size : int, default=32
        Texts in a batch.
    max_iter : int or "auto", default="auto"
        Most epochs. ``"auto"`` makes 10, more for few texts (until 1,000 steps are made,
        at most 50), fewer for many (until 12 million tokens are read, at least 2).
    early_stopping : bool or "auto", default="auto"
        True sets a validation set aside, stops when its accuracy no longer rises, and
        keeps the weights of the best epoch. ``"auto"`` does so from 300 texts on; of
        fewer, all are trained on in all epochs, and three more networks, each trained
        without a third of them, tell how much to trust each model.
    validation_fraction : float, default=0.1
        Proportion of each class that is set aside. Not used when ``fit`` is given ``X_val``
        and ``y_val``.
    n_iter_no_change : int, default=5
        Epochs without a rise of accuracy after which training stops.
    tol : float, default=0.0
        The least rise that counts.
    class_weight : dict, "balanced" or None, default=None
        Weights of classes, as in scikit-learn; they multiply the weights of texts.
        ``partial_fit`` takes a dict only.
    checkpoint : str, path-like or None, default=None
        A file that ``fit`` writes its state to after each epoch and every
        `checkpoint_minutes`; ``fit(..., resume_from=path)`` goes on from it.
    checkpoint_minutes : float, default=10.0
        Minutes between checkpoints within an epoch.
    warm_start : bool, default=False
        Continue from the weights of the last fit. What makes the network or its tokens
        (``hidden_size``, ``cell``, ``bidirectional``, ``pooling``,
        ``candidate_activation``, ``vectorizer``) must be as it was; all else may change.
    callbacks : list of keras.callbacks.Callback or None, default=None
        Called during training; logs hold ``loss``, and with a validation set
        ``val_accuracy`` and ``val_loss``. ModelCheckpoint with
        ``save_weights_only=True``, EarlyStopping, LearningRateScheduler,
        ReduceLROnPlateau, TensorBoard (``write_graph=False``), CSVLogger,
        LambdaCallback and TerminateOnNaN work; a network with a validation set keeps
        the weights of its own best epoch. ModelCheckpoint of the whole model,
        BackupAndRestore, SwapEMAWeights and OrbaxCheckpoint are refused: they need a
        network that Keras alone rebuilds.
    unlabeled : {"vectors", "virtual", "pseudo"} or tuple of these, default="vectors"
        What ``fit`` does with texts without labels, ``X_unlabeled``; nothing where none
        are given. ``"vectors"`` trains the word vectors on all texts, and makes their words
        known. ``"virtual"`` adds a virtual adversarial loss, ``"pseudo"`` trains a second
        time on texts that the model is sure of; see Notes. Neither has paid so far
        (docs/notes/few_texts.md).
    grow_vocabulary : bool, default=False
        Whether ``partial_fit`` takes up new words: those that ``min_df``, ``max_df`` and
        ``max_features`` of the vectorizer let in, each asked of one piece of the stream.
        A new word begins with the vector of the given ones or else, as ``missing`` of the
        vectorizer says, by default with the mean of known words that share pieces with it.
    new_classes : {"error", "add"}, default="error"
        What ``partial_fit`` does with labels that are not among the classes.
    rehearsal : int, default=0
        Texts to keep, with their labels, in ``rehearsal_``: a uniform sample of all so
        far. ``partial_fit`` learns as many of them again as its piece has texts, against
        forgetting. A pickle holds them, a file of :func:`~sklearn_slm.save_model` does
        not. 0 keeps none.
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
        1 writes a line for each epoch.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels; label numbers for multilabel targets.
    spec_ : NetworkSpec
        What the network computes.
    weights_ : dict of str to ndarray, dtype float32
        Its weights.
    ngrams_ : NgramModel or None
        The n-gram model beside it; None if there is none.
    vocabulary_ : Vocabulary
        The known tokens.
    vectorizer_ : GloveTfidfVectorizer or None
        The fitted vectorizer; None if fitted on token sequences.
    columns_ : transformer or None
        The fitted transformer of the columns beside the texts; None if there are none.
    column_names_ : list of str or None
        All columns of the table; None if fitted on texts alone.
    n_iter_ : int
        Epochs made.
    loss_curve_ : list of float
        Training loss of each epoch.
    validation_scores_ : list of float or None
        Accuracy on the validation set after each epoch.
    best_validation_score_ : float or None
        The highest of them.
    rehearsal_ : Rehearsal or None
        The kept texts (``texts``), their ``targets``, a row for each with a column for
        each class, their ``weight``, and how many they were drawn from, ``n_seen``. None
        with ``rehearsal=0``, and after loading a file.

    Notes
    -----
    With ``pretrained``, these parameters follow from the language model where they are left
    at their defaults, and are refused where they contradict it: ``hidden_size``, ``cell``,
    ``candidate_activation``, ``vectorizer__n_components``, ``vectorizer__analyzer`` (for a
    model of characters) and ``vectorizer__token_pattern``. Word vectors cannot be given
    beside it. A word has the vector of the form that the language model saw most often
    (" word", "word" or, where the vectorizer brings texts to lower case, " Word"), then
    that of another case. Words that it does not know get what ``vectorizer__missing`` says,
    the mean of known words that share pieces with them by default, and the vector of
    unknown words where that is nothing: a vector of another origin would mean nothing to
    layers that have read those of the language model. The layer that reads from the end
    starts as that of a language model with ``bidirectional=True``, else afresh.

    The language model is read when training begins, in ``fit`` or in the first
    ``partial_fit``; where training continues, its layers must be those of the network.

    Texts without labels are cut to the length of the longest one with a label: of a longer
    one, a random stretch is read. With ``unlabeled="virtual"`` each step of the training
    also reads as many texts without labels as with, and adds the mean of ``KL(p(y | v) ||
    p(y | v + r))`` over them to the loss (Miyato, Dai and Goodfellow, 2017): v are the word
    vectors, p(y | v) is the prediction as it stands, and r is the step of five standard
    deviations of the vectors in which the prediction changes most, found by one iteration
    of the power method. Word vectors do not learn of it. That doubles the time of a step.
    With ``unlabeled="pseudo"`` a first model is trained. Of each class, the ten texts for
    each one with a label that it is surest of join the training of a second model, with its
    probabilities as soft labels; together they weigh as much as the labels (Lee, 2013).
    That takes two trainings. It is not for targets of several labels.

    Examples
    --------
    >>> from sklearn_slm import SLMTextClassifier, load_demo_corpus
    >>> corpus = load_demo_corpus("en")
    >>> model = SLMTextClassifier(hidden_size=16, max_iter=2, random_state=0)
    >>> model.fit(corpus.data[:500], corpus.target[:500]).classes_.tolist()
    ['negative', 'positive']
    >>> model.predict_proba(["not bad at all", ""]).shape
    (2, 2)

    Many texts and few labels:

    >>> from sklearn_slm import SLMLanguageModel
    >>> language_model = SLMLanguageModel(16, max_iter=1, random_state=0)
    >>> language_model = language_model.fit(corpus.data[:500])
    >>> model = SLMTextClassifier(pretrained=language_model, max_iter=2)
    >>> model.fit(corpus.data[:60], corpus.target[:60]).spec_.encoder.hidden_size
    (16,)
    """

    _parameter_constraints: ClassVar[dict] = {
        **ENCODER_CONSTRAINTS,
        **TRAINING_CONSTRAINTS,
        "vectorizer": [HasMethods(["fit_transform", "transform"]), None],
        "text_column": [str, tuple, list, None],
        "columns": [HasMethods(["fit", "transform"]), StrOptions({"drop"}), None],
        # Checked by check_pretrained, which says what to do.
        "pretrained": "no_validation",
        "pooling": [StrOptions(set(POOLINGS))],
        "ngrams": [tuple, list, None],
        "augment": [HasMethods(["make_copies"]), None],
        "unlabeled": [StrOptions(set(UNLABELED_USES)), tuple, list],
        **GROWING_CONSTRAINTS,
        "class_weight": [StrOptions({"balanced"}), dict, list, None],
        "runtime": [StrOptions({"auto", "numpy", "onnxruntime"})],
    }

    def __init__(
        self,
        hidden_size: int | tuple[int, ...] = 64,
        *,
        vectorizer: Any = None,
        text_column: str | list[str] | None = None,
        columns: Any = None,
        pretrained: Any = None,
        cell: str = "lstm",
        bidirectional: bool = True,
        pooling: str = "attention",
        candidate_activation: str = "tanh",
        ngrams: tuple[int, int] | None = (1, 2),
        dropout: float = 0.3,
        recurrent_dropout: float = 0.0,
        word_dropout: float = 0.1,
        adversarial: float = 1.0,
        augment: Any = None,
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
        checkpoint: Any = None,
        checkpoint_minutes: float = 10.0,
        warm_start: bool = False,
        callbacks: Any = None,
        unlabeled: str | tuple[str, ...] = "vectors",
        grow_vocabulary: bool = False,
        new_classes: str = "error",
        rehearsal: int = 0,
        n_jobs: int | None = None,
        runtime: str = "auto",
        random_state: Any = None,
        verbose: int = 0,
    ):
        self.hidden_size = hidden_size
        self.vectorizer = vectorizer
        self.text_column = text_column
        self.columns = columns
        self.pretrained = pretrained
        self.cell = cell
        self.bidirectional = bidirectional
        self.pooling = pooling
        self.candidate_activation = candidate_activation
        self.ngrams = ngrams
        self.dropout = dropout
        self.recurrent_dropout = recurrent_dropout
        self.word_dropout = word_dropout
        self.adversarial = adversarial
        self.augment = augment
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
        self.checkpoint = checkpoint
        self.checkpoint_minutes = checkpoint_minutes
        self.warm_start = warm_start
        self.callbacks = callbacks
        self.unlabeled = unlabeled
        self.grow_vocabulary = grow_vocabulary
        self.new_classes = new_classes
        self.rehearsal = rehearsal
        self.n_jobs = n_jobs
        self.runtime = runtime
        self.random_state = random_state
        self.verbose = verbose

    @fit_method
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        X_val: Any = None,
        y_val: Any = None,
        X_unlabeled: Any = None,
        *,
        resume_from: Any = None,
    ) -> SLMTextClassifier:
        """Train on texts and their labels.

        Parameters
        ----------
        X : iterable of str, TokenSequences or data frame, of length n_documents
            Raw texts, or what ``GloveTfidfVectorizer`` made of them; with
            ``text_column``, a pandas or polars DataFrame.
        y : array-like of shape (n_documents,) or (n_documents, n_labels)
            Class labels, or an indicator matrix of several labels, or soft labels: a row
            of probabilities for each text, which sum to one. The columns of a DataFrame
            name the classes of soft labels; without names they are numbered. A text with
            soft labels counts as one text for each class, weighted by its probability.
        sample_weight : array-like of shape (n_documents,) or None, default=None
            Weight of each text in the loss and the validation score. Only their ratio
            counts: they are scaled to mean 1. A text of weight 0 is as none, but for
            the vocabulary; a class whose texts all have weight 0 stays in ``classes_``.
        X_val, y_val : as X and y, default=None
            Validation set, in place of one that is set aside from X.
        X_unlabeled : iterable of str, TokenSequences or None, default=None
            Texts without labels; what they are used for, the parameter ``unlabeled`` says.
            With ``"vectors"``, raw texts beside raw texts as X: the vectorizer trains word
            vectors on all of them, and their most frequent words become known too, see
            :meth:`~sklearn_slm.GloveTfidfVectorizer.fit`. Where training continues
            (``warm_start``), words and vectors stay as they are. Token sequences as X, as
            in a Pipeline, take token sequences of the same vectorizer.
        resume_from : str, path-like or None, default=None
            A file that `checkpoint` wrote in a fit with the same parameters and data.
            Training goes on from there and ends with the same bits. Callbacks of Keras
            begin anew: what one remembers of earlier epochs is not in the file.

        Returns
        -------
        SLMTextClassifier
            The fitted estimator.

        Raises
        ------
        ValueError, TypeError
            If the input is not texts with labels of at least two classes, each with a
            text of weight above 0, if a checkpoint comes from another fit, or if training
            diverges in its first epoch. The estimator is then as it was before.
        KeyboardInterrupt
            If Ctrl-C comes before the end of the first epoch. The estimator is then as
            it was before; later, the best weights so far are kept, with a warning.
        RuntimeError
            In a process that was forked from one that trained already: the backend of
            Keras would wait forever for threads that the fork left behind.
        """
        check_can_train()
        lengths, seeds = check_ngrams(self), FitSeeds.draw(self.random_state)
        resumes = self.warm_start and hasattr(self, "weights_")
        self._check_options(resumes)
        checkpoints = Checkpoints.of(self, resume_from)
        texts = X
        if self.augment is not None:
            texts = read_texts(extract_texts(self.text_column, X))
            X = texts if self.text_column is None else X
        if self.rehearsal or self.grow_vocabulary:
            X = self._read_rehearsed(X)
        task = self._read(
            X, y, sample_weight, seeds, resumes=resumes, X_unlabeled=X_unlabeled
        )
        if self.augment is not None:
            task = number_texts(task)
        if self.rehearsal:
            before = self.rehearsal_ if resumes else None
            kept = self._remember(before, X, task, seeds)
            task = replace(task, rehearsal=kept)
        whole = keep_weighted(task.whole, task.targets)
        task = replace(task, whole=whole, train=whole)
        validation = read_validation(X_val, y_val, task, self.text_column)
        task = split_task(self, task, seeds.split, validation)
        if self.augment is not None:
            task = augment_task(task, texts, self.augment, seed=seeds.order)
        task = replace(task, epochs=count_epochs(self, task))
        return self._train(task, seeds, lengths, checkpoints)

    @fit_method
    def partial_fit(
        self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None
    ) -> SLMTextClassifier:
        """Train for one epoch on more texts.

        The first call learns the vocabulary from its texts; words that come later are
        unknown, unless ``grow_vocabulary=True``. Begin with a large piece, or with token
        sequences of a vectorizer that was fitted on one. Only the network learns: a model
        that begins here has no n-gram model, and that of an earlier ``fit`` stays as it
        is. With any of ``grow_vocabulary``, ``new_classes="add"`` and ``rehearsal`` the
        n-gram model learns as well, and begins here.

        Parameters
        ----------
        X : iterable of str or TokenSequences, of length n_documents
            Texts.
        y : array-like of shape (n_documents,) or (n_documents, n_labels)
            Their labels.
        classes : array-like of shape (n_classes,) or None, default=None
            All classes that will ever come; needed in the first call (not for
            multilabel targets), optional later. With ``new_classes="add"``, classes to
            add; those of the labels need not be named.
        sample_weight : array-like of shape (n_documents,) or None, default=None
            Weight of each text; here its size counts, see Notes.

        Returns
        -------
        SLMTextClassifier
            The estimator.

        Raises
        ------
        ValueError, TypeError
            As :meth:`fit`; also if a label is not among the classes, if
            ``class_weight="balanced"``, or if there are weights other than 1 and the
            learning rate of the optimizer is a schedule. The estimator and the state
            of its optimizer are then as they were before.
        KeyboardInterrupt
            If Ctrl-C comes before the end of the epoch; nothing has changed then, either.

        Notes
        -----
        Weights of texts, multiplied by those of their classes, keep their size through a
        stream. The direction of a step is that of the weighted mean of the losses of its
        batch, and its length is multiplied by the mean weight: 0.001 moves the model a
        thousandth as far as 1, or less. (Weights within the loss alone would not: Adam
        divides a gradient by its usual size.) Texts of weight 0 are left out, and a piece
        that has no others changes nothing, the optimizer's state and ``n_iter_``
        included. A mean above 10 counts as 10: longer steps would destroy the model.
        Divide weights such as counts by their mean.

        Examples
        --------
        >>> from sklearn_slm import SLMTextClassifier, load_demo_corpus
        >>> texts, labels = load_demo_corpus("en").data, load_demo_corpus("en").target
        >>> model = SLMTextClassifier(hidden_size=4, random_state=0)
        >>> model.partial_fit(texts[:300], labels[:300], classes=["negative", "positive"])
        SLMTextClassifier(hidden_size=4, random_state=0)
        >>> model.partial_fit(texts[300:310], labels[300:310], sample_weight=0.5).n_iter_
        2
        """
        check_can_train()
        seeds = FitSeeds.draw(self.random_state)
        if self._is_continual:
            return self._learn_and_grow(X, y, classes, sample_weight, seeds)
        task = self._read_piece(X, y, classes, sample_weight, seeds)
        if task.resumes and not len(task.train):
            return self
        return self._train(task, seeds)

    def _read_piece(
        self, X: Any, y: Any, classes: Any, sample_weight: Any, seeds: FitSeeds
    ) -> Task:
        """Return a piece of a stream; what is to be trained on may be nothing."""
        from ..network.checks import check_scalable

        resumes = hasattr(self, "weights_")
        self._check_options(resumes)
        refuse_balanced(self.class_weight)
        check_not_empty(X)
        if resumes:
            check_same_ngrams(self.ngrams_, check_ngrams(self))
            if classes is not None and not np.array_equal(
                np.unique(read_labels(classes, "classes")), self.classes_
            ):
                raise ValueError(
                    f"classes={classes!r} is not the same as on the last call to "
                    f"partial_fit or fit, which was {self.classes_.tolist()!r}."
                )
            classes = self.classes_
        task = self._read(X, y, sample_weight, seeds, resumes=resumes, classes=classes)
        if classes is None and not task.targets.multilabel:
            raise ValueError(
                "classes must be passed on the first call to partial_fit, such as "
                "partial_fit(X, y, classes=np.unique(all_labels)): later pieces may "
                "hold classes that this one does not."
            )
        if (task.whole.weight != 1).any():
            check_scalable(self.optimizer)
        return replace(task, train=drop_weightless(task.whole), is_stream=True)

    def _check_options(self, resumes: bool) -> None:
        """Refuse parameters that only Keras or the last fit can tell are wrong."""
        from ..network.checks import check_callbacks, check_optimizer

        check_optimizer(self.optimizer)
        check_callbacks(self.callbacks)
        check_pretrained(self)
        check_columns(self)
        if resumes:
            check_same_network(self)
            check_same_columns(self)

    def _read(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        seeds: FitSeeds,
        *,
        resumes: bool,
        classes: Any = None,
        X_unlabeled: Any = None,
    ) -> Task:
        """Return what is to be trained on: all texts, with weights as they were given."""
        uses = check_unlabeled(self)
        X_unlabeled = extract_texts(self.text_column, X_unlabeled, name="X_unlabeled")
        X_unlabeled = collect_unlabeled(self.vectorizer, X_unlabeled)
        if classes is not None:
            targets = encode_targets(y, classes)
            if resumes:
                self._check_same_problem(targets)
        documents, columns, fitted = fit_columns(self, X, y, resumes=resumes)
        sequences, vectorizer = read_documents(
            self,
            documents,
            seeds.vectorizer,
            resumes=resumes,
            X_unlabeled=X_unlabeled if "vectors" in uses else None,
        )
        if columns is not None:
            sequences = replace(sequences, columns=columns)
        if classes is None:
            targets = encode_targets(y)
            if resumes:
                self._check_same_problem(targets)
        examples = make_examples(sequences, targets, sample_weight, self.class_weight)
        unlabeled = None
        if X_unlabeled is not None and uses - {"vectors"}:
            if "pseudo" in uses and targets.multilabel:
                raise ValueError(
                    "unlabeled='pseudo' needs one class for each text, but y holds several "
                    "labels a text. Leave it out of the parameter 'unlabeled'."
                )
            unlabeled = encode_unlabeled(
                X_unlabeled, sequences, vectorizer, seeds.order
            )
        return Task(
            data=(X, y),
            sequences=sequences,
            vectorizer=vectorizer,
            targets=targets,
            whole=examples,
            train=examples,
            resumes=resumes,
            unlabeled=unlabeled,
            columns=fitted,
        )

    def _train(
        self,
        task: Task,
        seeds: FitSeeds,
        ngrams: tuple[int, int] | None = None,
        checkpoints: Checkpoints | None = None,
    ) -> SLMTextClassifier:
        """Describe a network, train it, and store what was learned."""
        spec = describe_network(self, task)
        first = None
        if task.unlabeled is not None and "pseudo" in check_unlabeled(self):
            first = train_classifier(
                self, task, spec, seeds, ngrams=ngrams, checkpoints=checkpoints
            )
            task = add_pseudo_labels(task, spec, first)
            task = replace(task, epochs=count_epochs(self, task))

        def describe(weights: dict) -> dict:
            return {
                "spec_": spec,
                "weights_": weights,
                "ngrams_": None,
                "classes_": task.targets.classes,
                "vocabulary_": task.sequences.vocabulary,
                "vectorizer_": task.vectorizer,
                "column_names_": task.columns.names,
                "columns_": task.columns.transformer,
            }

        reporter = EpochReporter(
            self,
            task.epochs,
            task.data,
            write=_write_line if self.verbose else None,
            reconstruct=describe,
        )
        fitted = first
        if fitted is None or not (fitted.interrupted or fitted.lost_ngrams):
            fitted = train_classifier(
                self,
                task,
                spec,
                seeds,
                ngrams=ngrams,
                callbacks=self.callbacks or (),
                report=reporter,
                before=None if first is None else first.ngrams,
                checkpoints=checkpoints,
            )
        losses, scores = [], None
        if task.resumes:
            losses, scores = self.loss_curve_, self.validation_scores_
        losses = losses + [epoch.loss for epoch in fitted.epochs]
        best = None
        if task.validation is None:
            scores = None
        else:
            own = [epoch.score for epoch in fitted.epochs]
            scores, best = (scores or []) + own, max(own)
        # At once: Ctrl-C comes before or after.
        self.__dict__.update(
            describe(fitted.weights),
            ngrams_=fitted.ngrams,
            loss_curve_=losses,
            n_iter_=len(losses),
            validation_scores_=scores,
            best_validation_score_=best,
            rehearsal_=task.rehearsal,
            _live=fitted.live,
        )
        self.__dict__.pop("quantization_", None)  # of what it was
        reporter.close()
        self._warn(fitted)
        return self

    def _warn(self, fitted: Fitted) -> None:
        if fitted.diverged:
            warnings.warn(
                f"Training diverged in epoch {self.n_iter_ + 1}; the best weights before "
                f"it are kept. {advise(self)}",
                ConvergenceWarning,
                stacklevel=5,
            )
        if fitted.interrupted or fitted.lost_ngrams:
            lost = ", without the n-gram model" if fitted.lost_ngrams else ""
            warnings.warn(
                f"Training interrupted by user after {self.n_iter_} epochs; the best "
                f"weights so far are kept{lost}.",
                stacklevel=5,
            )

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

    def _check_same_problem(self, targets: Targets) -> None:
        multilabel = self.spec_.head.multilabel
        if targets.multilabel != multilabel or not np.array_equal(
            targets.classes, self.classes_
        ):
            raise ValueError(
                "training can only go on with the classes it began with, "
                f"{self.classes_.tolist()!r}, but y holds {targets.classes.tolist()!r}. "
                "Set warm_start=False to begin anew."
            )

    _kind: ClassVar[str] = "classifier"
    # The vectorizer comes before the vocabulary that it shares.
    _stored: ClassVar[dict[str, Any]] = {
        "spec_": NetworkSpec,
        "classes_": np.ndarray,
        "weights_": dict[str, np.ndarray],
        "ngrams_": NgramModel | None,
        "n_iter_": int,
        "loss_curve_": list[float],
        "validation_scores_": list[float] | None,
        "best_validation_score_": float | None,
        "vectorizer_": GloveTfidfVectorizer | None,
        "vocabulary_": Vocabulary,
        "column_names_": list[str] | None,
        "columns_": ColumnEncoder | None,
    }

    def _get_stored_params(self) -> dict[str, Any]:
        refuse_other_columns(self.columns_)
        return forget_pretrained(self) | {"augment": None}

    def _check_fitted(self) -> None:
        super()._check_fitted()
        spec, n_words = self.spec_, len(self.vocabulary_)
        check_network(spec, self.weights_)
        expect(
            spec.encoder.n_tokens == FIRST_ID + n_words,
            f"the network reads {spec.encoder.n_tokens} ids, the vocabulary has "
            f"{n_words} tokens.",
        )
        expect(
            len(self.classes_) == spec.head.n_outputs,
            f"{len(self.classes_)} labels for {spec.head.n_outputs} classes or labels.",
        )
        n_losses = len(self.loss_curve_)
        expect(self.n_iter_ == n_losses, f"{self.n_iter_} epochs, {n_losses} losses.")
        if self.ngrams_ is not None:
            check_ngram_model(self.ngrams_, spec)
        check_stored_columns(self)

    def _describe(self) -> str:
        if not hasattr(self, "weights_"):
            return ""
        n_weights = sum(math.prod(w.shape) for w in self.spec_.weights().values())
        kind = "labels" if self.spec_.head.multilabel else "classes"
        return (
            f"{len(self.classes_)} {kind}, {len(self.vocabulary_):,} tokens, "
            f"{n_weights:,} weights, {self.n_iter_} epochs"
        )

    def __getstate__(self) -> dict:
        # The live network is a cache: rebuilt from spec_ and weights_ when needed.
        state = dict(super().__getstate__())
        state.pop("_live", None)
        return state

    def __sklearn_is_fitted__(self) -> bool:
        """Whether there are weights."""
        return hasattr(self, "weights_")

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that X is text and y may be multilabel."""
        tags = tag_text_input(super().__sklearn_tags__(), sequences=True)
        tags.classifier_tags.multi_label = True
        return tags


def _write_line(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
