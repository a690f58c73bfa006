"""Draw the demonstration corpus and hand it over as scikit-learn does."""

from __future__ import annotations

import numbers
from typing import Literal, overload

import numpy as np
from sklearn.utils import Bunch

from ._chinese import CHINESE
from ._english import ENGLISH
from ._grammar import LabelledText, draw_texts

GRAMMARS = {"en": ENGLISH, "zh": CHINESE}
SUBSETS = ("train", "test", "all")
LABELS = ("negative", "positive")
N_TRAIN = 4000
N_TEST = 1000

DESCR = """\
Demonstration corpus: synthetic customer opinions ({language})
--------------------------------------------------------------

Every text is SYNTHETIC: written by a small grammar that is part of sklearn_slm, not
by customers. It serves to try an installation, to teach and to test. A score on it
says nothing about real text.

:Number of texts: {n_train} for training, {n_test} for testing
:Classes: negative, positive (half each): the verdict of the writer of the text on
    what it is about
:Domains: films, restaurants, phones, hotels, novels, courses, concerts, trips

The order of the words carries the label. Negation ("not dull at all"), two negations,
contrast ("not dull but gripping"), concession (the main clause decides), comparison
(who is better than whom) and reported opinions of others use the same words for both
labels, so that a model that only counts words stays near chance.

Test texts are built from combinations of a sentence pattern and a pair of opposites
that never occur in training texts, whatever the seeds; all their words do.
They come in pairs: each test sentence is there in its positive and its negative
reading, often with exactly the same words.
"""


@overload
def load_demo_corpus(
    language: str = ...,
    *,
    subset: str = ...,
    random_state: int | np.random.RandomState | None = ...,
    return_X_y: Literal[False] = ...,
) -> Bunch: ...
@overload
def load_demo_corpus(
    language: str = ...,
    *,
    subset: str = ...,
    random_state: int | np.random.RandomState | None = ...,
    return_X_y: Literal[True],
) -> tuple[list[str], np.ndarray]: ...
def load_demo_corpus(
    language: str = "en",
    *,
    subset: str = "train",
    random_state: int | np.random.RandomState | None = 0,
    return_X_y: bool = False,
) -> Bunch | tuple[list[str], np.ndarray]:
    """Load short synthetic opinions in which word order carries the label.

    The corpus is synthetic. It is drawn from a grammar in this package, needs no
    download, and is meant for demonstrations and tests: a bag of words cannot do well
    on it, a sequence model can. Scores on it do not carry over to real text.

    Parameters
    ----------
    language : {"en", "zh"}, default="en"
        English, or Chinese (written without spaces).
    subset : {"train", "test", "all"}, default="train"
        4,000 texts for training, 1,000 for testing, or the former followed by the
        latter. Combinations of sentence pattern and pair of opposites in the test
        part do not occur in the training part, for any two seeds.
    random_state : int, RandomState instance or None, default=0
        An int draws the same texts each time. None draws fresh ones. NumPy's global
        generator is neither read nor moved.
    return_X_y : bool, default=False
        Return ``(data, target)`` instead of a Bunch.

    Returns
    -------
    corpus : Bunch
        With ``data`` (list of str, all different), ``target`` (array of str of the
        same length, "negative" or "positive", half each), ``target_names`` (the two
        labels, sorted) and ``DESCR`` (str).
    (data, target) : tuple if ``return_X_y=True``

    Raises
    ------
    ValueError
        If `language`, `subset` or `random_state` is not one of the accepted values.

    Examples
    --------
    >>> from sklearn_slm.datasets import load_demo_corpus
    >>> train = load_demo_corpus()
    >>> test = load_demo_corpus(subset="test")
    >>> len(train.data), len(test.data), train.target_names
    (4000, 1000, ['negative', 'positive'])
    """
    if not isinstance(language, str) or language not in GRAMMARS:
        raise ValueError(
            f"language must be one of {sorted(GRAMMARS)}, got {language!r}. "
            'Use "en" for the English corpus or "zh" for the Chinese one.'
        )
    if not isinstance(subset, str) or subset not in SUBSETS:
        raise ValueError(f"subset must be one of {list(SUBSETS)}, got {subset!r}.")
    rows = draw_corpus(language, subset, _check_generator(random_state))
    data = [row.text for row in rows]
    target = np.array([LABELS[row.positive] for row in rows])
    if return_X_y:
        return data, target
    language_name = {"en": "English", "zh": "Chinese"}[language]
    return Bunch(
        data=data,
        target=target,
        target_names=list(LABELS),
        DESCR=DESCR.format(language=language_name, n_train=N_TRAIN, n_test=N_TEST),
    )


def draw_corpus(
    language: str, subset: str, rng: np.random.RandomState
) -> list[LabelledText]:
    """Draw the texts of one subset with the combinations they are made of."""
    grammar = GRAMMARS[language]
    # Both seeds are drawn whatever the subset, so that "all" is train then test.
    train_seed, test_seed = rng.randint(np.iinfo(np.int32).max, size=2)
    rows = []
    if subset != "test":
        generator = np.random.RandomState(train_seed)
        rows += draw_texts(grammar, N_TRAIN, generator, held_out=False, paired=False)
    if subset != "train":
        generator = np.random.RandomState(test_seed)
        rows += draw_texts(grammar, N_TEST, generator, held_out=True, paired=True)
    return rows


def _check_generator(
    random_state: int | np.random.RandomState | None,
) -> np.random.RandomState:
    """Turn a seed into a generator, never into NumPy's global one."""
    if isinstance(random_state, np.random.RandomState):
        return random_state
    # Not sklearn's check_random_state: None would give it the global generator.
    if random_state is None:
        return np.random.RandomState()
    is_seed = isinstance(random_state, numbers.Integral) and not isinstance(
        random_state, bool
    )
    if not is_seed or not 0 <= random_state < 2**32:
        raise ValueError(
            "random_state must be an int from 0 to 2**32 - 1, a "
            f"numpy.random.RandomState or None, got {random_state!r}."
        )
    return np.random.RandomState(int(random_state))
