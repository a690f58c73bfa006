"""The wide branch: what it is fitted to, and how it is blended."""

from types import SimpleNamespace

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.svm import LinearSVC

from sklearn_slm.estimators.fitting import Fold, Part, log_losses
from sklearn_slm.estimators.targets import Targets
from sklearn_slm.estimators.wide import add_wide, fit_blend, fit_margins, scale_ngrams
from sklearn_slm.runtime import forward, predict_probabilities
from sklearn_slm.spec import NetworkSpec

RANDOM = np.random.RandomState(0)


def make_part(targets, weight=None, multilabel=False, ids=(), offsets=(0,)):
    targets = np.asarray(targets)
    n_outputs = targets.shape[1] if multilabel else targets.max() + 1
    weight = np.ones(len(targets)) if weight is None else weight
    sequences = SimpleNamespace(ids=np.array(ids, np.int32), offsets=np.array(offsets))
    encoded = targets.astype(np.float32 if multilabel else np.int32)
    return Part(
        sequences,
        Targets(np.arange(n_outputs), encoded, multilabel),
        np.asarray(weight, np.float32),
    )


def make_spec(n_outputs, output="softmax"):
    return NetworkSpec(
        n_tokens=6,
        n_components=3,
        hidden_size=(2,),
        n_outputs=n_outputs,
        output=output,
        pooling="mean",
    )


def draw_weights(spec):
    return {
        name: RANDOM.standard_normal(shape).astype(np.float32)
        for name, shape in spec.weight_shapes().items()
    }


def blend_loss(spec, shares, deep, wide, part):
    logits = (shares[0] * deep + shares[1] * wide).astype(np.float64)
    if spec.output == "sigmoid":
        probabilities, truth = 1 / (1 + np.exp(-logits)), part.targets.encoded
    else:
        e = np.exp(logits)
        probabilities = e / e.sum(axis=1, keepdims=True)
        truth = np.eye(spec.n_outputs)[part.targets.encoded]
    return np.average(log_losses(spec, probabilities, truth), weights=part.weight)


@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
def test_the_blend_is_no_worse_than_its_branches(output):
    multilabel = output == "sigmoid"
    truth = RANDOM.randint(0, 2, (400, 3)) if multilabel else RANDOM.randint(0, 3, 400)
    part = make_part(truth, RANDOM.random_sample(400), multilabel)
    clean = truth if multilabel else np.eye(3)[truth]
    deep = (clean * 2 - 1 + RANDOM.standard_normal((400, 3))).astype(np.float32)
    wide = (clean * 2 - 1 + 2 * RANDOM.standard_normal((400, 3))).astype(np.float32)
    spec = make_spec(3, output)
    shares, loss = fit_blend(spec, deep, wide, part.targets.encoded, part.weight)
    assert shares[0] > shares[1] > 0
    own = blend_loss(spec, shares, deep, wide, part)
    assert own <= loss
    grid = [(a, b) for a in np.linspace(0, 3, 13) for b in np.linspace(0, 3, 13)]
    assert own < min(blend_loss(spec, s, deep, wide, part) for s in grid) + 0.002


def test_a_branch_that_knows_nothing_gets_no_share():
    truth = RANDOM.randint(0, 2, 2000)
    deep = (np.eye(2)[truth] * 3).astype(np.float32)
    noise = RANDOM.standard_normal((2000, 2)).astype(np.float32)
    shares, _ = fit_blend(make_spec(2), deep, noise, truth, np.ones(2000))
    assert shares[1] < 0.1 * shares[0]


def draw_rows(n_documents, n_features=4):
    values = RANDOM.random_sample((n_documents, n_features))
    return sp.csr_matrix(np.where(values < 0.5, values, 0).astype(np.float32))


def test_scales_by_hand():
    # Labels a and b; n-gram 0 in two of three documents of a, n-gram 1 in one of each.
    rows = sp.csr_matrix([[0.3, 0], [0.7, 0], [0, 1.0], [0, 0.2]])
    labels = np.array([[1, 0], [1, 0], [1, 0], [0, 1]], bool)
    weight = np.array([1, 1, 1, 2.0])
    a, b = np.array([2, 1]) + 1.0, np.array([0, 2]) + 1.0
    ratio = np.abs(np.log(a / a.sum() / (b / b.sum())))
    expected = np.sqrt(ratio)  # of two labels each says what the other says
    found = scale_ngrams(rows, labels, weight)
    np.testing.assert_allclose(found, [expected, expected], rtol=1e-12)
    # A third label that nothing tells apart still sees what the others see.
    three = np.column_stack([labels, [1, 0, 1, 0]]).astype(bool)
    found = scale_ngrams(rows, three, np.ones(4))
    c, d = np.array([1, 1]) + 1.0, np.array([1, 1]) + 1.0
    assert (c / c.sum() == d / d.sum()).all()
    a, b = np.array([2, 1]) + 1.0, np.array([0, 1]) + 1.0
    most = np.abs(np.log(a / a.sum() / (b / b.sum())))
    np.testing.assert_allclose(found[2], np.sqrt(most / 2), rtol=1e-12)


def test_margins_are_those_of_the_machine():
    rows, truth = draw_rows(60), np.arange(60) % 3
    kernel, bias = fit_margins(make_spec(3), rows, make_part(truth), 0.5, seed=1)
    scales = scale_ngrams(rows, truth[:, None] == np.arange(3), np.ones(60))
    for place in range(3):
        machine = LinearSVC(C=0.5, tol=0.01, dual=True, random_state=1)
        machine.fit(rows.toarray() * scales[place], truth == place)
        np.testing.assert_allclose(
            kernel[:, place], machine.coef_[0] * scales[place], rtol=1e-5, atol=1e-7
        )
        np.testing.assert_allclose(bias[place], machine.intercept_[0], rtol=1e-5)
    two, constant = fit_margins(make_spec(2), rows, make_part(truth % 2), 0.5, seed=1)
    np.testing.assert_array_equal(two[:, 0], -two[:, 1])
    assert constant[0] == -constant[1] and two.any()


def test_margins_without_examples():
    rows = draw_rows(6)
    weight = [1, 1, 1, 1, 0, 0]
    kernel, bias = fit_margins(
        make_spec(3), rows, make_part([0, 1, 0, 1, 2, 2], weight), 0.5, seed=0
    )
    assert bias[2] == -1 and not kernel[:, 2].any() and kernel[:, 0].any()
    labels = np.array(
        [[1, 0, 1], [1, 0, 0], [1, 0, 1], [1, 0, 0], [1, 0, 1], [1, 0, 1]]
    )
    part = make_part(labels, multilabel=True)
    kernel, bias = fit_margins(make_spec(3, "sigmoid"), rows, part, 0.5, seed=0)
    assert bias[:2].tolist() == [1, -1] and not kernel[:, :2].any()


def test_adding_the_branch_keeps_the_network_and_helps():
    spec = make_spec(2)
    weights = draw_weights(spec)
    # Token 2 stands for class 0, token 3 for class 1; a network of chance.
    truth = np.arange(40) % 2
    ids = np.stack([truth + 2, np.full(40, 4)], axis=1).ravel()
    part = make_part(truth, ids=ids, offsets=np.arange(0, 81, 2))
    own = forward(spec, weights, part.sequences.ids, part.sequences.offsets).logits
    folds = [Fold(part, part, own)]
    both, blended = add_wide(spec, weights, folds, part, wide_ngrams=(1, 2), seed=0)
    assert both.n_wide == len(blended["wide.keys"]) == 5
    assert {n: v.shape for n, v in blended.items()} == both.weight_shapes()
    for name in ("embedding", "layer_0.forward.kernel"):
        np.testing.assert_array_equal(blended[name], weights[name])
    sequences = part.sequences
    found = predict_probabilities(both, blended, sequences.ids, sequences.offsets)
    assert (found.argmax(axis=1) == truth).all()
    ratio = blended["head.kernel"] / weights["head.kernel"]
    np.testing.assert_allclose(ratio, ratio[0, 0], rtol=1e-5)
    deep = forward(spec, weights, sequences.ids, sequences.offsets).logits
    whole = forward(both, blended, sequences.ids, sequences.offsets).logits
    assert not np.allclose(whole, ratio[0, 0] * deep)
