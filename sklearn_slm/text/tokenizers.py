"""Tokenizer: texts to tokens that can be joined to the text again."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from .analyzer import _marks, _write_word_pattern, clean_text, compile_pattern
from .markup import MARKUP
from .spacing import close_lines, is_unspaced, normalize_spaces, open_lines
from .subwords import SubwordModel

__all__ = ["KINDS", "Tokenizer"]

KINDS = ("word", "char", "subword")

# Nobody writes tags inside of tags inside of tags: not worth a time beyond linear.
_MOST_NESTED_TAGS = 4


@lru_cache(maxsize=2)
def _spaced_word_pattern(is_ascii: bool) -> re.Pattern[str]:
    """Compile the pattern of words with the space before them, and of line breaks."""
    words, flags = _write_word_pattern(is_ascii, punctuation=True)
    return re.compile(rf" ?(?:{words})|\n", flags)


@lru_cache(maxsize=1)
def _char_pattern() -> re.Pattern[str]:
    return re.compile(rf"\s|\S[{_marks()}]*")


@dataclass(frozen=True)
class Tokenizer:
    r"""A reversible function from a text to its list of tokens.

    A token carries the space before it: ``"It isn't."`` is ``" It"``, ``" is"``, ``"n't"``
    and ``"."``. So brackets, quotes and clitics come back as they were written. Each line
    is read as if it began with a space, so that a word is one token wherever it stands;
    only letters of scripts without spaces have none there. A line break is the token
    ``"\n"``.

    Parameters
    ----------
    kind : {"word", "char", "subword"}, default="word"
        ``"word"``: words, numbers and punctuation marks; without the space before them
        they are exactly what :func:`~sklearn_slm.text.analyzer.split_words` gives.
        ``"char"``: characters with their combining marks, a space being a token itself.
        ``"subword"``: pieces of words, the first one with the space.
    lowercase : bool, default=False
        Bring the text to lower case, which no :meth:`join` restores.
    token_pattern : str or None, default=None
        A regular expression that replaces the built-in one of ``"word"``, applied to each
        line. With one group, the group is the token. Text that no match covers is dropped,
        but for the white space in it: a token carries a space if there was one between
        it and the token before.
    strip_tags : bool, default=True
        Blank HTML, see :func:`~sklearn_slm.text.analyzer.clean_text`.
    subwords : SubwordModel or None, default=None
        The pieces of ``"subword"``.

    Raises
    ------
    ValueError
        If a parameter is none of these, or belongs to another kind.

    Examples
    --------
    >>> tokenizer = Tokenizer()
    >>> tokenizer.split('He said: "It isn\'t (yet) here."')
    [' He', ' said', ':', ' "', 'It', ' is', "n't", ' (', 'yet', ')', ' here', '.', '"']
    >>> tokenizer.join(tokenizer.split("我用 Python  写.\nSo do I."))
    '我用 Python 写.\nSo do I.'
    >>> Tokenizer(token_pattern=r"\S+").split("<unk> n years")
    [' <unk>', ' n', ' years']
    """

    kind: str = "word"
    lowercase: bool = False
    token_pattern: str | None = None
    strip_tags: bool = True
    subwords: SubwordModel | None = None

    def __post_init__(self) -> None:
        """Refuse what no tokenizer can be."""
        if self.kind not in KINDS:
            raise ValueError(f"kind must be one of {KINDS}. Got {self.kind!r}.")
        if self.token_pattern is not None:
            if self.kind != "word":
                raise ValueError(
                    "token_pattern replaces the pattern of kind='word'. Got "
                    f"kind={self.kind!r}; leave one of the two out."
                )
            compile_pattern(self.token_pattern)
        if (self.subwords is not None) != (self.kind == "subword"):
            raise ValueError(
                "kind='subword' needs a SubwordModel as subwords, and other kinds none. "
                f"Got kind={self.kind!r} and subwords={self.subwords!r}. Train one with "
                "train_subwords."
            )

    def normalize(self, document: str) -> str:
        r"""Return what :meth:`join` restores of a text.

        Parameters
        ----------
        document : str
            Any string.

        Returns
        -------
        str
            The text as :func:`~sklearn_slm.text.analyzer.clean_text` cleans it and
            :func:`~sklearn_slm.text.spacing.normalize_spaces` spaces it. To normalise it
            again changes nothing.

        Examples
        --------
        >>> Tokenizer(lowercase=True).normalize("<p>Caf\u0065\u0301s\t are</p>\r\n OPEN ")
        'cafés are\nopen'
        """
        text = clean_text(document, self.strip_tags)
        if self.lowercase:
            text = text.lower()
            if (
                not text.isascii()
            ):  # A small letter may have a form that its capital lacks.
                text = unicodedata.normalize("NFC", text)
        text = normalize_spaces(text)
        if self.strip_tags and "<" in text:
            text = _strip_remaining_tags(text)
        return text

    def split(self, document: str) -> list[str]:
        """Return the tokens of a text.

        Parameters
        ----------
        document : str
            Any string.

        Returns
        -------
        list of str
            ``join`` of it is the text as :meth:`normalize` returns it, always without
            `token_pattern`, and with one that matches all but white space.
        """
        text = self.normalize(document)
        if self.kind == "char":
            return list(text) if text.isascii() else _char_pattern().findall(text)
        if self.subwords is not None:
            return self.subwords.encode(text)
        if self.token_pattern is not None:
            return _split_by_pattern(text, re.compile(self.token_pattern))
        return _spaced_word_pattern(text.isascii()).findall(open_lines(text))

    def join(self, tokens: Iterable[str]) -> str:
        r"""Return the text of tokens.

        Parameters
        ----------
        tokens : iterable of str
            Any tokens, such as :meth:`split` returns and a language model generates.

        Returns
        -------
        str
            The tokens one after the other; a space at the beginning of a line is dropped.

        Examples
        --------
        >>> Tokenizer().join([" So", " it", " goes", ".", "\n", " And", " on"])
        'So it goes.\nAnd on'
        """
        return close_lines("".join(tokens))


def _strip_remaining_tags(text: str) -> str:
    """Blank the tags that came to be when what stood inside them was blanked."""
    n_passes = 0
    while MARKUP.search(text):
        n_passes += 1
        nested_deeply = n_passes > _MOST_NESTED_TAGS
        text = text.replace("<", " ") if nested_deeply else MARKUP.sub(" ", text)
        text = normalize_spaces(text)
    return text


def _split_by_pattern(text: str, pattern: re.Pattern[str]) -> list[str]:
    tokens: list[str] = []
    group = min(pattern.groups, 1)
    for number, line in enumerate(text.split("\n")):
        if number:
            tokens.append("\n")
        end_before = 0
        for match in pattern.finditer(line):
            start, end = match.span(group)
            if start == end:  # An empty match, or a group that took no part.
                continue
            token = line[start:end]
            if end_before:
                spaced = " " in line[end_before:start] and token[0] != " "
            else:
                spaced = not is_unspaced(token) and token[0] != " "
            tokens.append(f" {token}" if spaced else token)
            end_before = end
    return tokens
