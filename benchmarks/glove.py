"""The GloVe solver beside the classical AdaGrad iteration.

python benchmarks/glove.py --data DIR [--parts solvers grid direction]
                           [--sets trec sst2 imdb] [--epochs 15] [--jobs 2]
                           [--seeds 0 1 2]

DIR holds one folder per data set with ``train.csv.gz`` and ``test.csv.gz`` (header
``text,label``; SST-2 also ``dev.csv.gz``).
"solvers" needs numba: the reference is compiled, with as many threads as the solver gets.
Vectors are learned from the training texts alone. "dev" is SST-2's own dev set, and a fifth
of the training texts elsewhere; "test" is the test set. Tables go to standard output.
"""

import argparse
import time
import warnings
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from sklearn_slm.datasets import read_csv_texts
from sklearn_slm.embeddings import (
    WordVectors,
    count_cooccurrences,
    document_vectors,
    find_common_direction,
    fit_glove,
    log2_idf,
    remove_direction,
    tfidf_weights,
)
from sklearn_slm.text import Analyzer, encode_documents, learn_vocabulary

MIN_DF = {"trec": 1, "sst2": 1, "imdb": 5, "thucnews_titles": 1}
WINDOW = {"trec": 10, "sst2": 10, "imdb": 15, "thucnews_titles": 10}
NEIGHBOURS = {
    "trec": ["city", "president", "many"],
    "sst2": ["funny", "boring", "director"],
    "imdb": ["terrible", "actress", "zombie", "funny"],
}


class Corpus:
    """Counted training texts, and the weights of every part's documents."""

    def __init__(self, data, name):
        analyzer = Analyzer()
        texts, self.train_labels = map(
            list, read_csv_texts(data / name / "train.csv.gz")
        )
        start = time.perf_counter()
        self.vocabulary, self.ids, self.offsets = learn_vocabulary(
            map(analyzer, texts), min_df=MIN_DF[name]
        )
        self.read_seconds = time.perf_counter() - start
        self.name, self.tokens = name, self.vocabulary.tokens
        idf = log2_idf(self.vocabulary.token_counts, self.vocabulary.corpus_size)
        self.weights = {"train": tfidf_weights(self.ids, self.offsets, idf)}
        self.labels = {"train": np.array(self.train_labels)}
        for part in ("dev", "test"):
            path = data / name / f"{part}.csv.gz"
            if path.exists():
                part_texts, labels = read_csv_texts(path)
                ids, offsets = encode_documents(part_texts, analyzer, self.vocabulary)
                self.weights[part] = tfidf_weights(ids, offsets, idf)
                self.labels[part] = np.array(labels)

    def count(self, window, n_jobs):
        """Return the co-occurrence counts."""
        return count_cooccurrences(
            self.ids, self.offsets, len(self.tokens), window_size=window, n_jobs=n_jobs
        )

    def score(self, table, part="dev", transform=None, scale=True):
        """Return the accuracy of LogisticRegression on document vectors, in percent."""
        transform = transform or (lambda train, other: (train, other))
        model = LogisticRegression(max_iter=500, tol=1e-3, C=1.0 if scale else 10.0)
        if scale:
            model = make_pipeline(StandardScaler(), model)
        train, labels = (
            document_vectors(self.weights["train"], table),
            self.labels["train"],
        )
        if part in self.weights:
            other, expected = (
                document_vectors(self.weights[part], table),
                self.labels[part],
            )
        else:
            train, other, labels, expected = train_test_split(
                train, labels, test_size=0.2, stratify=labels, random_state=0
            )
        train, other = transform(train, other)
        # Products this small only wait for a second thread.
        with threadpool_limits(1):
            return 100 * model.fit(train.astype(float), labels).score(other, expected)


def compile_adagrad():
    """Return the update loop of Pennington et al. (2014), compiled by numba."""
    import numba

    @numba.njit(parallel=True, fastmath=True)
    def run_epoch(rows, columns, values, words, contexts, squares, steps, x_max, rate):
        # Threads update shared vectors without locks, as the published program does.
        n_threads = len(steps) - 1
        costs = np.zeros(n_threads)
        width = words.shape[1] - 1
        for thread in numba.prange(n_threads):
            cost = 0.0
            for at in range(steps[thread], steps[thread + 1]):
                i, j, x = rows[at], columns[at], values[at]
                error = words[i, width] + contexts[j, width] - np.log(x)
                for k in range(width):
                    error += words[i, k] * contexts[j, k]
                weighted = error if x > x_max else (x / x_max) ** 0.75 * error
                cost += 0.5 * weighted * error
                weighted *= rate
                for k in range(width):
                    one, other = weighted * contexts[j, k], weighted * words[i, k]
                    words[i, k] -= one / np.sqrt(squares[0, i, k])
                    contexts[j, k] -= other / np.sqrt(squares[1, j, k])
                    squares[0, i, k] += one * one
                    squares[1, j, k] += other * other
                words[i, width] -= weighted / np.sqrt(squares[0, i, width])
                contexts[j, width] -= weighted / np.sqrt(squares[1, j, width])
                squares[0, i, width] += weighted * weighted
                squares[1, j, width] += weighted * weighted
            costs[thread] = cost
        return costs.sum()

    return run_epoch


def fit_adagrad(counts, n_components, epochs, n_jobs, run_epoch, x_max=10.0, seed=0):
    """Fit by AdaGrad; return words, contexts, seconds and CPU seconds of the epochs."""
    rng = np.random.default_rng(seed)
    pairs = counts.tocoo()
    order = rng.permutation(pairs.nnz)
    rows, columns = pairs.row[order], pairs.col[order]
    values = pairs.data[order].astype(np.float64)
    shape = (2, counts.shape[0], n_components + 1)
    sides = (rng.random(shape) - 0.5) / n_components
    squares = np.ones(shape)
    steps = np.linspace(0, len(values), n_jobs + 1).astype(np.int64)
    arguments = (*sides, squares, steps, x_max, 0.05)
    run_epoch(rows[:0], columns[:0], values[:0], *arguments[:3], steps * 0, x_max, 0.05)
    start, cpu = time.perf_counter(), time.process_time()
    for _ in range(epochs):
        run_epoch(rows, columns, values, *arguments)
    return *sides, time.perf_counter() - start, time.process_time() - cpu


def measure_objective(counts, words, contexts, x_max=10.0):
    """Return the mean of f(X) e^2 / 2, in double precision."""
    total = 0.0
    for start in range(0, counts.shape[0], 256):
        pairs = counts[start : start + 256].tocoo()
        row, column, x = pairs.row, pairs.col, pairs.data.astype(np.float64)
        block = words[start : start + 256]
        errors = (block[:, :-1] @ contexts[:, :-1].T)[row, column] - np.log(x)
        errors += block[row, -1] + contexts[column, -1]
        total += np.sum(np.minimum(1, (x / x_max) ** 0.75) * errors**2)
    return total / 2 / counts.nnz


def compare_solvers(corpora, epochs, n_jobs):
    """Print objective, time and accuracy of both solvers, and neighbours."""
    run_epoch = compile_adagrad()
    lines, neighbours = [], []
    for corpus in corpora:
        start = time.perf_counter()
        counts = corpus.count(WINDOW[corpus.name], n_jobs)
        counting = time.perf_counter() - start
        start, cpu = time.perf_counter(), time.process_time()
        table, curve = fit_glove(counts, 50, random_state=0, n_jobs=n_jobs)
        seconds = time.perf_counter() - start, time.process_time() - cpu
        found = [(f"this solver, {len(curve)} iterations", table, curve[-1], *seconds)]
        words, contexts, wall, cpu = fit_adagrad(counts, 50, epochs, n_jobs, run_epoch)
        objective = measure_objective(counts, words, contexts)
        both = (words + contexts)[:, :-1].astype(np.float32)
        found.append((f"AdaGrad, {epochs} iterations", both, objective, wall, cpu))
        lines.append(
            f"{corpus.name}: {corpus.vocabulary.corpus_size:,} tokens, "
            f"{len(corpus.tokens):,} words, {counts.nnz:,} counts; tokens split in "
            f"{corpus.read_seconds:.1f} s, counted in {counting:.1f} s\n"
        )
        lines.append("| solver | objective | seconds | CPU seconds | dev | test |")
        lines.append("|---|---|---|---|---|---|")
        for name, table, objective, wall, cpu in found:
            scores = [corpus.score(table, part) for part in ("dev", "test")]
            lines.append(
                f"| {name} | {objective:.5f} | {wall:.1f} | {cpu:.1f} | "
                f"{scores[0]:.1f} | {scores[1]:.1f} |"
            )
            vectors = WordVectors(corpus.tokens, table)
            for word in filter(vectors.__contains__, NEIGHBOURS.get(corpus.name, [])):
                nearest = ", ".join(other for other, _ in vectors.most_similar(word, 8))
                neighbours.append(f"| {corpus.name}, {name} | {word} | {nearest} |")
        lines.append("")
        print("\n".join(lines), flush=True)
        lines = []
    print("| | word | nearest |\n|---|---|---|\n" + "\n".join(neighbours), flush=True)


def search_grid(corpora, n_jobs, seeds, names):
    """Print dev accuracy for one parameter changed at a time, mean over seeds."""
    changes = [{}]
    changes += [{"ridge": ridge} for ridge in (0.1, 0.3, 3.0)]
    changes += [{"x_max": x_max} for x_max in (3.0, 30.0, 100.0)]
    changes += [{"max_iter": n, "tol": 0.0} for n in (1, 2, 8)]
    changes += [{"window": window} for window in (3, 5, 15)]
    changes += [{"n_components": n} for n in (25, 100, 200)]
    changes = [change for change in changes if not change or names & set(change)]
    print(f"| changed | {' | '.join(corpus.name for corpus in corpora)} |")
    print("|---|" + "---|" * len(corpora))
    for change in changes:
        cells = []
        for corpus in corpora:
            given = dict(change)
            counts = corpus.count(given.pop("window", 10), n_jobs)
            scores = [
                corpus.score(
                    fit_glove(counts, **given, random_state=s, n_jobs=n_jobs)[0]
                )
                for s in seeds
            ]
            cells.append(f"{np.mean(scores):.1f} ± {np.std(scores):.1f}")
        label = (
            ", ".join(f"{name} {value}" for name, value in change.items()) or "defaults"
        )
        print(f"| {label} | {' | '.join(cells)} |", flush=True)


def compare_direction(corpora, n_jobs, seeds):
    """Print dev accuracy with and without the common direction, and of unit vectors."""

    def without(train, other):
        direction = find_common_direction(train)
        return remove_direction(train, direction), remove_direction(other, direction)

    def unit(train, other):
        norms = [np.linalg.norm(x, axis=1, keepdims=True) for x in (train, other)]
        return train / np.maximum(norms[0], 1e-9), other / np.maximum(norms[1], 1e-9)

    def both(train, other):
        return unit(*without(train, other))

    ways = {
        "as it is": None,
        "direction removed": without,
        "norm l2": unit,
        "both": both,
    }
    print(f"| corpus, scaled | {' | '.join(ways)} |")
    print("|---|" + "---|" * len(ways))
    for corpus in corpora:
        counts = corpus.count(10, n_jobs)
        tables = [fit_glove(counts, random_state=s, n_jobs=n_jobs)[0] for s in seeds]
        for scale in (False, True):
            cells = []
            for way in ways.values():
                scores = [corpus.score(t, transform=way, scale=scale) for t in tables]
                cells.append(f"{np.mean(scores):.1f} ± {np.std(scores):.1f}")
            label = f"{corpus.name}, {'standardised' if scale else 'raw'}"
            print(f"| {label} | {' | '.join(cells)} |", flush=True)


def main():
    """Run the parts that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--parts", nargs="+", default=["solvers", "grid"])
    parser.add_argument("--sets", nargs="+", default=["trec", "sst2"])
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    names = ["ridge", "x_max", "max_iter", "window", "n_components"]
    parser.add_argument("--grid", nargs="+", default=names, choices=names)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    corpora = [Corpus(given.data, name) for name in given.sets]
    for part in given.parts:
        print(f"\n## {part}\n", flush=True)
        if part == "solvers":
            compare_solvers(corpora, given.epochs, given.jobs)
        elif part == "grid":
            search_grid(corpora, given.jobs, given.seeds, set(given.grid))
        elif part == "direction":
            compare_direction(corpora, given.jobs, given.seeds)


if __name__ == "__main__":
    main()
