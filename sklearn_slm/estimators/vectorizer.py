"""GloveTfidfVectorizer: raw texts to token sequences, document vectors or weights."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import scipy.sparse as sp
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.metaestimators import available_if

from ..embeddings import (
    Coverage,
    WordVectors,
    count_cooccurrences,
    document_vectors,
    find_common_direction,
    fit_glove,
    measure_coverage,
    remove_direction,
    tfidf_weights,
)
from ..persistence.fields import expect
from ..text import (
    Analyzer,
    TokenSequences,
    Vocabulary,
    check_documents,
    compile_pattern,
    encode_documents,
    learn_vocabulary,
    takes_any_document,
)
from .base import (
    BaseEstimator,
    CallbackSupportMixin,
    Interval,
    RealNotInt,
    StrOptions,
    check_is_fitted,
    draw_seeds,
    fit_method,
    tag_text_input,
)
from .copying import SharedCallablesMixin
from .notebook import NotebookMixin
from .progress import callback_task
from .storing import StoredMixin, check_size
from .unlabeled import EncodedTexts, add_unlabeled
from .vectors import check_given_vectors, compute_idf, take_vectors

__all__ = ["GloveTfidfVectorizer"]


def _has_columns(vectorizer: Any) -> bool:
    return vectorizer.output != "sequences"


class GloveTfidfVectorizer(
    NotebookMixin,
    StoredMixin,
    SharedCallablesMixin,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    CallbackSupportMixin,
    BaseEstimator,
):
    r"""Turn raw texts into word vectors weighted by TF-IDF.

    The vectors are trained on the corpus with GloVe, or read from a file. What comes
    out is chosen by ``output``: token sequences for the estimators of this package, or
    one row per document for any estimator of scikit-learn.

    Parameters
    ----------
    n_components : int, default=50
        Length of a word vector. Vectors that are given must have this length. A linear
        model on ``output="document"`` is better with 100 or 200; a network takes time
        and memory in proportion.
    vectors : path, WordVectors or None, default=None
        Word vectors to use: a GloVe or word2vec file (only the words of the corpus are
        kept; read in every fit, so a pipe cannot be given), vectors in memory, or None
        to train GloVe on the corpus. Those of gensim in memory are given as
        ``WordVectors(keyed.index_to_key, keyed.vectors)``.
    missing : {"pieces", "noise", "zeros", "corpus"}, default="pieces"
        What words get that the given vectors lack: the mean of known words that share
        pieces of 3 to 5 characters (``"pieces"``), random vectors with the mean and
        spread of the others (``"noise"``), zeros, or GloVe vectors trained on the
        corpus and mapped onto the given ones by least squares (``"corpus"``). See
        :func:`~sklearn_slm.embeddings.fill_missing`.
    extra_words : int, default=10000
        How many words of the given vectors, or of ``X_unlabeled`` in :meth:`fit`, that
        the texts lack become known too, the first ones (files begin with the most
        frequent): new texts have words that the training texts do not. Words that were
        left out, by ``min_df`` for example, stay out. Each takes a row in the model; not
        with ``output="weights"``, where they would be columns of zeros.
    output : {"sequences", "document", "weights"}, default="sequences"
        ``"sequences"`` gives :class:`~sklearn_slm.text.TokenSequences`; ``"document"``
        the mean of a document's word vectors under the weights, a dense float32 array
        of shape (n_documents, n_components); ``"weights"`` the weights themselves, a
        sparse matrix of shape (n_documents, n_tokens).
    analyzer : {"word", "char"} or callable, default="word"
        How a text is split. ``"word"`` gives words, numbers and punctuation marks, and
        single characters in scripts without spaces (Chinese, Japanese, Thai, ...).
        A callable takes a document and returns its tokens, an iterable of str, such as
        ``jieba.lcut``; documents may then be of any kind, lists of tokens for example.
        Copies of the vectorizer (:func:`~sklearn.base.clone`, searches) share it; see
        Notes for what can be pickled and saved.
    lowercase : bool, default=True
        Bring texts to lower case, as published vectors do.
    strip_tags : bool, default=True
        Blank the tags of HTML and its comments. False keeps them as tokens, for texts in
        which ``<s>`` or ``<TIME>`` means something; other names in ``<>``, such as
        ``<PERSON>``, are never taken for tags.
    strip_accents : {"unicode", "ascii"} or None, default=None
        Remove accents.
    remove_punctuation : bool, default=False
        Drop punctuation. It is kept by default: a sequence model reads it.
    stop_words : "english", iterable of str or None, default=None
        Tokens to drop. None by default: "not" is on every list, and decides labels.
    token_pattern : str or None, default=None
        A regular expression for tokens, in place of the built-in one.
    min_df, max_df : int or float, default=1 and 1.0
        Keep tokens found in at least, at most so many documents; a float is a
        proportion of the documents.
    max_features : int or None, default=None
        Keep only the most frequent tokens.
    max_length : int or None, default=None
        Keep only the first tokens of each document.
    k : float, default=1.0
        Divides the weights' radicand, see Notes.
    idf : {"log2", "smooth"}, default="log2"
        ``"log2"`` is ``log2(N / n_w)`` over tokens; ``"smooth"`` is the
        document-frequency idf of :class:`~sklearn.feature_extraction.text.TfidfTransformer`.
    norm : {"l1", "l2"} or None, default=None
        Scale the rows of ``"document"`` and ``"weights"`` to unit length.
    remove_common : bool, default=False
        Whether ``"document"`` leaves out the direction that the vectors of the
        training texts share most, their first singular vector (Arora, Liang and Ma,
        2017); before ``norm``. For comparing documents; under LogisticRegression
        neither it nor ``norm`` made a difference.
    window_size : int, default=10
        Tokens on each side that count as neighbours, when training GloVe.
    x_max : float, default=10.0
        Co-occurrence count from which a pair has full weight.
    weighting_exponent : float, default=0.75
        Exponent of the weight of rarer pairs.
    max_iter : int, default=4
        Most sweeps of the GloVe solver.
    tol : float, default=0.05
        The solver stops when a sweep lowers its objective by less than this part of it.
    ridge : float, default=1.0
        Weight of the squared length of each vector; a rare word gets a short one.
    n_jobs : int or None, default=None
        Threads for GloVe; None means one. The result does not depend on it.
    random_state : int, RandomState or None, default=None
        Seed of the initial vectors and of those of lacking words.
    verbose : int, default=0
        Whether to tell of each sweep.

    Attributes
    ----------
    vocabulary_ : Vocabulary
        The kept tokens, most frequent first, with their counts; then the extra words,
        with counts of 0.
    idf_ : ndarray of shape (n_tokens,), dtype float64
        Inverse frequency of each token.
    vectors_ : WordVectors
        One vector per token of the vocabulary.
    common_direction_ : ndarray of shape (n_components,), dtype float32
        What ``remove_common`` takes out of document vectors, of length 1; zeros where
        it was False in the fit.
    n_iter_ : int
        Sweeps of the GloVe solver; 0 if it was not needed.
    objective_curve_ : list of float
        GloVe's objective after each sweep, a mean over the pairs of words.

    Notes
    -----
    A word w that occurs n_w times among the N tokens of the corpus and tf(w) times in
    a document has there the weight

    .. math:: v(w) = \sqrt{tf(w) \cdot \log_2(N / n_w) / k}

    A callable ``analyzer`` is pickled by value if it can be, else by the name that some
    module has for it (``jieba.lcut``, whose owner holds a lock, as ``"jieba:lcut"``): the
    other process imports it, as it comes with the module there, without words that were
    added to its dictionary here. :func:`~sklearn_slm.save_model` always stores the name. A
    callable without a name stays in its process, except that cloudpickle, which joblib
    uses for its workers, takes functions without one, such as a lambda.

    Co-occurrences are counted as in Pennington, Socher and Manning, "GloVe: Global
    Vectors for Word Representation", EMNLP 2014.

    Examples
    --------
    >>> from sklearn_slm import GloveTfidfVectorizer
    >>> texts = ["a good film", "a bad film", "not a good film"]
    >>> vectorizer = GloveTfidfVectorizer(output="weights", random_state=0)
    >>> vectorizer.fit_transform(texts).toarray().round(2)
    array([[1.32, 1.32, 1.52, 0.  , 0.  ],
           [1.32, 1.32, 0.  , 1.82, 0.  ],
           [1.32, 1.32, 1.52, 0.  , 1.82]])
    >>> vectorizer.get_feature_names_out()
    array(['a', 'film', 'good', 'bad', 'not'], dtype=object)
    """

    _parameter_constraints: ClassVar[dict] = {
        "n_components": [Interval(Integral, 1, None, closed="left")],
        # Checked by check_given_vectors, which names the line that helps.
        "vectors": "no_validation",
        "missing": [StrOptions({"pieces", "noise", "zeros", "corpus"})],
        "extra_words": [Interval(Integral, 0, None, closed="left")],
        "output": [StrOptions({"sequences", "document", "weights"})],
        "analyzer": [StrOptions({"word", "char"}), callable],
        "lowercase": ["boolean"],
        "strip_tags": ["boolean"],
        "strip_accents": [StrOptions({"unicode", "ascii"}), None],
        "remove_punctuation": ["boolean"],
        "stop_words": [StrOptions({"english"}), list, tuple, set, frozenset, None],
        "token_pattern": [str, None],
        "min_df": [
            Interval(Integral, 1, None, closed="left"),
            Interval(RealNotInt, 0, 1, closed="both"),
        ],
        "max_df": [
            Interval(Integral, 1, None, closed="left"),
            Interval(RealNotInt, 0, 1, closed="both"),
        ],
        "max_features": [Interval(Integral, 1, None, closed="left"), None],
        "max_length": [Interval(Integral, 1, None, closed="left"), None],
        "k": [Interval(Real, 0, None, closed="neither")],
        "idf": [StrOptions({"log2", "smooth"})],
        "norm": [StrOptions({"l1", "l2"}), None],
        "remove_common": ["boolean"],
        "window_size": [Interval(Integral, 1, None, closed="left")],
        "x_max": [Interval(Real, 0, None, closed="neither")],
        "weighting_exponent": [Interval(Real, 0, 1, closed="right")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
        "ridge": [Interval(Real, 0, None, closed="neither")],
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        n_components: int = 50,
        *,
        vectors: Any = None,
        missing: str = "pieces",
        extra_words: int = 10_000,
        output: str = "sequences",
        analyzer: Any = "word",
        lowercase: bool = True,
        strip_tags: bool = True,
        strip_accents: str | None = None,
        remove_punctuation: bool = False,
        stop_words: Any = None,
        token_pattern: str | None = None,
        min_df: float = 1,
        max_df: float = 1.0,
        max_features: int | None = None,
        max_length: int | None = None,
        k: float = 1.0,
        idf: str = "log2",
        norm: str | None = None,
        remove_common: bool = False,
        window_size: int = 10,
        x_max: float = 10.0,
        weighting_exponent: float = 0.75,
        max_iter: int = 4,
        tol: float = 0.05,
        ridge: float = 1.0,
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: int = 0,
    ):
        self.n_components = n_components
        self.vectors = vectors
        self.missing = missing
        self.extra_words = extra_words
        self.output = output
        self.analyzer = analyzer
        self.lowercase = lowercase
        self.strip_tags = strip_tags
        self.strip_accents = strip_accents
        self.remove_punctuation = remove_punctuation
        self.stop_words = stop_words
        self.token_pattern = token_pattern
        self.min_df = min_df
        self.max_df = max_df
        self.max_features = max_features
        self.max_length = max_length
        self.k = k
        self.idf = idf
        self.norm = norm
        self.remove_common = remove_common
        self.window_size = window_size
        self.x_max = x_max
        self.weighting_exponent = weighting_exponent
        self.max_iter = max_iter
        self.tol = tol
        self.ridge = ridge
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def fit(
        self, X: Iterable[str], y: Any = None, X_unlabeled: Any = None
    ) -> GloveTfidfVectorizer:
        """Learn the vocabulary, the weights and the word vectors.

        Parameters
        ----------
        X : iterable of str, of length n_documents
            Raw texts, or whatever a callable ``analyzer`` takes.
        y : ignored
            Present for the API.
        X_unlabeled : iterable of str or None, default=None
            More texts of this kind, where those in X are few because they need labels.
            GloVe is trained on all of them, and their most frequent words that X lacks
            become known too, as many as ``extra_words``. Counts and ``idf_`` are those of
            X. (With given vectors only the words count, and ``missing="corpus"``.) In a
            Pipeline it is given as ``fit(X, y, vectors__X_unlabeled=texts)``, where
            ``vectors`` is the name of this step.

        Returns
        -------
        GloveTfidfVectorizer
            The fitted vectorizer.

        Raises
        ------
        ValueError, TypeError
            If X is not a collection of texts, the vocabulary is empty, or the vectors
            cannot be used.
        """
        self._fit(X, X_unlabeled)
        return self

    def fit_transform(
        self, X: Iterable[str], y: Any = None, X_unlabeled: Any = None, **params: Any
    ) -> Any:
        """Fit, and transform the same texts; splits each text only once.

        Parameters
        ----------
        X : iterable of str, of length n_documents
            Raw texts, or whatever a callable ``analyzer`` takes.
        y : ignored
            Present for the API.
        X_unlabeled : iterable of str or None, default=None
            As in :meth:`fit`; not among what is returned.
        **params : ignored
            Present for the API.

        Returns
        -------
        TokenSequences, ndarray or sparse matrix
            As :meth:`transform`.
        """
        return self._to_output(*self._fit(X, X_unlabeled))

    @fit_method
    def _fit(
        self, X: Iterable[str], X_unlabeled: Any = None
    ) -> tuple[np.ndarray, np.ndarray]:
        with callback_task(self, X):
            documents = self._check_documents(X)
            unlabeled = None
            if X_unlabeled is not None:
                unlabeled = self._check_documents(X_unlabeled, "X_unlabeled")
            return self._learn(documents, unlabeled)

    def _learn(
        self, documents: list[str], unlabeled: list[str] | None
    ) -> tuple[np.ndarray, np.ndarray]:
        check_given_vectors(self.vectors)
        analyze = self._build_analyzer()
        takes_more = self.vectors is not None or unlabeled is not None
        extra_words = 0
        if takes_more and self.output != "weights":
            extra_words = self.extra_words
        seen: set[str] = set()

        def split(documents: list[str]) -> Iterator[list[str]]:
            for document in documents:
                yield analyze(document)[: self.max_length]

        def look(documents: list[str]) -> Iterator[list[str]]:
            for tokens in split(documents):
                seen.update(tokens)
                yield tokens

        bounds: dict[str, Any] = {"min_df": self.min_df, "max_df": self.max_df}
        vocabulary, ids, offsets = learn_vocabulary(
            (look if extra_words else split)(documents),
            **bounds,
            max_features=self.max_features,
        )
        texts = EncodedTexts(vocabulary, ids, offsets)
        if unlabeled is not None:
            texts = add_unlabeled(
                texts, split(unlabeled), seen=seen, n_words=extra_words, **bounds
            )
            extra_words -= len(texts.vocabulary) - len(vocabulary)
            vocabulary = texts.vocabulary
        (seed,) = draw_seeds(self.random_state, 1)
        tokens = vocabulary.tokens
        objective_curve: list[float] = []

        def train() -> WordVectors:
            vectors, curve = self._train_vectors(tokens, *texts[1:], seed)
            objective_curve.extend(curve)
            return vectors

        if self.vectors is None:
            vectors, found = train(), np.ones(len(tokens), bool)
        else:
            vectors, found = take_vectors(
                self.vectors,
                tokens,
                n_components=self.n_components,
                missing=self.missing,
                extra_words=extra_words,
                seen=seen,
                train=train,
                seed=seed,
            )
            vocabulary = vocabulary.extend(vectors.tokens[len(vocabulary) :])
        self.vocabulary_ = vocabulary
        self.idf_ = compute_idf(self.idf, vocabulary)
        self.vectors_ = vectors
        self.common_direction_ = np.zeros(self.n_components, np.float32)
        if self.remove_common:
            rows = self._weigh(ids, offsets)
            self.common_direction_ = find_common_direction(
                document_vectors(rows, vectors.table)
            )
        self.objective_curve_ = objective_curve
        self.n_iter_ = len(objective_curve)
        self._found = found
        return ids, offsets

    def transform(self, X: Iterable[str]) -> Any:
        """Turn texts into what ``output`` asks for.

        Parameters
        ----------
        X : iterable of str, of length n_documents
            Raw texts, or whatever a callable ``analyzer`` takes.

        Returns
        -------
        TokenSequences, ndarray or sparse matrix
            ``"sequences"``: TokenSequences of n_documents. ``"document"``: float32 of
            shape (n_documents, n_components), zeros for a text without known words.
            ``"weights"``: sparse float64 of shape (n_documents, n_tokens).

        Raises
        ------
        NotFittedError
            If the vectorizer is not fitted.
        """
        check_is_fitted(self)
        documents = self._check_documents(X)
        return self._to_output(
            *encode_documents(
                documents, self._build_analyzer(), self.vocabulary_, self.max_length
            )
        )

    def _to_output(self, ids: np.ndarray, offsets: np.ndarray) -> Any:
        if self.output == "sequences":
            return TokenSequences(ids, offsets, self.vectors_.table, self.vocabulary_)
        weights = self._weigh(ids, offsets)
        rows: Any = sp.csr_matrix(weights)
        if self.output == "document":
            rows = document_vectors(weights, self.vectors_.table)
            if self.remove_common:
                rows = remove_direction(rows, self.common_direction_)
        if self.norm is None:
            return rows
        from sklearn.preprocessing import normalize

        return normalize(rows, self.norm)

    def _weigh(self, ids: np.ndarray, offsets: np.ndarray) -> sp.csr_array:
        return tfidf_weights(ids, offsets, self.idf_, k=self.k)

    def _build_analyzer(self) -> Analyzer:
        stop_words = self.stop_words or ()
        if stop_words == "english":
            from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

            stop_words = ENGLISH_STOP_WORDS
        if self.token_pattern is not None:
            compile_pattern(self.token_pattern)
        return Analyzer(
            analyzer=self.analyzer,
            lowercase=self.lowercase,
            strip_accents=self.strip_accents,
            remove_punctuation=self.remove_punctuation,
            stop_words=frozenset(stop_words),
            token_pattern=self.token_pattern,
            strip_tags=self.strip_tags,
        )

    def _check_documents(self, X: Any, name: str = "X") -> list[Any]:
        any_kind = takes_any_document(self.analyzer)
        return check_documents(X, name=name, any_kind=any_kind)

    def _train_vectors(
        self, tokens: tuple[str, ...], ids: np.ndarray, offsets: np.ndarray, seed: int
    ) -> tuple[WordVectors, list[float]]:
        counts = count_cooccurrences(
            ids, offsets, len(tokens), window_size=self.window_size, n_jobs=self.n_jobs
        )
        table, objective_curve = fit_glove(
            counts,
            self.n_components,
            x_max=self.x_max,
            weighting_exponent=self.weighting_exponent,
            max_iter=self.max_iter,
            tol=self.tol,
            ridge=self.ridge,
            n_jobs=self.n_jobs,
            random_state=seed,
            verbose=self.verbose,
        )
        return WordVectors(tokens, table), objective_curve

    def _take_words(
        self, vocabulary: Vocabulary, vectors: np.ndarray, found: np.ndarray
    ) -> GloveTfidfVectorizer:
        """Return this vectorizer with a vocabulary that has more words at its end."""
        grown = type(self).__new__(type(self))
        table = np.concatenate([self.vectors_.table, vectors])
        grown.__dict__.update(
            self.__dict__,
            vocabulary_=vocabulary,
            idf_=compute_idf(self.idf, vocabulary),
            vectors_=WordVectors(vocabulary.tokens, table),
            _found=np.concatenate([self._found, found]),
        )
        return grown

    def coverage(self, X: Iterable[str] | None = None, n_missing: int = 20) -> Coverage:
        """Tell how many words have a vector of their own.

        Parameters
        ----------
        X : iterable of str or None, default=None
            Raw texts. None stands for the words of the vocabulary as the texts of the
            fit held them.
        n_missing : int, default=20
            How many of the most frequent words without one to list.

        Returns
        -------
        Coverage
            Types and tokens, found and in total; prints as a small table. A word counts
            as found if it is in the vocabulary and its vector was given or trained, not
            made up as ``missing`` says.

        Raises
        ------
        NotFittedError
            If the vectorizer is not fitted.

        Examples
        --------
        >>> from sklearn_slm import GloveTfidfVectorizer, WordVectors
        >>> vectors = WordVectors(["good", "day"], [[1.0, 0.0], [0.0, 1.0]])
        >>> vectorizer = GloveTfidfVectorizer(2, vectors=vectors)
        >>> print(vectorizer.fit(["good days", "a good day"]).coverage())
               found  total  share
        types      2      4  50.0%
        tokens     3      5  60.0%
        missing: a (1), days (1)
        """
        check_is_fitted(self)
        vocabulary = self.vocabulary_
        known = {t for t, found in zip(vocabulary.tokens, self._found) if found}
        pairs = zip(vocabulary.tokens, vocabulary.token_counts)
        counts = Counter({token: n for token, n in pairs if n})
        if X is not None:
            analyze = self._build_analyzer()
            counts = Counter()
            for document in self._check_documents(X):
                counts.update(analyze(document)[: self.max_length])
        return measure_coverage(counts, known, n_missing)

    @available_if(_has_columns)
    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of the columns of ``"document"`` and ``"weights"``.

        Parameters
        ----------
        input_features : ignored
            Present for the API.

        Returns
        -------
        ndarray of str objects
            The tokens for ``"weights"``; ``glovetfidfvectorizer0``, ... for
            ``"document"``.
        """
        check_is_fitted(self)
        if self.output == "weights":
            return np.array(self.vocabulary_.tokens, dtype=object)
        return super().get_feature_names_out()

    def __sklearn_is_fitted__(self) -> bool:
        """Whether there is a vocabulary."""
        return hasattr(self, "vocabulary_")

    _kind: ClassVar[str] = "vectorizer"
    _stored: ClassVar[dict[str, Any]] = {
        "vectors_": WordVectors | np.ndarray,
        "idf_": np.ndarray,
        "common_direction_": np.ndarray,
        "_found": np.ndarray,
        "n_iter_": int,
        "objective_curve_": list[float],
        "vocabulary_": Vocabulary,
    }

    def _get_stored(self) -> dict[str, Any]:
        # What follows from other parts is left out: a fifth of a small file.
        stored = super()._get_stored() | {"vectors_": self.vectors_.table}
        if np.array_equal(self.idf_, compute_idf(self.idf, self.vocabulary_)):
            del stored["idf_"]
        if not self.common_direction_.any():
            del stored["common_direction_"]
        if self._found.all():
            del stored["_found"]
        return stored

    def _set_stored(self, stored: Mapping[str, Any]) -> None:
        super()._set_stored(stored)
        vocabulary = getattr(self, "vocabulary_", None)
        expect(vocabulary is not None, "a vectorizer has no vocabulary.")
        assert vocabulary is not None  # for mypy
        if not hasattr(self, "idf_"):
            self.idf_ = compute_idf(self.idf, vocabulary)
        if not hasattr(self, "_found"):
            self._found = np.ones(len(vocabulary), bool)
        table = vars(self).get("vectors_")
        if isinstance(table, np.ndarray):
            shape = (len(vocabulary), self.n_components)
            right = table.dtype == np.float32 and table.shape == shape
            expect(right, f"word vectors have shape {table.shape}, not {shape}.")
            self.vectors_ = WordVectors(vocabulary.tokens, table)
            # As long as a row that is there, whatever a file says.
            if not hasattr(self, "common_direction_"):
                self.common_direction_ = np.zeros(table.shape[1], np.float32)

    def _check_fitted(self) -> None:
        super()._check_fitted()
        n_words = len(self.vocabulary_)
        shapes = {
            "idf_": ((n_words,), np.float64),
            "common_direction_": ((self.n_components,), np.float32),
            "_found": ((n_words,), np.bool_),
        }
        for name, (shape, dtype) in shapes.items():
            array = getattr(self, name)
            expect(array.dtype == dtype, f"{name} is {array.dtype}.")
            expect(
                array.shape == shape, f"{name} has shape {array.shape}, not {shape}."
            )
        expect(not (self.idf_ < 0).any(), "idf_ holds negative numbers.")
        check_size("idf_", self.idf_)

    def _describe(self) -> str:
        if not hasattr(self, "vectors_"):
            return ""
        return f"{len(self.vectors_):,} tokens x {self.vectors_.n_components}"

    @property
    def _n_features_out(self) -> int:
        return self.n_components

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that X is text."""
        tags = tag_text_input(super().__sklearn_tags__())
        tags.transformer_tags.preserves_dtype = []
        return tags
