"""``slm info --vocabulary``: what can be read in a model."""

import json

import numpy as np
import pytest

from sklearn_slm import GloveTfidfVectorizer, WordVectors, save_model
from sklearn_slm.cli.vocabulary import HeldText, list_held
from sklearn_slm.decoding import count_words
from sklearn_slm.ngrams import NgramModel
from sklearn_slm.text import learn_vocabulary
from tests.cli.small import make_language_model


class Model:
    """Has the attributes of a fitted model that it is given."""

    def __init__(self, **attributes):
        vars(self).update(attributes)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("vocabulary")
    save_model(make_language_model(["a b a", "c a"]), folder / "language.slm")
    vectors = WordVectors(["good", "bad", "new"], np.eye(3))
    vectorizer = GloveTfidfVectorizer(3, vectors=vectors).fit(["good good", "bad"])
    save_model(vectorizer.set_params(vectors=None), folder / "vectorizer.slm")
    return folder


def test_words_and_ngrams():
    vocabulary = learn_vocabulary([["a", "b", "a"], ["b"], ["c"]])[0]
    # By keys of ids to the base 5: a, then b a, then a b c.
    keys = np.array([2, 3 * 5 + 2, (2 * 5 + 3) * 5 + 4])
    small = np.ones(3, np.float32)
    ngrams = NgramModel((1, 3), 5, keys, small, small[:, None], small[:1], small[:2])
    assert list(list_held(Model(vocabulary_=vocabulary, ngrams_=ngrams))) == [
        HeldText("token", "a", 1, 2),
        HeldText("token", "b", 2, 2),
        HeldText("token", "c", 1, 1),
        HeldText("n-gram", "b a"),
        HeldText("n-gram", "a b c"),
    ]


def test_other_models():
    source, target = (learn_vocabulary([[word]])[0] for word in ("ein", "one"))
    pair = Model(source_vocabulary_=source, target_vocabulary_=target)
    assert list(list_held(pair)) == [
        HeldText("source token", "ein", 1, 1),
        HeldText("target token", "one", 1, 1),
    ]
    counts = count_words(["call home", "call home"], order=2)
    found = list(list_held(Model(word_counts_=counts)))
    assert HeldText("word n-gram", "call home", None, 2) in found
    index = Model(texts=("Yes.", "Is it?", "No."), starts=np.array([0, 2]))
    assert [tuple(held[:2]) for held in list_held(Model(index_=index))] == [
        ("answer", "Yes."),
        ("question", "Is it?"),
        ("answer", "No."),
    ]
    assert list(list_held(Model(vocabulary_=None))) == []


def test_a_table_or_json(run):
    # Words of a language model begin with the space before them.
    assert run("info language.slm --vocabulary").out.splitlines() == [
        "part\ttext\ttexts\ttimes",
        "token\t a\t2\t3",
        "token\t b\t1\t1",
        "token\t c\t1\t1",
    ]
    lines = run("info vectorizer.slm --vocabulary --json").out.splitlines()
    assert [json.loads(line) for line in lines] == [
        {"part": "token", "text": "good", "texts": 1, "times": 2},
        {"part": "token", "text": "bad", "texts": 1, "times": 1},
        # From the file of vectors, of no text.
        {"part": "token", "text": "new", "texts": 0, "times": 0},
    ]
    assert "ask for one" in run("info language.slm --vocabulary --card", 2).err


def test_what_a_terminal_would_obey_is_escaped(run, folder):
    save_model(make_language_model(["\x1b[2J\ta"]), folder / "odd.slm")
    for row in run("info odd.slm --vocabulary").out.splitlines():
        assert row.count("\t") == 3 and "\x1b" not in row
