"""How few labelled texts are enough: 10, 30 and 100 of each class.

python benchmarks/learning_curve.py --data DIR [--part dev test] [--sets banking77 sst2]
                                    [--seeds 0 1 2] [--quick]

DIR as for ``accuracy.py``. Each seed is a draw of texts and the seed of the model; the
larger draws contain the smaller ones. "dev" is SST-2's own part; of banking77 it is a fifth
of the training texts, which are then not drawn. Results are kept in
``docs/benchmarks/learning_curve.json`` one by one, so an interrupted run continues; tables
and a plot are written beside it. ``--quick`` makes one draw of 10 texts, one epoch.
"""

import argparse
from pathlib import Path

import numpy as np
import peers
from common import (
    DOCS,
    QUICK,
    SETS,
    describe_machine,
    draw_per_class,
    format_mean,
    format_table,
    import_peer,
    read_results,
    read_set,
    write_page,
    write_results,
)
from plots import draw_learning_curve
from sklearn.metrics import accuracy_score

CURVE_SETS = ("banking77", "sst2")
SIZES = (10, 30, 100)
PARTS = {"dev": "development part", "test": "test set"}


def measure(model, data, n, seed):
    """Fit on a draw, return the accuracy in percent."""
    texts, labels, other_texts, other_labels = data
    rows = draw_per_class(labels, n, seed)
    model.fit([texts[i] for i in rows], [labels[i] for i in rows])
    return {
        "score": 100 * accuracy_score(other_labels, model.predict(other_texts)),
        "n_texts": len(rows),
    }


def read_cell(results, part, name, row, n):
    """Return the scores of all draws."""
    start = f"{part}/{name}/{row}/{n}/"
    return [r["score"] for key, r in results.items() if key.startswith(start)]


def list_tables(results):
    """Return the lines of the tables, one for each data set and part."""
    lines = [
        "Accuracy, percent; mean and standard deviation over the draws. Each draw takes so "
        "many texts of each class, all of them where a class has fewer (banking77: from 35 "
        "on), and is the seed of the model too.",
        "",
    ]
    for part, title in PARTS.items():
        for name in CURVE_SETS:
            rows = []
            for row in peers.ROWS:
                cells = [read_cell(results, part, name, row, n) for n in SIZES]
                if any(cells):
                    rows.append([row, *map(format_mean, cells)])
            if rows:
                lines += [f"### {SETS[name]}, {title}", ""]
                header = ["", *(f"{n} texts a class" for n in SIZES)]
                lines += [*format_table(header, rows), ""]
    versions = {r["version"] for r in results.values()}
    lines.append(f"Versions: {'; '.join(sorted(versions))}.")
    return lines


def write(results, path):
    """Write the tables and the plot."""
    head = [
        "# Few labelled texts",
        "",
        f"`python benchmarks/learning_curve.py --data DIR`, {describe_machine()}.",
        "",
        "![Accuracy by texts of each class](learning_curve.png)",
        "",
    ]
    lines = [line.replace("### ", "## ") for line in list_tables(results)]
    write_page(head + lines, path.with_suffix(".md"))
    part = "test" if any(key.startswith("test/") for key in results) else "dev"
    curves = {
        SETS[name]: {
            row: [read_cell(results, part, name, row, n) for n in SIZES]
            for row in peers.ROWS
        }
        for name in CURVE_SETS
    }
    draw_learning_curve(curves, SIZES, PARTS[part], path.with_suffix(".png"))


def main():
    """Run what is missing."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sets", nargs="+", choices=CURVE_SETS, default=CURVE_SETS)
    parser.add_argument("--part", nargs="+", choices=PARTS, default=["dev"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--fresh", action="store_true", help="forget earlier results")
    parser.add_argument("--quick", action="store_true", help="a trial in minutes")
    options = parser.parse_args()
    import_peer("fasttext", "fasttext-community")
    store = (QUICK if options.quick else DOCS) / "learning_curve.json"
    results = read_results(store, options.fresh)
    vectors = peers.find_vectors(options.data)
    sizes, seeds = (SIZES[:2], [0, 1]) if options.quick else (SIZES, options.seeds)
    rows = [row for row in peers.ROWS if vectors or row != peers.OURS_FILE]
    cells = [(n, row, seed) for n in sizes for row in rows for seed in seeds]
    for part in options.part:
        for name in options.sets:
            data = read_set(options.data / name, part)
            if options.quick:
                few = np.flatnonzero(np.isin(data[1], np.unique(data[1])[:10]))
                data = [data[0][i] for i in few], [data[1][i] for i in few], *data[2:]
            for n, row, seed in cells:
                key = f"{part}/{name}/{row}/{n}/{seed}"
                if key not in results:
                    version = peers.name_version(row)
                    model = peers.build_model(row, name, seed, vectors, options.quick)
                    found = measure(model, data, n, seed)
                    results[key] = {**found, "version": version}
                    write_results(results, store)
                print(key, f"{results[key]['score']:.1f}", flush=True)
            write(results, store)


if __name__ == "__main__":
    main()
