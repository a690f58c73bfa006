"""The rooms and the arrows between them, and what an import costs."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import sklearn_slm

PACKAGE = Path(sklearn_slm.__file__).parent
# Each room imports only from those above it.
ROOMS = [
    "forks",
    "unwrap",
    "sources",
    "text",
    "audio",
    "embeddings",
    "spec",
    "decoding",
    "network",
    "runtime",
    "ngrams",
    "retrieval",
    "graph",
    "compression",
    "persistence",
    "inspection",
    "estimators",
    "datasets",
    "cli",
    "__main__",
]
# Each needs a backend that others exclude; tests/network/test_native_ops.py tests the one
# that is there against the same formulas.
TESTED_TOGETHER = {
    f"network/{backend}_ops.py" for backend in ("jax", "tensorflow", "torch")
}
HEAVY = {"keras", "scikeras", "jax", "tensorflow", "torch"}


def find_modules():
    return sorted(p for p in PACKAGE.rglob("*.py") if p != PACKAGE / "__init__.py")


def find_room(path):
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def iterate_imports(path):
    """Yield what every import statement names, lazy ones too: (package, file or None).

    What only type checkers read is never imported.
    """
    parts = ("sklearn_slm", *path.relative_to(PACKAGE).parts)
    tree = ast.parse(path.read_text("utf-8"))
    for_types = {
        inner
        for node in tree.body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in node.body
    }
    for node in set(ast.walk(tree)) - for_types:
        if isinstance(node, ast.Import):
            yield from ((alias.name.split(".")[0], None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = list(parts[: len(parts) - node.level]) if node.level else []
            base += (node.module or "").split(".") if node.module else []
            for alias in node.names:
                yield base[0], resolve([*base[1:], alias.name]) or resolve(base[1:])


def resolve(names):
    """Return the file of a module of the package; None if it is no module."""
    path = PACKAGE.joinpath(*names)
    files = path.with_suffix(".py"), path / "__init__.py"
    return next((f for f in files if f.exists() and names), None)


@pytest.mark.parametrize(
    "path", find_modules(), ids=lambda p: str(p.relative_to(PACKAGE))
)
def test_arrows_point_one_way(path):
    room = find_room(path)
    for package, target in iterate_imports(path):
        if package in HEAVY:
            assert room == "network", f"{room} imports {package}"
        if package == "scikeras":
            assert path.name == "trainer.py"
        if target is not None and find_room(target) != room:
            above = ROOMS.index(find_room(target)) < ROOMS.index(room)
            assert above, f"{room} imports from {find_room(target)}"


def test_every_room_is_listed():
    assert {find_room(path) for path in find_modules()} == set(ROOMS)


def test_every_module_has_its_test_file():
    lacking = []
    for path in PACKAGE.rglob("*.py"):
        place = path.relative_to(PACKAGE)
        if (
            place.stem in ("__init__", "__main__")
            or place.as_posix() in TESTED_TOGETHER
        ):
            continue
        # A leading underscore keeps a module private; its tests need none.
        mirror = place.with_name(f"test_{place.name.lstrip('_')}")
        if not (Path(__file__).parent / mirror).is_file():
            lacking.append(f"tests/{mirror.as_posix()}")
    assert not lacking
    assert all((PACKAGE / place).is_file() for place in TESTED_TOGETHER)


def test_the_guides_list_the_rooms_in_this_order():
    root = Path(__file__).parent.parent
    table = (root / "CONTRIBUTING.md").read_text("utf-8")
    listed = re.findall(r"^\| `(\w+)(?:/|\.py)` \|", table, re.MULTILINE)
    assert listed == ROOMS[:-1]
    drawing = (root / "docs" / "draw_rooms.py").read_text("utf-8")
    drawn = re.findall(r"^    Room\(\"(\w+)\"", drawing, re.MULTILINE)
    assert drawn == ROOMS[3:-1]


def find_circle(arrows):
    """Return the files of a circle of imports; an empty list if there is none."""
    done, under_way = set(), []

    def visit(path):
        if path in under_way:
            return under_way[under_way.index(path) :]
        if path in done:
            return []
        under_way.append(path)
        for target in arrows.get(path, ()):
            if circle := visit(target):
                return circle
        done.add(under_way.pop())
        return []

    return next((circle for path in arrows if (circle := visit(path))), [])


def test_no_file_imports_in_a_circle_with_another():
    arrows = {
        path: {t for _, t in iterate_imports(path) if t not in (None, path)}
        for path in find_modules()
    }
    circle = find_circle(arrows)
    assert not circle, [str(path.relative_to(PACKAGE)) for path in circle]
    # The search itself: one arrow back makes a circle of the whole way.
    low, high = PACKAGE / "text" / "ragged.py", PACKAGE / "cli" / "main.py"
    assert set(find_circle(arrows | {low: {high}})) >= {low, high}


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
