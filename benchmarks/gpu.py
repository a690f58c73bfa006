"""Networks on a GPU: the suite's network tests, and training beside PyTorch's nn.LSTM.

python benchmarks/gpu.py [--seconds 20] [--skip-tests] [--cpu] [--texts N] [--workers 8]

Needs JAX for the card (``pip install "jax[cuda12]"``) and, for the peer, PyTorch with
CUDA. Says so and ends where there is no GPU; ``--cpu`` runs the same on a processor, to
see that the script works. Takes less than ten minutes: the tests have at most five, each
measurement a few times ``--seconds``.

After the suite's tests comes one training on the card and on the processor: the losses of
five epochs, with products in float32 and in what the card takes by default (TF32). Then
training, beside PyTorch. At last one recurrent layer, forwards and backwards, by our scan
and by cuDNN's fused LSTM as ``jax.experimental.rnn`` calls it.

One network for both: an embedding of 20,000 words of 100 components, which is trained, one
LSTM of 128 or 512 units in one direction, its last state, a dense layer of two classes;
Adam, batches of 32 or 512 random texts of 8 to 64 tokens. PyTorch: cuDNN's fused LSTM over
packed sequences of texts of similar length, dense Adam. sklearn_slm: its own batches, plain
steps, no dropout, no n-gram model. Counted are tokens without padding, of all epochs but
the first, which compiles.
"""

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from common import describe_machine, format_table, name_versions

ROOT = Path(__file__).resolve().parent.parent
N_WORDS, N_COMPONENTS, N_TEXTS = 20_000, 100, 8192
SIZES = [(128, 32), (128, 512), (512, 512)]  # units, texts of a batch
# The suite's bounds are those of float32 on a processor; a card may use TF32.
EXACT = {"JAX_DEFAULT_MATMUL_PRECISION": "highest"}
# Tests of equal bits want sums in one order.
SAME_BITS = {"XLA_FLAGS": "--xla_gpu_deterministic_ops=true"}
N_STEPS, N_LOSS_TEXTS, N_LOSS_EPOCHS = 64, 320, 5


def run_tests(workers):
    """Run the network's tests where this process would train; return what failed."""
    command = [sys.executable, "-m", "pytest", "-q", "--tb=line", "tests/network"]
    command += ["tests/test_readers.py"]
    if workers:
        command += ["-n", str(workers)]
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=os.environ | EXACT | SAME_BITS,
            capture_output=True,
            text=True,
            timeout=300,
        )
    except subprocess.TimeoutExpired:
        return "not done after 5 minutes"
    return "\n".join(done.stdout.splitlines()[-1 if done.returncode == 0 else -40 :])


def print_losses():
    """Print the losses of each epoch of one short training, as JSON."""
    from sklearn_slm import SLMTextClassifier

    X, y = draw_texts(N_LOSS_TEXTS)
    model = SLMTextClassifier(
        128,
        ngrams=None,
        early_stopping=False,
        batch_size=32,
        max_iter=N_LOSS_EPOCHS,
        random_state=0,
    ).fit(X, y)
    print(json.dumps([float(loss) for loss in model.loss_curve_]))


def compare_losses():
    """Return rows: how far the losses on this device are from those on the processor."""

    def run(**variables):
        command = [sys.executable, __file__, "--losses"]
        environment = os.environ | variables
        printed = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True
        )
        return np.array(json.loads(printed.stdout.splitlines()[-1]))

    processor = run(JAX_PLATFORMS="cpu")
    rows = []
    for name, variables in (("float32", EXACT), ("by default", {})):
        largest = np.abs(run(**variables) - processor).max()
        rows.append([f"products {name}", f"{largest:.1e}"])
    return rows


def compare_kernels(units, batch):
    """Return milliseconds of a layer, forwards and backwards: our scan, and cuDNN's."""
    import jax
    from jax import numpy as jnp

    from sklearn_slm.network.kernels.gradients import run_cell

    random = np.random.default_rng(0)

    def draw(*shape):
        return jnp.asarray(random.normal(0, 0.1, shape), jnp.float32)

    inputs, mask = draw(N_STEPS, batch, N_COMPONENTS), jnp.ones((N_STEPS, batch, 1))
    kernels = draw(N_COMPONENTS, 4 * units), draw(4 * units), draw(units, 4 * units)

    def ours(inputs, *kernels):
        return run_cell("lstm", inputs, *kernels, None, mask).sum()

    found = [time_gradient(jax.grad(ours, (0, 1, 2, 3)), inputs, *kernels)]
    if jax.devices()[0].platform == "cpu":
        return [*found, None]
    from jax.experimental import rnn

    weights = rnn.init_lstm_weight(
        jax.random.PRNGKey(0), N_COMPONENTS, units, num_layers=1, bidirectional=False
    )
    start = jnp.zeros((1, batch, units))
    lengths = jnp.full(batch, N_STEPS, jnp.int32)

    def fused(inputs, weights):
        states, *_ = rnn.lstm(
            inputs,
            start,
            start,
            weights,
            lengths,
            input_size=N_COMPONENTS,
            hidden_size=units,
            num_layers=1,
            dropout=0.0,
            bidirectional=False,
        )
        return states.sum()

    swapped = inputs.swapaxes(0, 1)
    return [*found, time_gradient(jax.grad(fused, (0, 1)), swapped, weights)]


def time_gradient(function, *arguments):
    """Return the median milliseconds of a compiled function."""
    import jax

    compiled = jax.jit(function)
    seconds = []
    for _ in range(30):
        began = time.perf_counter()
        jax.block_until_ready(compiled(*arguments))
        seconds.append(time.perf_counter() - began)
    return 1000 * statistics.median(seconds[5:])


def draw_texts(n_texts):
    """Return token sequences with random vectors, and classes."""
    from sklearn_slm import TokenSequences
    from sklearn_slm.text import Vocabulary

    random = np.random.default_rng(0)
    lengths = random.integers(8, 65, n_texts)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    ids = random.integers(2, N_WORDS + 2, offsets[-1]).astype(np.int32)
    ones = np.ones(N_WORDS, np.int64)
    names = tuple(f"w{i}" for i in range(N_WORDS))
    vocabulary = Vocabulary(names, ones, ones, n_texts, len(ids))
    vectors = random.normal(0, 0.4, (N_WORDS, N_COMPONENTS)).astype(np.float32)
    labels = np.arange(n_texts) % 2
    return TokenSequences(ids, offsets, vectors, vocabulary), labels


def measure_ours(X, y, units, batch, seconds):
    """Return tokens a second of the classifier."""
    from sklearn_slm import SLMTextClassifier
    from sklearn_slm.network.train import keras

    times = [time.perf_counter()]

    def tick(*_):
        times.append(time.perf_counter())

    def fit(epochs):
        SLMTextClassifier(
            units,
            bidirectional=False,
            pooling="last",
            ngrams=None,
            adversarial=0.0,
            dropout=0.0,
            word_dropout=0.0,
            early_stopping=False,
            batch_size=batch,
            max_iter=epochs,
            callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=tick)],
            random_state=0,
        ).fit(X, y)

    fit(2)  # compiles
    epochs = max(int(seconds / (times[-1] - times[-2])), 3)
    times[:] = [time.perf_counter()]
    fit(epochs)
    return len(X.ids) * (len(times) - 2) / (times[-1] - times[1])


def measure_torch(X, y, units, batch, seconds, device):
    """Return tokens a second of nn.LSTM."""
    import torch
    from torch.nn.utils.rnn import pack_padded_sequence

    torch.manual_seed(0)

    class Network(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = torch.nn.Embedding(N_WORDS + 2, N_COMPONENTS)
            self.lstm = torch.nn.LSTM(N_COMPONENTS, units, batch_first=True)
            self.dense = torch.nn.Linear(units, 2)

        def forward(self, ids, lengths):
            vectors = self.embedding(ids)
            packed = pack_padded_sequence(vectors, lengths, batch_first=True)
            return self.dense(self.lstm(packed)[1][0][-1])

    network = Network().to(device)
    optimizer = torch.optim.Adam(network.parameters())
    # Longest first within a batch, as packing wants it; all on the card beforehand.
    order = np.argsort(-X.lengths, kind="stable")
    batches = []
    for start in range(0, len(X), batch):
        rows = order[start : start + batch]
        ids = np.zeros((len(rows), X.lengths[rows[0]]), np.int64)
        for line, i in zip(ids, rows):
            line[: X.lengths[i]] = X[i]
        parts = torch.from_numpy(ids), torch.from_numpy(y[rows])
        lengths = torch.from_numpy(X.lengths[rows].astype(np.int64))
        batches.append([part.to(device) for part in parts] + [lengths])
    times = [time.perf_counter()]
    while len(times) < 4 or times[-1] - times[1] < seconds:
        for at in np.random.default_rng(len(times)).permutation(len(batches)):
            ids, target, lengths = batches[at]
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(network(ids, lengths), target).backward()
            optimizer.step()
        if device == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter())
    return len(X.ids) * (len(times) - 2) / (times[-1] - times[1])


def read_memory(peer):
    """Return the most megabytes that each library has held on the card so far."""
    import jax

    held = jax.devices()[0].memory_stats() or {}
    most = [held["peak_bytes_in_use"]] if held else []
    if peer == "cuda":
        import torch

        most.append(torch.cuda.max_memory_allocated())
    return ", ".join(f"{b / 1e6:,.0f} MB" for b in most) or "-"


def find_device(cpu):
    """Return the names of JAX's device and PyTorch's, or end with what is missing."""
    import jax

    device = jax.devices()[0]
    if device.platform == "cpu" and not cpu:
        sys.exit(
            "JAX finds no GPU here, so nothing was measured. With one: pip install "
            '"jax[cuda12]". To try the script on a processor: --cpu'
        )
    if importlib.util.find_spec("torch") is None:
        return device.device_kind, None
    import torch

    return device.device_kind, "cuda" if torch.cuda.is_available() else "cpu"


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--skip-tests", action="store_true")
    parser.add_argument("--cpu", action="store_true", help="a processor will do")
    parser.add_argument("--texts", type=int, default=N_TEXTS)
    parser.add_argument("--workers", type=int, default=0, help="pytest-xdist's -n")
    parser.add_argument("--losses", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    # PyTorch needs memory of the same card.
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    os.environ.setdefault("KERAS_BACKEND", "jax")
    if options.losses:
        return print_losses()
    kind, peer = find_device(options.cpu)
    print(f"{kind}; {describe_machine()}")
    peers = ["torch"] if peer else []
    print(name_versions("sklearn_slm", "keras", "jax", *peers))
    if not options.skip_tests:
        print(f"network tests: {run_tests(options.workers)}", flush=True)
    header = ["losses of five epochs", "largest difference to the processor"]
    print("\n".join(format_table(header, compare_losses())), flush=True)
    X, y = draw_texts(options.texts)
    rows = []
    for units, batch in SIZES:
        ours = measure_ours(X, y, units, batch, options.seconds)
        row = [f"{units} units, {batch} texts", f"{ours:,.0f}"]
        if peer:
            other = measure_torch(X, y, units, batch, options.seconds, peer)
            row += [f"{other:,.0f}", f"{ours / other:.2f}"]
        row.append(read_memory(peer))
        rows.append(row)
        print(*row, sep="  ", flush=True)
    header = ["tokens a second", "sklearn_slm"]
    header += [f"PyTorch on {peer}", "ratio"] if peer else []
    header += ["most memory so far"]
    print("\n".join(format_table(header, rows)), flush=True)
    rows = []
    for units, batch in SIZES:
        scan, fused = compare_kernels(units, batch)
        row = [f"{units} units, {batch} texts", f"{scan:.2f}"]
        rows.append(
            row + ([] if fused is None else [f"{fused:.2f}", f"{fused / scan:.2f}"])
        )
    header = ["64 steps and back, milliseconds", "our scan", "cuDNN", "ratio"]
    print("\n".join(format_table(header[: len(rows[0])], rows)))


if __name__ == "__main__":
    main()
