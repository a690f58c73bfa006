"""Name what is given as word vectors and is something else, and the line that helps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

__all__ = ["advise_conversion", "refuse_foreign", "refuse_foreign_members"]


class _Kind(NamedTuple):
    """A kind of file; `remedy` may name its path."""

    name: str
    is_kind: Callable[[bytes], bool]
    remedy: str


def _begins(*beginnings: bytes) -> Callable[[bytes], bool]:
    return lambda start: start.startswith(beginnings)


_UNPACK = "Unpack it first, and give the file of vectors in it."
_DOWNLOAD = "Download the file itself, and compare its size with the source's."
_WORDS = "where words are the words of its rows, in their order."
_KINDS = (
    _Kind(
        "a pickle, which is not opened because it can run code",
        _begins(b"\x80\2", b"\x80\3", b"\x80\4", b"\x80\5"),
        "If you trust it, load it and give WordVectors(words, table). From gensim: keyed "
        "= gensim.models.KeyedVectors.load({path!r}), then vectors = WordVectors("
        "keyed.index_to_key, keyed.vectors).",
    ),
    _Kind(
        "an array of NumPy without words",
        _begins(b"\x93NUMPY"),
        f"Give it words: vectors = WordVectors(words, numpy.load({{path!r}})), {_WORDS}",
    ),
    _Kind(
        "a model of fastText",
        _begins(b"\xba\x16\x4f\x2f"),
        "Give the .vec file of the same vectors, or: model = fasttext.load_model("
        "{path!r}), then vectors = WordVectors(model.words, [model[w] for w in "
        "model.words]).",
    ),
    _Kind(
        "a HDF5 file",
        _begins(b"\x89HDF\r\n\x1a\n"),
        "Give its array words: vectors = WordVectors(words, h5py.File({path!r})[name][:])"
        f", {_WORDS}",
    ),
    _Kind(
        "a safetensors file",
        # The length of a header of JSON, then the header.
        lambda start: start[5:9] == b"\0\0\0{",
        "Give its array words: vectors = WordVectors(words, "
        f"safetensors.numpy.load_file({{path!r}})[name]), {_WORDS}",
    ),
    _Kind(
        "a Parquet file",
        _begins(b"PAR1\x15"),
        "Take its columns: frame = pandas.read_parquet({path!r}), then vectors = "
        "WordVectors(words, table).",
    ),
    _Kind("a tar archive", lambda start: start[257:262] == b"ustar", _UNPACK),
    _Kind("a 7z archive", _begins(b"7z\xbc\xaf\x27\x1c"), _UNPACK),
    _Kind("packed by zstd", _begins(b"\x28\xb5\x2f\xfd"), _UNPACK),
    _Kind(
        "text in UTF-16",
        _begins(b"\xff\xfe", b"\xfe\xff"),
        "Write it as UTF-8: text = pathlib.Path({path!r}).read_text('utf-16'), then "
        "pathlib.Path('vectors.txt').write_text(text, 'utf-8').",
    ),
    _Kind(
        "a web page",
        lambda start: start[:99].lstrip().lower().startswith((b"<!doctype", b"<html")),
        _DOWNLOAD,
    ),
    _Kind(
        "a pointer of Git LFS",
        _begins(b"version https://git-lfs"),
        "Fetch the file that it stands for with git lfs pull.",
    ),
)


def refuse_foreign(start: bytes, path: str) -> None:
    """Refuse a file whose first bytes are known to be of another kind.

    Parameters
    ----------
    start : bytes
        The beginning of the file, unpacked; a few hundred bytes are enough.
    path : str
        What messages call it.

    Raises
    ------
    ValueError
        Names the kind, and what to do.
    """
    for kind in _KINDS:
        if kind.is_kind(start):
            raise ValueError(
                f"{path!r} is {kind.name}; expected rows of a word and its numbers "
                f"(GloVe or word2vec). {kind.remedy.format(path=path)}"
            )


def refuse_foreign_members(members: Sequence[str], path: str) -> None:
    """Refuse a zip archive whose files are known to be of another kind.

    Parameters
    ----------
    members : sequence of str
        The files in it.
    path : str
        What messages call the archive.

    Raises
    ------
    ValueError
        Names the kind, and what to do.
    """
    arrays = [name.removesuffix(".npy") for name in members if name.endswith(".npy")]
    if arrays and len(arrays) == len(members):
        raise ValueError(
            f"{path!r} holds arrays of NumPy ({', '.join(map(repr, arrays[:20]))}); "
            "expected rows of a word and its numbers (GloVe or word2vec). Give them "
            f"words: arrays = numpy.load({path!r}), then vectors = WordVectors("
            "arrays[name_of_words].tolist(), arrays[name_of_table])."
        )


def advise_conversion(given: Any) -> str:
    """Return how to make word vectors of an object that is neither these nor a path.

    Parameters
    ----------
    given : object
        What was given as word vectors.

    Returns
    -------
    str
        Names its type, and the line that turns it into ``WordVectors``.

    Examples
    --------
    >>> advise_conversion({"good": [0.5, 1.0]})
    'Got dict. Give WordVectors(given, list(given.values())), where given is that dict.'
    """
    kind, line = type(given).__name__, _find_conversion(given)
    if line is None:
        return f"Got {kind}. Give WordVectors(words, table), a row of numbers for each word."
    return f"Got {kind}. Give {line}, where given is that {kind}."


def _find_conversion(given: Any) -> str | None:
    # By what it has and not by its class: gensim and pandas need not be there.
    for keyed, where in ((given, "given"), (getattr(given, "wv", None), "given.wv")):
        if hasattr(keyed, "index_to_key") and hasattr(keyed, "vectors"):
            return f"WordVectors({where}.index_to_key, {where}.vectors)"
    if isinstance(given, Mapping):
        return "WordVectors(given, list(given.values()))"
    if hasattr(given, "get_word_vector") and hasattr(given, "words"):
        return "WordVectors(given.words, [given[word] for word in given.words])"
    if hasattr(given, "index") and hasattr(given, "to_numpy"):
        return "WordVectors(given.index, given.to_numpy())"
    return None
