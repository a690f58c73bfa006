"""The JSON text of a file: how deep and how large it may be."""

import json

import pytest

from sklearn_slm import load_model, save_model
from sklearn_slm.estimators.loading import read_notes
from sklearn_slm.persistence.state import encode_state, parse_state
from tests.persistence.forging import forge


def test_depth_and_numbers_of_json(parts, tmp_path):
    state, arrays = parts
    path = tmp_path / "m.slm"
    # Last, so that other text can stand in its place.
    others = {name: part for name, part in state.items() if name != "notes"}
    text = json.dumps(others | {"notes": 0}).encode()
    assert text.endswith(b'"notes": 0}')
    for notes, reason in [
        (b"[" * 100_000 + b"]" * 100_000, "levels deep"),
        (b"[" * 110 + b"]" * 110, "levels deep"),
        (b'{"tuple":' * 5000 + b"0" + b"}" * 5000, "levels deep"),
        (b"NaN", "the number NaN"),
        (b"[" + b"0," * 300_000 + b"0]", "have 300,... values"),
        (b'"' + b"x" * 5_000_000 + b'"', "bytes, at most 4,"),
    ]:
        path.write_bytes(forge(text[:-2] + notes + b"}", arrays))
        with pytest.raises(ValueError, match=reason):
            load_model(path)
        with pytest.raises(ValueError, match=reason):
            read_notes(path)
    path.write_bytes(forge(state, arrays))
    model = load_model(path)
    before = path.read_bytes()
    deep = []
    for _ in range(2000):
        deep = [deep]
    for notes in (deep, list(range(300_000)), "x" * 5_000_000):
        with pytest.raises(ValueError, match="levels deep|at most"):
            save_model(model, path, notes=notes)
    assert path.read_bytes() == before


def test_a_state_comes_back():
    state = {"a": [1, None, "é"], "b": {"c": 0.1}}
    text = encode_state(state)
    assert b" " not in text
    assert parse_state(text, 0) == state
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode_state({"a": float("nan")})
    with pytest.raises(ValueError, match="its state is not an object"):
        parse_state(b"[1]", 0)


def test_how_much_fits_into_a_file_grows_with_it():
    many = b'{"a":[' + b"0," * 199_999 + b"0]}"
    message = "have 200,001 values, at most 200,000 fit into a model of 99 bytes"
    with pytest.raises(ValueError, match=message):
        parse_state(many, 99)
    assert len(parse_state(many, 100)["a"]) == 200_000
    long = b'{"a":"' + b"x" * (4_000_001 - 8) + b'"}'
    with pytest.raises(ValueError, match="4,000,001 bytes, at most 4,000,000 fit"):
        parse_state(long, 7)
    assert len(parse_state(long, 8)["a"]) == 3_999_993


def test_a_hundred_levels_are_read():
    def nest(n):
        return b'{"a":' + b"[" * n + b"]" * n + b"}"

    assert parse_state(nest(100), 0)["a"]
    with pytest.raises(ValueError, match="nested more than 100 levels deep"):
        parse_state(nest(101), 0)
