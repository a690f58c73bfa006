"""How the texts of each side of a pair are split: tokens, learned and known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, NamedTuple

from ..text import Ragged, Tokenizer, Vocabulary
from ..text.corpus import encode_corpus, learn_corpus
from ..text.tokenizers import KINDS
from .corpora import build_tokenizer, drop_rare_pieces, limit_tokens

__all__ = [
    "Side",
    "SideOptions",
    "check_joint",
    "check_kinds",
    "learn_side",
    "learn_sides",
]

# Pieces of "auto": the softmax over them is two fifths of a step's products, and would be
# more than half with the 8,000 of a language model (docs/benchmarks/translation.md).
_MOST_SUBWORDS = 4_000


class Side(NamedTuple):
    """How the texts of one side become ids, and ids become texts.

    Parameters
    ----------
    tokenizer : Tokenizer
        Splits and joins them.
    vocabulary : Vocabulary
        The known tokens.
    """

    tokenizer: Tokenizer
    vocabulary: Vocabulary

    def encode(self, texts: Sequence[str]) -> Ragged:
        """Return the ids of texts."""
        return encode_corpus(texts, self.tokenizer.split, self.vocabulary)


@dataclass(frozen=True)
class SideOptions:
    """What a translator's parameters say of one side, as a language model names it.

    Parameters
    ----------
    tokens : {"word", "char", "subword"}
        What a text is split into.
    max_features : int, None or "auto"
        Most tokens that are known.
    min_count : int
        Times that a token must occur to be known.
    lowercase, strip_tags : bool
        See :class:`~sklearn_slm.text.tokenizers.Tokenizer`.
    """

    tokens: str
    max_features: int | str | None = "auto"
    min_count: int = 1
    lowercase: bool = False
    strip_tags: bool = False
    token_pattern: str | None = None


def check_kinds(estimator: Any) -> tuple[str, str]:
    """Return the kinds of tokens of both sides; refuse others.

    Parameters
    ----------
    estimator : SLMTranslator
        Its parameter ``tokens`` is read.
    """
    tokens = estimator.tokens
    kinds = (tokens, tokens) if isinstance(tokens, str) else tuple(tokens)
    if len(kinds) == 2 and all(isinstance(k, str) and k in KINDS for k in kinds):
        return kinds
    raise ValueError(
        f"The 'tokens' parameter of {type(estimator).__name__} must be one of {KINDS}, or "
        f"a pair of these for source and target. Got {tokens!r} instead."
    )


def check_joint(estimator: Any) -> None:
    """Refuse a joint vocabulary of two kinds of tokens.

    Parameters
    ----------
    estimator : SLMTranslator
        Its parameters ``tokens`` and ``joint_vocabulary`` are read.
    """
    kinds = check_kinds(estimator)
    if estimator.joint_vocabulary and kinds[0] != kinds[1]:
        raise ValueError(
            "joint_vocabulary=True needs the same kind of tokens on both sides. Got "
            f"tokens={estimator.tokens!r}. Set one kind, or joint_vocabulary=False."
        )


def learn_sides(
    model: Any,
    pairs: Sequence[Sequence[str]],
    known: Sequence[Side | None] = (None, None),
) -> tuple[Side, Side]:
    """Learn the tokens of both sides.

    Parameters
    ----------
    model : SLMTranslator
        Its parameters are read.
    pairs : TextPairs
        The sources and the targets to train on.
    known : sequence of Side or None, default=(None, None)
        Of source and target; where one is given nothing is learned.

    Returns
    -------
    source, target : Side
        With a joint vocabulary both are the same.

    Raises
    ------
    ValueError
        If a side has no token that is known.
    """
    kinds = check_kinds(model)
    if model.joint_vocabulary:
        # In turns: subwords are trained on the first texts of a large corpus.
        both = list(chain.from_iterable(zip(*pairs)))
        side = _learn_named("X and y", model, kinds[0], both)
        return side, side
    source, target = (
        side or _learn_named(name, model, kind, texts)
        for name, kind, texts, side in zip(("X", "y"), kinds, pairs, known)
    )
    return source, target


def _learn_named(name: str, model: Any, kind: str, texts: Sequence[str]) -> Side:
    """Learn the tokens of texts; an error names them as the user does."""
    limit = model.max_features
    if limit == "auto" and kind == "subword":
        limit = _MOST_SUBWORDS
    options = SideOptions(
        kind, limit, model.min_count, bool(model.lowercase), bool(model.strip_tags)
    )
    try:
        return learn_side(options, texts)
    except ValueError as error:
        raise ValueError(f"the tokens of {name} cannot be learned: {error}") from None


def learn_side(options: SideOptions, texts: Sequence[str]) -> Side:
    """Learn the tokens of one side.

    A subword that is too rare is made of shorter ones, so that only rare characters are
    unknown.

    Parameters
    ----------
    options : SideOptions
        How to split.
    texts : sequence of str
        The texts of this side.
    """
    tokenizer, _ = build_tokenizer(options, texts)
    limit, least = limit_tokens(options), options.min_count
    if tokenizer.subwords is None or least == 1:
        vocabulary, _ = learn_corpus(
            texts, tokenizer.split, max_features=limit, min_count=least
        )
        return Side(tokenizer, vocabulary)
    counted, _ = learn_corpus(texts, tokenizer.split)
    subwords = drop_rare_pieces(tokenizer.subwords, counted, least)
    tokenizer = replace(tokenizer, subwords=subwords)
    vocabulary, _ = learn_corpus(texts, tokenizer.split, max_features=limit)
    characters: Counter[str] = Counter()
    for text in texts:
        characters.update(tokenizer.normalize(text))
    # Most places of a character are within pieces: it is known if it seldom stands alone.
    kept = [
        i
        for i, token in enumerate(vocabulary.tokens)
        if max(vocabulary.token_counts[i], characters[token]) >= least
    ]
    if not kept:
        raise ValueError(
            f"no character of the {len(texts)} texts occurs at least min_count={least} "
            "times. Give more texts or set a lower min_count."
        )
    vocabulary = replace(
        vocabulary,
        tokens=tuple(vocabulary.tokens[i] for i in kept),
        token_counts=vocabulary.token_counts[kept],
        document_counts=vocabulary.document_counts[kept],
    )
    return Side(tokenizer, vocabulary)
