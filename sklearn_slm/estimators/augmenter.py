"""Augmenter: more texts to train on, made of those that there are."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, ClassVar, NamedTuple

import numpy as np

from ..embeddings import WordVectors
from ..text import check_documents
from ..text.augment import (
    drop_words,
    misspell_words,
    mix_texts,
    replace_words,
    swap_words,
)
from .base import BaseEstimator, Interval, check_row_count, draw_seeds, take_rows

__all__ = ["Augmented", "Augmenter", "Copies", "Preview"]

# Neighbours of a word that the bound is put to.
_MOST_SYNONYMS = 10


class Copies(NamedTuple):
    """Variants of texts.

    Parameters
    ----------
    texts : list of str
        The variants, those of one text after those of another.
    origins : ndarray of shape (n_copies,), dtype int
        The text that each is a variant of.
    """

    texts: list[str]
    origins: np.ndarray


class Augmented(NamedTuple):
    """Texts and their variants, to be given to ``fit``.

    Parameters
    ----------
    X : list of str
        The texts as they were given, then their variants.
    y : of the type of the labels that were given, or None
        The label of each; a variant has that of its text.
    sample_weight : ndarray of shape (n_texts + n_copies,), dtype float64
        The weight of each.
    """

    X: list[str]
    y: Any
    sample_weight: np.ndarray


@dataclass(frozen=True, repr=False)
class Preview:
    """Texts with their variants; prints as a list.

    Parameters
    ----------
    pairs : tuple of (str, tuple of str)
        Each text, and its variants.
    """

    pairs: tuple[tuple[str, tuple[str, ...]], ...]

    def __str__(self) -> str:
        return "\n".join(
            line
            for text, copies in self.pairs
            for line in (text, *(f"    {copy}" for copy in copies or ["(no variant)"]))
        )

    __repr__ = __str__


class Augmenter(BaseEstimator):
    """Make variants of texts that mean about the same, to train on.

    Give it to a classifier, ``SLMTextClassifier(augment=Augmenter(...))``, which makes
    variants of the texts that it trains on and of no others, or call :meth:`augment`
    yourself, on training texts alone: variants of a test text would tell its label.

    Each variant goes through all methods whose rate is above 0, in the order in which the
    parameters stand here.

    Parameters
    ----------
    n_copies : int, default=1
        Variants of each text. One that equals its text or another variant of it is left
        out, so there may be fewer.
    translators : tuple of (estimator, estimator) or None, default=None
        Two fitted objects with ``predict``, from the language of the texts into another
        one and back, such as two of :class:`~sklearn_slm.SLMTranslator`. Every variant
        then begins as what the second makes of what the first makes of the text.
    mix : float, default=0.0
        Probability of a variant to go on, from a random place, as another text of the same
        class. It needs labels.
    synonyms : float, default=0.0
        Probability of each word to be replaced by one with a similar vector. Vectors know
        what stands in the same place, not what means the same: "good" and "bad" are
        similar. Look at :meth:`show` before you trust them with a label.
    swap : float, default=0.1
        Probability of each word to change places with the next one, if no punctuation
        mark is between them.
    drop : float, default=0.1
        Probability of each word to be left out. (``word_dropout`` of the classifier
        leaves words in their places, as unknown ones.)
    misspell : float, default=0.0
        Probability of each word to have a slip of the fingers: a letter whose key touches
        the right one on a US keyboard, or in other scripts two neighbouring characters
        exchanged. Words so made are unknown words, unless the vectorizer has characters
        as tokens.
    vectors : WordVectors or None, default=None
        What ``synonyms`` are found with, for example ``vectorizer.vectors_`` or a file by
        :func:`~sklearn_slm.read_vectors`. A word that they lack is looked up in lower case.
    min_similarity : float, default=0.7
        Least cosine of a synonym; of those above it, the ten nearest are drawn from.
    random_state : int, RandomState or None, default=None
        Source of all randomness. An integer gives the same variants in every call. In a
        classifier, None stands for a seed that follows from the classifier's own.

    Notes
    -----
    A text's weight is divided evenly among itself and its variants, so that each text
    counts as much as before however many variants it has, and so does each class.

    Measure what it gains on held-out texts of yours: a classifier does not augment unless
    it is told to.

    Copies of an augmenter (:func:`~sklearn.base.clone`, searches) share vectors and
    translators, which are fitted already.

    Word dropout and swaps are as in Wei and Zou (2019), EDA: Easy data augmentation
    techniques; back-translation as in Sennrich, Haddow and Birch (2016).

    Examples
    --------
    >>> from sklearn_slm import Augmenter
    >>> augmenter = Augmenter(2, swap=0.3, random_state=1)
    >>> X, y, weight = augmenter.augment(["a long and dull film"], ["bad"])
    >>> X[0], len(X), y, weight.round(2).tolist()
    ('a long and dull film', 3, ['bad', 'bad', 'bad'], [0.33, 0.33, 0.33])
    """

    _parameter_constraints: ClassVar[dict] = {
        "n_copies": [Interval(Integral, 1, None, closed="left")],
        "translators": [tuple, list, None],
        **{
            name: [Interval(Real, 0, 1, closed="both")]
            for name in ("mix", "synonyms", "swap", "drop", "misspell")
        },
        "vectors": [WordVectors, None],
        "min_similarity": [Interval(Real, -1, 1, closed="both")],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        n_copies: int = 1,
        *,
        translators: Any = None,
        mix: float = 0.0,
        synonyms: float = 0.0,
        swap: float = 0.1,
        drop: float = 0.1,
        misspell: float = 0.0,
        vectors: WordVectors | None = None,
        min_similarity: float = 0.7,
        random_state: Any = None,
    ):
        self.n_copies = n_copies
        self.translators = translators
        self.mix = mix
        self.synonyms = synonyms
        self.swap = swap
        self.drop = drop
        self.misspell = misspell
        self.vectors = vectors
        self.min_similarity = min_similarity
        self.random_state = random_state

    def augment(
        self, X: Iterable[str], y: Any = None, sample_weight: Any = None
    ) -> Augmented:
        """Return texts with their variants, labels and weights.

        Parameters
        ----------
        X : iterable of str, of length n_texts
            Texts to train on.
        y : array-like of shape (n_texts,) or (n_texts, n_labels) or None, default=None
            Their labels, of whatever kind: variants have those of their texts.
        sample_weight : array-like of shape (n_texts,) or None, default=None
            Their weights; None stands for 1.

        Returns
        -------
        Augmented
            ``X``, ``y`` and ``sample_weight``, in this order. The texts come first.

        Raises
        ------
        ValueError, TypeError
            If X is not a collection of texts, labels or weights are not as many, or a
            parameter is out of range or lacks another one.
        """
        texts = check_documents(X)
        copies = self.make_copies(texts, y)
        n = len(texts)
        weight = np.ones(n)
        if sample_weight is not None:
            weight = np.asarray(sample_weight, dtype=np.float64)
            if weight.shape != (n,):
                raise ValueError(
                    f"sample_weight must have shape ({n},), one weight for each text, but "
                    f"has shape {weight.shape}."
                )
        rows = np.concatenate([np.arange(n), copies.origins])
        share = weight / (1 + np.bincount(copies.origins, minlength=n))
        labels = None if y is None else take_rows(y, rows)
        return Augmented(texts + copies.texts, labels, share[rows])

    def make_copies(self, X: Iterable[str], y: Any = None) -> Copies:
        """Return the variants of texts alone.

        Parameters
        ----------
        X : iterable of str, of length n_texts
            Texts.
        y : array-like of shape (n_texts,) or (n_texts, n_labels) or None, default=None
            Their labels; read if there is ``mix``.

        Returns
        -------
        Copies
            Variants, and which text each is one of.

        Raises
        ------
        ValueError, TypeError
            As :meth:`augment`.
        """
        texts = check_documents(X)
        self._check(y)
        if y is not None:
            check_row_count(texts, y)
        random = np.random.default_rng(draw_seeds(self.random_state, 1)[0])
        groups = _group(y) if self.mix else None
        starts = self._translate(texts)
        found: dict[str, list[str]] = {}

        def find(word: str) -> list[str]:
            if word not in found:
                found[word] = self._find_synonyms(word)
            return found[word]

        copies: list[str] = []
        origins: list[int] = []
        for i, (text, start) in enumerate(zip(texts, starts)):
            own = {text}
            for _ in range(self.n_copies):
                varied = start
                if groups is not None and random.random() < self.mix:
                    others = groups[i]
                    other = int(others[int(random.integers(len(others)))])
                    if other != i:
                        varied = mix_texts(varied, texts[other], random)
                if self.synonyms:
                    varied = replace_words(varied, random, self.synonyms, find)
                if self.swap:
                    varied = swap_words(varied, random, self.swap)
                if self.drop:
                    varied = drop_words(varied, random, self.drop)
                if self.misspell:
                    varied = misspell_words(varied, random, self.misspell)
                if varied not in own:
                    own.add(varied)
                    copies.append(varied)
                    origins.append(i)
        return Copies(copies, np.array(origins, np.intp))

    def show(self, X: Iterable[str], y: Any = None) -> Preview:
        """Return what :meth:`augment` makes of some texts, to be looked at.

        Parameters
        ----------
        X : iterable of str
            A few texts.
        y : array-like or None, default=None
            Their labels; ``mix`` needs them.

        Returns
        -------
        Preview
            Prints as each text with its variants below it.

        Raises
        ------
        ValueError, TypeError
            As :meth:`augment`.

        Examples
        --------
        >>> from sklearn_slm import Augmenter
        >>> Augmenter(2, drop=0.4, random_state=5).show(["Nothing here is new."])
        Nothing here is new.
            Nothing is new.
            Nothing here new.
        """
        texts = check_documents(X)
        copies, origins = self.make_copies(texts, y)
        by_text: list[list[str]] = [[] for _ in texts]
        for varied, origin in zip(copies, origins):
            by_text[origin].append(varied)
        return Preview(tuple(zip(texts, map(tuple, by_text))))

    def _check(self, y: Any) -> None:
        """Refuse parameters that are out of range, or useless without others."""
        self._validate_params()
        rates = (self.mix, self.synonyms, self.swap, self.drop, self.misspell)
        if self.translators is None and not any(rates):
            raise ValueError(
                "Augmenter has nothing to do: all of mix, synonyms, swap, drop and "
                "misspell are 0, and there are no translators. Set one of them."
            )
        if self.synonyms and self.vectors is None:
            raise ValueError(
                f"synonyms={self.synonyms} needs word vectors, but vectors is None. Give "
                "vectors=vectorizer.vectors_ or vectors=read_vectors(path)."
            )
        if self.mix and y is None:
            raise ValueError(
                f"mix={self.mix} joins texts of one class, but y is None. Give the labels, "
                "or set mix=0."
            )
        if self.translators is not None and (
            len(self.translators) != 2
            or not all(hasattr(each, "predict") for each in self.translators)
        ):
            raise ValueError(
                "translators must be two fitted objects with a method predict, into "
                "another language and back. Got "
                f"{[type(each).__name__ for each in self.translators]}."
            )

    def _translate(self, texts: list[str]) -> Sequence[str]:
        """Return texts translated there and back; as they are without translators."""
        if self.translators is None or not texts:
            return texts
        there, back = self.translators
        translated = [str(text) for text in back.predict(list(there.predict(texts)))]
        check_row_count(texts, translated, "the texts and their back-translations")
        return translated

    def _find_synonyms(self, word: str) -> list[str]:
        vectors = self.vectors
        assert vectors is not None  # for mypy
        known = word if word in vectors else word.lower()
        if known not in vectors:
            return []
        nearest = vectors.most_similar(known, _MOST_SYNONYMS)
        return [other for other, cosine in nearest if cosine >= self.min_similarity]

    def __sklearn_clone__(self) -> Augmenter:
        """Share vectors and translators: scikit-learn's clone would unfit the latter."""
        params = self.get_params(deep=False)
        params["random_state"] = copy.deepcopy(self.random_state)
        return type(self)(**params)


def _group(y: Any) -> list[np.ndarray]:
    """Return for each text the rows that have its label, or its row of labels."""
    labels = np.asarray(y)
    if labels.dtype == object:
        labels = labels.astype(str)
    values, group = np.unique(labels, axis=0, return_inverse=True)
    group = group.reshape(-1)
    members = [np.flatnonzero(group == number) for number in range(len(values))]
    return [members[number] for number in group]
