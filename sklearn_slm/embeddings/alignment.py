"""Word vectors of two languages in one space."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .word_vectors import WordVectors

__all__ = ["align_vectors", "find_mutual_pairs", "fit_rotation", "join_vectors"]

# Words compared at a time, so that no table of all pairs is made.
_BLOCK = 1024
_Rows = NDArray[np.float32]


def align_vectors(
    source: WordVectors,
    target: WordVectors,
    dictionary: Mapping[str, str] | Iterable[tuple[str, str]],
    *,
    n_refinements: int = 0,
    n_neighbors: int = 10,
    max_words: int = 10_000,
) -> WordVectors:
    """Carry the vectors of one language into the space of another.

    An orthogonal map, which keeps all distances and angles within the language, is fitted
    to pairs of words that mean the same: both spaces are centred, each vector is brought
    to length 1, and the map is that of Procrustes. `target` stays as it is.

    Parameters
    ----------
    source : WordVectors
        What to carry over.
    target : WordVectors
        Vectors of the other language, of the same length; most frequent words first, as
        files and the vectorizer have them.
    dictionary : mapping of str to str, or iterable of (str, str)
        Words of `source` and what they mean in `target`. Pairs of which a word has no
        vector are left out. A word may come in several pairs.
    n_refinements : int, default=0
        How often to find more pairs, the words that are each other's nearest neighbours
        under the map by CSLS (see :func:`find_mutual_pairs`), and fit the map to these and
        the dictionary. For a dictionary of few words, and vectors of many texts; it ends
        when the pairs no longer change.
    n_neighbors : int, default=10
        Neighbours that CSLS takes a mean over.
    max_words : int, default=10000
        The refinement looks at so many first words of each language: rare words have poor
        vectors.

    Returns
    -------
    WordVectors
        The words of `source`, with vectors whose mean and mean square size are those of
        the target's.

    Raises
    ------
    ValueError
        If the vectors have different lengths, or both words of no pair have a vector
        other than the mean of all.
    TypeError
        If `dictionary` is neither a mapping nor pairs of words.

    Warns
    -----
    UserWarning
        If fewer words can be used than a vector has components: the map is then arbitrary
        in some directions.

    References
    ----------
    Xing, Wang, Liu and Lin (2015), Normalized word embedding and orthogonal transform for
    bilingual word translation. Smith, Turban, Hamblin and Hammerla (2017), Offline
    bilingual word vectors, orthogonal transformations and the inverted softmax. Conneau,
    Lample, Ranzato, Denoyer and Jégou (2018), Word translation without parallel data.

    Examples
    --------
    >>> english = WordVectors(["cat", "dog", "sun"], [[1.0, 0.0], [0.8, 0.6], [-1.0, 0.2]])
    >>> spanish = WordVectors(["gato", "perro", "sol"], [[0, 1], [-0.6, 0.8], [-0.2, -1]])
    >>> pairs = {"gato": "cat", "sol": "sun"}
    >>> align_vectors(spanish, english, pairs)["perro"].round(3)
    array([0.8, 0.6], dtype=float32)
    """
    for name, vectors in (("source", source), ("target", target)):
        if not isinstance(vectors, WordVectors):
            raise TypeError(
                f"{name} must be WordVectors, as train_glove or load_glove returns them. "
                f"Got {type(vectors).__name__}."
            )
    whole = isinstance(n_refinements, Integral)
    if not whole or n_refinements < 0:
        raise ValueError(
            f"n_refinements must be a whole number of at least 0. Got {n_refinements!r}."
        )
    if source.n_components != target.n_components:
        raise ValueError(
            f"source has vectors of {source.n_components} components, target of "
            f"{target.n_components}; an orthogonal map needs the same number. Train both "
            "with the same n_components, or use sklearn_slm.embeddings.map_vectors."
        )
    pairs = _find_rows(source, target, dictionary)
    ours, theirs = _normalize(source), _normalize(target)
    has_direction = ours[pairs[:, 0]].any(axis=1) & theirs[pairs[:, 1]].any(axis=1)
    pairs = pairs[has_direction]
    if not len(pairs):
        raise ValueError(
            "No pair of the dictionary has a vector for both of its words, so that "
            f"nothing tells how the {len(source)} words of source and the {len(target)} "
            "of target belong together. Are the pairs (source word, target word), and "
            "written in the same case as the vectors?"
        )
    n_distinct = min(len(np.unique(pairs[:, side])) for side in (0, 1))
    if n_distinct < source.n_components:
        warnings.warn(
            f"the dictionary has {n_distinct} words with vectors on both sides, fewer than "
            f"the {source.n_components} components of a vector: the map is arbitrary in "
            "some directions. Give more pairs, or vectors of fewer components.",
            stacklevel=2,
        )
    rotation = fit_rotation(ours[pairs[:, 0]], theirs[pairs[:, 1]])
    known = pairs
    for _ in range(n_refinements):
        found = find_mutual_pairs(
            ours[:max_words] @ rotation.astype(np.float32),
            theirs[:max_words],
            n_neighbors=n_neighbors,
        )
        # Those of the dictionary stay, whatever the map makes of them.
        more = np.unique(np.concatenate([pairs, found]), axis=0)
        if np.array_equal(more, known):
            break
        known = more
        rotation = fit_rotation(ours[known[:, 0]], theirs[known[:, 1]])
    center, origin = _mean(source), _mean(target)
    moved = (source.table - center) @ rotation
    size, wanted = (
        _measure_size(source.table - center),
        _measure_size(target.table - origin),
    )
    return WordVectors(source.tokens, origin + moved * (wanted / size))


def fit_rotation(source: _Rows, target: _Rows) -> NDArray[np.float64]:
    """Return the orthogonal map from rows onto others with the least squared error.

    Parameters
    ----------
    source, target : ndarray of shape (n_pairs, n_components)
        Rows that belong together.

    Returns
    -------
    ndarray of shape (n_components, n_components), dtype float64
        ``source @ rotation`` is near to `target`; a rotation or a reflection.

    References
    ----------
    Schönemann (1966), A generalized solution of the orthogonal Procrustes problem.

    Examples
    --------
    >>> fit_rotation(np.eye(2), np.array([[0.0, 1.0], [-1.0, 0.0]])).round(6) + 0.0
    array([[ 0.,  1.],
           [-1.,  0.]])
    """
    product = source.astype(np.float64).T @ target.astype(np.float64)
    left, _, right = np.linalg.svd(product)
    return left @ right


def find_mutual_pairs(
    source: _Rows, target: _Rows, *, n_neighbors: int = 10
) -> NDArray[np.intp]:
    """Return rows that are each other's nearest neighbours.

    Near is what has a large CSLS (cross-domain similarity local scaling), twice the cosine
    less the mean cosine of each of the two to its nearest neighbours on the other side:
    words that are near to everything are near to none.

    Parameters
    ----------
    source, target : ndarray of shape (n_words, n_components), dtype float32
        Vectors of length 1; zeros are no neighbour of any.
    n_neighbors : int, default=10
        How many nearest neighbours the means are over, at most as many as there are.

    Returns
    -------
    ndarray of shape (n_pairs, 2), dtype int
        A row of `source` and one of `target`, by rising rows of `source`.

    References
    ----------
    Conneau et al. (2018), Word translation without parallel data, section 2.3.

    Examples
    --------
    >>> rows = np.eye(3, dtype=np.float32)
    >>> find_mutual_pairs(rows, rows[[2, 0, 1]], n_neighbors=1).tolist()
    [[0, 1], [1, 2], [2, 0]]
    """
    far = _measure_density(target, source, n_neighbors)
    near = _measure_density(source, target, n_neighbors)
    best_target = np.zeros(len(source), np.intp)
    best_source = np.zeros(len(target), np.intp)
    highest = np.full(len(target), -np.inf, np.float32)
    for first in range(0, len(source), _BLOCK):
        block = slice(first, first + _BLOCK)
        scores = 2 * source[block] @ target.T - near[block, None] - far
        best_target[block] = scores.argmax(axis=1)
        best = scores.argmax(axis=0)
        score = scores[best, np.arange(len(target))]
        best_source = np.where(score > highest, first + best, best_source)
        highest = np.maximum(highest, score)
    rows = np.arange(len(source))
    is_mutual = best_source[best_target] == rows
    is_mutual &= source.any(axis=1) & target[best_target].any(axis=1)
    return np.stack([rows[is_mutual], best_target[is_mutual]], axis=1)


def join_vectors(first: WordVectors, second: WordVectors) -> WordVectors:
    """Return the words of two languages with one vector each.

    Parameters
    ----------
    first : WordVectors
        A word that both have, keeps this vector.
    second : WordVectors
        Vectors of the same space, as :func:`align_vectors` makes them.

    Returns
    -------
    WordVectors
        The words of `first`, then those that only `second` has.

    Raises
    ------
    ValueError
        If the vectors have different lengths.

    Examples
    --------
    >>> english = WordVectors(["no", "cat"], [[1.0, 0.0], [0.0, 1.0]])
    >>> spanish = WordVectors(["no", "gato"], [[0.9, 0.1], [0.1, 1.0]])
    >>> both = join_vectors(english, spanish)
    >>> both.tokens, both["no"].tolist()
    (('no', 'cat', 'gato'), [1.0, 0.0])
    """
    if first.n_components != second.n_components:
        raise ValueError(
            "Vectors of one space have one length. Got vectors of "
            f"{first.n_components} and of {second.n_components} components."
        )
    others = second.subset(token for token in second.tokens if token not in first)
    table = np.concatenate([first.table, others.table])
    return WordVectors(first.tokens + others.tokens, table)


def _find_rows(
    source: WordVectors, target: WordVectors, dictionary: Any
) -> NDArray[np.intp]:
    """Return the rows of the pairs whose words both have a vector, each pair once."""
    if isinstance(dictionary, (str, bytes)) or not isinstance(dictionary, Iterable):
        raise TypeError(
            "dictionary must map words to words, or be pairs of words such as [('gato', "
            f"'cat')]. Got {dictionary!r:.60}."
        )
    pairs = dictionary.items() if isinstance(dictionary, Mapping) else dictionary
    rows: dict[tuple[int, int], None] = {}
    for pair in pairs:
        is_pair = isinstance(pair, (tuple, list, np.ndarray)) and len(pair) == 2
        if not is_pair or not all(isinstance(word, str) for word in pair):
            raise TypeError(
                "dictionary must map words to words, or be pairs of words such as "
                f"[('gato', 'cat')]. Got {pair!r:.60}. Columns of a DataFrame are pairs "
                "as df.to_numpy()."
            )
        word, meaning = pair
        if word in source and meaning in target:
            rows[source.index[word], target.index[meaning]] = None
    return np.array(list(rows), np.intp).reshape(-1, 2)


def _mean(vectors: WordVectors) -> NDArray[np.float64]:
    return vectors.table.mean(axis=0, dtype=np.float64)


def _normalize(vectors: WordVectors) -> _Rows:
    """Return vectors around their mean, at length 1; zeros stay what has no direction."""
    rows = vectors.table - _mean(vectors)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    # A vector beside the mean by rounding alone points nowhere.
    least = 1e-6 * float(lengths.max(initial=0.0))
    return np.where(lengths > least, rows / np.maximum(lengths, 1e-300), 0.0).astype(
        np.float32
    )


def _measure_size(rows: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean(np.square(rows)))) or 1.0


def _measure_density(rows: _Rows, others: _Rows, n_neighbors: int) -> _Rows:
    """Return the mean cosine of each row to its nearest neighbours among the others."""
    n = min(n_neighbors, len(others))
    density = np.zeros(len(rows), np.float32)
    for first in range(0, len(rows), _BLOCK):
        block = slice(first, first + _BLOCK)
        cosines = rows[block] @ others.T
        nearest = np.partition(cosines, len(others) - n, axis=1)[:, len(others) - n :]
        density[block] = nearest.mean(axis=1)
    return density
