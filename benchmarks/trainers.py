"""The trainings that ``training.py`` times: one network, four libraries."""

import os
import time
from itertools import pairwise

import numpy as np
from common import import_peer, name_versions

from sklearn_slm.spec import ClassHead, EncoderSpec, NetworkSpec

N_COMPONENTS, UNITS, BATCH = 100, 128, 32
PEERS = {
    "keras_tensorflow": "Keras on TensorFlow, padded to the longest",
    "keras_jax": "Keras on JAX, padded to the longest",
    "skorch": "skorch, nn.LSTM, padded by batch",
}
OURS = {
    "plain": "sklearn_slm, plain",
    "adversarial": "sklearn_slm, adversarial steps",
    "default_plain": "sklearn_slm, default network, plain",
    "default": "sklearn_slm, default network, adversarial steps",
}
KINDS = {**PEERS, **OURS}


def describe(kind, n_tokens):
    """Return the network of a kind of training."""
    if kind.startswith("default"):
        return NetworkSpec(EncoderSpec(50, (64,), n_tokens=n_tokens), ClassHead(2))
    encoder = EncoderSpec(
        N_COMPONENTS, (UNITS,), n_tokens=n_tokens, bidirectional=False
    )
    return NetworkSpec(encoder, ClassHead(2, pooling="last"))


class Clock:
    """Wall and CPU time at the start and after each epoch."""

    def __init__(self):
        self.times = []

    def tick(self, *_):
        """Note the time."""
        self.times.append((time.perf_counter(), time.process_time()))

    def describe(self, n_tokens):
        """Return what the epochs took."""
        wall, cpu = zip(*self.times)
        steady = wall[-1] - wall[1]
        return {
            "tokens": n_tokens,
            "passes": len(wall) - 1,
            "first_pass": wall[1] - wall[0],
            "rate": n_tokens * (len(wall) - 2) / steady,
            "rate_all": n_tokens * (len(wall) - 1) / (wall[-1] - wall[0]),
            "cores": (cpu[-1] - cpu[1]) / steady,
            "seconds": [round(b - a, 3) for a, b in pairwise(wall)],
        }


def train_ours(kind, X, y, epochs):
    """Train the classifier; the batches are its own."""
    from sklearn_slm import SLMTextClassifier
    from sklearn_slm.network.train import keras

    options = (
        {} if kind.startswith("default") else {"dropout": 0.0, "word_dropout": 0.0}
    )
    spec, clock = describe(kind, len(X.vectors) + 2), Clock()
    model = SLMTextClassifier(
        spec.encoder.hidden_size,
        bidirectional=spec.encoder.bidirectional,
        pooling=spec.head.pooling,
        ngrams=None,
        adversarial=0.0 if kind.endswith("plain") else 1.0,
        early_stopping=False,
        batch_size=BATCH,
        max_iter=epochs,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=clock.tick)],
        random_state=0,
        **options,
    )
    clock.tick()
    model.fit(X, y)
    return clock, name_versions("sklearn_slm", "keras", "jax")


def train_keras(kind, X, y, epochs):
    """Train the article's network as Keras' own examples do."""
    backend = kind.removeprefix("keras_")
    os.environ["KERAS_BACKEND"] = backend
    import_peer(backend, "tensorflow-cpu" if backend == "tensorflow" else backend)
    import keras

    ids = [X[i].tolist() for i in range(len(X))]
    clock = Clock()
    clock.tick()
    padded = keras.utils.pad_sequences(ids, maxlen=int(X.lengths.max()))
    network = keras.Sequential(
        [
            keras.layers.Embedding(len(X.vectors) + 2, N_COMPONENTS),
            keras.layers.LSTM(UNITS),
            keras.layers.Dense(2),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile(optimizer="adam", loss=loss)
    watch = keras.callbacks.LambdaCallback(on_epoch_end=clock.tick)
    network.fit(
        padded, y, batch_size=BATCH, epochs=epochs, verbose=0, callbacks=[watch]
    )
    return clock, name_versions("keras", backend)


def train_skorch(kind, X, y, epochs):
    """Train nn.LSTM with skorch."""
    skorch = import_peer("skorch", "skorch")
    torch = import_peer("torch", "torch")

    class Network(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = torch.nn.Embedding(len(X.vectors) + 2, N_COMPONENTS)
            self.lstm = torch.nn.LSTM(N_COMPONENTS, UNITS, batch_first=True)
            self.dense = torch.nn.Linear(UNITS, 2)

        def forward(self, ids):
            _, (state, _) = self.lstm(self.embedding(ids))
            return self.dense(state[-1])

    class Texts(torch.utils.data.Dataset):
        def __len__(self):
            return len(y)

        def __getitem__(self, i):
            return X[i], int(y[i])

    def collate(rows):
        # In front, so that the last state is that of the last token.
        width = max(max(len(ids) for ids, _ in rows), 1)
        padded = np.zeros((len(rows), width), np.int64)
        for line, (ids, _) in zip(padded, rows):
            line[width - len(ids) :] = ids
        return torch.from_numpy(padded), torch.tensor([label for _, label in rows])

    clock = Clock()

    class Watch(skorch.callbacks.Callback):
        def on_epoch_end(self, net, **kwargs):
            clock.tick()

    net = skorch.NeuralNetClassifier(
        Network,
        criterion=torch.nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        batch_size=BATCH,
        max_epochs=epochs,
        iterator_train__shuffle=True,
        iterator_train__collate_fn=collate,
        train_split=None,
        classes=[0, 1],
        callbacks=[("clock", Watch())],
        verbose=0,
    )
    clock.tick()
    net.fit(Texts(), None)
    return clock, name_versions("skorch", "torch")


def train(kind, X, y, epochs):
    """Train as a kind says; return the clock of the epochs and the versions."""
    if kind in OURS:
        return train_ours(kind, X, y, epochs)
    return (train_skorch if kind == "skorch" else train_keras)(kind, X, y, epochs)
