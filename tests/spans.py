"""What a head for spans says, step by step and word by word, for all tests."""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def run_lstm(weights, name, inputs):
    """Return the states of a text, from one step to the next."""
    kernel, recurrent, bias = (
        weights[f"{name}.{part}"] for part in ("kernel", "recurrent_kernel", "bias")
    )
    hidden = cell = np.zeros(len(recurrent))
    states = []
    for x in inputs:
        i, f, o, g = np.split(x @ kernel + hidden @ recurrent + bias, 4)
        cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(g)
        hidden = sigmoid(o) * np.tanh(cell)
        states.append(hidden)
    return states


def run_both(weights, name, inputs):
    """Return the states of a layer of two directions."""
    forward = run_lstm(weights, f"{name}.forward", inputs)
    backward = run_lstm(weights, f"{name}.backward", inputs[::-1])[::-1]
    return [np.concatenate(pair) for pair in zip(forward, backward)]


def average(scores, states, size):
    """Return the mean of states by the softmax of their scores; zeros of none."""
    total, mean = sum(map(np.exp, scores)), np.zeros(size)
    for score, state in zip(scores, states):
        mean += np.exp(score) / total * state
    return mean


def score_by_hand(weights, question, passage, features):
    """Return the log-probabilities of the first and the last token, none in front.

    Of an encoder of one LSTM layer of two directions, in float64.
    """
    w = {name: np.float64(value) for name, value in weights.items()}
    asked, read = (
        run_both(w, "layer_0", list(w["embedding"][ids])) for ids in (question, passage)
    )
    size = len(w["align.kernel"])

    def compare(state):
        return np.maximum(state @ w["align.kernel"], 0.0)

    known = []
    for p, f in zip(read, features):
        scores = [compare(p) @ compare(q) for q in asked]
        aligned = average(scores, asked, size)
        known.append(np.concatenate([p, aligned, p * aligned, f]))
    states = run_both(w, "model.layer_0", known)
    scores = [(q @ w["question.kernel"])[0] for q in asked]
    vector = average(scores, asked, size)
    none = (vector @ w["none.kernel"] + w["none.bias"])[0]
    sides = []
    for name in ("start", "end"):
        form = vector @ w[f"{name}.kernel"] + w[f"{name}.bias"]
        logits = np.array([none, *(m @ form for m in states)])
        sides.append(logits - np.log(np.exp(logits).sum()))
    return sides
