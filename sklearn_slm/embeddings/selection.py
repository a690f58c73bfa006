"""Which words of a vector file are kept, decided row by row."""

from __future__ import annotations

import codecs
import math
import warnings
from collections.abc import Iterable
from contextlib import suppress

__all__ = ["ERRORS", "WordSelection", "check_encoding"]

ERRORS = ("warn", "strict", "ignore", "replace")
# With more undecodable words than this share (or one, in a small file) a file is not
# damaged here and there, but in another encoding.
MOST_UNDECODABLE = 0.05
_N_SHOWN = 5


class WordSelection:
    """Decodes the words of a file in turn and says which rows to keep.

    Parameters
    ----------
    name : str
        What messages call the file.
    tokens : iterable of str or None
        The words to keep; all of them if None.
    n_others : int
        How many words to keep besides `tokens`, the first ones.
    encoding : str
        How words are encoded, as :func:`check_encoding` returned it.
    errors : str
        One of `ERRORS`: what becomes of words that cannot be decoded.

    Attributes
    ----------
    words : dict of str to None
        The kept words, in the order of the file.
    """

    def __init__(
        self,
        name: str,
        tokens: Iterable[str] | None,
        n_others: int,
        encoding: str,
        errors: str,
    ) -> None:
        self.words: dict[str, None] = {}
        self._name, self._encoding, self._errors = name, encoding, errors
        # By their bytes: most rows of a large file are told by one look-up.
        self._wanted: dict[bytes, str] = {}
        for token in tokens or ():
            # What the encoding lacks cannot be in the file.
            with suppress(UnicodeEncodeError):
                self._wanted[token.encode(encoding)] = token
        self._tokens = frozenset(self._wanted.values())
        self._n_others = math.inf if tokens is None else n_others
        self._n_rows = self._n_repeated = self._n_undecodable = 0
        self._undecodable: list[tuple[int, bytes]] = []

    def keep(self, word: bytes, line: int) -> bool:
        """Tell whether to keep the row of a word; of equal words the first is kept.

        Parameters
        ----------
        word : bytes
            As it stands in the file.
        line : int
            Where it stands.

        Raises
        ------
        ValueError
            If it cannot be decoded and ``errors`` is ``"strict"``.
        """
        self._n_rows += 1
        text = self._wanted.get(word)
        if text is None:
            if not self._n_others and word.isascii():
                return False
            # The others too: in a wrong encoding none of the words would be found.
            try:
                text = word.decode(self._encoding)
            except UnicodeDecodeError:
                text = self._replace_undecodable(word, line)
                if text is None:
                    return False
        if text in self.words:
            self._n_repeated += 1
            return False
        if text not in self._tokens:
            if not self._n_others:
                return False
            if self._n_others < math.inf:
                self._n_others -= 1
                # Once more in the file it is a repeated word, and not another one.
                self._wanted[word] = text
        self.words[text] = None
        return True

    def report(self) -> None:
        """Refuse a file in another encoding; warn of rows that were left out.

        Raises
        ------
        ValueError
            If many words could not be decoded.

        Warns
        -----
        UserWarning
            If a few could not, or words came more than once.
        """
        n_bad, n_rows = self._n_undecodable, self._n_rows
        most = max(1, MOST_UNDECODABLE * n_rows)
        if n_bad > most or 0 < n_rows <= 2 * n_bad:
            line, word = self._undecodable[0]
            raise ValueError(
                self._describe(line, word, f" ({n_bad:,} of {n_rows:,} words)")
            )
        if n_bad:
            line, _ = self._undecodable[0]
            shown = ", ".join(f"{word[:40]!r}" for _, word in self._undecodable)
            warnings.warn(
                f"{n_bad:,} of {n_rows:,} words of {self._name!r} are not "
                f"{self._encoding} and were left out, the first in line {line}: {shown}"
                f"{', ...' if n_bad > _N_SHOWN else ''}. If the file is in another "
                "encoding, give it with encoding=; errors='replace' keeps such words "
                "with U+FFFD, errors='strict' refuses the file.",
                UserWarning,
                stacklevel=3,
            )
        if self._n_repeated:
            warnings.warn(
                f"{self._n_repeated} rows of {self._name!r} repeat an earlier word and "
                "were left out; the first vector of each word is kept.",
                UserWarning,
                stacklevel=3,
            )

    def _replace_undecodable(self, word: bytes, line: int) -> str | None:
        """Return what stands for a word that cannot be decoded; None leaves it out."""
        if self._errors == "strict":
            raise ValueError(self._describe(line, word))
        if self._errors != "warn":
            return word.decode(self._encoding, self._errors)
        self._n_undecodable += 1
        if len(self._undecodable) < _N_SHOWN:
            self._undecodable.append((line, word))
        return None

    def _describe(self, line: int, word: bytes, how_many: str = "") -> str:
        return (
            f"{self._name!r}, line {line}, is not {self._encoding}: {word[:40]!r}"
            f"{how_many}. Give the encoding of the file with encoding=, for example "
            "'latin-1' or 'gbk'; if it is this one, and words are damaged, "
            "errors='ignore' leaves out the bytes and errors='replace' puts U+FFFD there."
        )


def check_encoding(encoding: str) -> str:
    r"""Return the name of an encoding by which words are told from bytes.

    Parameters
    ----------
    encoding : str
        Any name that Python knows.

    Returns
    -------
    str
        The same, but ``"utf-8"`` for ``"utf-8-sig"``: the mark at the start of a file
        is no part of its first word.

    Raises
    ------
    ValueError
        If Python does not know it, or ``\n`` and the space are other bytes in it than
        in ASCII: rows and words could not be told apart.

    Examples
    --------
    >>> check_encoding("latin-1")
    'latin-1'
    """
    try:
        known = codecs.lookup(encoding).name
        fits = "\n 1".encode(encoding).endswith(b"\n 1")
    except (LookupError, UnicodeError) as error:
        raise ValueError(
            f"encoding must be the name of a text encoding. Got {encoding!r} instead."
        ) from error
    if not fits or known.startswith(("utf-16", "utf-32")):
        raise ValueError(
            f"encoding={encoding!r} has other bytes than ASCII for new lines and spaces. "
            "Write the file as UTF-8 first: text = pathlib.Path(path).read_text("
            f"{encoding!r}), then pathlib.Path('vectors.txt').write_text(text, 'utf-8')."
        )
    return "utf-8" if known == "utf-8-sig" else encoding
