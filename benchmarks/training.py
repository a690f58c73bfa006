"""Training speed beside Keras on TensorFlow and on JAX, and PyTorch under skorch.

python benchmarks/training.py --data DIR [--parts limit sst2 imdb padding grid] [--quick]

One network for all: an embedding of 20,000 words of 100 components, which is trained, one
LSTM of 128 units in one direction, its last state, a dense layer; Adam, batches of 32, no
dropout. Texts: SST-2's training set; 2,500 texts of IMDB's, the first 400 tokens of each.

* Keras: every text padded in front to the longest, as in its own examples.
* skorch: nn.LSTM, a DataLoader that pads each batch to its own longest text, dense Adam.
* sklearn_slm: batches of texts of similar length, without the n-gram model; plain steps and
  adversarial ones, which read each text twice. Its default network (64 units in both
  directions, attention, 50 components, dropout) stands below for comparison.

Counted are useful tokens, without padding. Imports are not timed; the first epoch compiles,
so both it and the others are shown. "limit" is a float32 matrix product on all cores.
Each measurement is a process of its own, with an empty cache of compiled code. Results are
kept one by one in ``docs/benchmarks/training_speed.json``, so an interrupted run continues.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from common import (
    DOCS,
    QUICK,
    count_training_flops,
    describe_machine,
    format_table,
    read_results,
    read_set,
    write_page,
    write_results,
)
from trainers import BATCH, KINDS, N_COMPONENTS, describe, train

from sklearn_slm import TokenSequences
from sklearn_slm.text import Analyzer, learn_vocabulary

GRIDS = ("one_thread", "two_threads", "two_workers")
PARTS = ("limit", "sst2", "imdb", "padding", "grid")
SETS = {"sst2": "SST-2", "imdb": "IMDB, 2,500 texts, first 400 tokens"}
N_WORDS, LONGEST = 20_000, 400


def read_sequences(data, name, quick=False, n_components=N_COMPONENTS, whole=False):
    """Return token sequences with random vectors, and class numbers."""
    texts, labels, _, _ = read_set(data / name)
    size = 200 if quick else 2_500 if name == "imdb" and not whole else len(texts)
    rows = np.random.RandomState(0).permutation(len(texts))[:size]
    analyze = Analyzer()
    tokens = (analyze(texts[i])[:LONGEST] for i in rows)
    vocabulary, ids, offsets = learn_vocabulary(tokens, max_features=N_WORDS)
    shape = len(vocabulary), n_components
    vectors = np.random.RandomState(0).normal(0, 0.4, shape).astype(np.float32)
    numbers = np.unique(labels, return_inverse=True)[1][rows]
    return TokenSequences(ids, offsets, vectors, vocabulary), numbers


def measure_limit(quick):
    """Return GFLOP/s of a large float32 matrix product on all cores."""
    n = 1024 if quick else 4096
    a = np.random.default_rng(0).random((n, n), dtype=np.float32)
    seconds = []
    for _ in range(8):
        began = time.perf_counter()
        a @ a
        seconds.append(time.perf_counter() - began)
    return {"gflops": 2 * n**3 / np.median(seconds[1:]) / 1e9, "n": n}


def measure_padding(data, name, quick):
    """Return the share of padding in the classifier's batches and elsewhere."""
    from sklearn_slm.estimators.options import choose_epochs
    from sklearn_slm.network.batches import TextBatches, rows_in_batch
    from sklearn_slm.network.examples import Examples

    X, y = read_sequences(data, name, quick, whole=True)
    rows = np.eye(y.max() + 1, dtype=np.float32)[y]
    weight = np.ones(len(y), np.float32)
    examples = Examples({"ids": X.texts}, {"classes": rows}, weight)
    epochs = choose_epochs("auto", len(X), len(X.ids), BATCH)
    batches = TextBatches(examples, "classes", batch_size=BATCH, epochs=epochs, seed=0)
    ours = sum(rows_in_batch(BATCH, width) * width for _, width in batches.plan)
    order = np.random.RandomState(0).permutation(len(X))
    groups = [X.lengths[order[i : i + BATCH]] for i in range(0, len(X), BATCH)]
    by_batch = sum(len(group) * int(group.max()) for group in groups)
    longest = len(X) * int(X.lengths.max())
    share = {"sklearn_slm": ours, "by batch": by_batch, "to the longest": longest}
    found = {key: 1 - len(X.ids) / positions for key, positions in share.items()}
    return {"tokens": len(X.ids), "widths": batches.widths.tolist(), "share": found}


def measure_grid(data, kind, quick):
    """Search four hidden sizes on TREC, with the five folds that are the default."""
    import warnings

    from peers import build_network
    from sklearn.model_selection import GridSearchCV

    warnings.simplefilter("error")
    texts, labels, _, _ = read_set(data / "trec")
    if quick:
        texts, labels = texts[:300], labels[:300]
    threads = {"n_jobs": 1} if kind == "one_thread" else {}
    model = build_network(None, 0, **({"max_iter": 1} if quick else {}), **threads)
    grid = {"slm__hidden_size": [32, 64, 96, (32, 32)]}
    n_jobs = 2 if kind == "two_workers" else 1
    search = GridSearchCV(model, grid, n_jobs=n_jobs, error_score="raise")
    began = time.perf_counter()
    search.fit(texts, labels)
    return {"seconds": time.perf_counter() - began}


def measure(data, key, quick):
    """Measure what a key stands for, in this process."""
    part, _, kind = key.partition("/")
    if part == "limit":
        return measure_limit(quick)
    if part == "padding":
        return measure_padding(data, kind, quick)
    if part == "grid":
        return measure_grid(data, kind, quick)
    width = 50 if kind.startswith("default") else N_COMPONENTS
    X, y = read_sequences(data, part, quick, width)
    # SST-2's epochs are short.
    epochs = 2 if quick else 8 if part == "sst2" else 4
    clock, version = train(kind, X, y, epochs)
    flops = count_training_flops(
        describe(kind, len(X.vectors) + 2), kind in ("adversarial", "default")
    )
    return {**clock.describe(len(X.ids)), "flops_per_token": flops, "version": version}


def list_keys(parts):
    """Return the keys of all measurements of these parts."""
    inner = {"limit": [""], "padding": SETS, "grid": GRIDS}
    return [
        f"{part}/{kind}".rstrip("/")
        for part in parts
        for kind in inner.get(part, KINDS)
    ]


def run_apart(data, key, quick):
    """Measure in a process of its own, with a cache of compiled code of its own.

    A search is measured a second time, with the cache that it has filled.
    """
    command = [sys.executable, __file__, "--data", str(data), "--measure", key]
    found = []
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "XDG_CACHE_HOME": cache}
        for _ in range(2 if key.startswith("grid") else 1):
            done = subprocess.run(
                [*command, *(["--quick"] if quick else [])],
                check=True,
                stdout=subprocess.PIPE,
                text=True,
                env=environment,
            )
            found.append(json.loads(done.stdout.splitlines()[-1]))
    again = {"again": found[1]["seconds"]} if len(found) > 1 else {}
    return {**found[0], **again}


def list_tables(results):
    """Return the lines of the tables."""
    limit = results.get("limit", {}).get("gflops")
    lines = []
    if limit:
        lines += [
            f"A float32 matrix product of this run reaches {limit:,.0f} GFLOP/s on all "
            "cores: the limit. Work is that of the recurrent layer's products on useful "
            "tokens, forward and backward; an adversarial step counts twice.",
            "",
        ]
    for name, title in SETS.items():
        found = {k: results.get(f"{name}/{k}") for k in KINDS}
        found = {kind: result for kind, result in found.items() if result}
        if not found:
            continue
        base = found.get("keras_tensorflow", next(iter(found.values())))["rate"]
        rows = []
        for kind, r in found.items():
            work = r["rate"] * r["flops_per_token"] / 1e9
            share = f"{100 * work / limit:.0f}%" if limit else ""
            rows.append(
                [
                    KINDS[kind],
                    f"{r['rate'] / 1e3:,.1f}",
                    f"{r['rate'] / base:.2f}",
                    f"{r['first_pass']:.1f}",
                    f"{r['rate_all'] / 1e3:,.1f} ({r['passes']})",
                    f"{r['cores']:.2f}",
                    f"{work:.0f}",
                    share,
                ]
            )
        header = [
            "",
            "thousand tokens/s, second epoch on",
            "of the first row",
            "first epoch, s",
            "thousand tokens/s, all epochs, compilation included",
            "CPU s per s",
            "GFLOP/s",
            "of the limit",
        ]
        tokens = next(iter(found.values()))["tokens"]
        lines += [f"### {title}", "", f"{tokens:,} tokens an epoch.", ""]
        lines += [*format_table(header, rows), ""]
        versions = dict.fromkeys(r["version"] for r in found.values())
        lines += [f"Versions: {'; '.join(versions)}.", ""]
    padding = {title: results.get(f"padding/{name}") for name, title in SETS.items()}
    rows = []
    for title, r in padding.items():
        if r:
            shares = [f"{100 * share:.1f}%" for share in r["share"].values()]
            rows.append([title.split(",")[0], f"{r['tokens']:,}", *shares])
    if rows:
        header = ["all training texts, first 400 tokens", "tokens", "sklearn_slm"]
        header += ["batches in random order, each to its longest", "all to the longest"]
        lines += [
            "### Part of the work that is padding",
            "",
            *format_table(header, rows),
            "",
        ]
    grid = {kind: results.get(f"grid/{kind}") for kind in GRIDS}
    if all(grid.values()):
        names = [
            "`n_jobs=1`, and 1 thread a fit",
            "`n_jobs=1`, a fit uses both cores as by default",
            "`n_jobs=2`, for which joblib gives each worker 1 thread",
        ]
        rows = []
        for kind, name in zip(GRIDS, names):
            row = [name]
            for key in ("seconds", "again"):
                seconds, base = grid[kind][key], grid[GRIDS[0]][key]
                row += [f"{seconds:.1f}", f"{base / seconds:.2f}"]
            rows.append(row)
        lines += [
            "### GridSearchCV",
            "",
            "4 hidden sizes x 5 folds (the default) on TREC and the last fit on all of it, "
            "the classifier's own number of epochs; with an empty cache of compiled code, "
            "and again with the one that this has filled.",
            "",
            *format_table(
                ["", "seconds", "of the first row", "again, s", "of the first row"],
                rows,
            ),
        ]
    return lines


def write(results, path):
    """Write the page."""
    head = ["# Training speed", "", "`python benchmarks/training.py --data DIR`, "]
    head[-1] += f"{describe_machine()}. Its first lines say what is measured."
    lines = [line.replace("### ", "## ") for line in list_tables(results)]
    write_page([*head, "", *lines], path)


def main():
    """Run what is missing."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--fresh", action="store_true", help="forget earlier results")
    parser.add_argument("--quick", action="store_true", help="a trial in minutes")
    parser.add_argument("--measure", choices=list_keys(PARTS), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        found = measure(options.data, options.measure, options.quick)
        print(json.dumps(found))
        return
    store = (QUICK if options.quick else DOCS) / "training_speed.json"
    results = read_results(store, options.fresh)
    for key in list_keys(options.parts):
        if key not in results:
            results[key] = run_apart(options.data, key, options.quick)
            write_results(results, store)
            write(results, store.with_suffix(".md"))
        print(key, results[key], file=sys.stderr, flush=True)
    write(results, store.with_suffix(".md"))
    print("\n".join(list_tables(results)))


if __name__ == "__main__":
    main()
