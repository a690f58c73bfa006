"""A stream of short texts whose topics come and go, and whose words change."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

__all__ = ["make_drifting_stream"]

_TOPICS = {
    "cooking": "oven recipe sauce dough supper kettle flavour pantry",
    "football": "goal striker referee stadium penalty defender corner league",
    "gardening": "soil seedling pruning compost hedge greenhouse bulb watering",
    "music": "guitar melody concert drummer chorus violin rhythm album",
    "travel": "airport luggage hostel ferry passport itinerary harbour border",
    "weather": "thunder drizzle frost forecast heatwave blizzard cloud humidity",
}
_FRAMES = (
    "can you tell me more about the {a} and the {b}",
    "yesterday my neighbour asked about the {a}, not about the {b}",
    "what a {a}! I have never seen such a {b}",
    "she wrote to us that the {a} was better than the {b}",
    "is there a {a} without a {b} at all",
    "we talked for an hour: the {a}, the {b}, and then the {c}",
    "nobody had told him of the {a} or of the {b}",
    "they say the {a} comes first, the {b} later and the {c} last",
)
_ENDINGS = ("", "ish", "ette", "ling", "ward", "let")
_SYLLABLES = ("ka", "ro", "mi", "tu", "ve", "sol", "zan", "pli", "dor", "fex")
# Topics that a piece can have, and pieces after which a word takes another form.
_N_ACTIVE, _LIFE = 2, 3


def make_drifting_stream(
    n_pieces: int = 8, n_texts: int = 100, *, random_state: int = 0
) -> list[tuple[list[str], np.ndarray]]:
    """Make a stream of short texts whose topics come and go, and whose words change.

    A piece has texts of two topics. From time to time a new one takes the place of the
    older, which does not come again. Of each topic's eight words, some change in each
    piece: half of them take another ending, half are replaced by words of other letters.

    Parameters
    ----------
    n_pieces : int, default=8
        Pieces of the stream; all six topics come if there are at least five.
    n_texts : int, default=100
        Texts of a piece.
    random_state : int, default=0
        Seed of the texts. Topics and words of a piece are the same for any seed: another
        one gives texts to test with.

    Returns
    -------
    list of (list of str, ndarray of str)
        Texts and topics of each piece.

    Examples
    --------
    >>> from sklearn_slm.datasets import make_drifting_stream
    >>> stream = make_drifting_stream(3, 2)
    >>> [sorted(set(topics.tolist())) for _, topics in make_drifting_stream(3, 50)]
    [['cooking', 'football'], ['football', 'gardening'], ['gardening', 'music']]
    """
    random, names = np.random.RandomState(random_state), list(_TOPICS)
    stream = []
    for piece in range(n_pieces):
        n_gone = piece * (len(names) - _N_ACTIVE + 1) // max(n_pieces, 5)
        n_gone = min(n_gone if n_pieces >= 5 else piece, len(names) - _N_ACTIVE)
        chosen = random.randint(n_gone, n_gone + _N_ACTIVE, size=n_texts)
        texts = [_write(random, topic, piece) for topic in chosen]
        stream.append((texts, np.array(names)[chosen]))
    return stream


def _write(random: np.random.RandomState, topic: int, piece: int) -> str:
    words = list(_TOPICS.values())[topic].split()
    a, b, c = random.permutation(len(words))[:3]
    frame = _FRAMES[random.randint(len(_FRAMES))]
    forms = {
        name: _change(words[at], topic, at, (piece + at) // _LIFE)
        for name, at in zip("abc", (a, b, c))
    }
    return frame.format(**forms)


@lru_cache(maxsize=1024)
def _change(word: str, topic: int, at: int, age: int) -> str:
    """Return the form of a word at an age; 0 or less is the first."""
    n = age - at // _LIFE
    if n <= 0:
        return word
    if at % 2:
        return word + _ENDINGS[n % len(_ENDINGS)]
    drawn = np.random.RandomState([topic, at, n]).randint(len(_SYLLABLES), size=3)
    return "".join(_SYLLABLES[i] for i in drawn)
