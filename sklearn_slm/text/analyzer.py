"""Clean a document and split it into tokens."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .callables import call_analyzer, refer_callables, resolve_callables
from .markup import MARKUP

__all__ = [
    "Analyzer",
    "clean_text",
    "compile_pattern",
    "split_characters",
    "split_words",
    "strip_accents",
    "takes_any_document",
]

# Scripts that put no spaces between words. One character with its marks is one
# token there: it carries meaning of its own, and no dictionary is needed.
_UNSPACED = (
    "\u0e01-\u0e3a\u0e40-\u0e4e"  # Thai letters (not its digits and currency sign)
    "\u0e81-\u0ece\u0edc-\u0edf"  # Lao letters
    "\u1000-\u103f\u1050-\u108f\u109a-\u109d\uaa60-\uaa7f"  # Myanmar letters
    "\u1780-\u17d3\u17dc\u17dd"  # Khmer letters
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u302f"  # Han radicals, iteration marks
    "\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\uff66-\uff9f"  # Hiragana, Katakana
    "\u3105-\u312f\u31a0-\u31bf\u31f0-\u31ff"  # Bopomofo, Katakana extensions
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # Han
    "\U0001b000-\U0001b2ff\U00020000-\U0003ffff"  # Kana and Han, later planes
)
# Behind these marks of Khmer and Burmese the next letter is written below the one before.
_STACKERS = "\u17d2\u1039"
# Code points that are neither text nor space: controls, soft hyphen, zero-width space,
# direction marks, noncharacters, lone surrogates and the replacement character.
_INVALID = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u061c\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff9-\uffff]"
)
# Published GloVe vectors were trained on text in which n't and 's stand apart.
_CLITIC = r"'(?:[sSdDmM]|[rR][eE]|[vV][eE]|[lL][lL])\b"
_NUMBER = r"\d+(?:[.,:]\d+)+(?!\w)"


@lru_cache(maxsize=1)
def _marks() -> str:
    r"""Return the combining marks as the inside of a character class.

    ``\w`` leaves them out, which would cut the words of Hindi, of vocalised
    Arabic or of decomposed Latin into pieces.
    """
    ranges: list[list[int]] = []
    for code in (
        *range(0x300, 0x3100),
        *range(0xA66F, 0x12000),
        *range(0x16AF0, 0x1F000),
    ):
        if unicodedata.category(chr(code))[0] == "M":
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    # Voicing marks of half-width katakana are letters to Unicode.
    joiners = "\u200c\u200d\uff9e\uff9f\U000e0100-\U000e01ef"
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges) + joiners


def _write_word_pattern(is_ascii: bool, punctuation: bool) -> tuple[str, re.RegexFlag]:
    """Return the token pattern and its flags; ASCII text needs only a short, fast one.

    The first alternative takes most tokens in one go: a word that begins with no digit
    and that no ``'t`` follows. The others in their order would give the same.
    """
    word, initial, space, flags = r"\w+", "[A-Za-z_]", r"\s\x1c-\x1f", re.ASCII
    mark = ""
    if not is_ascii:
        letter, mark = rf"[^\W{_UNSPACED}]", rf"[{_marks()}]*"
        word = rf"{letter}+(?:[{_marks()}]+{letter}*)*"
        initial, space, flags = rf"[^\W\d{_UNSPACED}]", r"\s", re.UNICODE
    rest = r"\w*+" if is_ascii else rf"{letter}*+(?:[{_marks()}]++{letter}*+)*+"
    parts = [rf"{initial}{rest}(?!'[tT])"]
    if not is_ascii:
        character = rf"[{_UNSPACED}]{mark}"
        parts.append(rf"{character}(?:(?<=[{_STACKERS}]){character})*+")
    parts += [rf"{word}(?=[nN]'[tT]\b)", r"[nN]'[tT]\b", _NUMBER, word, _CLITIC]
    if punctuation:
        parts += [r"\.{2,}", rf"[^\w{space}]{mark}"]
    return "|".join(parts), flags


@lru_cache(maxsize=4)
def _word_pattern(is_ascii: bool, punctuation: bool) -> re.Pattern[str]:
    return re.compile(*_write_word_pattern(is_ascii, punctuation))


@lru_cache(maxsize=1)
def _character_pattern() -> re.Pattern[str]:
    character = rf"\S[{_marks()}]*"
    return re.compile(rf"\s+|{character}(?:(?<=[{_STACKERS}]){character})*+")


def clean_text(text: str, strip_tags: bool = True) -> str:
    """Normalise a text and blank what is not text.

    HTML and invalid characters (controls, zero-width and direction marks, lone
    surrogates, the replacement character) become spaces; the rest is brought to Unicode
    NFC and typographic apostrophes to ``'``.

    Parameters
    ----------
    text : str
        Any string.
    strip_tags : bool, default=True
        Whether to blank the tags of HTML, its comments and ``<!DOCTYPE ...>``. What
        stands in ``<>`` under another name is kept, as ``<PERSON>`` and ``x <y and z> w``
        are.

    Returns
    -------
    str
        The cleaned text.

    Examples
    --------
    >>> clean_text("fine<br />caf\u0065\u0301\u200b!")
    'fine café !'
    >>> clean_text("<b>call</b> <PERSON>"), clean_text("<b>", strip_tags=False)
    (' call  <PERSON>', '<b>')
    """
    if strip_tags and "<" in text:
        text = MARKUP.sub(" ", text)
    if text.isascii() and text.isprintable():
        return text
    text = _INVALID.sub(" ", text)
    return unicodedata.normalize("NFC", text).replace("\u2019", "'")


def split_words(text: str, punctuation: bool = True) -> list[str]:
    r"""Split a cleaned text into words, numbers and punctuation marks.

    Words of Chinese, Japanese, Thai, Lao, Khmer and Burmese are split into
    characters. English contractions are split as in the Penn Treebank, which is
    how published GloVe vectors were made (``don't`` is ``do`` and ``n't``).

    Parameters
    ----------
    text : str
        A text as :func:`clean_text` returns it.
    punctuation : bool, default=True
        Whether punctuation marks and symbols are tokens; ``False`` drops them.

    Returns
    -------
    list of str
        The tokens in order.

    Examples
    --------
    >>> split_words("It isn't 3.50, is it?")
    ['It', 'is', "n't", '3.50', ',', 'is', 'it', '?']
    >>> split_words("我用Python写程序")
    ['我', '用', 'Python', '写', '程', '序']
    """
    return _word_pattern(text.isascii(), punctuation).findall(text)


def split_characters(text: str, punctuation: bool = True) -> list[str]:
    """Split a cleaned text into characters; a run of spaces is one ``" "``.

    Parameters
    ----------
    text : str
        A text as :func:`clean_text` returns it.
    punctuation : bool, default=True
        Whether punctuation marks and symbols are tokens; ``False`` drops them.

    Returns
    -------
    list of str
        Characters, each with its combining marks.

    Examples
    --------
    >>> split_characters("a  b!")
    ['a', ' ', 'b', '!']
    """
    characters = [
        " " if piece.isspace() else piece
        for piece in _character_pattern().findall(text.strip())
    ]
    if punctuation:
        return characters
    return [c for c in characters if c == " " or c[0].isalnum() or c[0] == "_"]


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Compile a token pattern of a user.

    Parameters
    ----------
    pattern : str
        A regular expression; with one group, the group is the token.

    Returns
    -------
    re.Pattern

    Raises
    ------
    ValueError
        If it is no regular expression or has several groups.
    """
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise ValueError(
            f"token_pattern={pattern!r} is not a regular expression: {error}."
        ) from None
    if compiled.groups > 1:
        raise ValueError(
            f"token_pattern={pattern!r} has {compiled.groups} groups; give at most one, "
            "which is then the token. Use (?:...) for the others."
        )
    return compiled


def strip_accents(text: str, method: str = "unicode") -> str:
    """Remove accents from letters.

    Parameters
    ----------
    text : str
        Any string.
    method : {"unicode", "ascii"}, default="unicode"
        ``"unicode"`` removes the combining diacritical marks (U+0300 to U+036F) and
        leaves the vowel signs of other scripts alone; ``"ascii"`` also drops every
        character that then has no ASCII form.

    Returns
    -------
    str
        The text without accents.

    Examples
    --------
    >>> strip_accents("crème brûlée")
    'creme brulee'
    """
    decomposed = unicodedata.normalize("NFKD" if method == "ascii" else "NFD", text)
    if method == "ascii":
        return decomposed.encode("ascii", "ignore").decode("ascii")
    bare = "".join(c for c in decomposed if not "\u0300" <= c <= "\u036f")
    return unicodedata.normalize("NFC", bare)


def takes_any_document(analyzer: Any) -> bool:
    """Tell whether the documents of an analyzer may be other things than strings.

    Parameters
    ----------
    analyzer : {"word", "char"}, callable or None
        The parameter of a vectorizer.

    Returns
    -------
    bool
        True for a callable: it alone knows what it reads. (An :class:`Analyzer` reads
        what its own analyzer does.)
    """
    if isinstance(analyzer, Analyzer):
        return takes_any_document(analyzer.analyzer)
    return callable(analyzer)


@dataclass(frozen=True)
class Analyzer:
    """A picklable function from a document to its list of tokens.

    Parameters
    ----------
    analyzer : {"word", "char"} or callable, default="word"
        How to split. A callable receives the raw document, of whatever type, and returns
        its tokens, an iterable of str; every other step is then left to it.
    lowercase : bool, default=True
        Bring the text to lower case.
    strip_accents : {"unicode", "ascii"} or None, default=None
        Remove accents, see :func:`strip_accents`.
    remove_punctuation : bool, default=False
        Drop punctuation marks and symbols. They are kept by default because a
        sequence model reads them.
    stop_words : frozenset of str, default=frozenset()
        Tokens to drop.
    token_pattern : str or None, default=None
        A regular expression that replaces the built-in one of ``"word"``. With one
        group, the group is the token.
    strip_tags : bool, default=True
        Blank HTML, see :func:`clean_text`.

    Examples
    --------
    >>> Analyzer()("Not bad, and not dull.")
    ['not', 'bad', ',', 'and', 'not', 'dull', '.']
    >>> Analyzer(remove_punctuation=True, stop_words=frozenset({"and"}))("Sun and rain!")
    ['sun', 'rain']
    """

    analyzer: str | Callable[[Any], Iterable[str]] = "word"
    lowercase: bool = True
    strip_accents: str | None = None
    remove_punctuation: bool = False
    stop_words: frozenset[str] = frozenset()
    token_pattern: str | None = None
    strip_tags: bool = True

    def __call__(self, document: Any) -> list[str]:
        """Return the tokens of one document (a str, unless a callable takes more)."""
        if callable(self.analyzer):
            tokens = call_analyzer(self.analyzer, document)
        else:
            tokens = self._split(self.preprocess(document))
        if self.stop_words:
            tokens = [token for token in tokens if token not in self.stop_words]
        return tokens

    def preprocess(self, document: str) -> str:
        """Clean, lower and strip accents, as asked by the parameters."""
        text = clean_text(document, self.strip_tags)
        if self.lowercase:
            text = text.lower()
        if self.strip_accents is not None:
            text = strip_accents(text, self.strip_accents)
        return text

    def _split(self, text: str) -> list[str]:
        punctuation = not self.remove_punctuation
        if self.analyzer == "char":
            return split_characters(text, punctuation)
        if self.token_pattern is not None:
            return re.compile(self.token_pattern).findall(text)
        return split_words(text, punctuation)

    def __getstate__(self) -> dict:
        return refer_callables(vars(self))

    def __setstate__(self, state: dict) -> None:
        vars(self).update(resolve_callables(state))
