"""Every reader of a network computes the same: encoder x head x weights x reader.

The NumPy pass is what the others are compared with; that it is right is shown by hand in
tests/runtime.
"""

import itertools
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import numpy as np
import pytest

from sklearn_slm.compression import quantize_weights
from sklearn_slm.graph import spans, stepping
from sklearn_slm.graph.network import build_graphs
from sklearn_slm.graph.session import OnnxNetwork
from sklearn_slm.persistence.container import read_file, write_file
from sklearn_slm.persistence.values import Decoder, Encoder
from sklearn_slm.runtime import prepare_network
from sklearn_slm.runtime.decoding import score_targets
from sklearn_slm.runtime.spans import score_spans
from sklearn_slm.runtime.stepping import start_state
from sklearn_slm.runtime.weights import to_float
from sklearn_slm.spec import CELLS, POOLINGS
from sklearn_slm.text import Ragged
from tests.networks import (
    N_SYMBOLS,
    draw_frames,
    draw_targets,
    draw_texts,
    each_text,
    make_network,
)

TEXTS = draw_texts([3, 0, 7, 1, 7, 12, 2])
# What a decoder is to write of each, or the question that it may answer.
TARGETS = draw_targets([2, 4, 0, 1, 9, 5, 3])
# What is heard by a network without tokens, and what it is to hear; also what is known of
# the tokens of each text that may answer.
FRAMES = draw_frames(TEXTS.lengths)
SYMBOLS = draw_texts([2, 0, 3, 1, 5, 4, 1], 2, N_SYMBOLS)
# Wider than the longest text, so that padding stands after each.
WIDTH = 15

ENCODERS = [
    dict(zip(("cell", "candidate_activation", "hidden_size", "bidirectional"), values))
    for values in itertools.product(
        CELLS, ("tanh", "sigmoid"), ((4,), (3, 5)), (False, True)
    )
]
HEADS = [{"pooling": pooling} for pooling in POOLINGS]
HEADS += [{"output": "sigmoid"}, {"kind": "tokens"}, {"kind": "decoder"}]
HEADS += [{"kind": "symbols"}]
HEADS += [{"kind": "pairs", "pooling": pooling} for pooling in ("max", "attention")]
HEADS += [{"kind": "spans"}]


def has_network(encoder, head):
    """Leave out what cannot be and, of a head whose layers are the encoder's, most."""
    if head.get("kind") == "spans":
        plain = {"candidate_activation": "tanh", "hidden_size": (3, 5)}
        plain |= {"cell": encoder["cell"], "bidirectional": True}
        return encoder == plain and encoder["cell"] != "rnn"
    return not (head.get("kind") == "tokens" and encoder["bidirectional"])


NETWORKS = [
    (encoder, head)
    for encoder, head in itertools.product(ENCODERS, HEADS)
    if has_network(encoder, head)
]
WEIGHTS = {
    "float32": lambda spec, weights: weights,
    "float16": lambda spec, weights: quantize_weights(spec, weights, "float16"),
    "int8": quantize_weights,
}
# How far rounded weights may lead from those that were rounded, on logits of about 1 and
# logarithms of probabilities of about -3.
ROUNDING = {"float16": 3e-3, "int8": 0.05}


def run(network, texts=TEXTS, targets=TARGETS, frames=FRAMES):
    """Return what a network makes of texts or recordings, or a decoder of pairs."""
    if network.spec.head.kind == "symbols":
        return {"log_probs": network.run_frames(frames).values}
    if network.spec.head.kind == "spans":
        return flatten_spans(network.score_spans(targets, texts, frames))
    if network.spec.head.kind != "decoder":
        return network.run(texts)
    return flatten(network.score_targets(texts, targets, attention=True))


def flatten(scored):
    attention = np.concatenate([weights.ravel() for weights in scored.attention])
    return {"log_likelihood": scored.log_likelihood.values, "attention": attention}


def flatten_spans(scored):
    start, end, none = scored
    return {"start": start.values, "end": end.values, "none": none}


def run_numpy(spec, weights):
    return run(prepare_network(spec, weights))


def run_alone(spec, weights):
    """Each text by itself: no company, no padding."""
    network = prepare_network(spec, weights)
    parts = zip(each_text(TEXTS), each_text(TARGETS), each_text(FRAMES))
    outputs = [run(network, *part) for part in parts]
    return {name: np.concatenate([o[name] for o in outputs]) for name in outputs[0]}


def run_onnxruntime(spec, weights):
    return run(OnnxNetwork(spec, weights))


def run_exported(spec, weights):
    """The graph of standard operators alone."""
    import onnxruntime

    sessions = {}
    for name, model in build_graphs(spec, weights).items():
        assert {entry.domain for entry in model.opset_import} == {""}
        sessions[name] = onnxruntime.InferenceSession(
            model.SerializeToString(), providers=["CPUExecutionProvider"]
        )
    if spec.head.kind == "decoder":
        reader = SimpleNamespace(
            read_sources=partial(stepping.read_sources, sessions["encoder"]),
            decode_step=partial(stepping.decode_step, sessions["step"]),
        )
        return flatten(score_targets(reader, TEXTS, TARGETS, attention=True))
    if spec.head.kind == "spans":
        match = partial(spans.match_spans, sessions["encoder"], sessions["spans"])
        reader = SimpleNamespace(spec=spec, match_spans=match)
        return flatten_spans(score_spans(reader, TARGETS, TEXTS, FRAMES))
    session = sessions["model"]
    padded, lengths = TEXTS.pad(WIDTH), TEXTS.lengths.astype(np.int32)
    if spec.head.kind == "symbols":
        inputs = {"frames": FRAMES.pad(WIDTH), "lengths": lengths}
        (log_probs,) = session.run(["log_probs"], inputs)
        return {"log_probs": log_probs[np.arange(WIDTH) < lengths[:, None]]}
    inputs = {"ids": padded, "lengths": lengths}
    if spec.head.kind == "tokens":
        (likelihood,) = session.run(["log_likelihood"], inputs)
        is_token = np.arange(WIDTH) < lengths[:, None]
        assert not likelihood[~is_token].any()
        return {"log_likelihood": likelihood[is_token]}
    name = "vectors" if spec.head.kind == "pairs" else "logits"
    (outputs,) = session.run([name], inputs)
    return {name: outputs}


def step_through(network):
    """Each text token by token: what comes next is said before it is read."""
    if network.spec.head.kind == "symbols":
        return hear_through(network)
    likelihood = []
    for text in map(TEXTS.__getitem__, range(len(TEXTS))):
        state = start_state(network.spec.encoder, 1)
        for token, after in itertools.pairwise(text):
            log_probs, state = network.step(state, np.array([token]))
            likelihood.append(log_probs[0, after])
        likelihood += [0.0] * bool(len(text))
    return {"log_likelihood": likelihood}


def hear_through(network):
    """Each recording in blocks of two frames."""
    heard = []
    for frames in map(FRAMES.__getitem__, range(len(FRAMES))):
        state = start_state(network.spec.encoder, 1)
        for start in range(0, len(frames), 2):
            log_probs, state = network.hear(state, frames[start : start + 2])
            heard.append(log_probs)
    return {"log_probs": np.concatenate(heard)}


def run_steps(spec, weights):
    return step_through(prepare_network(spec, weights))


def run_steps_of_onnxruntime(spec, weights):
    return step_through(OnnxNetwork(spec, weights))


def run_loaded(spec, weights):
    """A copy that went through a file."""
    encoder = Encoder(encode_other=None)
    state = {"network": encoder.encode({"spec": spec, "weights": weights}, "network")}
    with TemporaryDirectory() as folder:
        path = Path(folder, "network.slm")
        write_file(path, state, encoder.arrays)
        state, arrays = read_file(path)
    loaded = Decoder(arrays, decode_other=None).decode(state["network"])
    assert loaded["spec"] == spec
    return run_numpy(**loaded)


def run_keras(spec, weights):
    """The network that trains, eager: nothing is compiled as a whole."""
    from sklearn_slm.network.backend import import_native
    from sklearn_slm.network.build import build_network, write_weights

    network = build_network(spec, embedding=weights["embedding"])
    write_weights(network, weights)
    logits = import_native().to_numpy(network(TEXTS.pad(WIDTH)))
    if spec.head.kind == "classes":
        return {"logits": logits}
    log_probs = logits - np.log(np.exp(logits).sum(axis=2, keepdims=True))
    likelihood = [
        [*log_probs[np.arange(len(text) - 1), row, text[1:]], *[0.0] * bool(len(text))]
        for row, text in enumerate(map(TEXTS.__getitem__, range(len(TEXTS))))
    ]
    return {"log_likelihood": np.concatenate(likelihood)}


READERS = {
    "alone": run_alone,
    "onnxruntime": run_onnxruntime,
    "exported": run_exported,
    "loaded": run_loaded,
    "keras": run_keras,
    "steps": run_steps,
    "steps of onnxruntime": run_steps_of_onnxruntime,
}


def has_row(encoder, head, reader, dtype):
    kind = head.get("kind")
    if reader.startswith("steps"):
        return kind == "tokens" or (kind == "symbols" and not encoder["bidirectional"])
    if reader == "keras" and kind in ("decoder", "pairs", "spans", "symbols"):
        return False  # they have tests of their own
    # It trains float32 alone, and what one layer does is part of what two do.
    return reader != "keras" or (
        dtype == "float32" and len(encoder["hidden_size"]) == 2
    )


ROWS = [
    pytest.param(encoder, head, reader, dtype, id=f"{reader}-{dtype}-{head}-{encoder}")
    for (encoder, head), reader, dtype in itertools.product(NETWORKS, READERS, WEIGHTS)
    if has_row(encoder, head, reader, dtype)
]


def choose_bound(reader, encoder, head, dtype):
    """Return how far outputs may be from those of the NumPy pass."""
    if reader == "loaded":
        return 0.0
    # Inputs and states are rounded to int8 as well.
    if reader.endswith("onnxruntime") and dtype == "int8":
        if encoder["cell"] == "lstm":
            return 0.08
        if "kind" in head:
            return 0.03
    return 1e-5


@pytest.mark.parametrize(("encoder", "head", "reader", "dtype"), ROWS)
def test_readers_agree(encoder, head, reader, dtype):
    if reader == "exported" or reader.endswith("onnxruntime"):
        pytest.importorskip("onnxruntime", reason="the test extra installs it")
        pytest.importorskip("onnx", reason="the test extra installs it")
    spec, weights = make_network(**encoder, **head)
    weights = WEIGHTS[dtype](spec, weights)
    expected = run_numpy(spec, weights)
    bound = choose_bound(reader, encoder, head, dtype)
    for name, values in READERS[reader](spec, weights).items():
        np.testing.assert_allclose(values, expected[name], rtol=0, atol=bound)


@pytest.mark.parametrize("reader", ["alone", "onnxruntime", "exported", "loaded"])
@pytest.mark.parametrize("kind", [None, "tokens", "decoder", "pairs", "spans"])
@pytest.mark.parametrize("n_components", [6, 66])  # one scale for each row, and two
def test_readers_agree_on_tables_in_four_bits(n_components, kind, reader):
    if reader in ("exported", "onnxruntime"):
        pytest.importorskip("onnxruntime", reason="the test extra installs it")
        pytest.importorskip("onnx", reason="the test extra installs it")
    encoder = {"cell": "lstm", "bidirectional": kind != "tokens"}
    head = {} if kind is None else {"kind": kind}
    spec, weights = make_network(n_components=n_components, **encoder, **head)
    small = quantize_weights(spec, weights, "int4")
    assert small["embedding"].shape == (12, n_components // 2)
    assert small["embedding.scale"].shape == (12, 1 + (n_components > 64))
    expected = run_numpy(spec, small)
    bound = choose_bound(reader, encoder, head, "int8")
    for name, values in READERS[reader](spec, small).items():
        np.testing.assert_allclose(values, expected[name], rtol=0, atol=bound)
    # Four bits are no eight: what is compared was rounded.
    assert np.abs(to_float(small, "embedding") - weights["embedding"]).max() > 0.01


@pytest.mark.parametrize("dtype", ROUNDING)
@pytest.mark.parametrize(("encoder", "head"), NETWORKS, ids=str)
def test_rounded_weights_are_close_to_what_was_rounded(encoder, head, dtype):
    spec, weights = make_network(**encoder, **head)
    names = {None: "logits", "symbols": "log_probs", "pairs": "vectors", "spans": "end"}
    name = names.get(head.get("kind"), "log_likelihood")
    expected = run_numpy(spec, weights)[name]
    rounded = run_numpy(spec, WEIGHTS[dtype](spec, weights))[name]
    difference = np.abs(rounded - expected).max()
    assert 0 < difference < ROUNDING[dtype]


def sum_alignments(log_probs, symbols):
    """Return the logarithm of the probability of all paths that say the symbols."""
    states = np.zeros(2 * len(symbols) + 1, int)
    states[1::2] = symbols
    total = np.full(len(states), -np.inf)
    total[:2] = log_probs[0, states[:2]]
    can_skip = (states[2:] != 0) & (states[2:] != states[:-2])
    for frame in log_probs[1:]:
        before = total.copy()
        total[1:] = np.logaddexp(total[1:], before[:-1])
        total[2:] = np.where(can_skip, np.logaddexp(total[2:], before[:-2]), total[2:])
        total += frame[states]
    return np.logaddexp.reduce(total[-2:])


def compute_training_loss(spec, weights):
    """Return the loss of all pairs or recordings, as training has it."""
    from sklearn_slm.network.examples import Examples
    from sklearn_slm.network.options import TrainingOptions
    from sklearn_slm.network.sequences.batches import PairBatches
    from sklearn_slm.network.sequences.frames import FrameBatches
    from sklearn_slm.network.sequences.step import SequenceTrainer

    if spec.head.kind == "symbols":
        rows = np.flatnonzero(FRAMES.lengths)  # nothing is learnt of no frames
        inputs, targets = {"frames": FRAMES.take(rows)}, {"symbols": SYMBOLS.take(rows)}
        kind = FrameBatches
    else:
        rows, kind = np.arange(len(TEXTS)), PairBatches
        inputs, targets = {"ids": TEXTS}, {"ids": TARGETS}
    examples = Examples(inputs, targets, np.ones(len(rows), np.float32))
    trainer = SequenceTrainer(spec, weights, TrainingOptions(n_threads=1), seed=0)
    with trainer.open_threads():
        batches = kind(examples, len(rows), np.array([WIDTH])).read()
        return sum(trainer.evaluate(batch) for batch in batches)


LEARNT = [
    (encoder, {"kind": kind})
    for encoder, kind in itertools.product(ENCODERS, ("decoder", "symbols"))
    if len(encoder["hidden_size"]) == 2
    and encoder["candidate_activation"] == "tanh"
    and (kind == "symbols" or encoder["bidirectional"])
]


@pytest.mark.parametrize(("encoder", "head"), LEARNT, ids=str)
def test_the_loss_of_training_is_that_of_what_is_served(encoder, head):
    spec, weights = make_network(**encoder, **head)
    outputs = run_numpy(spec, weights)
    if head["kind"] == "decoder":
        expected = -outputs["log_likelihood"].sum(dtype=np.float64)
    else:
        log_probs = Ragged(outputs["log_probs"].astype(np.float64), FRAMES.offsets)
        expected = -sum(
            sum_alignments(log_probs[row], SYMBOLS[row])
            for row in np.flatnonzero(FRAMES.lengths)
        )
    assert compute_training_loss(spec, weights) == pytest.approx(expected, rel=1e-5)
