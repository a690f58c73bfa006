"""A small grammar whose two readings of one pattern carry opposite labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

T = TypeVar("T")
Pair = tuple[str, str]

# One in four combinations of a pattern and a pair is held out, in all domains alike.
# The rule does not depend on the seed, so that train texts of one seed never share a
# combination with test texts of another.
HELD_OUT_EVERY = 4


@dataclass(frozen=True)
class Pattern:
    """A sentence frame, written in its positive reading.

    The negative reading exchanges the slots ``good`` and ``bad``; a frame that does
    not survive the exchange idiomatically names its negative reading itself. `weight`
    says how often the pattern is drawn.
    """

    positive: str
    needs: str = "any"
    negative: str | None = None
    weight: int = 1


@dataclass(frozen=True)
class Domain:
    """What texts of one domain talk about.

    Each entry of `aspects` maps a subject to its (good, bad) pairs, two or more; the
    first one is the thing as a whole. A word has the same opposite in all domains of
    a language, so that a sentence with one word of a held-out pair is held out too.
    `rivals` are things it is compared with, `plans` what a pleased and a displeased
    customer do next.
    """

    name: str
    noun: str
    aspects: dict[str, tuple[Pair, ...]]
    rivals: tuple[str, ...]
    this: str
    plans: tuple[Pair, ...]
    openers: tuple[str, ...]
    recurring: bool = False


@dataclass(frozen=True)
class Grammar:
    """Patterns, domains and the surface of one language."""

    patterns: tuple[Pattern, ...]
    domains: tuple[Domain, ...]
    generic_pairs: tuple[Pair, ...]
    degrees: tuple[str, ...]
    names: tuple[str, ...]
    days: tuple[str, ...]
    leads: tuple[str, ...]
    closers: tuple[str, ...]
    separator: str
    finish: Callable[[str], str]


@dataclass(frozen=True)
class Topic:
    """A (good, bad) pair in its domain, with the subjects it can be said of."""

    domain: Domain
    pair: Pair
    subjects: tuple[str, ...]
    fits: frozenset[str]


@dataclass(frozen=True)
class LabelledText:
    """A text, its label and the combination (pattern, pair) behind it."""

    text: str
    positive: bool
    combination: tuple[int, Pair]


def build_topics(grammar: Grammar) -> list[Topic]:
    """List every pair of every domain once, in a fixed order."""
    topics = []
    for domain in grammar.domains:
        whole = next(iter(domain.aspects))
        subjects: dict[Pair, list[str]] = {
            pair: list(domain.aspects) for pair in grammar.generic_pairs
        }
        for subject, pairs in domain.aspects.items():
            for pair in pairs:
                subjects.setdefault(pair, []).append(subject)
        for pair, names in subjects.items():
            fits = {"any"}
            if whole in names:
                fits.add("whole")
            if domain.recurring:
                fits.add("recurring")
            topics.append(Topic(domain, pair, tuple(names), frozenset(fits)))
        for pair in domain.plans:
            topics.append(Topic(domain, pair, (whole,), frozenset({"plan"})))
        for rival in domain.rivals:
            pair = (domain.this, rival)
            topics.append(Topic(domain, pair, (whole,), frozenset({"rival"})))
    return topics


def split_topics(
    grammar: Grammar, *, held_out: bool
) -> list[tuple[int, Pattern, list[Topic]]]:
    """Pair every pattern with the topics it may take in train, or in test."""
    topics = build_topics(grammar)
    plan = []
    for index, pattern in enumerate(grammar.patterns):
        fitting = [topic for topic in topics if pattern.needs in topic.fits]
        pairs = list(dict.fromkeys(topic.pair for topic in fitting))
        # A Latin square: each pattern and each pair lies on both sides.
        mine = [
            topic
            for topic in fitting
            if ((pairs.index(topic.pair) + index) % HELD_OUT_EVERY == 0) is held_out
        ]
        plan += [(index, pattern, mine)] * pattern.weight
    return plan


def draw_texts(
    grammar: Grammar,
    n_texts: int,
    rng: np.random.RandomState,
    *,
    held_out: bool,
    paired: bool,
) -> list[LabelledText]:
    """Draw distinct texts, half of them positive, in random order.

    Parameters
    ----------
    grammar : Grammar
        The language.
    n_texts : int
        How many; even.
    rng : numpy.random.RandomState
        The only source of chance.
    held_out : bool
        Draw from the held-out combinations or from the others.
    paired : bool
        Draw both readings of every sentence, all else being equal, so that most
        texts have a twin of the opposite label. Otherwise the two labels are drawn
        independently: twins in training data would push the cross-validated score
        of a bag of words below chance.

    Returns
    -------
    list of LabelledText
    """
    plan = split_topics(grammar, held_out=held_out)
    drawn: dict[str, LabelledText] = {}
    positive = True
    turns: list[int] = []
    while len(drawn) < n_texts:
        # In rounds, so that a small set has every pattern too.
        turns = turns or list(rng.permutation(len(plan)))
        index, pattern, topics = plan[turns.pop()]
        topic = _pick(topics, rng)
        readings = _draw_readings(grammar, pattern, topic, rng)
        wanted = (True, False) if paired else (positive,)
        texts = [readings[0] if sign else readings[1] for sign in wanted]
        if any(text in drawn for text in texts):
            continue
        combination = (index, topic.pair)
        for text, sign in zip(texts, wanted, strict=True):
            drawn[text] = LabelledText(text, sign, combination)
        positive = not positive
    rows = list(drawn.values())
    return [rows[i] for i in rng.permutation(len(rows))]


def _draw_readings(
    grammar: Grammar, pattern: Pattern, topic: Topic, rng: np.random.RandomState
) -> tuple[str, str]:
    """Write one sentence in its positive and in its negative reading."""
    domain = topic.domain
    if pattern.needs in ("any", "recurring"):
        subject = _pick(topic.subjects, rng)
    else:
        subject = next(iter(domain.aspects))
    side = _pick(list(domain.aspects)[1:], rng)
    # A pair that can be said of everything is kept, which leaves both readings with
    # exactly the same words.
    side_pair = topic.pair
    if topic.pair not in grammar.generic_pairs:
        side_pair = _pick(domain.aspects[side], rng)
    others = [pair for pair in domain.aspects[subject] if pair != topic.pair]
    also = _pick(others, rng)
    names = [grammar.names[i] for i in rng.permutation(len(grammar.names))[:3]]
    slots = {
        "S": subject,
        "noun": domain.noun,
        "S2": side,
        "deg": _pick(grammar.degrees, rng),
        "name": names[0],
    }
    good = {"good": topic.pair[0], "good2": side_pair[0], "good3": also[0]}
    bad = {"bad": topic.pair[1], "bad2": side_pair[1], "bad3": also[1]}
    lead = _pick(grammar.leads, rng) if rng.randint(4) == 0 else ""
    before, after = "", ""
    if rng.randint(3) == 0:
        before = _pick(domain.openers, rng) + grammar.separator
    if rng.randint(4) == 0:
        after = grammar.separator + _pick(grammar.closers, rng)
    around = {"noun": domain.noun, "day": _pick(grammar.days, rng)}
    before = before.format(name=names[1], **around)
    after = after.format(name=names[2], **around)

    positive = pattern.positive.format(**slots, **good, **bad)
    if pattern.negative is None:
        new_good = {key.replace("bad", "good"): word for key, word in bad.items()}
        new_bad = {key.replace("good", "bad"): word for key, word in good.items()}
        negative = pattern.positive.format(**slots, **new_good, **new_bad)
    else:
        negative = pattern.negative.format(**slots, **good, **bad)
    return (
        before + grammar.finish(lead + positive) + after,
        before + grammar.finish(lead + negative) + after,
    )


def _pick(options: Sequence[T], rng: np.random.RandomState) -> T:
    """Choose one entry, each equally likely."""
    return options[rng.randint(len(options))]
