"""The n-gram model: what it is fitted to."""

import numpy as np
import scipy.sparse as sp
from sklearn.svm import LinearSVC

from sklearn_slm.network.examples import Examples
from sklearn_slm.ngrams import blend_logits, run_ngrams
from sklearn_slm.ngrams.fit import HeldOut, fit_margins, fit_ngrams, scale_ngrams
from sklearn_slm.runtime import prepare_network
from sklearn_slm.spec import ClassHead
from sklearn_slm.text import Ragged
from tests.networks import make_network

RANDOM = np.random.RandomState(0)


def make_examples(targets, weight=None, texts=None):
    targets = np.asarray(targets, np.float32)
    weight = np.ones(len(targets)) if weight is None else weight
    inputs = {} if texts is None else {"ids": texts}
    return Examples(inputs, {"classes": targets}, np.asarray(weight, np.float32))


def draw_rows(n_documents, n_features=4):
    values = RANDOM.random_sample((n_documents, n_features))
    return sp.csr_matrix(np.where(values < 0.5, values, 0).astype(np.float32))


def test_scales_by_hand():
    # Labels a and b; n-gram 0 in two of three documents of a, n-gram 1 in one of each.
    rows = sp.csr_matrix([[0.3, 0], [0.7, 0], [0, 1.0], [0, 0.2]])
    targets = np.array([[1, 0], [1, 0], [1, 0], [0, 1.0]])
    weight = np.array([1, 1, 1, 2.0])
    a, b = np.array([2, 1]) + 1.0, np.array([0, 2]) + 1.0
    ratio = np.abs(np.log(a / a.sum() / (b / b.sum())))
    expected = np.sqrt(ratio)  # of two labels each says what the other says
    scales = scale_ngrams(rows, targets, weight)
    np.testing.assert_allclose(scales, [expected, expected], rtol=1e-12)
    # A third label that nothing tells apart still sees what the others see.
    three = np.column_stack([targets, [1, 0, 1, 0]])
    scales = scale_ngrams(rows, three, np.ones(4))
    c, d = np.array([1, 1]) + 1.0, np.array([1, 1]) + 1.0
    assert (c / c.sum() == d / d.sum()).all()
    a, b = np.array([2, 1]) + 1.0, np.array([0, 1]) + 1.0
    most = np.abs(np.log(a / a.sum() / (b / b.sum())))
    np.testing.assert_allclose(scales[2], np.sqrt(most / 2), rtol=1e-12)


def test_margins_are_those_of_the_machine():
    rows, truth = draw_rows(60), np.arange(60) % 3
    targets = np.eye(3)[truth]
    kernel, bias = fit_margins(ClassHead(3), rows, make_examples(targets), 0.5, seed=1)
    scales = scale_ngrams(rows, targets, np.ones(60))
    for place in range(3):
        machine = LinearSVC(C=0.5, tol=0.01, dual=True, random_state=1)
        machine.fit(rows.toarray() * scales[place], truth == place)
        np.testing.assert_allclose(
            kernel[:, place], machine.coef_[0] * scales[place], rtol=1e-5, atol=1e-7
        )
        np.testing.assert_allclose(bias[place], machine.intercept_[0], rtol=1e-5)
    examples = make_examples(np.eye(2)[truth % 2])
    two, constant = fit_margins(ClassHead(2), rows, examples, 0.5, seed=1)
    np.testing.assert_array_equal(two[:, 0], -two[:, 1])
    assert constant[0] == -constant[1] and two.any()


def test_soft_labels_are_documents_that_come_twice():
    rows, truth = draw_rows(30), np.arange(30) % 2
    share = RANDOM.random_sample(30)
    share[::3] = truth[::3]  # some labels are sure
    soft = make_examples(np.stack([1 - share, share], axis=1))
    kernel, bias = fit_margins(ClassHead(2), rows, soft, 0.5, seed=0)
    both = sp.vstack([rows, rows]).tocsr()
    hard = make_examples(
        np.repeat(np.eye(2), 30, axis=0), np.concatenate([1 - share, share])
    )
    expected = fit_margins(ClassHead(2), both, hard, 0.5, seed=0)
    # liblinear visits the documents in another order, and stops at a tolerance.
    np.testing.assert_allclose(kernel, expected[0], atol=0.02)
    np.testing.assert_allclose(bias, expected[1], atol=0.02)


def test_margins_without_examples():
    rows = draw_rows(6)
    examples = make_examples(np.eye(3)[[0, 1, 0, 1, 2, 2]], [1, 1, 1, 1, 0, 0])
    kernel, bias = fit_margins(ClassHead(3), rows, examples, 0.5, seed=0)
    assert bias[2] == -1 and not kernel[:, 2].any() and kernel[:, 0].any()
    labels = [[1, 0, 1], [1, 0, 0], [1, 0, 1], [1, 0, 0], [1, 0, 1], [1, 0, 1]]
    head = ClassHead(3, output="sigmoid")
    kernel, bias = fit_margins(head, rows, make_examples(labels), 0.5, seed=0)
    assert bias[:2].tolist() == [1, -1] and not kernel[:, :2].any()


def test_a_network_of_chance_is_helped():
    spec, weights = make_network(n_outputs=2, pooling="mean", n_tokens=6)
    # Token 2 stands for class 0, token 3 for class 1.
    truth = np.arange(40) % 2
    ids = np.stack([truth + 2, np.full(40, 4)], axis=1).ravel().astype(np.int32)
    texts = Ragged(ids, np.arange(0, 81, 2))
    examples = make_examples(np.eye(2)[truth], texts=texts)
    own = prepare_network(spec, weights).run(texts)["logits"]
    folds = [HeldOut(examples, examples, own)]
    model = fit_ngrams(spec, folds, examples, lengths=(1, 2), seed=0)
    assert len(model) == 5 and model.n_tokens == 6
    blended = blend_logits(own, run_ngrams(model, texts), model)
    assert (blended.argmax(axis=1) == truth).all()
    usual = fit_ngrams(spec, [], examples, lengths=(1, 1), seed=0)
    assert usual.lengths == (1, 1)
    np.testing.assert_array_equal(usual.blend, np.float32([0.6, 1.8]))
    given = np.array([0.25, 0.5])
    as_given = fit_ngrams(spec, [], examples, lengths=(1, 1), seed=0, blend=given)
    assert as_given.blend.tolist() == [0.25, 0.5]
    np.testing.assert_array_equal(as_given.kernel, usual.kernel)


def test_columns_are_features_as_long_as_the_ngrams():
    rows, truth = draw_rows(60), np.arange(60) % 2
    targets = np.eye(2)[truth]
    columns = np.random.RandomState(3).standard_normal((60, 2)).astype(np.float32)
    examples = make_examples(targets)
    with_columns = Examples(
        {**examples.inputs, "columns": columns}, examples.targets, examples.weight
    )
    kernel, _ = fit_margins(ClassHead(2), rows, with_columns, 0.5, seed=1)
    assert kernel.shape == (rows.shape[1] + 2, 2)
    scaled = rows.toarray() * scale_ngrams(rows, targets, np.ones(60))[1]
    factor = np.linalg.norm(scaled) / np.linalg.norm(columns)
    machine = LinearSVC(C=0.5, tol=0.01, dual=True, random_state=1)
    machine.fit(np.hstack([scaled, factor * columns]), truth == 1)
    expected = machine.coef_[0, -2:] * factor / 2
    np.testing.assert_allclose(kernel[-2:, 1], expected, rtol=1e-5, atol=1e-7)
