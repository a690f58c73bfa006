"""The NumPy pass: by hand, and the same whatever stands around a document."""

import numpy as np
import pytest

from sklearn_slm.runtime import encode_batches, network, prepare_network
from sklearn_slm.spec import CELLS
from sklearn_slm.text import Ragged
from tests.networks import draw_texts, make_network, make_spec


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_lstm_and_attention_by_hand():
    # One unit and one component, so that every step can be written out.
    spec = make_spec(
        n_tokens=4, n_components=1, hidden_size=(1,), n_outputs=2, bidirectional=False
    )
    weights = {
        "embedding": [[0], [0.1], [0.5], [-1.0]],
        "layer_0.forward.kernel": [[0.2, -0.3, 0.4, 0.7]],
        "layer_0.forward.recurrent_kernel": [[0.5, 0.1, -0.2, 0.3]],
        "layer_0.forward.bias": [0.0, 1.0, 0.1, -0.1],
        "attention.kernel": [[0.6], [-0.9]],
        "attention.bias": 0.3,
        "head.kernel": [[1.0, -2.0]],
        "head.bias": [0.0, 0.2],
    }
    weights = {name: np.array(value, np.float32) for name, value in weights.items()}
    h, c, states = 0.0, 0.0, []
    for x in (0.5, -1.0, 0.1):
        i = sigmoid(0.2 * x + 0.5 * h)
        f = sigmoid(-0.3 * x + 0.1 * h + 1.0)
        o = sigmoid(0.4 * x - 0.2 * h + 0.1)
        c = f * c + i * np.tanh(0.7 * x + 0.3 * h - 0.1)
        h = o * np.tanh(c)
        states.append(h)
    before = [0.0, *states[:-1]]
    score = [0.6 * b - 0.9 * s + 0.3 for b, s in zip(before, states)]
    share = np.exp(score) / np.exp(score).sum()
    pooled = share @ states
    text = Ragged(np.array([2, 3, 1], np.int32), np.array([0, 3]))
    outputs = prepare_network(spec, weights).run(text)
    np.testing.assert_allclose(outputs["attention"], share, rtol=1e-5)
    np.testing.assert_allclose(
        outputs["logits"], [[pooled, 0.2 - 2 * pooled]], rtol=1e-5, atol=1e-7
    )


@pytest.mark.parametrize("pooling", ["attention", "max"])
def test_the_order_of_documents_changes_no_bit(pooling):
    spec, weights = make_network(pooling=pooling)
    random = np.random.RandomState(1)
    texts = draw_texts(random.randint(0, 6, 700))
    prepared = prepare_network(spec, weights)
    expected = prepared.run(texts)["logits"]
    order = random.permutation(len(texts))
    moved = prepared.run(texts.take(order))["logits"]
    np.testing.assert_array_equal(moved, expected[order])


@pytest.mark.parametrize("cell", CELLS)
def test_company_and_threads_change_nothing(cell):
    spec, weights = make_network(cell=cell, hidden_size=(4, 3))
    prepared = prepare_network(spec, weights)
    texts = draw_texts(np.random.RandomState(2).randint(0, 9, 600))
    one, two = (prepared.run(texts, n_threads=n) for n in (1, 2))
    for name in one:
        np.testing.assert_array_equal(one[name], two[name])
    for row in (0, 17, 599):
        alone = prepared.run(texts.take(np.array([row])))
        np.testing.assert_allclose(alone["logits"][0], one["logits"][row], atol=1e-6)
        part = slice(texts.offsets[row], texts.offsets[row + 1])
        np.testing.assert_allclose(
            alone["attention"], one["attention"][part], atol=1e-6
        )


def test_a_document_of_100_000_tokens():
    spec, weights = make_network()
    outputs = prepare_network(spec, weights).run(draw_texts([100_000, 0, 3]))
    assert np.isfinite(outputs["logits"]).all()
    assert outputs["attention"][:100_000].sum() == pytest.approx(1, abs=1e-3)


def test_no_documents_at_all():
    spec, weights = make_network()
    outputs = prepare_network(spec, weights).run(draw_texts([]))
    assert outputs["logits"].shape == (0, 3) and outputs["attention"].shape == (0,)


def test_empty_documents_are_run_once(monkeypatch):
    spec, weights = make_network()
    lengths = np.zeros(400_000, int)
    lengths[[7, 70_000]] = 3, 2
    texts = draw_texts(lengths)
    n_documents = []
    run_batch = network._run_batch

    def counted(prepared, projected, places, lengths, ids):
        n_documents.append(len(lengths))
        return run_batch(prepared, projected, places, lengths, ids)

    monkeypatch.setattr(network, "_run_batch", counted)
    prepared = prepare_network(spec, weights)
    outputs = prepared.run(texts)
    assert sum(n_documents) == 3
    alone = prepared.run(draw_texts([0]))["logits"]
    np.testing.assert_array_equal(outputs["logits"][lengths == 0] - alone, 0.0)
    expected = prepared.run(texts.take(np.array([7, 70_000])))
    np.testing.assert_allclose(
        outputs["logits"][[7, 70_000]], expected["logits"], atol=1e-6
    )
    np.testing.assert_allclose(outputs["attention"], expected["attention"], atol=1e-6)


@pytest.mark.parametrize("pooling", ["attention", "last", "mean", "max"])
def test_what_is_kept_for_the_way_back_is_the_pass_that_serves(pooling):
    spec, weights = make_network(pooling=pooling, hidden_size=(4, 3))
    texts = draw_texts([4, 0, 7, 1, 7])
    served = prepare_network(spec, weights).run(texts)["logits"]
    prepared = prepare_network(spec, weights, np.float64)
    rows, tokens = [], []
    for batch in encode_batches(prepared, texts):
        logits = batch.outputs["logits"]
        assert logits.dtype == np.float64
        np.testing.assert_allclose(logits, served[batch.rows], atol=1e-5)
        ids = texts.values[batch.tokens]
        np.testing.assert_array_equal(batch.inputs, weights["embedding"][ids])
        rows += batch.rows.tolist()
        tokens += batch.tokens.tolist()
    assert sorted(rows) == [0, 2, 3, 4]  # an empty text has nothing to explain
    assert sorted(tokens) == list(range(19))
