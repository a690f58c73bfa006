"""Texts that are worded otherwise than those of training: words left out, another domain.

python benchmarks/robustness.py --data DIR [--sets trec sst2 banking77 imdb]
                                [--seeds 0 1] [--fresh]

Held-out parts of a data set are worded as its training texts are, and hide what a model
does with others. So models are trained as in ``benchmarks/accuracy.py`` and tested on the
test texts with a share of their words left out (the same ones for all models), and models
of single sentences on whole reviews, and the other way round: SST-2 and IMDB. Beside
the peers stands the classifier trained without word dropout.

Figures are kept in ``docs/benchmarks/robustness.json``, so an interrupted run continues
where it ended; the page there is written from them.
"""

import argparse
from pathlib import Path

import numpy as np
import peers
from common import (
    DOCS,
    SETS,
    describe_machine,
    format_mean,
    format_table,
    name_versions,
    read_results,
    read_set,
    write_page,
    write_results,
)
from sklearn.metrics import accuracy_score

SHARES = (0.0, 0.1, 0.2, 0.3)
WITHOUT = ", word_dropout=0"
ROWS = (*peers.ROWS, peers.OURS + WITHOUT, peers.OURS_FILE + WITHOUT)
# Training texts, and what is read in their place.
DOMAINS = {"sst2": "imdb", "imdb": "sst2"}
WITHOUT_SEED = (peers.WORDS, peers.PAIRS)


def leave_out(texts, share):
    """Return texts without this share of their words, of each text at least one left."""
    random = np.random.RandomState(0)
    shorter = []
    for text in texts:
        words = np.array(text.split(), dtype=object)
        kept = random.random_sample(len(words)) >= share
        if len(words) and not kept.any():
            kept[random.randint(len(words))] = True
        shorter.append(" ".join(words[kept]))
    return shorter


def is_positive(labels):
    """Tell which labels of SST-2 or IMDB are positive."""
    return [label in ("1", "pos") for label in labels]


def measure(row, name, seed, data):
    """Return the accuracy of a row of the tables under each condition."""
    texts, labels, test, expected = read_set(data / name)
    model = peers.build_model(
        row.removesuffix(WITHOUT), name, seed, peers.find_vectors(data)
    )
    if row.endswith(WITHOUT):
        model.set_params(slm__word_dropout=0.0)
    model.fit(texts, labels)
    found = {
        f"{share:.0%}": accuracy_score(expected, model.predict(leave_out(test, share)))
        for share in SHARES
    }
    if name in DOMAINS:
        _, _, other, expected = read_set(data / DOMAINS[name])
        found[SETS[DOMAINS[name]]] = accuracy_score(
            is_positive(expected), is_positive(model.predict(other))
        )
    return found


def write_tables(results):
    """Write the page."""
    lines = [
        "# Texts worded otherwise",
        "",
        f"`python benchmarks/robustness.py --data DIR`, {describe_machine()}. Accuracy in "
        "percent on test texts as they are (0%), with some of their words left out, "
        "and of sentiment on the texts of the other set. "
        + name_versions("sklearn_slm", "keras", "jax", "scikit-learn"),
        "",
    ]
    for name, of_set in results.items():
        seeds = max(len(runs) for runs in of_set.values())
        first = next(iter(next(iter(of_set.values())).values()))
        lines += [f"## Trained on {SETS[name]}", "", f"Seeds: {seeds}.", ""]
        rows = []
        for row in ROWS:
            runs = of_set.get(row, {}).values()
            if runs:
                cells = [[100 * run[condition] for run in runs] for condition in first]
                rows.append([row, *map(format_mean, cells)])
        lines += [*format_table(["", *first], rows), ""]
    write_page(lines, DOCS / "robustness.md")


def main():
    """Train, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument(
        "--sets", nargs="+", choices=SETS, default=["trec", "sst2", "banking77"]
    )
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1])
    parser.add_argument("--fresh", action="store_true")
    options = parser.parse_args()
    store = DOCS / "robustness.json"
    results = read_results(store, options.fresh)
    for name in options.sets:
        for row in ROWS:
            seeds = options.seeds[:1] if row in WITHOUT_SEED else options.seeds
            kept = results.setdefault(name, {}).setdefault(row, {})
            for seed in seeds:
                if str(seed) not in kept:
                    kept[str(seed)] = measure(row, name, seed, options.data)
                    print(name, row, seed, kept[str(seed)], flush=True)
                    write_results(results, store)
    write_tables(results)


if __name__ == "__main__":
    main()
