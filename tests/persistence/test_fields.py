"""Fields of a file: those that lack, and those of another type."""

import pytest

from sklearn_slm import load_model
from sklearn_slm.estimators.loading import read_notes
from sklearn_slm.persistence.fields import (
    RefusedError,
    check_pattern,
    take_count,
    take_field,
)
from tests.persistence.forging import forge


@pytest.mark.parametrize("name", ["notes", "versions", "kind", "model"])
def test_a_state_without_a_part(parts, tmp_path, name):
    state, arrays = parts
    path = tmp_path / "m.slm"
    path.write_bytes(forge({k: v for k, v in state.items() if k != name}, arrays))
    if name == "notes":
        assert read_notes(path)["notes"] == {}
        return
    with pytest.raises(ValueError, match=f"has no field '{name}'"):
        load_model(path)


def test_a_field_is_of_exactly_the_type_that_is_asked_for():
    fields = {"n": 3, "on": True, "none": None, "x": 0.5}
    assert take_field(fields, "n", int) == 3
    assert take_field(fields, "none", str, type(None)) is None
    for name, kinds, message in [
        ("on", [int], "expected 'on' to be a whole number, got true or false"),
        ("n", [bool], "expected 'n' to be true or false, got a whole number"),
        ("n", [float], "expected 'n' to be a number, got a whole number"),
        ("x", [str, dict], "'x' to be a string or an object, got a number"),
        ("y", [int], "it has no field 'y'"),
    ]:
        with pytest.raises(ValueError, match=f"does not fit together: .*{message}"):
            take_field(fields, name, *kinds)
    with pytest.raises(ValueError, match="expected an object with the field 'n'"):
        take_field([3], "n", int)


def test_counts_are_what_int64_can_hold():
    for count in (0, 2**62 - 1):
        assert take_count({"n": count}, "n") == count
    for count in (-1, 2**62):
        with pytest.raises(ValueError, match=f"'n' is {count}"):
            take_count({"n": count}, "n")


def test_a_pattern_is_linear_or_trusted():
    check_pattern(r"\S+", frozenset())
    check_pattern(r"(a+)+$", frozenset({"token_pattern"}))
    with pytest.raises(RefusedError, match=r"its token_pattern is '\(a\+\)\+\$'"):
        check_pattern(r"(a+)+$", frozenset({"module:name"}))
