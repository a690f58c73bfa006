"""Language models beside PyTorch's nn.LSTM: perplexity on PTB, speed of training and text.

python benchmarks/language_model.py --data DIR [--parts ptb peer speed write]
                                    [--minutes 20] [--hidden 256] [--layers 1]

``ptb`` trains SLMLanguageModel on the Penn Treebank in Mikolov's form (one stream, 10,000
words, a boundary for each line) for so many minutes: the number of epochs follows from the
speed of the first steps. ``peer`` is PyTorch's nn.LSTM of the same shape, tied, with the
same dropout, optimizer and schedule, for the same time. The best epoch and the cache are
chosen on the validation part; the test part is read once. ``speed`` compares training
steps of the same shape, in turns, and names the share of a large matrix product's speed.
``write`` times generation beside the time of reading the weights, and its memory.

Results are kept in ``docs/benchmarks/language_model.json``, the page that shows them is
``docs/benchmarks/language_model.md``.
"""

import argparse
import gzip
import math
import resource
import statistics
import sys
import time
from pathlib import Path

import numpy as np
from common import (
    DOCS,
    describe_machine,
    import_peer,
    name_versions,
    read_results,
    write_results,
)

from sklearn_slm import SLMLanguageModel, quantize

PARTS = ("ptb", "peer", "speed", "write")
KEPT = DOCS / "language_model.json"
# Time that compiling, validation and testing take of the minutes, generously.
SHARE_OF_STEPS = 0.93
TRIAL_STEPS = 30


def read_ptb(data, part):
    with gzip.open(data / "ptb" / f"ptb.{part}.txt.gz", "rt", encoding="utf-8") as file:
        return [line.strip() for line in file]


def build_model(args, **others):
    """Return the model of the benchmark: whole words between spaces, one stream."""
    units = args.hidden
    return SLMLanguageModel(
        (units,) * args.layers,
        token_pattern=r"\S+",
        strip_tags=False,
        documents="stream",
        max_features=None,
        min_count=1,
        softmax=args.softmax,
        dropout=args.dropout,
        recurrent_dropout=args.recurrent_dropout,
        embedding_dropout=args.embedding_dropout,
        activation_penalty=args.activation_penalty,
        learning_rate=args.rate,
        batch_size=args.batch,
        window=args.window,
        early_stopping=False,
        random_state=0,
        verbose=1,
        **others,
    )


def count_flops(n_tokens, hidden, layers):
    """Return floating-point operations of training on one token: 6 for each weight."""
    return 6 * (n_tokens * hidden + layers * 8 * hidden * hidden)


def measure_products(seconds=2.0):
    """Return GFLOP/s of a large float32 product in NumPy on all cores."""
    a = np.ones((2048, 2048), np.float32)
    best, end = 0.0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        began = time.perf_counter()
        a @ a
        best = max(best, 2 * 2048**3 / (time.perf_counter() - began) / 1e9)
    return best


def fit_ptb(data, args):
    """Train for so many minutes, choose the cache, test once."""
    train, valid, test = (read_ptb(data, part) for part in ("train", "valid", "test"))
    n_tokens = sum(len(line.split()) + 1 for line in train)
    speed = time_ours(args, n_vocabulary=10_001)
    epochs = max(1, int(60 * args.minutes * SHARE_OF_STEPS * speed / n_tokens))
    print(
        f"{speed:,.0f} tokens/s, {epochs} epochs in {args.minutes} minutes", flush=True
    )
    began = time.perf_counter()
    model = build_model(args, max_iter=epochs).fit(train, X_val=valid)
    seconds = time.perf_counter() - began
    found = {
        "epochs": epochs,
        "seconds": seconds,
        "valid": model.perplexity(valid),
        "test": model.perplexity(test),
    }
    best = (math.inf, 0.0, 0.0)
    for weight in (0.05, 0.1, 0.15, 0.2):
        for flatness in (0.1, 0.2, 0.3, 0.5):
            model.set_params(
                cache_size=2000, cache_weight=weight, cache_flatness=flatness
            )
            best = min(best, (model.perplexity(valid), weight, flatness))
    _, weight, flatness = best
    model.set_params(cache_weight=weight, cache_flatness=flatness)
    found |= {"cache": [2000, weight, flatness], "valid_cache": best[0]}
    found["test_cache"] = model.perplexity(test)
    return found


def build_peer(torch, n_tokens, args):
    """Return PyTorch's language model of the same shape."""

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.table = torch.nn.Embedding(n_tokens, args.hidden)
            torch.nn.init.uniform_(self.table.weight, -0.1, 0.1)
            self.lstm = torch.nn.LSTM(
                args.hidden, args.hidden, args.layers, dropout=args.dropout
            )
            self.drop = torch.nn.Dropout(args.dropout)
            self.bias = torch.nn.Parameter(torch.zeros(n_tokens))

        def forward(self, ids, state):
            states, state = self.lstm(self.drop(self.table(ids)), state)
            return self.drop(states) @ self.table.weight.T + self.bias, state

    torch.manual_seed(0)
    model = Model()
    return model, torch.optim.Adam(model.parameters(), lr=args.peer_rate)


def step_peer(torch, model, optimizer, ids, targets, state):
    optimizer.zero_grad()
    logits, state = model(ids, state)
    loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return loss, tuple(part.detach() for part in state)


def start_peer(torch, n_rows, args):
    zeros = torch.zeros(args.layers, n_rows, args.hidden)
    return zeros, zeros.clone()


def fit_peer(data, args):
    """Train PyTorch's model for the same time, with the same schedule."""
    torch = import_peer("torch", "torch")
    index, parts = {"<eos>": 0}, []
    for part in ("train", "valid", "test"):
        words = [w for line in read_ptb(data, part) for w in [*line.split(), "<eos>"]]
        parts.append(torch.tensor([index.setdefault(w, len(index)) for w in words]))
    train, valid, test = parts

    def as_rows(ids, n_rows):
        length = (len(ids) - 1) // n_rows
        shaped = [ids[i : i + n_rows * length].view(n_rows, -1).T for i in (0, 1)]
        return [part.contiguous() for part in shaped]

    inputs, targets = as_rows(train, args.batch)
    model, optimizer = build_peer(torch, len(index), args)
    n_steps = -(-len(inputs) // args.window)
    speed = time_peer(args, n_vocabulary=len(index))
    epochs = max(1, int(60 * args.minutes * SHARE_OF_STEPS * speed / len(train)))
    total = epochs * n_steps

    def factor(done):
        part = (done + 1) / (total + 1)
        return min(part / 0.1, (1 - part) / 0.9)

    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)

    def test_on(ids):
        model.eval()
        with torch.no_grad():
            state, loss = start_peer(torch, 1, args), 0.0
            before = torch.cat([torch.zeros(1, dtype=ids.dtype), ids[:-1]])
            for i in range(0, len(ids), 1000):
                logits, state = model(before[i : i + 1000, None], state)
                loss += float(
                    torch.nn.functional.cross_entropy(
                        logits[:, 0], ids[i : i + 1000], reduction="sum"
                    )
                )
        model.train()
        return math.exp(loss / len(ids))

    began, best = time.perf_counter(), (math.inf, {})
    for epoch in range(epochs):
        state = start_peer(torch, args.batch, args)
        for i in range(0, len(inputs), args.window):
            rows = slice(i, i + args.window)
            given = inputs[rows], targets[rows], state
            _, state = step_peer(torch, model, optimizer, *given)
            schedule.step()
        perplexity = test_on(valid)
        print(f"peer: epoch {epoch + 1}/{epochs} valid {perplexity:.2f}", flush=True)
        if perplexity < best[0]:
            kept = {name: v.clone() for name, v in model.state_dict().items()}
            best = perplexity, kept
    seconds = time.perf_counter() - began
    model.load_state_dict(best[1])
    return {
        "epochs": epochs,
        "seconds": seconds,
        "valid": best[0],
        "test": test_on(test),
    }


def draw_stream(n_vocabulary, n_tokens):
    random = np.random.RandomState(0)
    # Words as often as Zipf's law says.
    shares = 1.0 / np.arange(1, n_vocabulary)
    ids = random.choice(n_vocabulary - 1, n_tokens, p=shares / shares.sum()) + 1
    return ids.astype(np.int32)


def time_ours(args, n_vocabulary):
    """Return training tokens a second of our step, without compilation."""
    from sklearn_slm.network.language.step import LanguageTrainer
    from sklearn_slm.network.language.windows import Stream, Windows
    from sklearn_slm.network.options import TrainingOptions
    from sklearn_slm.spec import EncoderSpec, NetworkSpec, TokenHead
    from sklearn_slm.text import Ragged

    n = args.batch * args.window * TRIAL_STEPS
    ids = np.maximum(draw_stream(n_vocabulary, n - 1), 2)
    stream = Stream(Ragged(ids, np.array([0, n - 1])), is_independent=False)
    size = (args.hidden,) * args.layers
    encoder = EncoderSpec(args.hidden, size, n_tokens=n_vocabulary, bidirectional=False)
    options = TrainingOptions.of(build_model(args))
    spec = NetworkSpec(encoder, TokenHead())
    trainer = LanguageTrainer(spec, [{}], options, seed=0)
    plan, seconds = Windows(stream, args.batch, args.window), []
    sizes = [(args.batch + 1) // 2, args.batch // 2]
    states = [trainer.start_state(size) for size in sizes]
    with trainer.open_threads():
        for i, window in enumerate(plan.read()):
            began = time.perf_counter()
            random = np.random.default_rng(i)
            _, states = trainer.step(window.halve(), states, None, random)
            seconds.append(time.perf_counter() - began)
    return args.batch * args.window / statistics.median(seconds[3:])


def time_peer(args, n_vocabulary):
    """Return training tokens a second of PyTorch's step."""
    torch = import_peer("torch", "torch")
    model, optimizer = build_peer(torch, n_vocabulary, args)
    n = args.batch * args.window
    ids = torch.from_numpy(draw_stream(n_vocabulary, n * (TRIAL_STEPS + 1)))
    state, seconds = start_peer(torch, args.batch, args), []
    for i in range(TRIAL_STEPS):
        shape = args.window, args.batch
        x, y = (ids[k * n : (k + 1) * n].view(shape).long() for k in (i, i + 1))
        began = time.perf_counter()
        _, state = step_peer(torch, model, optimizer, x, y, state)
        seconds.append(time.perf_counter() - began)
    return n / statistics.median(seconds[3:])


def compare_speed(data, args):
    """Time both in turns; say which share of a large product's speed ours reaches."""
    ours, theirs = [], []
    for _ in range(3):
        ours.append(time_ours(args, 10_000))
        theirs.append(time_peer(args, 10_000))
    gflops = measure_products()
    flops = count_flops(10_000, args.hidden, args.layers)
    return {
        "ours": ours,
        "peer": theirs,
        "ratio": statistics.median(ours) / statistics.median(theirs),
        "product_gflops": gflops,
        "share_of_product": statistics.median(ours) * flops / 1e9 / gflops,
    }


def read_weights_seconds(weights):
    """Return the least time of reading arrays from memory once, by adding them up."""
    arrays = [w for w in weights.values() if w.dtype == np.float32]
    best = math.inf
    for _ in range(20):
        began = time.perf_counter()
        for array in arrays:
            array.view(np.int32).max()
        best = min(best, time.perf_counter() - began)
    return best


def time_writing(data, args):
    """Time one text, and many at once, in both runtimes and both precisions."""
    lines = read_ptb(data, "train")[:3000]
    model = build_model(args, max_iter=1).fit(lines)
    found = {"words": len(model.vocabulary_)}
    small = quantize(model)
    for name, written in (("float32", model), ("int8", small)):
        for runtime in ("numpy", "onnxruntime"):
            written.set_params(runtime=runtime)
            written.generate("the", n_tokens=50, random_state=0)
            began = time.perf_counter()
            n = len("".join(written.stream("the", n_tokens=1000, random_state=0)))
            seconds = time.perf_counter() - began
            many = ["the"] * 2000
            began = time.perf_counter()
            written.generate(many, n_tokens=20, random_state=0)
            found[f"{name} {runtime}"] = {
                "tokens_per_second": 1000 / seconds,
                "characters": n,
                "many_tokens_per_second": 2000 * 20 / (time.perf_counter() - began),
            }
    # A step reads each weight once: the table for the softmax, kernels for the cell.
    found["reading_weights_per_second"] = 1.0 / read_weights_seconds(model.weights_)
    memory, model = [], model.set_params(runtime="numpy")
    for i, _ in enumerate(model.stream("the", n_tokens=1_000_000, random_state=0)):
        if i % 100_000 == 99_999:
            memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    found["memory_kilobytes"] = memory
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--hidden", type=int, default=256)
    parser.add_argument("--layers", type=int, default=1)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--window", type=int, default=35)
    parser.add_argument("--dropout", type=float, default=0.3)
    parser.add_argument("--recurrent-dropout", type=float, default=0.0)
    parser.add_argument("--embedding-dropout", type=float, default=0.0)
    parser.add_argument("--activation-penalty", type=float, default=0.0)
    parser.add_argument("--rate", type=float, default=0.006)
    parser.add_argument("--peer-rate", type=float, default=0.003)
    parser.add_argument("--softmax", default="full")
    parser.add_argument("--name", help="key of the results, for other settings")
    args = parser.parse_args()
    runs = {
        "ptb": fit_ptb,
        "peer": fit_peer,
        "speed": compare_speed,
        "write": time_writing,
    }
    results = read_results(KEPT)
    for part in args.parts:
        found = runs[part](args.data, args)
        settings = {k: v for k, v in vars(args).items() if k not in ("data", "parts")}
        found |= {"settings": settings, "machine": describe_machine()}
        found["versions"] = name_versions("keras", "jax", "numpy")
        key = args.name or f"{part} {args.layers}x{args.hidden} {args.minutes:g} min"
        results[key] = found
        write_results(results, KEPT)
        print(key, {k: v for k, v in found.items() if k != "settings"}, flush=True)


if __name__ == "__main__":
    sys.exit(main())
