"""SLMLanguageModel: a recurrent language model as a scikit-learn estimator."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from sklearn.base import TransformerMixin

from ..forks import check_can_train
from ..persistence.fields import expect
from ..spec import NetworkSpec
from ..text import FIRST_ID, Vocabulary
from ..text.tokenizers import KINDS, Tokenizer
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
from .copying import TracedClonesMixin
from .corpora import Corpus, read_corpus, read_more, split_corpus
from .generating import GenerationMixin
from .history import list_epochs, warn_of_end
from .language_fit import describe_language, train_model
from .likelihood import LikelihoodMixin
from .notebook import NotebookMixin
from .options import ENCODER_CONSTRAINTS, TRAINING_CONSTRAINTS
from .resuming import check_same_layers, check_same_tokenizer, refuse_changed
from .storing import StoredMixin, check_network

__all__ = ["SLMLanguageModel"]

# Training parameters that a language model has none of.
_NOT_SHARED = {"word_dropout", "adversarial", "callbacks"}
_SHARED = {k: v for k, v in TRAINING_CONSTRAINTS.items() if k not in _NOT_SHARED}
_RATE = [Interval(Real, 0, 1, closed="left")]
_SIZE = [Interval(Integral, 1, None, closed="left")]


class SLMLanguageModel(
    GenerationMixin,
    LikelihoodMixin,
    NotebookMixin,
    StoredMixin,
    TracedClonesMixin,
    TransformerMixin,
    CallbackSupportMixin,
    BaseEstimator,
):
    r"""Model texts with a small recurrent network: write, score and represent them.

    The network gives each token a probability, given those before it, as
    ``softmax(E (W h(t)) + b)``, where E is the table of word vectors that it reads. Keras
    trains it; a fitted model needs NumPy alone.

    Parameters
    ----------
    hidden_size : int or tuple of int, default=256
        Units of the recurrent layer; a tuple stacks layers.
    tokens : {"word", "char", "subword"}, default="word"
        What a text is split into. ``"word"``: words and punctuation marks, and the
        characters of scripts without spaces. ``"char"``: characters; small models that
        can spell, with long sequences. ``"subword"``: pieces of words, so that no word is
        unknown; the extra ``subword`` (sentencepiece) trains them, a fitted model
        does without.
    n_components : int or None, default=None
        Length of the word vectors. None takes the units of the last layer, which needs
        no projection W.
    cell : {"lstm", "gru", "rnn"}, default="lstm"
        Kind of recurrent cell.
    candidate_activation : {"tanh", "sigmoid"}, default="tanh"
        Activation of the cell's candidate.
    bidirectional : bool, default=False
        Train a second model beside the first that reads from the end, over the same
        table, for :meth:`transform` and ``SLMTextClassifier(pretrained=...)``. Likelihoods
        and generated text are those of the forward model.
    documents : {"independent", "stream"}, default="independent"
        ``"independent"``: each document begins with a state of zeros. ``"stream"``: the
        documents follow each other, as the lines of a book; the state goes on from one
        to the next, in :meth:`score` too.
    max_features : int, None or "auto", default="auto"
        Most tokens that are known, the most frequent ones (for ``"subword"``, pieces to
        train). ``"auto"`` takes 20,000 words, 8,000 characters or pieces.
    min_count : int, default=2
        Times that a word or a character must occur to be known. Others are read as one
        unknown token, and never written. Subwords are all known.
    lowercase : bool, default=False
        Bring texts to lower case.
    token_pattern : str or None, default=None
        A regular expression that replaces the built-in one of ``tokens="word"``, such as
        ``r"\S+"`` for text that has spaces between all tokens.
    strip_tags : bool, default=True
        Blank HTML.
    softmax : {"auto", "full", "sampled"}, default="auto"
        What training computes of the softmax: all tokens, or (for speed) a sample of them.
        ``"auto"`` samples from a vocabulary of 10,000 tokens on. Validation scores are
        those of the full softmax in any case.
    dropout : float, default=0.2
        Dropout rate of word vectors, of states between layers and of the last states
        (Zaremba et al., 2014). More for large networks and many epochs.
    recurrent_dropout : float, default=0.0
        Dropout rate of the recurrent state, with one mask for each window.
    embedding_dropout : float, default=0.0
        Rate of tokens that are dropped, in all their places in a window (Merity et al.,
        2018).
    activation_penalty : float, default=0.0
        Weight of the mean square of the last states, and half of it for that of their
        change from token to token (Merity et al., 2018, use 2).
    train_vectors : bool, default=True
        Whether training moves the table of word vectors.
    initializer : {"glorot_uniform", "gaussian", "uniform"}, default="glorot_uniform"
        How kernels start.
    optimizer : {"adam", "adamw", "sgd"} or keras.optimizers.Optimizer, default="adam"
        What moves the weights. An object is copied, and brings its own learning rate and
        clipping.
    learning_rate : float, default=0.01
        Highest learning rate: in ``fit`` it rises over the first tenth of the steps and
        falls to nothing at the last one; in ``partial_fit`` it stays.
    clip_norm : float or None, default=1.0
        Largest norm of the gradient.
    batch_size : int, default=32
        Most places of the stream that are read side by side. A small corpus has fewer, but
        not below 4, so that an epoch makes 50 steps.
    window : int, default=35
        Tokens of each that a step reads: gradients reach so far back (truncated
        back-propagation); the state reaches further.
    max_iter : int or "auto", default="auto"
        Most epochs. ``"auto"`` makes as many as read 10 million tokens, at least 1 and
        at most 30.
    early_stopping : bool or "auto", default="auto"
        Whether documents are set aside as a validation set, whose score tells which
        epoch's weights are kept and when to stop. ``"auto"`` does so from 100 documents on.
    validation_fraction : float, default=0.05
        Proportion of the documents that is set aside; of a stream, the last ones. Not
        used when ``fit`` is given ``X_val``.
    n_iter_no_change : int, default=3
        Epochs without a rise of the score after which training stops.
    tol : float, default=0.0
        The least rise that counts.
    cache_size : int, default=0
        Tokens that the neural cache (Grave, Joulin and Usunier, 2017) remembers at
        prediction, to expect words again that came in similar states; 0 for none.
    cache_weight : float, default=0.1
        Weight of the cache's probabilities beside those of the network.
    cache_flatness : float, default=0.3
        Factor of the products of states in the cache: 0 counts all alike.
    max_memory : int or None, default=None
        Bytes above which token ids are kept in a temporary file and not in memory, for
        fits on iterators and files that are larger. None keeps them in memory.
    checkpoint : str, path-like or None, default=None
        A file that ``fit`` writes its state to after each epoch and every
        `checkpoint_minutes`; ``fit(..., resume_from=path)`` goes on from it.
    checkpoint_minutes : float, default=10.0
        Minutes between checkpoints within an epoch.
    warm_start : bool, default=False
        Continue from the weights, and with the tokens, of the last fit.
    n_jobs : int or None, default=None
        Most threads of a fit; None takes two. The result does not depend on it.
    runtime : {"auto", "numpy", "onnxruntime"}, default="auto"
        What runs the network in prediction; see :class:`~sklearn_slm.SLMTextClassifier`.
    random_state : int, RandomState or None, default=None
        Source of all randomness of a fit. The same integer gives the same bits on the
        same backend of Keras.
    verbose : int, default=0
        1 writes a line for each epoch, and how far it is every ten seconds.

    Attributes
    ----------
    spec_ : NetworkSpec
        What the network computes.
    weights_ : dict of str to ndarray, dtype float32
        Its weights.
    backward_weights_ : dict of str to ndarray or None
        Weights of the model that reads from the end, but for the table, which it shares.
    tokenizer_ : Tokenizer
        Splits and joins texts.
    vocabulary_ : Vocabulary
        The known tokens; those with a space before them begin with a space.
    classes_ : ndarray or None
        Labels of documents, if the model was fitted with any.
    n_iter_ : int
        Epochs made.
    loss_curve_ : list of float
        Training loss of each epoch, with dropout active.
    validation_scores_ : list of float or None
        Mean log-likelihood of a token of the validation set after each epoch.
    best_validation_score_ : float or None
        The highest of them.

    Examples
    --------
    >>> from sklearn_slm import SLMLanguageModel, load_demo_corpus
    >>> texts = load_demo_corpus("en").data[:400]
    >>> model = SLMLanguageModel(32, random_state=0).fit(texts)
    >>> model.perplexity(texts) < 25
    True
    >>> len(model.generate("the", n_tokens=8, n=2, random_state=0))
    2
    """

    _parameter_constraints: ClassVar[dict] = {
        **ENCODER_CONSTRAINTS,
        **_SHARED,
        "tokens": [StrOptions(set(KINDS))],
        "n_components": [*_SIZE, None],
        "documents": [StrOptions({"independent", "stream"})],
        "max_features": [StrOptions({"auto"}), *_SIZE, None],
        "min_count": _SIZE,
        "lowercase": ["boolean"],
        "token_pattern": [str, None],
        "strip_tags": ["boolean"],
        "softmax": [StrOptions({"auto", "full", "sampled"})],
        "embedding_dropout": _RATE,
        "activation_penalty": [Interval(Real, 0, None, closed="left")],
        "window": [Interval(Integral, 2, None, closed="left")],
        "cache_size": [Interval(Integral, 0, None, closed="left")],
        "cache_weight": [Interval(Real, 0, 1, closed="left")],
        "cache_flatness": [Interval(Real, 0, None, closed="left")],
        "max_memory": [*_SIZE, None],
        "runtime": [StrOptions({"auto", "numpy", "onnxruntime"})],
    }

    def __init__(
        self,
        hidden_size: int | tuple[int, ...] = 256,
        *,
        tokens: str = "word",
        n_components: int | None = None,
        cell: str = "lstm",
        candidate_activation: str = "tanh",
        bidirectional: bool = False,
        documents: str = "independent",
        max_features: int | str | None = "auto",
        min_count: int = 2,
        lowercase: bool = False,
        token_pattern: str | None = None,
        strip_tags: bool = True,
        softmax: str = "auto",
        dropout: float = 0.2,
        recurrent_dropout: float = 0.0,
        embedding_dropout: float = 0.0,
        activation_penalty: float = 0.0,
        train_vectors: bool = True,
        initializer: str = "glorot_uniform",
        optimizer: Any = "adam",
        learning_rate: float = 0.01,
        clip_norm: float | None = 1.0,
        batch_size: int = 32,
        window: int = 35,
        max_iter: int | str = "auto",
        early_stopping: bool | str = "auto",
        validation_fraction: float = 0.05,
        n_iter_no_change: int = 3,
        tol: float = 0.0,
        cache_size: int = 0,
        cache_weight: float = 0.1,
        cache_flatness: float = 0.3,
        max_memory: int | None = None,
        checkpoint: Any = None,
        checkpoint_minutes: float = 10.0,
        warm_start: bool = False,
        n_jobs: int | None = None,
        runtime: str = "auto",
        random_state: Any = None,
        verbose: int = 0,
    ):
        self.hidden_size = hidden_size
        self.tokens = tokens
        self.n_components = n_components
        self.cell = cell
        self.candidate_activation = candidate_activation
        self.bidirectional = bidirectional
        self.documents = documents
        self.max_features = max_features
        self.min_count = min_count
        self.lowercase = lowercase
        self.token_pattern = token_pattern
        self.strip_tags = strip_tags
        self.softmax = softmax
        self.dropout = dropout
        self.recurrent_dropout = recurrent_dropout
        self.embedding_dropout = embedding_dropout
        self.activation_penalty = activation_penalty
        self.train_vectors = train_vectors
        self.initializer = initializer
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.clip_norm = clip_norm
        self.batch_size = batch_size
        self.window = window
        self.max_iter = max_iter
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.cache_size = cache_size
        self.cache_weight = cache_weight
        self.cache_flatness = cache_flatness
        self.max_memory = max_memory
        self.checkpoint = checkpoint
        self.checkpoint_minutes = checkpoint_minutes
        self.warm_start = warm_start
        self.n_jobs = n_jobs
        self.runtime = runtime
        self.random_state = random_state
        self.verbose = verbose

    @fit_method
    def fit(
        self, X: Any, y: Any = None, *, X_val: Any = None, resume_from: Any = None
    ) -> SLMLanguageModel:
        """Train on texts.

        Parameters
        ----------
        X : iterable of str or path-like
            Texts, an iterator of them, or the path (as ``pathlib.Path``) of a file of one
            text a line. An iterator is read once.
        y : array-like of shape (n_documents,) or None, default=None
            Labels of the documents: the model then learns texts of each label, for
            ``generate(label=...)``.
        X_val : iterable of str, path-like or None, default=None
            Validation set, in place of one that is set aside from X. It has labels if X
            has: a pair (texts, labels).
        resume_from : str, path-like or None, default=None
            A file that `checkpoint` wrote in a fit with the same parameters and data.
            Training goes on from there and ends with the same bits.

        Returns
        -------
        SLMLanguageModel
            The fitted estimator.

        Raises
        ------
        ValueError, TypeError
            If the input is not texts with at least two known tokens, if a checkpoint
            comes from another fit, or if training diverges in its first epoch. The
            estimator is then as it was before.
        KeyboardInterrupt
            If Ctrl-C comes before the first step; later, the best weights so far are kept,
            with a warning.
        """
        check_can_train()
        self._check_options()
        checkpoints = Checkpoints.of(self, resume_from)
        seeds = draw_seeds(self.random_state, 3)
        resumes = self.warm_start and hasattr(self, "weights_")
        self._check_same(resumes)
        corpus = read_more(self, X, y) if resumes else read_corpus(self, X, y)
        stream, validation = corpus.stream, None
        if X_val is not None:
            validation = self._read_validation(corpus, X_val)
        else:
            stream, validation = split_corpus(self, stream, seeds[2])
        return self._train(
            corpus._replace(stream=stream),
            seeds,
            validation=validation,
            resumes=resumes,
            checkpoints=checkpoints,
        )

    @fit_method
    def partial_fit(self, X: Any, y: Any = None) -> SLMLanguageModel:
        """Train for one epoch on more texts, with a learning rate that stays.

        The first call learns the tokens from its texts: begin with a large piece.

        Parameters
        ----------
        X, y
            As in :meth:`fit`. All pieces have labels, or none has.

        Returns
        -------
        SLMLanguageModel
            The estimator.

        Raises
        ------
        ValueError, TypeError
            As :meth:`fit`; the estimator and its optimizer are then as they were before.
        """
        check_can_train()
        self._check_options()
        resumes = hasattr(self, "weights_")
        self._check_same(resumes)
        corpus = read_more(self, X, y) if resumes else read_corpus(self, X, y)
        seeds = draw_seeds(self.random_state, 3)
        return self._train(corpus, seeds, resumes=resumes, is_piece=True)

    def _check_options(self) -> None:
        from ..network.checks import check_optimizer

        check_optimizer(self.optimizer)

    def _check_same(self, resumes: bool) -> None:
        """Refuse to go on where parameters ask for other tokens or another network."""
        if not resumes:
            return
        check_same_tokenizer(self, self.tokenizer_)
        both = self.backward_weights_ is not None
        if bool(self.bidirectional) != both:
            refuse_changed("bidirectional", both, self.bidirectional)

    def _read_validation(self, corpus: Corpus, X_val: Any) -> Any:
        """Return a validation set that the user gave."""
        y_val = None
        is_pair = isinstance(X_val, tuple) and len(X_val) == 2
        if corpus.classes is None and is_pair and not isinstance(X_val[0], str):
            raise ValueError(
                "X_val is a pair (texts, labels), but X came without labels. Give texts "
                "alone, or fit with labels."
            )
        if corpus.classes is not None:
            if not is_pair:
                raise ValueError(
                    "X_val must be a pair (texts, labels), as X comes with labels. Got "
                    f"{type(X_val).__name__}."
                )
            X_val, y_val = X_val
        return read_more(self, X_val, y_val, like=corpus, name="X_val").stream

    def _train(
        self,
        corpus: Corpus,
        seeds: list[int],
        *,
        validation: Any = None,
        resumes: bool,
        is_piece: bool = False,
        checkpoints: Checkpoints | None = None,
    ) -> SLMLanguageModel:
        """Describe a network, train it, and store what was learned."""
        spec = describe_language(self, corpus)
        if resumes:
            check_same_layers(self.spec_, spec)
        fitted = train_model(
            self,
            spec,
            corpus,
            seeds,
            validation=validation,
            resumes=resumes,
            is_piece=is_piece,
            checkpoints=checkpoints,
        )
        weights, *backward = fitted.weights
        for of_direction in backward:
            of_direction.pop("embedding")
        # At once: Ctrl-C comes before or after.
        self.__dict__.update(
            spec_=spec,
            weights_=weights,
            backward_weights_=backward[0] if backward else None,
            tokenizer_=corpus.tokenizer,
            vocabulary_=corpus.vocabulary,
            classes_=corpus.classes,
            **list_epochs(self, fitted.epochs, resumes),
            _live=fitted.live if is_piece else None,
            _original=None,
        )
        self.__dict__.pop("quantization_", None)  # of what it was
        warn_of_end(fitted, self.n_iter_, stacklevel=4)
        return self

    _kind: ClassVar[str] = "language model"
    _stored: ClassVar[dict[str, Any]] = {
        "spec_": NetworkSpec,
        "weights_": dict[str, np.ndarray],
        "backward_weights_": dict[str, np.ndarray] | None,
        "tokenizer_": Tokenizer,
        "vocabulary_": Vocabulary,
        "classes_": np.ndarray | None,
        "n_iter_": int,
        "loss_curve_": list[float],
        "validation_scores_": list[float] | None,
        "best_validation_score_": float | None,
    }

    def _check_fitted(self) -> None:
        super()._check_fitted()
        spec, n_words = self.spec_, len(self.vocabulary_)
        expect(spec.head.kind == "tokens", "its network does not predict tokens.")
        expect(not spec.encoder.bidirectional, "its network reads from both ends.")
        check_network(spec, self.weights_)
        n_labels = 0 if self.classes_ is None else len(self.classes_)
        right = spec.head.n_labels == n_labels
        expect(right, f"{n_labels} labels, but {spec.head.n_labels} of the network.")
        expect(
            spec.encoder.n_tokens == FIRST_ID + n_words + n_labels,
            f"the network reads {spec.encoder.n_tokens} ids, the vocabulary has "
            f"{n_words} tokens, and there are {n_labels} labels.",
        )
        if self.backward_weights_ is not None:
            table = {
                name: self.weights_[name]
                for name in self.weights_
                if name.startswith("embedding")
            }
            check_network(spec, {**self.backward_weights_, **table})
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

    def __getstate__(self) -> dict:
        # The live model is a cache: rebuilt from spec_ and weights_ when needed.
        state = dict(super().__getstate__())
        state.pop("_live", None)
        return state

    def __sklearn_is_fitted__(self) -> bool:
        """Whether there are weights."""
        return hasattr(self, "weights_")

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that X is text."""
        return tag_text_input(super().__sklearn_tags__())
