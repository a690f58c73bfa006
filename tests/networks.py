"""Random networks, n-gram models, texts and examples for all tests."""

import numpy as np

from sklearn_slm.network.examples import Examples
from sklearn_slm.ngrams import NgramModel
from sklearn_slm.spec import HEADS, EncoderSpec, NetworkSpec
from sklearn_slm.text import Ragged

N_TOKENS, N_TARGET_TOKENS, N_SYMBOLS = 12, 9, 6


def make_spec(kind="classes", **fields):
    """Return a small spec; fields are those of the encoder and of the head."""
    encoder = {"n_components": 5, "hidden_size": (4,), "n_tokens": N_TOKENS}
    # What comes next can be told only by who has not read it.
    encoder["bidirectional"] = kind != "tokens"
    head = {
        "classes": {"n_outputs": 3},
        "tokens": {},
        "decoder": {},
        "symbols": {"n_symbols": N_SYMBOLS},
        "pairs": {"n_outputs": 3},
        "spans": {"n_units": 3, "n_features": 5},
    }[kind]
    if kind == "symbols":  # vectors are heard, not looked up
        encoder["n_tokens"] = None
    for name, value in fields.items():
        of_head = name in HEADS[kind].__dataclass_fields__
        (head if of_head else encoder)[name] = value
    if kind == "decoder":
        sizes = {"n_components": 6, "n_tokens": N_TARGET_TOKENS, "bidirectional": False}
        head.setdefault("decoder", EncoderSpec(**(encoder | sizes)))
    return NetworkSpec(EncoderSpec(**encoder), HEADS[kind](**head))


def make_token_spec(**fields):
    """Return a small spec whose head tells the next token."""
    return make_spec("tokens", **fields)


def draw_weights(spec, seed=0, scale=0.5):
    random = np.random.RandomState(seed)
    return {
        name: np.asarray(scale * random.standard_normal(weight.shape), np.float32)
        for name, weight in spec.weights().items()
    }


def make_network(seed=0, scale=0.5, **fields):
    """Return a spec and random weights for it."""
    spec = make_spec(**fields)
    return spec, draw_weights(spec, seed, scale)


def make_token_network(**fields):
    """Return a spec whose head tells the next token, and random weights for it."""
    return make_network(kind="tokens", **fields)


def make_decoder_network(**fields):
    """Return a spec that writes second texts, and random weights for it."""
    return make_network(kind="decoder", **fields)


def make_symbol_network(**fields):
    """Return a spec that says which symbols are heard, and random weights for it."""
    return make_network(kind="symbols", **fields)


def make_span_network(**fields):
    """Return a spec that says where answers lie, and random weights for it."""
    return make_network(kind="spans", **fields)


def make_ngrams(n_ngrams=20, n_outputs=3, n_tokens=N_TOKENS, seed=0, **fields):
    """Return a model of single tokens, and of those that follow token 3."""
    random = np.random.RandomState(seed)
    ids = np.arange(2, n_tokens)
    keys = np.concatenate([ids, n_tokens * 3 + ids])[:n_ngrams]
    parts = {
        "lengths": (1, 2),
        "n_tokens": n_tokens,
        "keys": keys.astype(np.int64),
        "idf": (1 + random.rand(len(keys))).astype(np.float32),
        "kernel": random.standard_normal((len(keys), n_outputs)).astype(np.float32),
        "bias": random.standard_normal(n_outputs).astype(np.float32),
        "blend": np.array([0.6, 1.8], np.float32),
    }
    return NgramModel(**(parts | fields))


def draw_texts(lengths, seed=0, n_tokens=N_TOKENS):
    """Return texts of ids, some of them unknown."""
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    ids = np.random.RandomState(seed).randint(1, n_tokens, offsets[-1])
    return Ragged(ids.astype(np.int32), offsets)


def draw_targets(lengths, seed=1):
    """Return texts of ids of the second side."""
    return draw_texts(lengths, seed, N_TARGET_TOKENS)


def draw_frames(lengths, seed=0, n_inputs=5):
    """Return recordings of frames."""
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    values = np.random.RandomState(seed).standard_normal((offsets[-1], n_inputs))
    return Ragged(values.astype(np.float32), offsets)


def each_text(texts):
    """Return each text alone."""
    return [texts.take(np.array([row])) for row in range(len(texts))]


def make_examples(texts, rows, weight=None):
    """Return texts with rows of classes, and a weight of 1 where none is given."""
    weight = np.ones(len(texts)) if weight is None else weight
    return Examples(
        {"ids": texts}, {"classes": np.float32(rows)}, np.asarray(weight, np.float32)
    )
