"""Tokens together with the place in the original string that each one came from."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator

from .analyzer import (
    _INVALID,
    Analyzer,
    _character_pattern,
    _word_pattern,
    strip_accents,
)
from .callables import call_analyzer
from .markup import MARKUP

__all__ = ["align_tokens"]

Span = tuple[int, int]
# A text under way: its characters and, for each, the span of the original it stands for.
Aligned = tuple[str, list[Span]]
# Letters that join the one before though they are no marks: Hangul vowels and finals,
# Kirat Rai vowel signs.
_JOINING = re.compile("[\u1161-\u1175\u11a8-\u11c2\U00016d63\U00016d67-\U00016d6a]")


def align_tokens(
    analyzer: Analyzer, document: str
) -> tuple[list[str], list[tuple[int, int]]]:
    """Split a document as its analyzer does, and say where each token stands in it.

    Parameters
    ----------
    analyzer : Analyzer
        What splits.
    document : str
        The original text.

    Returns
    -------
    tokens : list of str
        Exactly ``analyzer(document)``.
    offsets : list of (int, int)
        ``document[start:end]`` is what the token was made of: a letter with its accent
        though the token has none, the capital of a small letter. Spans never overlap,
        except where one character of the document gave parts of two tokens. The tokens
        of a callable analyzer are searched for from left to right; one that is not in
        the document has an empty span.

    Examples
    --------
    >>> document = "<b>Crème</b> isn't BAD"
    >>> tokens, offsets = align_tokens(Analyzer(strip_accents="unicode"), document)
    >>> tokens
    ['creme', 'is', "n't", 'bad']
    >>> [document[start:end] for start, end in offsets]
    ['Crème', 'is', "n't", 'BAD']
    """
    if callable(analyzer.analyzer):
        tokens = call_analyzer(analyzer.analyzer, document)
        offsets = _search(tokens, document)
    else:
        text, spans = _preprocess(analyzer, document)
        tokens, offsets = [], []
        for token, start, end in _split(analyzer, text):
            tokens.append(token)
            if start < end:
                offsets.append((spans[start][0], spans[end - 1][1]))
            else:
                here = spans[start][0] if start < len(spans) else len(document)
                offsets.append((here, here))
    kept = [i for i, token in enumerate(tokens) if token not in analyzer.stop_words]
    return [tokens[i] for i in kept], [offsets[i] for i in kept]


def _preprocess(analyzer: Analyzer, document: str) -> Aligned:
    """Do what :meth:`Analyzer.preprocess` does, keeping track of each character."""
    text, spans = document, [(i, i + 1) for i in range(len(document))]
    if analyzer.strip_tags:
        text, spans = _blank(MARKUP, text, spans)
    text, spans = _blank(_INVALID, text, spans)
    text, spans = _by_cluster(
        text, spans, lambda cluster: unicodedata.normalize("NFC", cluster)
    )
    text = text.replace("\u2019", "'")
    if analyzer.lowercase:
        # In Greek the lower case of a letter depends on its neighbours, its length not.
        lengths = [len(character.lower()) for character in text]
        text, spans = text.lower(), _repeat(spans, lengths)
    if analyzer.strip_accents is not None:
        method = analyzer.strip_accents
        text, spans = _by_cluster(text, spans, lambda c: strip_accents(c, method))
    return text, spans


def _blank(pattern: re.Pattern[str], text: str, spans: list[Span]) -> Aligned:
    """Replace each match by one space that stands for all of it."""
    pieces: list[str] = []
    kept: list[Span] = []
    at = 0
    for match in pattern.finditer(text):
        pieces += text[at : match.start()], " "
        kept += spans[at : match.start()]
        kept.append((spans[match.start()][0], spans[match.end() - 1][1]))
        at = match.end()
    pieces.append(text[at:])
    return "".join(pieces), kept + spans[at:]


def _by_cluster(text: str, spans: list[Span], change: Callable[[str], str]) -> Aligned:
    """Change letters with their marks; what comes out stands for the whole of each."""
    if text.isascii():
        return text, spans
    pieces: list[str] = []
    kept: list[Span] = []
    for start, end in _clusters(text):
        cluster = text[start:end]
        changed = cluster if cluster.isascii() else change(cluster)
        pieces.append(changed)
        if changed == cluster:
            kept += spans[start:end]
        else:
            kept += [(spans[start][0], spans[end - 1][1])] * len(changed)
    return "".join(pieces), kept


def _clusters(text: str) -> Iterator[Span]:
    """Yield where to cut so that no normalisation reaches over a cut."""
    start = 0
    for i, character in enumerate(text):
        if i > start and not (
            unicodedata.category(character)[0] == "M" or _JOINING.match(character)
        ):
            yield start, i
            start = i
    if text:
        yield start, len(text)


def _repeat(spans: list[Span], times: Iterable[int]) -> list[Span]:
    return [span for span, n in zip(spans, times) for _ in range(n)]


def _split(analyzer: Analyzer, text: str) -> Iterator[tuple[str, int, int]]:
    """Yield token, start and end as :meth:`Analyzer._split` cuts a text."""
    punctuation = not analyzer.remove_punctuation
    if analyzer.analyzer == "char":
        shift = len(text) - len(text.lstrip())
        for match in _character_pattern().finditer(text.strip()):
            token = " " if match[0].isspace() else match[0]
            if punctuation or token == " " or token[0].isalnum() or token[0] == "_":
                yield token, shift + match.start(), shift + match.end()
        return
    pattern = _word_pattern(text.isascii(), punctuation)
    if analyzer.token_pattern is not None:
        pattern = re.compile(analyzer.token_pattern)
    group = min(pattern.groups, 1)
    for match in pattern.finditer(text):
        start, end = match.span(group)
        if start < 0:  # A group that took no part is an empty token, as in findall.
            start = end = match.start()
        yield match[group] or "", start, end


def _search(tokens: list[str], document: str) -> list[Span]:
    """Find tokens one after the other, whatever case they were brought to."""
    folded = _fold(document)
    spans: list[Span] = []
    at = 0
    for token in tokens:
        where = folded.find(_fold(token), at)
        if where < 0:
            spans.append((at, at))
        else:
            at = where + len(token)
            spans.append((where, at))
    return spans


def _fold(text: str) -> str:
    """Bring to lower case what keeps its length, so that places stay."""
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
