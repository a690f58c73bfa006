"""A network that ONNX Runtime runs: batches, threads, one session, none in a pickle."""

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from sklearn_slm.compression import quantize_weights
from sklearn_slm.graph.session import OnnxNetwork
from sklearn_slm.runtime import prepare_network
from sklearn_slm.runtime.stepping import start_state
from tests.networks import (
    draw_frames,
    draw_targets,
    draw_texts,
    each_text,
    make_decoder_network,
    make_network,
    make_symbol_network,
    make_token_network,
)

pytest.importorskip("onnx", reason="the test extra installs it")
pytest.importorskip("onnxruntime", reason="the test extra installs it")

TEXTS = draw_texts([3, 0, 7, 1, 7, 12, 2])
LENGTHS = {
    "none": [],
    "one empty": [0],
    "two empty": [0, 0],
    "one token": [1],
    "one token and an empty one": [1, 0],
    # Each in a run of its own, so many would take minutes.
    "many empty": [0] * 200_000 + [3, 0, 2],
}


def assert_agrees(spec, weights, texts):
    expected = prepare_network(spec, weights).run(texts)
    outputs = OnnxNetwork(spec, weights).run(texts)
    assert set(outputs) == set(expected)
    for name, values in outputs.items():
        assert values.dtype == np.float32
        np.testing.assert_allclose(values, expected[name], atol=1e-5)


@pytest.mark.parametrize("pooling", ["attention", "last"])
@pytest.mark.parametrize("lengths", LENGTHS.values(), ids=LENGTHS)
def test_few_and_empty_documents(lengths, pooling):
    assert_agrees(*make_network(pooling=pooling), draw_texts(lengths))


@pytest.mark.parametrize("lengths", LENGTHS.values(), ids=LENGTHS)
def test_next_tokens_of_few_and_empty_documents(lengths):
    assert_agrees(*make_token_network(), draw_texts(lengths))


def test_many_batches_in_one_thread_and_in_two():
    spec, weights = make_network(output="sigmoid")
    texts = draw_texts(np.random.RandomState(0).randint(0, 30, 300))
    assert_agrees(spec, weights, texts)
    network = OnnxNetwork(spec, weights)
    one, two = (network.run(texts, n_threads=n) for n in (1, 2))
    for name in one:
        np.testing.assert_array_equal(one[name], two[name])


def test_one_document_alone_says_what_it_says_among_others():
    network = OnnxNetwork(*make_network())
    among = network.run(TEXTS)
    for row, text in enumerate(each_text(TEXTS)):
        alone = network.run(text)
        np.testing.assert_allclose(alone["logits"][0], among["logits"][row], atol=1e-5)
        part = slice(TEXTS.offsets[row], TEXTS.offsets[row + 1])
        np.testing.assert_allclose(
            alone["attention"], among["attention"][part], atol=1e-5
        )


def test_one_session_for_all_threads_and_none_in_a_pickle():
    network = OnnxNetwork(*make_network())
    with ThreadPoolExecutor(4) as pool:
        sessions = set(pool.map(lambda _: id(network.session()), range(8)))
    assert len(sessions) == 1
    copied = pickle.loads(pickle.dumps(network))
    assert set(vars(copied)) == set(vars(network))
    assert copied.session() is not network.session()
    np.testing.assert_array_equal(
        copied.run(TEXTS)["logits"], network.run(TEXTS)["logits"]
    )


def test_each_graph_has_its_session_when_it_is_used():
    spec, weights = make_token_network()
    network = OnnxNetwork(spec, weights)
    network.run(TEXTS)
    assert set(network._sessions) == {"model"}
    network.step(start_state(spec.encoder, 1), np.array([2]))
    assert network.session("step") is not network.session()
    assert set(pickle.loads(pickle.dumps(network))._sessions) == set()


@pytest.mark.parametrize("lengths", LENGTHS.values(), ids=LENGTHS)
def test_what_a_decoder_looks_at_in_few_and_empty_documents(lengths):
    if len(lengths) < 9:
        assert_agrees(*make_decoder_network(), draw_texts(lengths))


def test_the_sessions_of_a_decoder():
    spec, weights = make_decoder_network()
    network = OnnxNetwork(spec, weights)
    assert network.session() is network.session("encoder")
    memory, state = network.read_sources(TEXTS)
    assert set(network._sessions) == {"encoder"}
    network.decode_step(memory, state, np.zeros(len(TEXTS), np.int32))
    assert set(network._sessions) == {"encoder", "step"}
    targets = draw_targets(TEXTS.lengths[::-1])
    copied = pickle.loads(pickle.dumps(network))
    one, two = (n.score_targets(TEXTS, targets) for n in (network, copied))
    np.testing.assert_array_equal(one.log_likelihood.values, two.log_likelihood.values)


@pytest.mark.parametrize("lengths", [[], [0], [0, 0], [1], [0, 9, 1]])
def test_few_and_empty_recordings(lengths):
    spec, weights = make_symbol_network()
    frames = draw_frames(lengths)
    expected = prepare_network(spec, weights).run_frames(frames)
    found = OnnxNetwork(spec, weights).run_frames(frames)
    assert found.values.dtype == np.float32
    np.testing.assert_array_equal(found.offsets, expected.offsets)
    np.testing.assert_allclose(found.values, expected.values, atol=1e-5)


def test_a_recording_does_not_depend_on_the_others():
    spec, weights = make_symbol_network(hidden_size=(8, 6))
    network = OnnxNetwork(spec, quantize_weights(spec, weights))
    frames = draw_frames(np.random.RandomState(0).randint(0, 30, 20))
    frames.values[100:105] *= 20.0  # a loud one
    found = network.run_frames(frames, n_threads=2)
    for row, alone in enumerate(each_text(frames)):
        one = network.run_frames(alone, n_threads=1)
        np.testing.assert_array_equal(one.values, found[row])


def test_the_sessions_of_recordings():
    spec, weights = make_symbol_network(bidirectional=False)
    network = OnnxNetwork(spec, weights)
    frames = draw_frames([6])
    found = network.run_frames(frames)
    assert set(network._sessions) == {"model"}
    copied = pickle.loads(pickle.dumps(network))
    state = start_state(spec.encoder, 1)
    log_probs, state = copied.hear(state, frames.values[:4])
    np.testing.assert_allclose(log_probs, found.values[:4], atol=1e-6)
    log_probs, state = copied.hear(state, frames.values[4:])
    np.testing.assert_allclose(log_probs, found.values[4:], atol=1e-6)
    assert set(copied._sessions) == {"step"}
