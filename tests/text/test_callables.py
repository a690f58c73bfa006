"""Names of callables, and how they are copied and pickled."""

import copy
import json
import pickle
import sys
import textwrap
from functools import partial

import pytest

from sklearn_slm.text import Analyzer
from sklearn_slm.text.callables import find_name, import_name

try:  # joblib brings one or the other
    import cloudpickle
except ImportError:
    from joblib.externals import cloudpickle

# As jieba is made: lcut = dt.lcut, where dt is a Tokenizer with a lock.
MODULE = """
    import re
    import threading
    from functools import partial

    class Tokenizer:
        def __init__(self):
            self.lock = threading.RLock()

        def cut(self, text, lower=False):
            with self.lock:
                return (text.lower() if lower else text).split("|")

        __call__ = cut

        @classmethod
        def cut_all(cls, text):
            return list(text)

    class Plain:
        words = ()

        def cut(self, text):
            return [word for word in text.split("|") if word not in self.words]

    def join(tokenizer, text):
        return tokenizer.cut(text)

    dt = Tokenizer()
    cut = dt.cut
    _private = Tokenizer()
    split = lambda text: text.split("|")
    lower = partial(dt.cut, lower=True)
    plain = Plain()
    plain_cut = plain.cut
    BARS = re.compile(r"[^|]+")
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    (tmp_path / "tokenizer_with_lock.py").write_text(textwrap.dedent(MODULE))
    monkeypatch.syspath_prepend(tmp_path)
    yield __import__("tokenizer_with_lock")
    del sys.modules["tokenizer_with_lock"]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("cut", "cut"),
        ("dt", "dt"),
        ("dt.cut", "cut"),
        ("dt.__call__", "cut"),
        ("plain.cut", "plain_cut"),
        ("Tokenizer.cut_all", "Tokenizer.cut_all"),
        ("BARS.findall", "BARS.findall"),
        ("split", "split"),
        ("lower", "lower"),
        ("join", "join"),
        ("Tokenizer", "Tokenizer"),
        ("_private", None),
        ("_private.cut", None),
    ],
)
def test_a_name_is_found_and_imports_the_same(module, path, name):
    value = eval(path, vars(module))
    if name is None:
        assert find_name(value) is None
        return
    assert find_name(value) == f"tokenizer_with_lock:{name}"
    assert import_name(f"tokenizer_with_lock:{name}") == value


def test_names_of_what_is_defined_in_another_module(module, monkeypatch):
    own = module.Tokenizer()
    assert find_name(own.cut) is None
    # Neither the class nor the method tells where the instance is.
    monkeypatch.setattr(json, "tokenizer", own, raising=False)
    assert find_name(own) == "json:tokenizer"
    assert find_name(own.cut) == "json:tokenizer.cut"
    assert find_name(partial(own.cut)) is None


def test_names_in_the_main_module_are_none(module, monkeypatch):
    own = module.Tokenizer()
    monkeypatch.setattr(sys.modules["__main__"], "own", own, raising=False)
    assert find_name(own.cut) is None


@pytest.mark.parametrize("dumps", [pickle.dumps, cloudpickle.dumps])
@pytest.mark.parametrize(
    "path",
    [
        "cut",
        "dt",
        "lower",
        "partial(cut, lower=True)",
        "partial(join, dt)",
        "partial(partial(cut), lower=False)",
    ],
)
def test_what_cannot_be_pickled_goes_by_its_name(module, path, dumps):
    analyzer = Analyzer(eval(path, vars(module)))
    assert copy.deepcopy(analyzer).analyzer is analyzer.analyzer
    loaded = pickle.loads(dumps(analyzer))
    assert loaded("A|b") == analyzer("A|b")
    held = loaded.analyzer
    while isinstance(held, partial):
        held = held.args[0] if held.args else held.func
    assert held in (module.cut, module.dt)


def test_what_can_be_pickled_keeps_its_state(module):
    own = module.Plain()
    own.words = ("b",)
    assert pickle.loads(pickle.dumps(Analyzer(own.cut)))("a|b") == ["a"]
    # Even with a name: words added here would be lacking in another process.
    module.plain.words = ("a",)
    content = pickle.dumps(Analyzer(module.plain_cut))
    module.plain.words = ()
    assert pickle.loads(content)("a|b") == ["b"]


def test_functions_are_left_to_the_pickler(module):
    function = lambda text: [text]  # noqa: E731
    assert copy.deepcopy(Analyzer(function)).analyzer is function
    for analyzer in (Analyzer(function), Analyzer(partial(function))):
        assert pickle.loads(cloudpickle.dumps(analyzer))("a") == ["a"]
        with pytest.raises((pickle.PicklingError, AttributeError), match="lambda"):
            pickle.dumps(analyzer)


@pytest.mark.parametrize("dumps", [pickle.dumps, cloudpickle.dumps])
def test_what_has_no_name_says_how_to_get_one(module, dumps):
    own = module.Tokenizer()
    for analyzer in (
        own,
        own.cut,
        partial(own.cut, lower=True),
        partial(module.join, own),
    ):
        shared = Analyzer(analyzer)
        assert copy.deepcopy(shared).analyzer is analyzer
        with pytest.raises(
            pickle.PicklingError, match=r"RLock.*at the top of a module"
        ):
            dumps(shared)
