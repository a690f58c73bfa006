"""Files of earlier formats as the present one tells them; each step is a pure function.

A format is what a released version wrote, and is never changed. What is not checked here is
checked where it is read, as if it had been written today.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .fields import RefusedError, expect, take_field

__all__ = ["UPGRADES", "upgrade_1", "upgrade_2"]

Arrays = dict[str, np.ndarray]
_BLOCK = 1 << 16
_LONGEST_TOKEN = 1_000_000
_ENCODER_FIELDS = (
    "n_components",
    "n_tokens",
    "cell",
    "bidirectional",
    "candidate_activation",
)
_JSON_STRING = re.compile(rb'\s*("(?:[^"\\]++|\\.)*+")\s*([,\]])', re.DOTALL)


def upgrade_1(state: dict, arrays: Arrays) -> tuple[dict, Arrays]:
    """Return format 1 as format 2: tokens were a JSON list."""
    expect("vocabulary.tokens" in arrays, "it has no array vocabulary.tokens.")
    lengths: list[np.ndarray] = []
    text = bytearray()
    for piece in _parse_tokens(arrays["vocabulary.tokens"]):
        lengths.append(np.fromiter(map(len, piece), np.uint32, len(piece)))
        text += "".join(piece).encode("utf-8", "surrogatepass")
    return state, arrays | {
        "vocabulary.tokens": np.frombuffer(text, np.uint8),
        "vocabulary.lengths": np.concatenate(lengths),
    }


def upgrade_2(state: dict, arrays: Arrays) -> tuple[dict, Arrays]:
    """Return format 2 as format 3.

    Parts had places of their own in the state, and the n-gram model was a part of the
    network: its kernel and the network's head were multiplied by their blend weights.
    """
    kind = take_field(state, "kind", str)
    head = {name: state[name] for name in ("versions", "notes") if name in state}
    renamed = dict(arrays)
    names = {"vectorizer": "vectorizer", "classifier": "vectorizer_", "pipeline": "0"}
    expect(kind in names, f"it holds a model of an unknown kind, {kind!r:.40}.")
    vectorizer = classifier = None
    if kind != "vectorizer":
        fields = take_field(state, "classifier", dict)
        classifier = _upgrade_classifier(fields, renamed)
        classifier["fitted"]["vectorizer_"] = None
    if kind != "classifier" or "vectorizer" in state:
        fields = take_field(state, "vectorizer", dict)
        vectorizer = _upgrade_vectorizer(fields, renamed)
    vocabulary = state
    if vectorizer is not None:
        vocabulary = fields
    counts = take_field(vocabulary, "vocabulary", dict)
    stored = {"vocabulary": "vocabulary", **counts}
    if vectorizer is not None:
        vectorizer["fitted"]["vocabulary_"] = stored
        stored = {"same": "vocabulary"}
    if classifier is not None:
        classifier["fitted"]["vocabulary_"] = stored
    if kind == "vectorizer":
        return head | {"kind": kind, "model": vectorizer}, renamed
    assert classifier is not None
    if kind == "classifier":
        # Before the vocabulary that it shares.
        fitted = {"vectorizer_": vectorizer} | classifier["fitted"]
        fitted["vectorizer_"] = vectorizer
        return head | {"kind": kind, "model": classifier | {"fitted": fitted}}, renamed
    steps = take_field(state, "steps", list)
    expect(len(steps) == 2, "a pipeline has other steps than two.")
    pairs = [list(pair) for pair in zip(steps, (vectorizer, classifier))]
    inputs = state.get("transform_input")
    model = {"pipeline": pairs, "transform_input": inputs and {"list": inputs}}
    return head | {"kind": kind, "model": model}, renamed


UPGRADES: list[Callable[[dict, Arrays], tuple[dict, Arrays]]] = [upgrade_1, upgrade_2]


def _upgrade_parameters(fields: dict) -> dict:
    parameters = dict(take_field(fields, "parameters", dict))
    for name, value in parameters.items():
        if isinstance(value, dict) and set(value) == {"vectorizer"}:
            inner = {"parameters": value["vectorizer"]}
            parameters[name] = {
                "estimator": "vectorizer",
                "parameters": _upgrade_parameters(inner),
            }
    if "wide_ngrams" in parameters:
        parameters["ngrams"] = parameters.pop("wide_ngrams")
    return parameters


def _upgrade_vectorizer(fields: dict, arrays: Arrays) -> dict:
    fitted: dict[str, Any] = {
        "n_iter_": take_field(fields, "n_iter", int),
        # The files of the first days of format 1 do not have it.
        "objective_curve_": {"list": fields.get("objective_curve", [])},
    }
    for old, name in (
        ("idf", "idf_"),
        ("found", "_found"),
        ("common_direction", "common_direction_"),
        ("vectors", "vectors_"),
    ):
        if old in arrays:
            fitted[name] = {"array": old}
    return {
        "estimator": "vectorizer",
        "parameters": _upgrade_parameters(fields),
        "fitted": fitted,
    }


def _upgrade_classifier(fields: dict, arrays: Arrays) -> dict:
    spec = dict(take_field(fields, "spec", dict))
    sizes = take_field(spec, "hidden_size", list)
    n_ngrams = spec.get("n_wide", 0)
    lengths = spec.get("wide_ngrams", [1, 2])
    encoder = {"hidden_size": {"tuple": sizes}}
    encoder |= {name: spec[name] for name in _ENCODER_FIELDS if name in spec}
    head = {
        name: spec[name] for name in ("n_outputs", "pooling", "output") if name in spec
    }
    # A scale of each row of the table had one dimension.
    table_scale = arrays.get("weights.embedding.scale")
    if table_scale is not None:
        arrays["weights.embedding.scale"] = table_scale.reshape(-1, 1)
    weights = [
        [name.removeprefix("weights."), {"array": name}]
        for name in arrays
        if name.startswith("weights.") and not name.startswith("weights.wide.")
    ]
    ngrams = None
    if n_ngrams:
        parts: dict[str, Any] = {
            name: {"array": f"weights.wide.{name}"}
            for name in ("keys", "idf", "kernel", "bias")
        }
        if "weights.wide.kernel.scale" in arrays:
            parts["scale"] = {"array": "weights.wide.kernel.scale"}
        arrays["blend"] = np.ones(2, np.float32)
        parts |= {
            "lengths": {"tuple": lengths},
            "n_tokens": spec.get("n_tokens"),
            "blend": {"array": "blend"},
        }
        ngrams = {"record": "NgramModel", "fields": parts}
    history = take_field(fields, "history", dict)
    fitted: dict[str, Any] = {
        "spec_": {
            "record": "NetworkSpec",
            "fields": {
                "encoder": {"record": "EncoderSpec", "fields": encoder},
                "head": {"record": "ClassHead", "fields": head},
            },
        },
        "classes_": {"labels": take_field(fields, "classes", dict)},
        "weights_": {"dict": weights},
        "ngrams_": ngrams,
    }
    for name, value in history.items():
        fitted[name] = {"list": value} if isinstance(value, list) else value
    return {
        "estimator": "classifier",
        "parameters": _upgrade_parameters(fields),
        "fitted": fitted,
    }


def _parse_tokens(content: np.ndarray) -> Iterator[list[str]]:
    """Yield the strings of a JSON list, some of them at a time."""
    buffer, at, last = content.data, 1, False
    expect(bytes(buffer[:1]) == b"[", "tokens are no JSON.")
    while not last:
        piece: list[str] = []
        first = at
        while len(piece) < _BLOCK and at < first + _BLOCK and not last:
            match = _JSON_STRING.match(buffer, at)
            if match is None or at + 6 * _LONGEST_TOKEN < match.end():
                raise RefusedError(
                    "the file does not fit together: a token is no string."
                )
            piece.append(json.loads(match[1].decode("utf-8", "surrogatepass")))
            at, last = match.end(), match[2] == b"]"
        yield piece
    expect(at == len(buffer), "tokens are no JSON.")
