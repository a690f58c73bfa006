"""The NumPy pass: by hand, and the same whatever stands around a document."""

import sys

import numpy as np
import pytest

from sklearn_slm.runtime import forward, pieces, predict_probabilities
from sklearn_slm.runtime.cells import prepare_layers, prepare_step, run_layer
from sklearn_slm.runtime.packing import Packing
from sklearn_slm.spec import NetworkSpec


def build(seed=0, **fields):
    fields = {"n_tokens": 30, "n_components": 5, "hidden_size": (4,)} | fields
    spec = NetworkSpec(**{"n_outputs": 3} | fields)
    random = np.random.RandomState(seed)
    return spec, {
        name: (0.5 * random.standard_normal(shape)).astype(np.float32)
        for name, shape in spec.weight_shapes().items()
    }


def draw_documents(lengths, seed=0):
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    ids = np.random.RandomState(seed).randint(1, 30, offsets[-1]).astype(np.int32)
    return ids, offsets


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_lstm_and_attention_by_hand():
    # One unit and one component, so that every step can be written out.
    spec = NetworkSpec(
        n_tokens=4,
        n_components=1,
        hidden_size=(1,),
        n_outputs=2,
        bidirectional=False,
    )
    weights = {
        "embedding": np.array([[0], [0.1], [0.5], [-1.0]], np.float32),
        "layer_0.forward.kernel": np.array([[0.2, -0.3, 0.4, 0.7]], np.float32),
        "layer_0.forward.recurrent_kernel": np.array([[0.5, 0.1, -0.2, 0.3]], "f4"),
        "layer_0.forward.bias": np.array([0.0, 1.0, 0.1, -0.1], np.float32),
        "attention.kernel": np.array([[0.6], [-0.9]], np.float32),
        "attention.bias": np.array(0.3, np.float32),
        "head.kernel": np.array([[1.0, -2.0]], np.float32),
        "head.bias": np.array([0.0, 0.2], np.float32),
    }
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
    found = forward(spec, weights, np.array([2, 3, 1], "i4"), np.array([0, 3]))
    np.testing.assert_allclose(found.attention, share, rtol=1e-5)
    np.testing.assert_allclose(
        found.logits[0], [pooled, 0.2 - 2 * pooled], rtol=1e-5, atol=1e-7
    )


@pytest.mark.parametrize("pooling", ["attention", "max"])
def test_the_order_of_documents_changes_no_bit(pooling):
    spec, weights = build(pooling=pooling)
    random = np.random.RandomState(1)
    lengths = random.randint(0, 6, 700)
    ids, offsets = draw_documents(lengths)
    expected = predict_probabilities(spec, weights, ids, offsets)
    order = random.permutation(len(lengths))
    moved = np.concatenate([ids[offsets[i] : offsets[i + 1]] for i in order])
    ends = np.concatenate([[0], np.cumsum(lengths[order])])
    found = predict_probabilities(spec, weights, moved, ends)
    np.testing.assert_array_equal(found, expected[order])


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_company_and_threads_change_nothing(cell):
    spec, weights = build(cell=cell, hidden_size=(4, 3))
    ids, offsets = draw_documents(np.random.RandomState(2).randint(0, 9, 600))
    one, two = (
        forward(spec, weights, ids, offsets, n_threads=n).logits for n in (1, 2)
    )
    np.testing.assert_array_equal(one, two)
    for i in (0, 17, 599):
        alone = forward(
            spec,
            weights,
            ids[offsets[i] : offsets[i + 1]],
            np.array([0, offsets[i + 1] - offsets[i]]),
        )
        np.testing.assert_allclose(alone.logits[0], one[i], atol=1e-6)


def run_step_by_step(layer, projected, index):
    return run_layer(layer, projected, index, Packing.of(np.array([len(index)])))


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize("n_tokens", [8_192, 9_001])
def test_pieces_of_a_long_document_say_what_its_steps_say(
    n_tokens, cell, bidirectional
):
    spec, weights = build(cell=cell, bidirectional=bidirectional, hidden_size=(3, 4))
    ids, offsets = draw_documents([n_tokens])
    with pytest.MonkeyPatch.context() as patch:
        # The package has a function of the module's name.
        module = sys.modules["sklearn_slm.runtime.forward"]
        patch.setattr(module, "run_long", run_step_by_step)
        expected = forward(spec, weights, ids, offsets)
    found = forward(spec, weights, ids, offsets)
    np.testing.assert_allclose(found.logits, expected.logits, atol=1e-6)
    np.testing.assert_allclose(found.attention, expected.attention, atol=1e-7)


def count_steps(monkeypatch):
    """Return a list that gets the number of pieces of each step that is made."""
    made = []

    def prepare(layer, gates, hidden, *rest):
        step = prepare_step(layer, gates, hidden, *rest)

        def counted():
            made.append(len(hidden))
            step()

        return counted

    monkeypatch.setattr(pieces, "prepare_step", prepare)
    return made


@pytest.mark.parametrize(
    ("forget_bias", "most_steps"), [(0.0, 0.16), (5.0, 0.41), (40.0, 1.03)]
)
def test_pieces_that_began_wrong_run_again(forget_bias, most_steps, monkeypatch):
    """With the forget gate at 1 every state depends on all tokens before it."""
    spec, weights = build(bidirectional=False, pooling="last")
    weights["layer_0.forward.bias"][4:8] = forget_bias
    weights["layer_0.forward.recurrent_kernel"] *= 0.1
    (layer,) = prepare_layers(spec, weights)
    ids, _ = draw_documents([8_999])
    projected, index = layer.project(weights["embedding"]), ids[:, None].astype(int)
    expected, last = run_step_by_step(layer, projected, index)
    made = count_steps(monkeypatch)
    states, state = pieces.run_long(layer, projected, index)
    np.testing.assert_allclose(states, expected, atol=1e-6)
    np.testing.assert_allclose(state, last, atol=1e-6)
    assert len(made) < most_steps * len(ids)


def test_empty_documents_are_run_once(monkeypatch):
    spec, weights = build()
    lengths = np.zeros(400_000, int)
    lengths[[7, 70_000]] = 3, 2
    documents = draw_documents(lengths)
    rows = []
    module = sys.modules["sklearn_slm.runtime.forward"]
    run_batch = module._run_batch

    def counted(network, projected, place, lengths):
        rows.append(len(lengths))
        return run_batch(network, projected, place, lengths)

    monkeypatch.setattr(module, "_run_batch", counted)
    found = forward(spec, weights, *documents)
    assert sum(rows) == 3
    alone = forward(spec, weights, *draw_documents([0])).logits[0]
    np.testing.assert_array_equal(found.logits[lengths == 0] - alone, 0.0)
    kept = draw_documents([3, 2])
    expected = forward(spec, weights, *kept)
    np.testing.assert_allclose(found.logits[[7, 70_000]], expected.logits, atol=1e-6)
    np.testing.assert_allclose(found.attention, expected.attention, atol=1e-6)


def test_a_document_of_100_000_tokens():
    spec, weights = build()
    ids, offsets = draw_documents([100_000, 0, 3])
    found = forward(spec, weights, ids, offsets)
    assert np.isfinite(found.logits).all()
    assert found.attention[:100_000].sum() == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("cell", "lstn"),
        ("pooling", ["mean"]),
        ("output", None),
        ("hidden_size", ()),
        ("hidden_size", (4, 0)),
        ("n_outputs", 2.0),
    ],
)
def test_a_spec_refuses_what_no_network_can_be(field, value):
    with pytest.raises(ValueError, match="must be"):
        build(**{field: value})
