"""Values as tagged JSON and arrays, and back."""

import json
import math
from pathlib import PurePosixPath

import numpy as np
import pytest

from sklearn_slm.decoding import count_words
from sklearn_slm.persistence.fields import RefusedError, check_type
from sklearn_slm.persistence.values import Decoder, Encoder
from sklearn_slm.spec import ClassHead, EncoderSpec, NetworkSpec, TokenHead
from sklearn_slm.text import SubwordModel, Tokenizer, Vocabulary
from tests.networks import make_ngrams, make_spec, make_token_spec

COUNTS = np.array([3, 1])
WORDS = Vocabulary(("a", "好"), COUNTS, COUNTS, 3, 4)


def refuse(value, *_):
    raise RefusedError(f"no place for {value}")


def come_back(value, name="x"):
    """Return what is read of a value after it was JSON, its JSON and its arrays."""
    encoder = Encoder(refuse)
    tagged = json.loads(json.dumps(encoder.encode(value, name)))
    return Decoder(encoder.arrays, refuse).decode(tagged), tagged, encoder.arrays


SUBWORDS = SubwordModel((" a", "b", "好"), np.array([-1, -2, -3], np.float32))


def decode(tagged, **arrays):
    return Decoder(arrays, refuse).decode(tagged)


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        0,
        -(10**30),
        2.5,
        "好\ud800",
        [],
        [1, [2, (3,)]],
        (1, "a", None),
        # Its text depends on the hash seed, which differs from worker to worker.
        pytest.param(frozenset({"a", "b"}), id="frozenset"),
        {"a": 1, 2: [3], (4, 5): None},
        make_spec(),
        make_spec(
            hidden_size=(2, 3), cell="gru", output="sigmoid", bidirectional=False
        ),
        make_token_spec(),
        make_token_spec(n_labels=3),
    ],
    ids=str,
)
def test_values_come_back(value):
    found, _, arrays = come_back(value)
    assert found == value and type(found) is type(value)
    assert arrays == {}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.int64(3), 3),
        (np.float32(0.5), 0.5),
        (np.bool_(True), True),
        (np.str_("a"), "a"),
        (PurePosixPath("a/b"), "a/b"),
        ({"b", "a"}, frozenset({"a", "b"})),
    ],
)
def test_values_of_other_libraries_come_back_as_plain_ones(value, expected):
    found, _, _ = come_back(value)
    assert found == expected and type(found) is type(expected)


def test_floats_that_json_has_not():
    assert math.isnan(come_back(float("nan"))[0])
    for value in (math.inf, -math.inf):
        assert come_back(value)[0] == value


@pytest.mark.parametrize(
    ("array", "stored"),
    [
        (np.array([0, 255]), np.uint8),
        (np.array([[256], [3]]), np.uint16),
        (np.array([2**40]), np.uint64),
        (np.array([-1, 5]), np.int64),
        (np.zeros((0, 3), np.int64), np.uint8),
        (np.array([1.5, -2.0], np.float32), np.float32),
        (np.array(2.0), np.float64),
        (np.array([True, False]), np.bool_),
        (np.array([[-3, 4]], np.int8), np.int8),
        (np.array([1.5], np.float16), np.float16),
    ],
    ids=str,
)
def test_arrays_come_back_and_whole_numbers_are_stored_in_few_bytes(array, stored):
    found, _, arrays = come_back(array)
    assert arrays["x"].dtype == stored
    assert found.dtype == array.dtype
    np.testing.assert_array_equal(found, array)


@pytest.mark.parametrize(
    ("array", "name"),
    [
        (np.array(["a", "b"]), "x"),
        (np.array([1, 3]), "model.classes_"),
        (np.array([False, True]), "model.classes_"),
        (np.array([0.5, 1.5]), "model.classes_"),
    ],
    ids=str,
)
def test_labels_stand_in_the_state(array, name):
    found, tagged, arrays = come_back(array, name)
    assert arrays == {} and tagged["labels"]["values"] == array.tolist()
    assert found.dtype == array.dtype and found.tolist() == array.tolist()


@pytest.mark.parametrize("scale", [None, np.ones(3, np.float32)])
def test_ngram_models_come_back(scale):
    model = make_ngrams(scale=scale)
    found, tagged, arrays = come_back(model)
    assert tagged["record"] == "NgramModel" and arrays["x.keys"].dtype == np.uint8
    for name, value in vars(model).items():
        np.testing.assert_array_equal(getattr(found, name), value)
        assert type(getattr(found, name)) is type(value)


@pytest.mark.parametrize(
    "tokenizer",
    [
        Tokenizer(lowercase=True),
        Tokenizer("char", strip_tags=False),
        Tokenizer(token_pattern=r"\S+"),
        Tokenizer("subword", subwords=SUBWORDS),
    ],
    ids=str,
)
def test_tokenizers_come_back(tokenizer):
    found, tagged, arrays = come_back(tokenizer)
    assert tagged["record"] == "Tokenizer" and found == tokenizer
    assert list(arrays) == ["x.subwords.scores"] * (tokenizer.kind == "subword")
    assert found.split("ab b好x") == tokenizer.split("ab b好x")


def test_a_pattern_that_may_take_long_needs_trust():
    tagged = Encoder(refuse).encode(Tokenizer(token_pattern=r"(?:a+)+b"), "x")
    with pytest.raises(RefusedError, match=r"trusted=\['token_pattern'\]"):
        decode(tagged)
    trusted = frozenset({"token_pattern"})
    assert Decoder({}, refuse, trusted).decode(tagged).token_pattern == r"(?:a+)+b"
    tagged["fields"]["token_pattern"] = "("
    with pytest.raises(RefusedError, match="is not a regular expression"):
        Decoder({}, refuse, trusted).decode(tagged)


def test_a_vocabulary_is_stored_once_and_stays_one_object():
    # A file has vectors for its words.
    table = np.ones((2, 4), np.float32)
    (_, first, second), tagged, _ = come_back([table, WORDS, WORDS])
    assert first == WORDS and first is second
    assert tagged["list"][2] == {"same": "x.1"}
    equal = Vocabulary(("a", "好"), COUNTS, COUNTS, 3, 4)
    (_, first, second), _, _ = come_back([table, WORDS, equal])
    assert first == second and first is not second


@pytest.mark.parametrize("value", [object(), len, b"bytes", 1j, make_spec])
def test_what_is_not_known_is_somebody_elses(value):
    with pytest.raises(RefusedError, match="no place for"):
        Encoder(refuse).encode([value], "x")


@pytest.mark.parametrize(
    ("tagged", "reason"),
    [
        ([1], "has no tag"),
        ({}, "has no tag"),
        ({"eval": "1"}, "no place for {'eval': '1'}"),
        ({"list": 1}, "a list is none"),
        ({"set": [{"list": []}]}, "is no set"),
        ({"tuple": [[1]]}, "has no tag"),
        ({"dict": {}}, "expected 'dict' to be a list, got an object"),
        ({"dict": [[1]]}, "a dict has no pairs"),
        ({"dict": [[{"list": []}, 1]]}, "a key of a dict is none"),
        ({"float": 1.0}, "1.0 is no number"),
        ({"float": "1e5"}, "'1e5' is no number"),
        ({"array": 1}, "expected 'array' to be a string"),
        ({"array": "other"}, "it has no array other"),
        ({"array": "nan"}, "nan holds a NaN or an infinity"),
        ({"array": "real", "dtype": "int64"}, "real is float64, not int64"),
        ({"array": "small", "dtype": "object"}, "small is uint8, not object"),
        ({"array": "large", "dtype": "int64"}, "large holds too much"),
        ({"labels": []}, "expected 'labels' to be an object"),
        ({"vocabulary": "words"}, "it has no field 'n_documents'"),
        ({"vocabulary": "w", "n_documents": 1, "corpus_size": 1}, "no array w.token"),
        (
            {"vocabulary": "w", "n_documents": -1, "corpus_size": 1},
            "n_documents' is -1",
        ),
        ({"same": "words"}, "nothing is called words"),
        ({"record": "Popen", "fields": {}}, "there is no record Popen"),
        ({"record": "ClassHead"}, "it has no field 'fields'"),
        ({"record": "ClassHead", "fields": {"args": 1}}, "has other fields than"),
        ({"record": "ClassHead", "fields": {}}, "missing 1 required"),
        ({"record": "ClassHead", "fields": {"n_outputs": 0}}, "n_outputs"),
        ({"record": "ClassHead", "fields": {"n_outputs": True}}, "int, got a bool"),
        ({"record": "ClassHead", "fields": {"n_outputs": 1.0}}, "int, got a float"),
        ({"record": "TokenHead", "fields": {"n_outputs": 2}}, "has other fields than"),
        ({"record": "TokenHead", "fields": {"n_labels": "2"}}, "int, got a str"),
        ({"record": "TokenHead", "fields": {"n_labels": -1}}, "n_labels"),
        (
            {"record": "NetworkSpec", "fields": {"encoder": None, "head": None}},
            "expected NetworkSpec.encoder to be EncoderSpec, got a NoneType",
        ),
        ({"record": "Tokenizer", "fields": {"kind": "x"}}, "kind must be one of"),
        (
            {"record": "Tokenizer", "fields": {"kind": "subword"}},
            "needs a SubwordModel",
        ),
        (
            {"record": "Tokenizer", "fields": {"subwords": {"tuple": []}}},
            "expected Tokenizer.subwords to be .*, got a tuple",
        ),
        (
            {
                "record": "SubwordModel",
                "fields": {"pieces": {"tuple": ["a b"]}, "scores": {"array": "real"}},
            },
            "a space at its beginning alone",
        ),
        (
            {
                "record": "SubwordModel",
                "fields": {"pieces": {"tuple": ["a"]}, "scores": {"array": "real"}},
            },
            "scores must be float32",
        ),
    ],
    ids=str,
)
def test_what_is_refused(tagged, reason):
    arrays = {
        "nan": np.array([1.0, np.nan]),
        "real": np.array([1.0]),
        "small": np.array([1], np.uint8),
        "large": np.array([2**63], np.uint64),
    }
    with pytest.raises(RefusedError, match=reason):
        decode(tagged, **arrays)


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        (1, int),
        (1, float),
        (1.5, float),
        (None, int | None),
        ("a", str | None),
        ((1, 2), tuple[int, ...]),
        ((), tuple[int, ...]),
        ((1, 2), tuple[int, int]),
        ([1, 2.5], list[float]),
        ({"a": np.ones(1)}, dict[str, np.ndarray]),
        (EncoderSpec(1, (1,)), EncoderSpec),
        (NetworkSpec(EncoderSpec(1, (1,)), ClassHead(2)), NetworkSpec),
        (TokenHead(), ClassHead | TokenHead),
    ],
    ids=str,
)
def test_values_of_their_types(value, hint):
    check_type(value, hint, "x")


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        (True, int),
        (1.0, int),
        (True, float),
        ("1", float),
        (1, bool),
        (1, str | None),
        ([1], tuple[int, ...]),
        ((1, "a"), tuple[int, ...]),
        ((1,), tuple[int, int]),
        ((1, 2), list[int]),
        ({1: np.ones(1)}, dict[str, np.ndarray]),
        ({"a": [1]}, dict[str, np.ndarray]),
        (ClassHead(2), EncoderSpec),
    ],
    ids=str,
)
def test_values_of_other_types(value, hint):
    with pytest.raises(RefusedError, match="expected x to be .*, got a "):
        check_type(value, hint, "x")


def test_counts_of_words_score_as_before():
    counts = count_words(["call home now", "call me", ""])
    back, tagged, arrays = come_back(counts)
    assert tagged["record"] == "WordCounts" and back.words == counts.words
    assert {array.dtype.name for array in arrays.values()} == {"uint8"}
    state = other = None
    for word in ("call", "home", "unheard", None):
        (found, other), (expected, state) = (
            back.score(other, word),
            counts.score(state, word),
        )
        assert found == expected and other == state
    tagged["fields"]["words"] = {"tuple": ["a"]}
    with pytest.raises(RefusedError, match="ids from 0 to 2, .* Got 0 to 5"):
        decode(tagged, **arrays)
