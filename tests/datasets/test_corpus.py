"""The demonstration corpus."""

import random
import re
from collections import Counter, defaultdict

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.utils import Bunch

from sklearn_slm.datasets import load_demo_corpus
from sklearn_slm.datasets._corpus import draw_corpus

LANGUAGES = ["en", "zh"]


def split_tokens(text, language):
    if language == "zh":
        return list(text)
    return re.findall(r"\w+|[^\w\s]", text.lower())


def bag_of(text, language):
    return tuple(sorted(split_tokens(text, language)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_size_balance_and_distinctness(language):
    train = load_demo_corpus(language)
    test = load_demo_corpus(language, subset="test")
    assert isinstance(train, Bunch)
    assert train.target_names == ["negative", "positive"]
    for corpus, n_texts in [(train, 4000), (test, 1000)]:
        assert len(corpus.data) == len(set(corpus.data)) == n_texts
        half = n_texts // 2
        assert Counter(corpus.target) == {"negative": half, "positive": half}
    assert not set(train.data) & set(test.data)


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_is_train_then_test(language):
    train = load_demo_corpus(language, random_state=3)
    test = load_demo_corpus(language, subset="test", random_state=3)
    texts, labels = load_demo_corpus(
        language, subset="all", random_state=3, return_X_y=True
    )
    assert texts == train.data + test.data
    np.testing.assert_array_equal(labels, np.append(train.target, test.target))


def test_same_seed_same_texts_and_no_global_generator():
    random.seed(0)
    np.random.seed(0)
    python_state, numpy_state = random.getstate(), np.random.get_state()
    first = load_demo_corpus(random_state=7)
    load_demo_corpus(random_state=None)
    assert random.getstate() == python_state
    now = np.random.get_state()
    np.testing.assert_array_equal(now[1], numpy_state[1])
    assert now[2] == numpy_state[2]
    np.random.seed(1)
    again = load_demo_corpus(random_state=np.random.RandomState(7))
    assert first.data == again.data
    np.testing.assert_array_equal(first.target, again.target)
    assert load_demo_corpus(random_state=8).data != first.data


def test_no_seed_draws_fresh_texts():
    first = load_demo_corpus(subset="test", random_state=None)
    assert first.data != load_demo_corpus(subset="test", random_state=None).data


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("seeds", [(0, 0), (0, 1), (5, 2)])
def test_combinations_of_test_are_not_in_train(language, seeds):
    train = draw_corpus(language, "train", np.random.RandomState(seeds[0]))
    test = draw_corpus(language, "test", np.random.RandomState(seeds[1]))
    assert not {r.combination for r in train} & {r.combination for r in test}
    assert not {r.text for r in train} & {r.text for r in test}
    # Patterns, pairs and words are known; only their combinations are new.
    for part in (0, 1):
        seen = {row.combination[part] for row in train}
        assert {row.combination[part] for row in test} <= seen
    words = {word for row in train for word in split_tokens(row.text, language)}
    assert {w for row in test for w in split_tokens(row.text, language)} <= words


@pytest.mark.parametrize("language", LANGUAGES)
def test_same_words_with_both_labels(language):
    corpus = load_demo_corpus(language, subset="test")
    labels = defaultdict(set)
    for text, label in zip(corpus.data, corpus.target, strict=True):
        labels[bag_of(text, language)].add(label)
    twins = [len(labels[bag_of(text, language)]) == 2 for text in corpus.data]
    assert sum(twins) >= 300


@pytest.mark.parametrize("language", LANGUAGES)
def test_bag_of_words_stays_near_chance(language):
    train = load_demo_corpus(language)
    test = load_demo_corpus(language, subset="test")
    tokens = {"analyzer": "char"} if language == "zh" else {"token_pattern": r"\w+"}
    model = make_pipeline(TfidfVectorizer(**tokens), LogisticRegression())
    score = model.fit(train.data, train.target).score(test.data, test.target)
    assert 0.45 < score < 0.66


def test_description_says_synthetic():
    for language, name in [("en", "English"), ("zh", "Chinese")]:
        description = load_demo_corpus(language, subset="test").DESCR
        assert "SYNTHETIC" in description
        assert name in description
        assert "4000 for training, 1000 for testing" in description


@pytest.mark.parametrize("language", ["de", None, ["en"]])
def test_unknown_language(language):
    with pytest.raises(
        ValueError, match=r"language must be one of \['en', 'zh'\], got"
    ):
        load_demo_corpus(language)


def test_unknown_subset():
    with pytest.raises(ValueError, match=r"subset must be one of .*, got 'dev'"):
        load_demo_corpus(subset="dev")


@pytest.mark.parametrize("seed", [-1, 2**32, 1.0, "0", True])
def test_bad_seed(seed):
    with pytest.raises(ValueError, match=r"random_state must be an int from 0 to"):
        load_demo_corpus(random_state=seed)
