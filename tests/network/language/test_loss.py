"""The loss of a window is that of the network in NumPy; penalties by hand."""

import numpy as np
import pytest

from sklearn_slm.network.backend import import_keras, import_native
from sklearn_slm.network.build import build_body
from sklearn_slm.network.encoder import shape_state
from sklearn_slm.network.initializers import Initializers
from sklearn_slm.network.language.loss import build_loss, list_weights
from sklearn_slm.network.language.step import LanguageTrainer
from sklearn_slm.network.language.windows import Windows
from sklearn_slm.runtime import prepare_network
from sklearn_slm.text import Ragged
from tests.network.language.small import SPEC, make_options, make_stream, make_trainer
from tests.networks import draw_weights, make_token_spec

ops, native = import_keras().ops, import_native()


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize("hidden_size", [(3,), (4, 5)])
def test_windows_together_have_the_loss_of_whole_documents(cell, hidden_size):
    spec = make_token_spec(
        n_tokens=9, n_components=3, cell=cell, hidden_size=hidden_size
    )
    weights, stream = draw_weights(spec), make_stream()
    trainer = LanguageTrainer(spec, [weights], make_options(), seed=0)
    total, states = 0.0, [trainer.start_state(1)]
    for window in Windows(stream, n_rows=1, steps=4).read():
        loss, states = trainer.evaluate([window], states)
        total += loss
    framed = [np.concatenate([[0], stream.texts[i], [0]]) for i in range(len(stream))]
    offsets = np.concatenate([[0], np.cumsum([len(t) for t in framed])])
    texts = Ragged(np.concatenate(framed).astype(np.int32), offsets)
    scored = prepare_network(spec, weights).run(texts)["log_likelihood"]
    assert total == pytest.approx(-float(scored.sum()), rel=1e-4)


def test_the_weight_of_a_penalty():
    trainer = make_trainer()
    body = trainer.bodies[0]
    (window, *_) = Windows(make_stream(), 2, 5).read()
    weights = [native.to_numpy(v.value) for v in [trainer.table, *list_weights(body)]]
    given = [np.asarray(v, np.float32) for v in trainer.start_state(2)]
    data = [np.ones((1, 1, 1), np.float32), *window]
    seeds = [v.value for v in body.non_trainable_variables]

    def compute(penalty):
        total, (loss, _, _) = build_loss(SPEC, body, penalty)(
            [ops.convert_to_tensor(w) for w in weights],
            seeds,
            [ops.convert_to_tensor(v) for v in given],
            *[ops.convert_to_tensor(v) for v in data],
        )
        return float(native.to_numpy(total)), float(native.to_numpy(loss))

    plain, loss = compute(0.0)
    assert plain == loss
    vectors = ops.convert_to_tensor(weights[0][window.ids])
    inputs = [vectors, ops.ones_like(window.carry), window.carry, *given]
    outputs, states, *_ = map(
        native.to_numpy,
        body([ops.convert_to_tensor(v) for v in inputs], training=False),
    )
    change = (states[1:] - states[:-1]) * window.carry[1:]
    expected = (outputs**2).mean() + 0.5 * (change**2).mean()
    penalised, same = compute(2.0)
    assert same == loss
    assert penalised - loss == pytest.approx(
        2.0 * expected * window.weight.sum(), rel=1e-3
    )


def test_the_state_of_a_body_has_the_shapes_that_are_told():
    spec = make_token_spec(hidden_size=(3, 6))
    assert shape_state(spec.encoder) == [3, 3, 6, 6]
    assert shape_state(make_token_spec(cell="gru").encoder) == [4]
    body = build_body(
        spec,
        dropout=0.0,
        recurrent_dropout=0.0,
        initializers=Initializers("uniform", 0),
        carries_state=True,
    )
    assert [tuple(out.shape[1:]) for out in body.outputs[2:]] == [
        (3,),
        (3,),
        (6,),
        (6,),
    ]
