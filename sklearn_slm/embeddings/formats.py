r"""Read and write files of word vectors: GloVe text, word2vec text and word2vec binary.

Files are read as bytes and cut at ``\n`` and at spaces only: published files have U+00A0,
U+0085 and even spaces inside their tokens.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .files import open_for_reading, open_for_writing
from .foreign import advise_conversion
from .rows import BATCH_ROWS, FORMATS, RowReader, find_layout, read_rows
from .selection import ERRORS, WordSelection, check_encoding
from .word_vectors import WordVectors

__all__ = ["read_vectors", "write_vectors"]

Format = Literal["glove", "word2vec", "word2vec-binary"]


def read_vectors(
    path: str | os.PathLike[str],
    *,
    tokens: Iterable[str] | None = None,
    n_others: int = 0,
    format: Literal["auto", "glove", "word2vec", "word2vec-binary"] = "auto",
    member: str | None = None,
    encoding: str = "utf-8",
    errors: Literal["warn", "strict", "ignore", "replace"] = "warn",
    max_bytes: int = 1 << 34,
) -> WordVectors:
    r"""Read word vectors from a file, in a stream that keeps only the wanted words.

    Parameters
    ----------
    path : str or path-like
        GloVe text, word2vec text or word2vec binary; plain, gzip, bzip2, xz or zip.
        Compression is known by the first bytes and not by the name. A regular file:
        pipes and devices are refused, as a file may be read more than once.
    tokens : iterable of str or None, default=None
        The words to keep, for example a vocabulary's ``tokens``; all of them if None. The
        rows of other words are checked for their number of columns alone.
    n_others : int, default=0
        How many words to keep besides `tokens`, the first ones of the file: published
        files begin with the most frequent. Without `tokens` all are kept anyway.
    format : {"auto", "glove", "word2vec", "word2vec-binary"}, default="auto"
        ``"auto"`` finds a word2vec header (the number of words, then of components) and
        tells binary rows from text. With a header, the last numbers of a row are its
        vector and what stands before them is the word: ``blink 182`` is one.
    member : str or None, default=None
        Which file of a zip archive to read when it holds several.
    encoding : str, default="utf-8"
        How words are encoded. New lines and spaces must be the bytes that they are in
        ASCII, since rows are cut there; in UTF-16 they are not.
    errors : {"warn", "strict", "ignore", "replace"}, default="warn"
        What becomes of words that cannot be decoded. By default their rows are left out
        with a warning: published files hold a few words that were cut inside a letter.
        A file where more than one word in twenty (and more than one) cannot be decoded
        is in another encoding, and refused. ``"strict"`` refuses at the first such word,
        wanted or not; ``"ignore"`` leaves out the bytes and ``"replace"`` puts U+FFFD in
        their place, as :meth:`bytes.decode` does, and nothing is counted.
    max_bytes : int, default=2**34
        The most bytes that may come out of a compressed file.

    Returns
    -------
    WordVectors
        In the order of the file. A word that comes twice keeps its first vector.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    TypeError
        If `path` is no path; for vectors of gensim and others that are in memory already
        the message names the line that makes :class:`WordVectors` of them.
    ValueError
        If the file is empty, damaged, larger than `max_bytes`, in another encoding, not
        in this format, or no file but a pipe: the message names the file, the line and
        what to do. If it has vectors of more than 65,536 components. If `format`,
        `encoding` or `errors` is unknown or `n_others` negative.

    Warns
    -----
    UserWarning
        If words come more than once or, with ``errors="warn"``, cannot be decoded; says
        how many rows were left out.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = pathlib.Path(folder.name, "vectors.txt")
    >>> _ = path.write_text("good 0.5 1.0\nbad -0.5 1.5\n")
    >>> vectors = read_vectors(path, tokens=["bad", "ugly"])
    >>> vectors.tokens, vectors.table
    (('bad',), array([[-0.5,  1.5]], dtype=float32))
    >>> folder.cleanup()
    """
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"path must be the path of a file. {advise_conversion(path)}")
    if format not in ("auto", *FORMATS):
        raise ValueError(
            f"format must be one of {('auto', *FORMATS)}. Got {format!r} instead."
        )
    if n_others < 0:
        raise ValueError(f"n_others must be at least 0. Got {n_others!r}.")
    if errors not in ERRORS:
        raise ValueError(f"errors must be one of {ERRORS}. Got {errors!r} instead.")
    encoding = check_encoding(encoding)
    with open_for_reading(path, member=member, max_bytes=max_bytes) as (stream, name):
        reader = RowReader(stream, name)
        layout = find_layout(reader, format)
        selection = WordSelection(name, tokens, n_others, encoding, errors)
        table = _join(read_rows(reader, layout, selection.keep), layout.n_components)
    selection.report()
    return WordVectors(selection.words, table)


def write_vectors(
    path: str | os.PathLike[str], vectors: WordVectors, *, format: Format = "glove"
) -> None:
    """Write word vectors to a file that is complete or not there.

    Parameters
    ----------
    path : str or path-like
        Compressed if it ends in ``.gz``, ``.bz2``, ``.xz`` or ``.zip``. An existing file
        is replaced only when the new one is complete; a symbolic link stays, and its
        target is replaced.
    vectors : WordVectors
        Text keeps every bit: numbers have as many digits as float32 needs.
    format : {"glove", "word2vec", "word2vec-binary"}, default="glove"
        The word2vec formats start with a header; gensim's
        ``KeyedVectors.load_word2vec_format`` reads them as they are, and GloVe text with
        ``no_header=True``.

    Raises
    ------
    ValueError
        If `format` is unknown, or a word cannot be stored in it.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = pathlib.Path(folder.name, "vectors.txt.gz")
    >>> write_vectors(path, WordVectors(["good"], [[0.1, 2.0]]))
    >>> read_vectors(path).table
    array([[0.1, 2. ]], dtype=float32)
    >>> folder.cleanup()
    """
    if format not in FORMATS:
        raise ValueError(f"format must be one of {FORMATS}. Got {format!r} instead.")
    names = [_encode_token(token, format) for token in vectors.tokens]
    with open_for_writing(path) as stream:
        if format != "glove":
            stream.write(b"%d %d\n" % (len(vectors), vectors.n_components))
        for start in range(0, len(names), BATCH_ROWS):
            rows = _format_rows(vectors.table[start : start + BATCH_ROWS], format)
            pairs = zip(names[start : start + BATCH_ROWS], rows, strict=True)
            stream.write(b"".join([b"%b %b\n" % pair for pair in pairs]))


def _join(
    batches: Iterable[NDArray[np.float32]], n_components: int
) -> NDArray[np.float32]:
    """Return all rows as one table that nobody can write into."""
    tables = [np.zeros((0, n_components), np.float32), *batches]
    table = np.concatenate(tables)
    table.flags.writeable = False
    return table


def _encode_token(token: str, format: str) -> bytes:
    """Encode a word, unless it would break the file."""
    refused = {"\n"} if format == "glove" else {"\n", " "}
    if refused.intersection(token) or token.endswith("\r") or token[:1] == "\ufeff":
        raise ValueError(
            f"The word {token!r} holds a character that separates rows or words in the "
            f"format {format!r}. Leave it out with subset()"
            + ("." if format == "glove" else ", or write format='glove' (spaces only).")
        )
    try:
        return token.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError(
            f"The word {token!r} holds a lone surrogate, which UTF-8 cannot store. Leave "
            "it out with subset()."
        ) from None


def _format_rows(table: NDArray[np.float32], format: str) -> list[bytes]:
    if format == "word2vec-binary":
        return [row.tobytes() for row in table.astype("<f4", copy=False)]
    # NumPy writes the fewest digits that read back as the same float32.
    return [" ".join(row).encode() for row in table.astype("U").tolist()]
