"""SLMTranslator: an encoder and a decoder with attention as a scikit-learn estimator."""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from sklearn.base import TransformerMixin

from ..forks import check_can_train
from ..persistence.fields import expect
from ..spec import EncoderSpec, NetworkSpec
from ..text import FIRST_ID, Tokenizer, Vocabulary
from ..text.tokenizers import KINDS
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
from .copying import SharedPretrainedMixin, TracedClonesMixin
from .history import list_epochs, warn_of_end
from .notebook import NotebookMixin
from .options import ENCODER_CONSTRAINTS, TRAINING_CONSTRAINTS
from .pairs import encode_pairs, read_pairs, split_pairs
from .resuming import check_same_layers, refuse_changed
from .sides import Side, check_joint, check_kinds, learn_sides
from .storing import StoredMixin, check_network
from .translating import TranslationMixin
from .translation_fit import FittedTranslator, describe_translator, train_translator
from .translation_transfer import (
    check_known_tokens,
    check_language_models,
    find_sides,
    forget_language_models,
)

__all__ = ["SLMTranslator"]

# Training parameters that a translator has none of; its encoder reads from both ends.
_NOT_SHARED = {"adversarial", "callbacks", "train_vectors"}
_ENCODER = {k: v for k, v in ENCODER_CONSTRAINTS.items() if k != "bidirectional"}
_SHARED = {k: v for k, v in TRAINING_CONSTRAINTS.items() if k not in _NOT_SHARED}
_SIZE = [Interval(Integral, 1, None, closed="left")]
_PENALTY = [Interval(Real, 0, None, closed="left")]


class SLMTranslator(
    TranslationMixin,
    NotebookMixin,
    StoredMixin,
    TracedClonesMixin,
    SharedPretrainedMixin,
    TransformerMixin,
    CallbackSupportMixin,
    BaseEstimator,
):
    """Turn texts into other texts: translations, replies, corrections.

    A recurrent network reads a text from both ends; a second one writes another, token by
    token, and looks at the states of the first with attention (Luong et al., 2015). See
    :class:`~sklearn_slm.spec.DecoderHead` for the formulas. Keras trains both; a fitted
    model needs NumPy alone.

    Parameters
    ----------
    hidden_size : int or tuple of int, default=256
        Units of the recurrent layers, of each direction of the encoder and of the
        decoder; a tuple stacks layers.
    tokens : {"word", "char", "subword"} or a pair of these, default="subword"
        What texts are split into, on both sides or for (source, target). ``"subword"``:
        pieces of words, so that only rare characters are unknown; the extra ``subword``
        (sentencepiece) trains them, a fitted model does without. ``"word"``: words and
        punctuation marks, and the characters of scripts without spaces. ``"char"``:
        characters.
    joint_vocabulary : bool, default=False
        Learn one tokenizer and one vocabulary from the texts of both sides together, so
        that names and other words that both languages share are split alike. For
        languages of one script, and for corrections of texts. Each side still has vectors
        of its own. The default learns a vocabulary for each side: most words belong to
        one language, and the softmax then holds no token that is never written.
    pretrained : (SLMLanguageModel or None, SLMLanguageModel or None) or None, default=None
        Fitted language models of source and target to start from, trained on many texts
        of each language, which need no translations. See Notes. Clones and searches share
        them, pickles hold them. A file of :func:`~sklearn_slm.save_model` does not: after
        loading it is None, and the layers are parameters.
    n_components : int or None, default=None
        Length of the vectors of tokens. None takes the units of the last layer.
    cell : {"lstm", "gru", "rnn"}, default="lstm"
        Kind of recurrent cell.
    candidate_activation : {"tanh", "sigmoid"}, default="tanh"
        Activation of the cell's candidate.
    beam_size : int, default=5
        Beginnings of each translation that are kept while it is written; 1 takes the most
        probable token each time (greedy).
    length_penalty : float, default=1.0
        Exponent of ``(5 + n) / 6``, by which the logarithm of the probability of n tokens
        is divided (Wu et al., 2016): 0 prefers short translations.
    coverage_penalty : float, default=0.0
        Weight of the penalty for tokens of the source that were hardly looked at (Wu et
        al., 2016).
    max_length_ratio : float, default=2.0
        Most tokens of a translation for each token of its source, and 10 more.
    max_features : int, None or "auto", default="auto"
        Most tokens that are known on each side, the most frequent ones (for
        ``"subword"``, pieces to train). ``"auto"`` takes 20,000 words, 8,000 characters or
        4,000 pieces. With a joint vocabulary, most tokens of both sides together.
    min_count : int, default=2
        Times that a token must occur to be known. Rarer subwords are made of shorter
        ones; other tokens are read as one unknown token, and copied from the source.
    lowercase : bool, default=False
        Bring texts of both sides to lower case.
    strip_tags : bool, default=False
        Blank HTML on both sides.
    label_smoothing : float, default=0.1
        Part of the target's probability that is shared out to all tokens in training
        (Szegedy et al., 2016).
    dropout : float, default=0.3
        Dropout rate of vectors, of states between layers and of what the softmax reads.
    recurrent_dropout : float, default=0.0
        Dropout rate of recurrent states, with one mask for each text.
    word_dropout : float, default=0.0
        Rate of tokens of both sides that are read as unknown in training.
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
        Pairs that a step reads, of similar length.
    max_iter : int or "auto", default="auto"
        Most epochs. ``"auto"`` makes as many as read 6 million tokens of the targets, at
        least 3 and at most 60.
    early_stopping : bool or "auto", default="auto"
        Whether pairs are set aside as a validation set, whose loss tells the best epochs
        and when to stop. ``"auto"`` does so from 1,000 pairs on.
    validation_fraction : float, default=0.03
        Proportion of the pairs that is set aside; pairs with the same source stay
        together. Not used when ``fit`` is given ``X_val``.
    n_iter_no_change : int, default=5
        Epochs without a fall of the validation loss after which training stops.
    tol : float, default=0.0
        The least fall that counts.
    n_average : int, default=5
        Best epochs whose weights are averaged at the end. The average of all, that of
        three and the best epoch alone each translate the validation set, or 500 pairs of
        it; the one with the highest BLEU is kept.
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
        1 writes a line for each epoch, with the BLEU of the validation set (at most 500
        pairs of it) translated greedily, and how far it is every ten seconds.

    Attributes
    ----------
    spec_ : NetworkSpec
        What the network computes.
    weights_ : dict of str to ndarray, dtype float32
        Its weights.
    source_tokenizer_, target_tokenizer_ : Tokenizer
        Split and join texts.
    source_vocabulary_, target_vocabulary_ : Vocabulary
        The known tokens; those with a space before them begin with a space.
    n_iter_ : int
        Epochs made.
    loss_curve_ : list of float
        Training loss of each epoch, with dropout active and smoothed targets.
    validation_scores_ : list of float or None
        Mean log-likelihood of a token of the validation set after each epoch.
    best_validation_score_ : float or None
        The highest of them.
    validation_bleu_ : float or None
        BLEU, from 0 to 100, of the validation set, or of 500 pairs of it, with the weights
        that were kept, translated greedily.
    bleu_curve_ : list of float or None
        The same after each epoch of the last fit, where ``verbose=1`` measured it.

    Notes
    -----
    With ``pretrained``, the encoder starts with the table and the layers of the language
    model of the source, the decoder with the table, the layers and the bias of the softmax
    of that of the target; attention and what joins the two start afresh. An encoder's
    layer that reads from the end starts as that of a language model with
    ``bidirectional=True``, else afresh. A side with a language model has its tokenizer and
    its vocabulary: ``tokens``, ``lowercase``, ``strip_tags``, ``max_features`` and
    ``min_count`` are those that the language model was fitted with. ``hidden_size``,
    ``n_components``, ``cell`` and ``candidate_activation`` follow from the language models
    too, for both sides. All of these but the two numbers of tokens are refused where they
    are set and contradict them. With ``warm_start`` the weights of the last fit count.

    Examples
    --------
    >>> from sklearn_slm import SLMTranslator
    >>> numbers = {"one": "eins", "two": "zwei", "three": "drei"}
    >>> english = [f"{a} {b}" for a in numbers for b in numbers]
    >>> german = [f"{numbers[a]} {numbers[b]}" for a in numbers for b in numbers]
    >>> model = SLMTranslator(
    ...     24, tokens="word", batch_size=4, max_iter=40, learning_rate=0.02,
    ...     dropout=0.0, random_state=0,
    ... )
    >>> model.fit(english, german).predict(["two three", ""])
    ['zwei drei', '']
    """

    _parameter_constraints: ClassVar[dict] = {
        **_ENCODER,
        **_SHARED,
        "tokens": [StrOptions(set(KINDS)), tuple, list],
        "joint_vocabulary": ["boolean"],
        # Checked by check_language_models, which says what to do.
        "pretrained": "no_validation",
        "n_components": [*_SIZE, None],
        "beam_size": _SIZE,
        "length_penalty": _PENALTY,
        "coverage_penalty": _PENALTY,
        "max_length_ratio": [Interval(Real, 0, None, closed="left")],
        "max_features": [StrOptions({"auto"}), *_SIZE, None],
        "min_count": _SIZE,
        "lowercase": ["boolean"],
        "strip_tags": ["boolean"],
        "label_smoothing": [Interval(Real, 0, 1, closed="left")],
        "n_average": _SIZE,
        "runtime": [StrOptions({"auto", "numpy", "onnxruntime"})],
    }

    def __init__(
        self,
        hidden_size: int | tuple[int, ...] = 256,
        *,
        tokens: str | tuple[str, str] = "subword",
        joint_vocabulary: bool = False,
        pretrained: Any = None,
        n_components: int | None = None,
        cell: str = "lstm",
        candidate_activation: str = "tanh",
        beam_size: int = 5,
        length_penalty: float = 1.0,
        coverage_penalty: float = 0.0,
        max_length_ratio: float = 2.0,
        max_features: int | str | None = "auto",
        min_count: int = 2,
        lowercase: bool = False,
        strip_tags: bool = False,
        label_smoothing: float = 0.1,
        dropout: float = 0.3,
        recurrent_dropout: float = 0.0,
        word_dropout: float = 0.0,
        initializer: str = "glorot_uniform",
        optimizer: Any = "adam",
        learning_rate: float = 0.004,
        clip_norm: float | None = 1.0,
        batch_size: int = 64,
        max_iter: int | str = "auto",
        early_stopping: bool | str = "auto",
        validation_fraction: float = 0.03,
        n_iter_no_change: int = 5,
        tol: float = 0.0,
        n_average: int = 5,
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
        self.joint_vocabulary = joint_vocabulary
        self.pretrained = pretrained
        self.n_components = n_components
        self.cell = cell
        self.candidate_activation = candidate_activation
        self.beam_size = beam_size
        self.length_penalty = length_penalty
        self.coverage_penalty = coverage_penalty
        self.max_length_ratio = max_length_ratio
        self.max_features = max_features
        self.min_count = min_count
        self.lowercase = lowercase
        self.strip_tags = strip_tags
        self.label_smoothing = label_smoothing
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
        self.n_average = n_average
        self.checkpoint = checkpoint
        self.checkpoint_minutes = checkpoint_minutes
        self.warm_start = warm_start
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
    ) -> SLMTranslator:
        """Train on pairs of texts.

        Parameters
        ----------
        X, y : iterable of str or path-like
            Texts and what each is to become, as many of each; or the paths (as
            ``pathlib.Path``) of files of one text a line. A text may come several times,
            with the same translation or with others. Pairs of which a side is empty are
            left out, with a warning. Time and memory of a step grow with its longest
            text.
        X_val, y_val : iterable of str, path-like or None, default=None
            Validation set, in place of one that is set aside.
        resume_from : str, path-like or None, default=None
            A file that `checkpoint` wrote in a fit with the same parameters and data.
            Training goes on from there and ends with the same bits.

        Returns
        -------
        SLMTranslator
            The fitted estimator.

        Raises
        ------
        ValueError, TypeError
            If the input is not pairs of texts with known tokens, if a checkpoint comes
            from another fit, or if training diverges in its first epoch. The estimator is
            then as it was before.
        KeyboardInterrupt
            If Ctrl-C comes before the first step; later, the best weights so far are kept,
            with a warning.
        """
        check_can_train()
        self._check_options()
        checkpoints = Checkpoints.of(self, resume_from)
        seeds = draw_seeds(self.random_state, 3)
        resumes = self.warm_start and hasattr(self, "weights_")
        pairs = read_pairs(X, y)
        if (X_val is None) != (y_val is None):
            lacking = "X_val" if X_val is None else "y_val"
            raise ValueError(f"X_val and y_val belong together. Got no {lacking}.")
        names = "X and y"
        if X_val is not None:
            names = "X_val and y_val"
            tests = read_pairs(X_val, y_val, names)
        else:
            pairs, tests = split_pairs(self, pairs, seeds[2])  # type: ignore[assignment]
        if resumes and self.pretrained is None:
            for side, kind in zip(self._sides, check_kinds(self)):
                if kind != side.tokenizer.kind:
                    refuse_changed("tokens", side.tokenizer.kind, kind)
        source, target = (
            self._sides if resumes else learn_sides(self, pairs, find_sides(self))
        )
        encoded, _ = encode_pairs(source, target, pairs)
        if not resumes:
            check_known_tokens(self, encoded)
        validation = None
        if tests is not None:
            ids, rows = encode_pairs(source, target, tests, names)
            validation = tests.take(rows), ids
        spec = describe_translator(self, source, target)
        if resumes:
            check_same_layers(self.spec_, spec)
        fitted = train_translator(
            self,
            spec,
            source,
            target,
            encoded,
            seeds,
            validation=validation,
            resumes=resumes,
            checkpoints=checkpoints,
        )
        return self._store(spec, source, target, fitted, resumes)

    def _check_options(self) -> None:
        from ..network.checks import check_optimizer

        check_optimizer(self.optimizer)
        check_joint(self)
        check_language_models(self)

    def _store(
        self,
        spec: NetworkSpec,
        source: Side,
        target: Side,
        fitted: FittedTranslator,
        resumes: bool,
    ) -> SLMTranslator:
        """Take over what was learned."""
        # At once: Ctrl-C comes before or after.
        self.__dict__.update(
            spec_=spec,
            weights_=fitted.weights,
            source_tokenizer_=source.tokenizer,
            source_vocabulary_=source.vocabulary,
            target_tokenizer_=target.tokenizer,
            target_vocabulary_=target.vocabulary,
            **list_epochs(self, fitted.epochs, resumes),
            validation_bleu_=fitted.bleu,
            bleu_curve_=fitted.bleu_curve,
            _original=None,
        )
        self.__dict__.pop("quantization_", None)  # of what it was
        warn_of_end(fitted, self.n_iter_, stacklevel=4)
        return self

    _kind: ClassVar[str] = "translator"
    _stored: ClassVar[dict[str, Any]] = {
        "spec_": NetworkSpec,
        "weights_": dict[str, np.ndarray],
        "source_tokenizer_": Tokenizer,
        "source_vocabulary_": Vocabulary,
        "target_tokenizer_": Tokenizer,
        "target_vocabulary_": Vocabulary,
        "n_iter_": int,
        "loss_curve_": list[float],
        "validation_scores_": list[float] | None,
        "best_validation_score_": float | None,
        "validation_bleu_": float | None,
        "bleu_curve_": list[float] | None,
    }

    def _get_stored_params(self) -> dict[str, Any]:
        return forget_language_models(self)

    def _set_stored(self, stored: Mapping[str, Any]) -> None:
        # The first files held no curve.
        super()._set_stored({"bleu_curve_": None} | dict(stored))

    def _check_fitted(self) -> None:
        super()._check_fitted()
        spec = self.spec_
        expect(spec.head.kind == "decoder", "its network does not write a second text.")
        n_layers = len(spec.head.decoder.hidden_size)
        expect(n_layers <= len(self.weights_), f"{n_layers:,} layers have no weights.")
        check_network(spec, self.weights_)
        self._check_side("source", spec.encoder)
        self._check_side("target", spec.head.decoder)
        n_losses = len(self.loss_curve_)
        expect(self.n_iter_ == n_losses, f"{self.n_iter_} epochs, {n_losses} losses.")

    def _check_side(self, name: str, encoder: EncoderSpec) -> None:
        """Refuse a vocabulary that is not of the table of a side."""
        n_tokens, n_rows = len(getattr(self, f"{name}_vocabulary_")), encoder.n_tokens
        expect(n_tokens > 0, f"the {name} vocabulary is empty.")
        expect(
            n_rows == FIRST_ID + n_tokens,
            f"the table of the {name} has {n_rows} rows, its vocabulary {n_tokens} tokens.",
        )

    def _describe(self) -> str:
        if not hasattr(self, "weights_"):
            return ""
        n_weights = sum(math.prod(w.shape) for w in self.spec_.weights().values())
        return (
            f"{len(self.source_vocabulary_):,} and {len(self.target_vocabulary_):,} "
            f"tokens, {n_weights:,} weights, {self.n_iter_} epochs"
        )

    def __sklearn_is_fitted__(self) -> bool:
        """Whether there are weights."""
        return hasattr(self, "weights_")

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that X is text, and that y is needed."""
        tags = tag_text_input(super().__sklearn_tags__())
        tags.target_tags.required = True
        return tags
