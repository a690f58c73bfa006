"""Texts and a fitted language model that many tests share."""

from functools import lru_cache

from sklearn_slm import SLMLanguageModel

WORDS = ["one", "two", "three", "four", "five"]
TEXTS = [
    " ".join(WORDS[(start + i) % 5] for i in range(n)) + end
    for start in range(5)
    for n in (3, 4, 5, 6)
    for end in (".", "!")
]
LABELS = ["calm", "loud"] * (len(TEXTS) // 2)
# Short enough for a tiny network to remember the label.
LABELLED = [f"{word}{end}" for word in WORDS * 4 for end in (".", "!")]


def make_model(**parameters):
    given = {"hidden_size": 12, "max_iter": 30, "batch_size": 4, "window": 8}
    given |= {"learning_rate": 0.02, "random_state": 0, "runtime": "numpy"}
    return SLMLanguageModel(**(given | parameters))


@lru_cache(maxsize=8)
def fit_model(labelled=False, **parameters):
    """Return a fitted model; nobody may change it."""
    model = make_model(**parameters)
    return model.fit(LABELLED, LABELS) if labelled else model.fit(TEXTS)
