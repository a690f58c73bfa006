"""An n-gram model over more tokens and classes, and what it learns of a piece."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.svm import LinearSVC

from sklearn_slm.ngrams import NgramModel, growing, run_ngrams
from sklearn_slm.ngrams.blend import fit_blend
from sklearn_slm.ngrams.growing import (
    follow_blend,
    grow_ngrams,
    learn_ngrams,
    renumber_keys,
)
from sklearn_slm.spec import ClassHead
from sklearn_slm.text import Ragged

RANDOM = np.random.RandomState(0)
N_TOKENS = 9


def make_texts(n=30, n_tokens=N_TOKENS, seed=0):
    ids = np.random.RandomState(seed).randint(1, n_tokens, size=(n, 4))
    return Ragged(ids.ravel().astype(np.int32), np.arange(0, 4 * n + 1, 4))


def make_model(n_outputs, lengths=(1, 2)):
    ids = np.arange(2, N_TOKENS)
    keys = np.concatenate([ids, (ids[3:, None] * N_TOKENS + ids[:3]).ravel()])
    kernel = RANDOM.standard_normal((len(keys), n_outputs)).astype(np.float32)
    return NgramModel(
        lengths,
        N_TOKENS,
        np.sort(keys),
        np.ones(len(keys), np.float32),
        kernel,
        np.arange(n_outputs, dtype=np.float32),
        np.array([0.5, 1.5], np.float32),
    )


def test_keys_keep_their_order():
    keys = make_model(1).keys
    new = renumber_keys(keys, N_TOKENS, 50)
    assert (np.diff(new) > 0).all() and new[-1] == 8 * 50 + 4
    assert renumber_keys(new, 50, N_TOKENS).tolist() == keys.tolist()


@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
def test_what_was_known_stays(output):
    model = make_model(3)
    texts = make_texts()
    grown = grow_ngrams(model, ClassHead(5, output=output), 50, np.array([0, 2, 4]))
    found, before = run_ngrams(grown, texts), run_ngrams(model, texts)
    np.testing.assert_array_equal(found[:, [0, 2, 4]], before)
    np.testing.assert_array_equal(found[:, [1, 3]], -1)


def test_two_classes_share_a_margin_and_three_do_not():
    model = make_model(2)
    grown = grow_ngrams(model, ClassHead(3), N_TOKENS, np.array([0, 1]))
    np.testing.assert_array_equal(grown.kernel[:, :2], 2 * model.kernel)
    labels = grow_ngrams(
        model, ClassHead(3, output="sigmoid"), N_TOKENS, np.array([0, 1])
    )
    np.testing.assert_array_equal(labels.kernel[:, :2], model.kernel)


def learn(model, head, texts, targets, weight=None, **others):
    weight = np.ones(len(texts)) if weight is None else weight
    return learn_ngrams(
        model, head, texts, targets, weight, n_documents=99, seed=0, **others
    )


def test_from_nothing_it_is_a_support_vector_machine(monkeypatch):
    monkeypatch.setattr(growing, "_N_VISITS", 100)
    empty = NgramModel(
        (1, 1),
        N_TOKENS,
        np.zeros(0, np.int64),
        np.zeros(0, np.float32),
        np.zeros((0, 3), np.float32),
        np.zeros(3, np.float32),
        np.ones(2, np.float32),
    )
    texts, labels = make_texts(), np.arange(30) % 3
    targets = np.eye(3, dtype=np.float32)[labels]
    weight = np.linspace(0, 2, 30)
    model = learn(empty, ClassHead(3), texts, targets, weight)
    assert model.keys.tolist() == list(range(2, N_TOKENS))
    one = np.eye(len(model), dtype=np.float32)
    rows, places, counts = growing.count_ngrams(model.keys, texts, N_TOKENS, (1, 1))
    values = growing.weigh_ngrams(rows, model.idf[places], counts, 30)
    features = csr_matrix((values, (rows, places)), (30, len(one)))
    for output in range(3):
        machine = LinearSVC(C=1.0, tol=1e-6, max_iter=100_000, random_state=0)
        machine.fit(features, labels == output, weight)
        np.testing.assert_allclose(model.kernel[:, output], machine.coef_[0], atol=2e-3)
        np.testing.assert_allclose(model.bias[output], machine.intercept_, atol=2e-3)


def test_it_learns_a_piece_and_keeps_what_that_says_nothing_of():
    model, texts = make_model(3), make_texts(6, n_tokens=5)
    targets = np.eye(3, dtype=np.float32)[[0, 1, 2, 0, 1, 2]]

    def count_errors(model):
        margins = (2 * targets - 1) * run_ngrams(model, texts)
        return float(np.maximum(1 - margins, 0).sum())

    learned = learn(model, ClassHead(3), texts, targets)
    assert count_errors(learned) < 0.7 * count_errors(model)
    # Tokens 5 to 8 are in no text.
    untouched = np.isin(learned.keys, model.keys[3:7])
    np.testing.assert_array_equal(learned.kernel[untouched], model.kernel[3:7])
    # New n-grams of 99 texts so far, in their place.
    assert (np.diff(learned.keys) > 0).all() and len(learned) > len(model)
    is_new = ~np.isin(learned.keys, model.keys)
    assert learned.idf[is_new].max() == pytest.approx(np.log(100 / 2) + 1)
    nothing = learn(model, ClassHead(3), texts, targets, np.zeros(6))
    np.testing.assert_array_equal(nothing.bias, model.bias)
    # Where all margins are met by something else, nothing is left to learn.
    far = 100 * (2 * targets - 1)
    done = learn(model, ClassHead(3), texts, targets, offsets=far)
    np.testing.assert_array_equal(done.bias, model.bias)


def test_of_too_many_ngrams_the_strongest_stay(monkeypatch):
    monkeypatch.setattr(growing, "_MOST_NGRAMS", 4)
    model = make_model(3)
    learned = learn(model, ClassHead(3), make_texts(0), np.zeros((0, 3), np.float32))
    strength = np.abs(model.kernel).max(axis=1)
    assert (
        learned.keys.tolist() == np.sort(model.keys[np.argsort(-strength)[:4]]).tolist()
    )


def test_blend_weights_follow():
    head, random = ClassHead(3), np.random.RandomState(1)
    targets = np.eye(3)[random.randint(3, size=100)]
    own = targets + random.standard_normal(targets.shape)
    network, weight = random.standard_normal(targets.shape), np.ones(100)
    model = make_model(3)
    best, _ = fit_blend(head, network, own, targets, weight)
    found = follow_blend(head, model, network, own, targets, weight).blend
    # A hundred texts beside three hundred.
    np.testing.assert_allclose(found, 0.75 * model.blend + 0.25 * best, rtol=1e-6)
    assert best[0] < best[1]
