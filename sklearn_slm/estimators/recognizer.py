"""SLMSpeechRecognizer: a recurrent network that writes speech, as an estimator."""

from __future__ import annotations

import os
from numbers import Integral, Real
from typing import Any, ClassVar

from sklearn.base import TransformerMixin

from ..audio import FeatureOptions
from ..decoding.word_model import WordCounts, count_words
from ..forks import check_can_train
from ..spec import NetworkSpec
from ..text.tokenizers import KINDS
from .base import (
    BaseEstimator,
    CallbackSupportMixin,
    HasMethods,
    Interval,
    StrOptions,
    draw_seeds,
    fit_method,
)
from .checkpoints import Checkpoints
from .copying import SharedPretrainedMixin
from .history import list_epochs, warn_of_end
from .language_model import SLMLanguageModel
from .notebook import NotebookMixin
from .options import ENCODER_CONSTRAINTS, TRAINING_CONSTRAINTS
from .recognition_choice import settle_search
from .recognition_data import check_augmentation, describe_features, read_parts
from .recognition_fit import FittedRecognizer, describe_recognizer, train_recognizer
from .recognizing import RecognitionMixin, prepare_search
from .resuming import check_same_layers
from .stored_recognizer import HIGHEST_RATE, MOST_MELS, StoredRecognizerMixin
from .transcripts import Symbols, learn_symbols

__all__ = ["SLMSpeechRecognizer"]

# Training parameters that a recogniser has none of.
_NOT_SHARED = {"adversarial", "callbacks", "train_vectors", "word_dropout"}
_SHARED = {k: v for k, v in TRAINING_CONSTRAINTS.items() if k not in _NOT_SHARED}
_SIZE = [Interval(Integral, 1, None, closed="left")]
# More than any network has.
_MOST_STACKED = 100


class SLMSpeechRecognizer(
    RecognitionMixin,
    StoredRecognizerMixin,
    NotebookMixin,
    SharedPretrainedMixin,
    TransformerMixin,
    CallbackSupportMixin,
    BaseEstimator,
):
    """Write what is said in recordings: commands, digits, sentences of one domain.

    A stacked recurrent network reads log-mel frames and says, at each, which symbol was
    spoken, or none (connectionist temporal classification: Graves et al., 2006); a beam
    search with a language model of the transcripts makes words of it. It learns from a
    few minutes to some hours of recordings with their transcripts, and needs to be told
    no times. Keras trains it; a fitted model needs NumPy and SciPy alone.

    Parameters
    ----------
    hidden_size : int or tuple of int, default=(192, 192, 192)
        Units of the recurrent layers, of each direction; a tuple stacks layers.
    units : {"char", "subword", "word"}, default="char"
        What the network writes. ``"char"``: characters and the space. ``"subword"``:
        pieces of words, which the extra ``subword`` (sentencepiece) learns. ``"word"``:
        whole words, for a few dozens of them.
    max_features : int, None or "auto", default="auto"
        Most symbols, the most frequent ones. ``"auto"``: 8,000 characters, 300 subwords
        or 5,000 words.
    lowercase : bool, default=False
        Bring transcripts to lower case.
    sample_rate : int, default=16000
        Samples per second of what the network hears. Files and pairs of any rate are
        resampled to it; arrays must have it.
    n_mels : int, default=40
        Mel filters of a frame of 25 ms, of which there is one each 10 ms.
    n_stack : int, default=3
        Frames side by side that the network reads as one: 30 ms. Fewer for very fast
        speech, since each symbol needs one.
    deltas : bool, default=False
        Append to each frame how fast its values change.
    normalize : {"auto", "utterance", "running", None}, default="auto"
        Bring each filter to mean 0 and variance 1, by the whole recording or by what came
        so far. ``"auto"``: ``"utterance"`` if bidirectional, ``"running"`` if not.
    bidirectional : bool, default=True
        Read recordings from both ends. False for :meth:`stream`, which hears them as
        they come.
    trim : bool, default=False
        Cut silence off both ends of recordings, in training and in prediction.
    speeds : float or tuple of float, default=(0.9, 1.0, 1.1)
        An epoch reads each recording at each of these speeds (Ko et al., 2015).
    n_masks : int, default=2
        Stretches of time, and bands of filters, that are masked in each recording, others
        in each epoch (SpecAugment: Park et al., 2019).
    noise_db : (float, float) or None, default=None
        Lowest and highest ratio of speech to noise, in decibels. Half of the recordings
        get white noise, or babble of other recordings, at a ratio from this range.
    cell : {"lstm", "gru", "rnn"}, default="lstm"
        Kind of recurrent cell.
    candidate_activation : {"tanh", "sigmoid"}, default="tanh"
        Activation of the cell's candidate.
    initializer : {"glorot_uniform", "gaussian", "uniform"}, default="glorot_uniform"
        How kernels start.
    optimizer : {"adam", "adamw", "sgd"} or keras.optimizers.Optimizer, default="adam"
        What moves the weights. An object is copied, and brings its own learning rate and
        clipping.
    learning_rate : float, default=0.003
        Highest learning rate: it rises over the first tenth of the steps and falls to
        nothing at the last one.
    clip_norm : float or None, default=1.0
        Largest norm of the gradient.
    dropout : float, default=0.45
        Dropout rate of states between layers and of the last ones.
    recurrent_dropout : float, default=0.0
        Dropout rate of recurrent states, with one mask for each recording.
    batch_size : int, default=16
        Recordings that a step reads, of similar length.
    max_iter : int or "auto", default="auto"
        Most epochs. ``"auto"`` makes as many as read 10 million frames of 30 ms, at least
        5 and at most 60.
    early_stopping : bool or "auto", default="auto"
        Whether recordings are set aside as a validation set, whose loss tells the best
        epochs and when to stop, and on which the language model's weight is chosen.
        ``"auto"`` does so from 200 recordings on.
    validation_fraction : float, default=0.1
        Proportion of the recordings that is set aside. Not used when ``fit`` is given
        ``X_val``, which should be of other speakers if those to come are others.
    n_iter_no_change : int, default=20
        Epochs without a fall of the validation loss after which training stops. Many,
        because the loss of few recordings goes up and down while the learning rate is
        high, and most is learned as it falls.
    tol : float, default=0.0
        The least fall that counts.
    n_average : int, default=5
        Best epochs whose weights are averaged at the end. The average of all, that of
        three and the best epoch alone each transcribe the validation set, or 500
        recordings of it; the one with the fewest word errors is kept.
    beam_size : int, default=16
        Beginnings of a text that are kept while it is searched for (Hannun et al.,
        2014). 1, without language model and list of words, takes the most probable symbol
        of each frame (greedy).
    language_model : "auto", SLMLanguageModel or None, default="auto"
        What tells probable sentences from others. ``"auto"``: an n-gram model of three
        words of the transcripts (Kneser and Ney, 1995). An SLMLanguageModel that was
        fitted on more texts of the domain, without labels, is slower.
    language_weight : float or "auto", default="auto"
        What its log-probabilities are multiplied by. ``"auto"`` takes what makes the
        fewest word errors on the validation set, 0.5 without one.
    word_bonus : float or "auto", default="auto"
        Added for each word, since a language model prefers few. ``"auto"`` as before.
    word_list : "transcripts", list of str or None, default=None
        The only words that are written: those of the transcripts, or these.
    memory : str, path, joblib.Memory or None, default=None
        Folder in which ``fit`` keeps the features of recordings, without noise: the next
        fit that needs them reads them, and training reads them from there, so that they
        need not fit into memory. See :class:`~sklearn_slm.audio.FeatureCache`. The result
        does not depend on it, and a file of the model does not name it.
    checkpoint : str, path-like or None, default=None
        A file that ``fit`` writes its state to after each epoch and every
        `checkpoint_minutes`; ``fit(..., resume_from=path)`` goes on from it.
    checkpoint_minutes : float, default=10.0
        Minutes between checkpoints within an epoch.
    warm_start : bool, default=False
        Continue from the weights, and with the symbols and features, of the last fit.
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
    features_ : FeatureOptions
        What it reads.
    tokenizer_ : Tokenizer
        Splits transcripts.
    vocabulary_ : Vocabulary
        The symbols and their counts.
    symbols_ : tuple of str
        What each symbol writes, the blank first.
    word_counts_ : WordCounts
        The n-gram model of the transcripts.
    language_weight_, word_bonus_ : float
        What was chosen, or given.
    n_iter_ : int
        Epochs made.
    loss_curve_ : list of float
        Training loss of a recording of each epoch, with dropout and masks.
    validation_scores_ : list of float or None
        Mean log-likelihood of a recording's transcript in the validation set after each
        epoch.
    best_validation_score_ : float or None
        The highest of them.
    validation_wer_ : float or None
        Word error rate of up to 100 recordings of the validation set with the weights
        and the search that were chosen on it.

    Notes
    -----
    ``set_params`` can change what a fitted model searches with: ``beam_size``,
    ``language_model``, ``language_weight``, ``word_bonus`` and ``word_list``.

    Examples
    --------
    >>> from sklearn_slm import SLMSpeechRecognizer, load_demo_speech
    >>> speech = load_demo_speech(n_samples=24, max_words=1, sample_rate=8000)
    >>> model = SLMSpeechRecognizer(
    ...     24, units="word", sample_rate=8000, n_mels=16, speeds=1.0, n_masks=0,
    ...     dropout=0.0, batch_size=4, max_iter=25, learning_rate=0.02, random_state=0,
    ... )
    >>> model.fit(speech.data, speech.target).score(speech.data, speech.target) > 0.9
    True
    """

    _pretrained = "language_model"
    _parameter_constraints: ClassVar[dict] = {
        **ENCODER_CONSTRAINTS,
        **_SHARED,
        "units": [StrOptions(set(KINDS))],
        "max_features": [StrOptions({"auto"}), *_SIZE, None],
        "lowercase": ["boolean"],
        "sample_rate": [Interval(Integral, 1, HIGHEST_RATE, closed="both")],
        "n_mels": [Interval(Integral, 1, MOST_MELS, closed="both")],
        "n_stack": [Interval(Integral, 1, _MOST_STACKED, closed="both")],
        "deltas": ["boolean"],
        "normalize": [StrOptions({"auto", "utterance", "running"}), None],
        "trim": ["boolean"],
        "speeds": [Real, tuple, list],
        "n_masks": [Interval(Integral, 0, None, closed="left")],
        "noise_db": [tuple, list, None],
        "n_average": _SIZE,
        "beam_size": _SIZE,
        "language_model": [StrOptions({"auto"}), SLMLanguageModel, None],
        "language_weight": [
            StrOptions({"auto"}),
            Interval(Real, 0, None, closed="left"),
        ],
        "word_bonus": [
            StrOptions({"auto"}),
            Interval(Real, None, None, closed="neither"),
        ],
        "word_list": [StrOptions({"transcripts"}), list, tuple, set, frozenset, None],
        "memory": [str, os.PathLike, HasMethods("cache"), None],
        "runtime": [StrOptions({"auto", "numpy", "onnxruntime"})],
    }

    def __init__(
        self,
        hidden_size: int | tuple[int, ...] = (192, 192, 192),
        *,
        units: str = "char",
        max_features: int | str | None = "auto",
        lowercase: bool = False,
        sample_rate: int = 16000,
        n_mels: int = 40,
        n_stack: int = 3,
        deltas: bool = False,
        normalize: str | None = "auto",
        bidirectional: bool = True,
        trim: bool = False,
        speeds: float | tuple[float, ...] = (0.9, 1.0, 1.1),
        n_masks: int = 2,
        noise_db: tuple[float, float] | None = None,
        cell: str = "lstm",
        candidate_activation: str = "tanh",
        initializer: str = "glorot_uniform",
        optimizer: Any = "adam",
        learning_rate: float = 0.003,
        clip_norm: float | None = 1.0,
        dropout: float = 0.45,
        recurrent_dropout: float = 0.0,
        batch_size: int = 16,
        max_iter: int | str = "auto",
        early_stopping: bool | str = "auto",
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 20,
        tol: float = 0.0,
        n_average: int = 5,
        beam_size: int = 16,
        language_model: Any = "auto",
        language_weight: float | str = "auto",
        word_bonus: float | str = "auto",
        word_list: Any = None,
        memory: Any = None,
        checkpoint: Any = None,
        checkpoint_minutes: float = 10.0,
        warm_start: bool = False,
        n_jobs: int | None = None,
        runtime: str = "auto",
        random_state: Any = None,
        verbose: int = 0,
    ):
        self.hidden_size = hidden_size
        self.units = units
        self.max_features = max_features
        self.lowercase = lowercase
        self.sample_rate = sample_rate
        self.n_mels = n_mels
        self.n_stack = n_stack
        self.deltas = deltas
        self.normalize = normalize
        self.bidirectional = bidirectional
        self.trim = trim
        self.speeds = speeds
        self.n_masks = n_masks
        self.noise_db = noise_db
        self.cell = cell
        self.candidate_activation = candidate_activation
        self.initializer = initializer
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.clip_norm = clip_norm
        self.dropout = dropout
        self.recurrent_dropout = recurrent_dropout
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.n_average = n_average
        self.beam_size = beam_size
        self.language_model = language_model
        self.language_weight = language_weight
        self.word_bonus = word_bonus
        self.word_list = word_list
        self.memory = memory
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
    ) -> SLMSpeechRecognizer:
        """Train on recordings and their transcripts.

        Parameters
        ----------
        X : iterable of str, path, (rate, samples), ndarray or binary file
            Recordings, as :meth:`predict` takes them. Their features are held in memory,
            16 KB for each second and speed with the default ones, or in ``memory``.
        y : iterable of str or path-like
            What is said in each; or the path (as ``pathlib.Path``) of a file of one
            transcript a line. White space counts as one space. An empty one says that
            nothing is said.
        X_val, y_val : iterable or None, default=None
            Validation set, in place of one that is set aside. What is no symbol of y is
            left out of y_val.
        resume_from : str, path-like or None, default=None
            A file that `checkpoint` wrote in a fit with the same parameters and data.
            Training goes on from there and ends with the same bits.

        Returns
        -------
        SLMSpeechRecognizer
            The fitted estimator.

        Raises
        ------
        FileNotFoundError
            If a file is missing, before any is read.
        ValueError, TypeError, ImportError
            If the input is not recordings and transcripts, or a transcript is too long for
            its recording, which the message names; if a checkpoint comes from another fit;
            or if training diverges in its first epoch. The estimator is then as it was
            before.
        KeyboardInterrupt
            If Ctrl-C comes before the first step; later, the best weights so far are kept,
            with a warning.
        """
        check_can_train()
        self._check_options()
        checkpoints = Checkpoints.of(self, resume_from)
        seeds = draw_seeds(self.random_state, 4)
        resumes = self.warm_start and hasattr(self, "weights_")
        options = self.features_ if resumes else describe_features(self)
        parts = read_parts(self, X, y, X_val, y_val, options.rate, seeds[3])
        transcripts = parts.everything.transcripts
        symbols = self._symbols if resumes else learn_symbols(self, transcripts)
        parts = parts.normalize(symbols)
        spec = describe_recognizer(self, options, symbols)
        if resumes:
            check_same_layers(self.spec_, spec)
        counts = count_words(parts.train.transcripts)
        # Before the training: what cannot be searched with is refused.
        prepare_search(self, symbols, counts, 0.0, 0.0)
        fitted = train_recognizer(
            self,
            spec,
            options,
            symbols,
            parts.train,
            seeds,
            validation=parts.validation,
            resumes=resumes,
            checkpoints=checkpoints,
        )
        chosen = settle_search(self, symbols, counts, fitted.held_out, fitted.wer)
        counts = count_words(parts.everything.transcripts)
        return self._store(spec, options, symbols, counts, fitted, chosen, resumes)

    def _check_options(self) -> None:
        from ..network.checks import check_optimizer

        check_optimizer(self.optimizer)
        check_augmentation(self)

    def _store(
        self,
        spec: NetworkSpec,
        options: FeatureOptions,
        symbols: Symbols,
        counts: WordCounts,
        fitted: FittedRecognizer,
        chosen: tuple[float, float, float | None],
        resumes: bool,
    ) -> SLMSpeechRecognizer:
        """Take over what was learned."""
        # At once: Ctrl-C comes before or after.
        self.__dict__.update(
            spec_=spec,
            weights_=fitted.weights,
            features_=options,
            tokenizer_=symbols.tokenizer,
            vocabulary_=symbols.vocabulary,
            word_counts_=counts,
            language_weight_=chosen[0],
            word_bonus_=chosen[1],
            **list_epochs(self, fitted.epochs, resumes),
            validation_wer_=chosen[2],
        )
        self.__dict__.pop("quantization_", None)  # of what it was
        warn_of_end(fitted, self.n_iter_, stacklevel=4)
        return self

    _kind: ClassVar[str] = "speech recognizer"

    def __sklearn_is_fitted__(self) -> bool:
        """Whether there are weights."""
        return hasattr(self, "weights_")

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that X is recordings, and that y is needed."""
        tags = super().__sklearn_tags__()
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.target_tags.required = True
        return tags
