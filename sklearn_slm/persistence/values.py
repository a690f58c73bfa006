"""Values as tagged JSON and named arrays, and back.

Numbers, strings, booleans and None stand for themselves. Everything else is an object
whose first entry tells its kind:

============ =================================================================
entry        what it stands for
============ =================================================================
float        ``"nan"``, ``"inf"`` or ``"-inf"``
list         a list, tuple or set (``list``, ``tuple``, ``set``) of values
dict         pairs of values
array        an array of the file, by name; ``dtype`` where it is stored narrower
labels       strings, numbers or booleans, as an array
vocabulary   a Vocabulary, by the name of its arrays
same         a vocabulary that came before
record       one of the dataclasses of `RECORDS`, with its ``fields``
============ =================================================================

Nothing of it is code, and a file cannot name a class.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, get_type_hints

import numpy as np

from ..audio import FeatureOptions
from ..decoding import WordCounts
from ..ngrams import NgramModel
from ..retrieval import PackedEntries, TermStatistics
from ..spec import (
    ClassHead,
    DecoderHead,
    EncoderSpec,
    NetworkSpec,
    PairHead,
    SpanHead,
    SymbolHead,
    TokenHead,
)
from ..text import SubwordModel, Tokenizer, Vocabulary
from .fields import RefusedError, check_pattern, check_type, expect, take_field
from .labels import describe_labels, read_labels
from .vocabulary import describe_vocabulary, read_vocabulary

__all__ = ["RECORDS", "Decoder", "Encoder"]

Arrays = dict[str, np.ndarray]
RECORDS: dict[str, Any] = {
    record.__name__: record
    for record in (
        ClassHead,
        DecoderHead,
        EncoderSpec,
        FeatureOptions,
        NetworkSpec,
        NgramModel,
        PackedEntries,
        PairHead,
        SpanHead,
        SubwordModel,
        SymbolHead,
        TermStatistics,
        TokenHead,
        Tokenizer,
        WordCounts,
    )
}
RECORD_TYPES = {cls: name for name, cls in RECORDS.items()}


class Encoder:
    """Turns values into tagged JSON, and collects their arrays.

    Parameters
    ----------
    encode_other : callable
        Given a value of a kind that is not known here and its name; returns what JSON can
        hold, or raises TypeError.

    Attributes
    ----------
    arrays : dict of str to ndarray
        What was collected.
    """

    def __init__(self, encode_other: Callable[[Any, str], Any]):
        self.arrays: Arrays = {}
        self._encode_other = encode_other
        self._names: dict[int, str] = {}  # of vocabularies, by identity

    def encode(self, value: Any, name: str) -> Any:
        """Return a value as what JSON can hold.

        Parameters
        ----------
        value : object
            What to store.
        name : str
            Where its arrays stand; dots lead from a part to its parts.

        Raises
        ------
        TypeError
            If the value is of a kind that a file without code has no place for.
        """
        if isinstance(value, np.generic):
            value = value.item()
        if value is None or isinstance(value, (bool, int)):
            return value
        if isinstance(value, str):
            return str.__str__(value)
        if isinstance(value, float):
            return value if math.isfinite(value) else {"float": repr(value)}
        if isinstance(value, os.PathLike):
            return os.fspath(value)
        if isinstance(value, np.ndarray):
            return self._encode_array(value, name)
        if isinstance(value, (list, tuple)):
            tag = "tuple" if isinstance(value, tuple) else "list"
            return {tag: [self.encode(v, f"{name}.{i}") for i, v in enumerate(value)]}
        if isinstance(value, (set, frozenset)):
            return {"set": [self.encode(v, name) for v in sorted(value)]}
        if isinstance(value, Mapping):
            pairs = [
                [self.encode(key, name), self.encode(part, f"{name}.{key}")]
                for key, part in value.items()
            ]
            return {"dict": pairs}
        if isinstance(value, Vocabulary):
            if id(value) in self._names:
                return {"same": self._names[id(value)]}
            self._names[id(value)] = name
            counts = describe_vocabulary(value, self.arrays, name)
            return {"vocabulary": name, **counts}
        if type(value) in RECORD_TYPES:
            parts = {
                f.name: self.encode(getattr(value, f.name), f"{name}.{f.name}")
                for f in fields(value)
            }
            return {"record": RECORD_TYPES[type(value)], "fields": parts}
        return self._encode_other(value, name)

    def _encode_array(self, value: np.ndarray, name: str) -> Any:
        if value.dtype.kind not in "biuf":
            return {"labels": describe_labels(value)}
        if value.ndim == 1 and name.endswith("classes_"):
            return {"labels": describe_labels(value)}
        # Whole numbers in the fewest bytes: counts and keys are a large part of a file.
        stored = value
        if value.dtype.kind == "i" and value.min(initial=0) >= 0:
            stored = value.astype(np.min_scalar_type(int(value.max(initial=0))))
        self.arrays[name] = stored
        if stored.dtype == value.dtype:
            return {"array": name}
        return {"array": name, "dtype": value.dtype.name}


class Decoder:
    """Undoes :class:`Encoder`.

    Parameters
    ----------
    arrays : dict of str to ndarray
        Those of the file.
    decode_other : callable
        Given a tagged value of a kind that is not known here; returns the value, or
        raises RefusedError.
    trusted : frozenset of str, default=frozenset()
        ``"token_pattern"`` is in it if a tokenizer may have any pattern.
    """

    def __init__(
        self,
        arrays: Arrays,
        decode_other: Callable[[dict], Any],
        trusted: frozenset[str] = frozenset(),
    ):
        self._arrays = arrays
        self._trusted = trusted
        self._n_bytes = sum(array.nbytes for array in arrays.values())
        self._decode_other = decode_other
        self._vocabularies: dict[str, Vocabulary] = {}

    def decode(self, tagged: Any) -> Any:
        """Return the value that was encoded.

        Raises
        ------
        RefusedError
            If it was not made by :class:`Encoder`.
        """
        if tagged is None or isinstance(tagged, (bool, int, float, str)):
            return tagged
        expect(isinstance(tagged, dict) and bool(tagged), f"{tagged!r:.60} has no tag.")
        tag, content = next(iter(tagged.items()))
        if tag in _SEQUENCES:
            expect(isinstance(content, list), f"a {tag} is none.")
            try:
                return _SEQUENCES[tag](map(self.decode, content))
            except TypeError:  # unhashable members of a set
                raise RefusedError(f"{content!r:.60} is no {tag}.") from None
        decode = {
            "float": self._decode_float,
            "dict": self._decode_dict,
            "array": self._decode_array,
            "labels": self._decode_labels,
            "vocabulary": self._decode_vocabulary,
            "same": self._decode_same,
            "record": self._decode_record,
        }.get(tag, self._decode_other)
        return decode(tagged)

    def _decode_float(self, tagged: dict) -> float:
        text = tagged["float"]
        expect(text in ("nan", "inf", "-inf"), f"{text!r:.40} is no number.")
        return float(text)

    def _decode_dict(self, tagged: dict) -> dict:
        pairs = take_field(tagged, "dict", list)
        for pair in pairs:
            expect(isinstance(pair, list) and len(pair) == 2, "a dict has no pairs.")
        try:
            return {self.decode(key): self.decode(part) for key, part in pairs}
        except TypeError:
            raise RefusedError("a key of a dict is none.") from None

    def _decode_array(self, tagged: dict) -> np.ndarray:
        name = take_field(tagged, "array", str)
        expect(name in self._arrays, f"it has no array {name:.60}.")
        array = self._arrays[name]
        if array.dtype.kind == "f":
            finite = bool(np.isfinite(array).all())
            expect(finite, f"{name} holds a NaN or an infinity.")
        if "dtype" not in tagged:
            return array
        dtype = take_field(tagged, "dtype", str)
        whole = dtype == "int64" and array.dtype.kind == "u"
        expect(whole, f"{name} is {array.dtype}, not {dtype:.20}.")
        expect(int(array.max(initial=0)) < 2**62, f"{name} holds too much.")
        return array.astype(np.int64)

    def _decode_labels(self, tagged: dict) -> np.ndarray:
        return read_labels(take_field(tagged, "labels", dict), self._n_bytes)

    def _decode_vocabulary(self, tagged: dict) -> Vocabulary:
        name = take_field(tagged, "vocabulary", str)
        vocabulary = read_vocabulary(tagged, self._arrays, name, self._n_bytes)
        self._vocabularies[name] = vocabulary
        return vocabulary

    def _decode_same(self, tagged: dict) -> Vocabulary:
        name = take_field(tagged, "same", str)
        expect(name in self._vocabularies, f"nothing is called {name:.60}.")
        return self._vocabularies[name]

    def _decode_record(self, tagged: dict) -> Any:
        name = take_field(tagged, "record", str)
        expect(name in RECORDS, f"there is no record {name:.60}.")
        cls, parts = RECORDS[name], take_field(tagged, "fields", dict)
        known = {f.name for f in fields(cls)}
        expect(set(parts) <= known, f"{name} has other fields than {sorted(known)}.")
        decoded = {key: self.decode(part) for key, part in parts.items()}
        hints = get_type_hints(cls)
        for key, value in decoded.items():
            check_type(value, hints[key], f"{name}.{key}")
        if decoded.get("token_pattern") is not None:
            check_pattern(decoded["token_pattern"], self._trusted)
        try:
            return cls(**decoded)
        except (TypeError, ValueError) as error:
            raise RefusedError(f"the file does not fit together: {error}") from None


_SEQUENCES: dict[str, Callable] = {"tuple": tuple, "list": list, "set": frozenset}
