"""Variants of texts to train on: what each way of making them is worth with few labels.

python benchmarks/augmentation.py --data DIR [--part dev test] [--sets sst2 trec]
                                  [--sizes 10 30 100] [--draws 5] [--quick]

DIR as for ``accuracy.py``; synonyms are those of its GloVe file, which the classifier itself
is not given. Each draw takes 10, 30 or 100 texts of each class, and is the seed of the model
and of the variants; the larger draws contain the smaller ones. Each row makes two variants
of each text, and is tested on the texts as they are and with a fifth of their words left
out, as in ``robustness.py``.

Results are kept in ``docs/benchmarks/augmentation.json`` one by one, so an interrupted run
continues; the page ``augmentation.md`` is written beside it. ``--quick`` makes one draw of
10 texts with networks of one epoch, into ``bench-quick``.
"""

import argparse
from functools import cache
from pathlib import Path

from common import (
    DOCS,
    QUICK,
    SETS,
    describe_machine,
    draw_per_class,
    format_mean,
    format_table,
    name_versions,
    read_results,
    read_set,
    write_page,
    write_results,
)
from peers import find_vectors
from robustness import leave_out
from sklearn.metrics import accuracy_score

from sklearn_slm import Augmenter, SLMTextClassifier, read_vectors

TRIED = ("sst2", "trec")
SIZES = (10, 30, 100)
PARTS = {"dev": "development part", "test": "test set"}
SHARE = 0.2
NOTHING = {"swap": 0.0, "drop": 0.0}
ROWS = {
    "none": None,
    "drop": NOTHING | {"drop": 0.1},
    "swap": NOTHING | {"swap": 0.1},
    "misspell": NOTHING | {"misspell": 0.1},
    "synonyms": NOTHING | {"synonyms": 0.2},
    "mix": NOTHING | {"mix": 0.5},
    "all": {"drop": 0.1, "swap": 0.1, "misspell": 0.05, "synonyms": 0.1, "mix": 0.5},
}
ABOUT = {
    "none": "no variants",
    "drop": "words left out, `drop=0.1`",
    "swap": "neighbours exchanged, `swap=0.1`",
    "misspell": "spelling noise, `misspell=0.1`",
    "synonyms": "synonyms of a GloVe file, `synonyms=0.2`",
    "mix": "texts of one class mixed, `mix=0.5`",
    "all": "all of them",
}
TESTS = {"score": "as they are", "shorter": "a fifth of the words left out"}


@cache
def read_synonyms(path):
    """Return the vectors of a file, once."""
    return read_vectors(path)


def build_augmenter(row, vectors, seed):
    """Return what makes the variants of a row, or None."""
    options = ROWS[row]
    if options is None:
        return None
    known = read_synonyms(vectors) if "synonyms" in options else None
    return Augmenter(2, vectors=known, random_state=seed, **options)


def measure(row, data, n, seed, *, vectors, quick):
    """Fit on a draw; return the accuracies in percent."""
    texts, labels, others, their_labels = data
    rows = draw_per_class(labels, n, seed)
    model = SLMTextClassifier(
        augment=build_augmenter(row, vectors, seed),
        random_state=seed,
        **({"max_iter": 1} if quick else {}),
    ).fit([texts[i] for i in rows], [labels[i] for i in rows])
    asked = {"score": others, "shorter": leave_out(others, SHARE)}
    return {
        key: 100 * accuracy_score(their_labels, model.predict(tested))
        for key, tested in asked.items()
    }


def list_tables(results):
    """Return the lines of the tables, one for each data set and part."""
    lines = []
    for part, title in PARTS.items():
        for name in TRIED:
            start = f"{part}/{name}/"
            sizes = [n for n in SIZES if any(f"{start}none/{n}/" in k for k in results)]
            for test, worded in TESTS.items():
                rows = []
                for row, about in ABOUT.items():
                    cells = [
                        [
                            found[test]
                            for key, found in results.items()
                            if key.startswith(f"{start}{row}/{n}/")
                        ]
                        for n in sizes
                    ]
                    if any(cells):
                        rows.append([about, *map(format_mean, cells)])
                if rows:
                    header = ["", *(f"{n} labels a class" for n in sizes)]
                    lines += [f"## {SETS[name]}, {title}, {worded}", ""]
                    lines += [*format_table(header, rows), ""]
    return lines


def write(results, path):
    """Write the page."""
    versions = {found["version"] for found in results.values()}
    head = [
        "# Augmentation",
        "",
        f"`python benchmarks/augmentation.py --data DIR`, {describe_machine()}.",
        "",
        "Accuracy, percent; mean and standard deviation over the draws. The classifier has "
        "its defaults and no file of vectors, and each text two variants. With two or three "
        "draws, differences below two points on SST-2 and ten on TREC-6 are chance.",
        "",
    ]
    end = [f"Versions: {'; '.join(sorted(versions))}."]
    write_page(head + list_tables(results) + end, path.with_suffix(".md"))


def main():
    """Run what is missing."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sets", nargs="+", choices=TRIED, default=TRIED)
    parser.add_argument("--part", nargs="+", choices=PARTS, default=["dev"])
    parser.add_argument("--sizes", nargs="+", type=int, choices=SIZES, default=SIZES)
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--fresh", action="store_true", help="forget earlier results")
    parser.add_argument("--quick", action="store_true", help="a trial in minutes")
    options = parser.parse_args()
    if options.quick:
        options.sizes, options.draws = SIZES[:1], 1
    store = (QUICK if options.quick else DOCS) / "augmentation.json"
    results = read_results(store, options.fresh)
    vectors = find_vectors(options.data)
    tried = [row for row in ROWS if vectors or "synonyms" not in (ROWS[row] or {})]
    for part in options.part:
        for name in options.sets:
            data = read_set(options.data / name, part)
            cells = [
                (seed, n, row)
                for seed in range(options.draws)
                for n in options.sizes
                for row in tried
            ]
            for seed, n, row in cells:
                key = f"{part}/{name}/{row}/{n}/{seed}"
                if key not in results:
                    found = measure(
                        row, data, n, seed, vectors=vectors, quick=options.quick
                    )
                    version = name_versions("sklearn_slm", "keras", "jax")
                    results[key] = found | {"version": version}
                    write_results(results, store)
                print(key, f"{results[key]['score']:.1f}", flush=True)
            write(results, store)


if __name__ == "__main__":
    main()
