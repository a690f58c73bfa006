"""Every kind of head has its functions in every room, and nobody else knows its kind."""

import ast
import inspect
from importlib import import_module
from pathlib import Path

import pytest

import sklearn_slm
from sklearn_slm.spec import HEADS

PACKAGE = Path(sklearn_slm.__file__).parent
FUNCTIONS = {
    "network": ["build_head", "compute_losses", "compute_chance"],
    "runtime": ["prepare_head", "run_head", "allocate"],
    "graph": ["add_head"],
}
CONSTANTS = {"network": ["TARGET"], "runtime": ["PER_TOKEN"], "graph": ["GRAPHS"]}
# Those that are trained on pairs of sequences have a loss of their own.
SEQUENCES = {"decoder", "pairs", "spans", "symbols"}
# What those have that write token by token, hear block by block or match two texts.
STEPS = {
    ("runtime", "decoder"): ["make_memory", "decode_step"],
    ("runtime", "spans"): ["read_states", "match_states"],
    ("runtime", "symbols"): ["compute_log_probs"],
    ("graph", "decoder"): ["add_step"],
    ("graph", "spans"): ["add_match"],
    ("graph", "symbols"): ["add_step"],
    ("graph", "tokens"): ["add_step"],
}


def test_every_head_is_listed_by_its_kind():
    assert {head.kind: head for head in HEADS.values()} == HEADS


@pytest.mark.parametrize("room", FUNCTIONS)
def test_every_head_has_its_module_in_every_room(room):
    modules = import_module(f"sklearn_slm.{room}.heads").HEADS
    assert set(modules) == set(HEADS)
    for kind, module in modules.items():
        assert module.__name__ == f"sklearn_slm.{room}.heads.{kind}"
        functions, constants = FUNCTIONS[room], CONSTANTS[room]
        if room == "network" and kind in SEQUENCES:
            functions, constants = ["build_body", "compute_loss"], ["ROWS"]
        for name in functions + STEPS.get((room, kind), []):
            assert inspect.isfunction(getattr(module, name)), (kind, name)
            assert name in module.__all__
        for name in constants:
            kinds = (str, frozenset, dict, tuple)
            assert isinstance(getattr(module, name), kinds), kind
            assert name in module.__all__


def asks_for_output(node):
    """Tell whether a node compares an attribute ``output`` with one that heads have."""
    if not isinstance(node, ast.Compare):
        return False
    sides = [node.left, *node.comparators]
    return any(
        isinstance(side, ast.Attribute) and side.attr == "output" for side in sides
    ) and any(
        isinstance(side, ast.Constant) and side.value in ("softmax", "sigmoid")
        for side in sides
    )


def test_only_the_head_itself_knows_how_its_output_is_called():
    asking = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if asks_for_output(node)
    }
    assert asking == {"spec/heads.py"}
