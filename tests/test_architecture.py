"""The rooms and the arrows between them, and what an import costs."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import sklearn_slm

PACKAGE = Path(sklearn_slm.__file__).parent
# Each room may import from those above it.
ROOMS = [
    "forks",
    "unwrap",
    "text",
    "embeddings",
    "spec",
    "network",
    "runtime",
    "estimators",
    "inspection",
    "persistence",
    "datasets",
    "cli",
    "__main__",
]
MAY_IMPORT = {
    "forks": set(),
    "unwrap": set(),
    "text": set(),
    "embeddings": {"text"},
    "spec": set(),
    "network": {"text", "spec"},
    "runtime": {"forks", "unwrap", "text", "spec"},
    "estimators": {
        "forks",
        "unwrap",
        "text",
        "embeddings",
        "spec",
        "network",
        "runtime",
        "inspection",
        "persistence",
    },
    "persistence": {
        "unwrap",
        "text",
        "embeddings",
        "spec",
        "runtime",
        "estimators",
    },
    "inspection": {"unwrap", "text", "embeddings", "spec", "runtime"},
    "datasets": set(),
    "cli": set(ROOMS),
    "__main__": {"cli"},
}
HEAVY = {"keras", "scikeras", "jax", "tensorflow", "torch"}


def modules():
    return sorted(p for p in PACKAGE.rglob("*.py") if p != PACKAGE / "__init__.py")


def imports(path):
    """Yield (top-level name, room or None) of every import statement of a module."""
    package = path.relative_to(PACKAGE).with_suffix("").parts
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name.split(".")[0], None
        elif isinstance(node, ast.ImportFrom) and node.level:
            base = list(package[: len(package) - node.level])
            names = (node.module or "").split(".") if node.module else []
            where = base + names
            if where:
                yield "sklearn_slm", where[0]
            else:
                for alias in node.names:
                    yield "sklearn_slm", alias.name
        elif isinstance(node, ast.ImportFrom):
            parts = (node.module or "").split(".")
            room = parts[1] if parts[0] == "sklearn_slm" and len(parts) > 1 else None
            yield parts[0], room


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_arrows_point_one_way(path):
    room = path.relative_to(PACKAGE).with_suffix("").parts[0]
    allowed = MAY_IMPORT[room] | {room}
    for name, target in imports(path):
        if name in HEAVY:
            assert room == "network", f"{room} imports {name}"
        if name == "scikeras":
            assert path.name == "trainer.py"
        if target is not None and target in ROOMS:
            assert target in allowed, f"{room} imports from {target}"


def test_every_room_is_listed():
    found = {p.relative_to(PACKAGE).with_suffix("").parts[0] for p in modules()}
    assert found <= set(ROOMS)


def run_python(code):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()


def test_the_import_is_light():
    heavy = HEAVY | {"matplotlib", "onnx", "onnxruntime"}
    code = f"import sys, sklearn_slm; print({heavy!r} & set(sys.modules))"
    assert run_python(code) == "set()"


def test_public_names_exist():
    assert sorted(sklearn_slm.__all__) == sklearn_slm.__all__
    for name in sklearn_slm.__all__:
        assert getattr(sklearn_slm, name).__doc__


@pytest.mark.parametrize(
    ("setup", "backend"),
    [
        ("", "jax"),
        ("import os; os.environ['KERAS_BACKEND'] = 'numpy'", "numpy"),
        (
            "import os; os.environ['KERAS_BACKEND'] = 'numpy'; import keras;"
            "del os.environ['KERAS_BACKEND']",
            "numpy",
        ),
    ],
    ids=["nothing chosen", "environment", "keras imported"],
)
def test_jax_is_chosen_only_when_nothing_was(setup, backend):
    code = f"""
{setup}
from sklearn_slm.network.backend import import_keras
print(import_keras().backend.backend())
"""
    assert run_python(code) == backend


def test_a_backend_that_cannot_train_is_refused():
    code = """
import os
os.environ["KERAS_BACKEND"] = "numpy"
from sklearn_slm.network.backend import import_native
try:
    import_native()
except RuntimeError as error:
    print(error)
"""
    assert run_python(code) == (
        "Training needs Keras on one of jax, torch, tensorflow, but it runs on numpy. Set "
        "KERAS_BACKEND to one of them before Keras is imported. Predicting with a fitted "
        "model needs no Keras."
    )
