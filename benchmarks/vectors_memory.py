"""Time and memory of reading a large file of vectors and of counting a stream of texts.

python benchmarks/vectors_memory.py --folder DIR [--parts file stream]
                                    [--tokens 5 10 20 40] [--jobs 2]

"file" writes 400,000 random vectors of 100 components to DIR (0.4 GB, kept there for the
next time) and reads 30,000 of them, plain and compressed; gensim, where it is installed,
reads all of them, which is what it can do. "stream" counts generated texts of so many
million tokens: words are drawn by Zipf's law from 200,000, which gives more different
pairs than language does. Each measurement is a process of its own; memory is the peak of
its resident set above what it had after the imports. Linux only.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

N_WORDS, N_COMPONENTS, N_WANTED = 400_000, 100, 30_000
N_TYPES, DOCUMENT = 200_000, 200
MB = 1 << 20


def make_file(path):
    """Write the large file, numbers as published files have them."""
    rng = np.random.default_rng(0)
    with open(path, "w", encoding="utf-8") as file:
        for start in range(0, N_WORDS, 1_000):
            rows = np.char.mod("%.5f", rng.normal(0, 0.4, (1_000, N_COMPONENTS)))
            lines = [f"word{start + i} {' '.join(row)}\n" for i, row in enumerate(rows)]
            file.write("".join(lines))


def compress(source, target):
    """Write the same vectors compressed."""
    from sklearn_slm import read_vectors, write_vectors

    write_vectors(target, read_vectors(source))


def generate_texts(n_tokens, seed=0):
    """Yield texts of 200 words drawn by Zipf's law."""
    rng = np.random.default_rng(seed)
    chances = np.cumsum(1.0 / (np.arange(N_TYPES) + 2.7))
    chances /= chances[-1]
    names = np.array([f"w{i}" for i in range(N_TYPES)], dtype=object)
    for _ in range(0, n_tokens, 100 * DOCUMENT):
        drawn = np.searchsorted(chances, rng.random((100, DOCUMENT)))
        for row in names[drawn]:
            yield " ".join(row)


def memory(name):
    """Return a field of this process' memory in bytes; Linux only."""
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith(name))
    return int(line.split()[1]) * 1024


def resident():
    """Return the resident set."""
    return memory("VmRSS")


def peak():
    """Return the largest resident set so far."""
    return memory("VmHWM")


def read_ours(path):
    """Read the wanted words; return what was measured."""
    from sklearn_slm import read_vectors

    # Every 13th word, so that the wanted ones are spread over the file.
    tokens = [f"word{13 * i}" for i in range(N_WANTED)]
    before, start = resident(), time.perf_counter()
    vectors = read_vectors(path, tokens=tokens)
    seconds = time.perf_counter() - start
    assert len(vectors) == N_WANTED
    size = vectors.table.nbytes
    return {
        "seconds": seconds,
        "above": (peak() - before - size) / MB,
        "size": size / MB,
    }


def read_gensim(path):
    """Read all words with gensim; return what was measured."""
    from gensim.models import KeyedVectors

    before, start = resident(), time.perf_counter()
    loaded = KeyedVectors.load_word2vec_format(path, no_header=True)
    seconds = time.perf_counter() - start
    size = loaded.vectors.nbytes
    return {
        "seconds": seconds,
        "above": (peak() - before - size) / MB,
        "size": size / MB,
    }


def count_stream(millions, n_jobs):
    """Count generated texts; return what was measured."""
    from sklearn_slm.embeddings import count_cooccurrences
    from sklearn_slm.text import Analyzer, learn_vocabulary

    n_tokens = int(millions * 1e6)
    before, start = resident(), time.perf_counter()
    vocabulary, ids, offsets = learn_vocabulary(
        map(Analyzer(), generate_texts(n_tokens)), max_features=50_000
    )
    read, after = time.perf_counter() - start, peak()
    counts = count_cooccurrences(ids, offsets, len(vocabulary), n_jobs=n_jobs)
    return {
        "tokens": len(ids),
        "pairs": counts.nnz // 2,
        "read_seconds": read,
        "count_seconds": time.perf_counter() - start - read,
        "read": (after - before) / MB,
        "all": (peak() - before) / MB,
    }


def measure(*call):
    """Run one function of this file in a process of its own."""
    command = [sys.executable, __file__, "--call", json.dumps(call)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def compare_files(folder):
    """Print seconds and memory of reading the large file."""
    plain = folder / "large.txt"
    if not plain.exists():
        make_file(plain)
    print("| | seconds | MB of the result | MB above it |\n|---|---|---|---|")
    for suffix in ("", ".gz", ".zip"):
        path = plain.with_name(plain.name + suffix)
        if not path.exists():
            compress(plain, path)
        found = measure("read_ours", str(path))
        print(f"| {N_WANTED:,} words of {path.name} | {describe(found)} |", flush=True)
    try:
        found = measure("read_gensim", str(plain))
    except subprocess.CalledProcessError:
        print("gensim is not installed")
    else:
        print(f"| gensim, all words of {plain.name} | {describe(found)} |", flush=True)


def describe(found):
    """Return the cells of a measurement."""
    return f"{found['seconds']:.1f} | {found['size']:.0f} | {found['above']:.0f}"


def compare_streams(millions, n_jobs):
    """Print seconds and memory of counting streams, and the slopes."""
    print("| million tokens | million pairs | read | counted | MB read | MB at most |")
    print("|---|---|---|---|---|---|")
    rows = []
    for size in millions:
        found = measure("count_stream", size, n_jobs)
        rows.append(found)
        print(
            f"| {found['tokens'] / 1e6:.1f} | {found['pairs'] / 1e6:.1f} | "
            f"{found['read_seconds']:.1f} s | {found['count_seconds']:.1f} s | "
            f"{found['read']:.0f} | {found['all']:.0f} |",
            flush=True,
        )
    first, last = rows[0], rows[-1]
    if len(rows) > 1:
        tokens = last["tokens"] - first["tokens"]
        pairs = last["pairs"] - first["pairs"]
        read = (last["read"] - first["read"]) * MB / tokens
        rest = ((last["all"] - first["all"]) * MB - 4 * tokens) / pairs
        print(
            f"\n{read:.1f} bytes a token while reading; beyond 4 bytes a token "
            f"{rest:.1f} bytes a pair while counting"
        )


def main():
    """Run the parts that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--parts", nargs="+", default=["file", "stream"])
    parser.add_argument("--tokens", nargs="+", type=float, default=[5, 10, 20, 40])
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--call", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.call:
        name, *arguments = json.loads(given.call)
        print(json.dumps(globals()[name](*arguments)))
        return
    for part in given.parts:
        print(f"\n## {part}\n", flush=True)
        if part == "file":
            compare_files(given.folder)
        else:
            compare_streams(given.tokens, given.jobs)


if __name__ == "__main__":
    main()
