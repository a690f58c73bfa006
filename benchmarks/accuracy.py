"""Accuracy and calibration of the default classifier beside its peers.

python benchmarks/accuracy.py --data DIR [--sets trec sst2 ...] [--seeds 0 1 2]
                              [--rows sklearn_slm ...] [--part test] [--quick]

DIR holds one folder per data set with ``train.csv.gz`` and ``test.csv.gz`` (header
``text,label``), or one ``all.csv.gz`` that is split 80 to 20; and ``glove/*.txt.gz``.
Each result is kept in ``docs/benchmarks/accuracy.json`` as soon as it is there, so an
interrupted run continues where it ended (``--fresh`` begins anew); the tables are written
to ``docs/benchmarks/accuracy.md``. ``--part dev`` tests on development parts and writes
``accuracy_dev.*``; decide by that one.

The row with a temperature fits on nine tenths of the training texts and finds the
temperature on the other tenth, with the first seed alone: it is one more fit.
``--quick`` shows in minutes that everything runs: 30 texts of a class, one epoch, results
in ``bench-quick``.
"""

import argparse
import sys
import time
from functools import cache
from pathlib import Path

import numpy as np
import peers
from common import (
    DOCS,
    QUICK,
    SETS,
    calibration_error,
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
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import KFold, train_test_split

NINE_TENTHS = "sklearn_slm, nine tenths"
TEMPERATURE = "sklearn_slm, nine tenths + temperature"
CHINESE_ROWS = [row for row in peers.ROWS if row != peers.OURS_FILE]
TABLES = (
    ("Score", "score", "{:.1f}", True),
    ("Seconds to fit, compilation included", "fit_seconds", "{:.1f}", False),
    ("Texts per second, predicted", "texts_per_second", "{:,.0f}", False),
    ("Size of the saved model, MB", "megabytes", "{:.1f}", False),
    ("Expected calibration error, percent", "ece", "{:.1f}", True),
)


def score(name, labels, found):
    """Return accuracy, or macro F1 where one class is rare, in percent."""
    if name == "sms_spam":
        return 100 * f1_score(labels, found, average="macro")
    return 100 * accuracy_score(labels, found)


def measure_calibration(model, texts, labels):
    """Return the expected calibration error in percent."""
    probabilities = model.predict_proba(texts)
    correct = model.classes_[probabilities.argmax(axis=1)] == np.asarray(labels)
    return 100 * calibration_error(probabilities.max(axis=1), correct)


def measure(name, model, data):
    """Fit and test one model."""
    texts, labels, test_texts, test_labels = data
    began = time.perf_counter()
    model.fit(texts, labels)
    fit_seconds = time.perf_counter() - began
    model.predict(test_texts[:2])
    began = time.perf_counter()
    found = model.predict(test_texts)
    predict_seconds = time.perf_counter() - began
    last = model[-1] if hasattr(model, "steps") else model
    return {
        "score": score(name, test_labels, found),
        "ece": measure_calibration(model, test_texts, test_labels),
        "fit_seconds": fit_seconds,
        "texts_per_second": len(test_texts) / predict_seconds,
        "megabytes": peers.measure_megabytes(model),
        "passes": int(np.max(last.n_iter_)),
    }


def measure_temperature(name, model, data, seed):
    """Fit on nine tenths, find the temperature on the rest; before and after."""
    texts, labels, test_texts, test_labels = data
    fit_texts, held_texts, fit_labels, held_labels = train_test_split(
        texts, labels, test_size=0.1, stratify=labels, random_state=seed
    )
    model.fit(fit_texts, fit_labels)
    # A frozen model is the same in every fold; stratified ones need rare classes more often.
    calibrated = CalibratedClassifierCV(
        FrozenEstimator(model), method="temperature", cv=KFold(2)
    ).fit(held_texts, held_labels)
    results = []
    for one in (model, calibrated):
        found = one.predict(test_texts)
        ece = measure_calibration(one, test_texts, test_labels)
        results.append({"score": score(name, test_labels, found), "ece": ece})
    (inner,) = calibrated.calibrated_classifiers_
    results[1]["beta"] = float(inner.calibrators[0].beta_)
    return results


def run_set(name, vectors, options, keep):
    """Measure what is missing of a data set."""
    folder = options.data / name
    own_split = (folder / "all.csv.gz").exists()

    @cache
    def read(seed):
        data = read_set(folder, options.part, seed)
        return take_some(data) if options.quick else data

    def build(row, seed):
        return peers.build_model(row, name, seed, vectors, options.quick)

    rows = CHINESE_ROWS if name in peers.CHINESE or not vectors else peers.ROWS
    for row in [row for row in (*rows, TEMPERATURE) if row in options.rows]:
        seeds = options.seeds
        # Linear models draw nothing, unless the split itself is drawn.
        if row == TEMPERATURE or (row in (peers.WORDS, peers.PAIRS) and not own_split):
            seeds = seeds[:1]
        for seed in seeds:
            key = f"{name}/{row}/{seed}"
            found = keep(key)
            if found is None:
                data = read(seed if own_split else 0)
                version = peers.name_version(peers.OURS if row == TEMPERATURE else row)
                if row == TEMPERATURE:
                    model = build(peers.OURS, seed)
                    before, found = measure_temperature(name, model, data, seed)
                    keep(f"{name}/{NINE_TENTHS}/{seed}", {**before, "version": version})
                else:
                    found = measure(name, build(row, seed), data)
                found = keep(key, {**found, "version": version})
            shown = {k: round(v, 2) for k, v in found.items() if k != "version"}
            print(key, shown, flush=True)


def list_tables(results, part="test"):
    """Return the lines of all tables: means over seeds for each model and set."""
    sets = [name for name in SETS if any(k.startswith(name + "/") for k in results)]
    rows = dict.fromkeys(key.split("/")[1] for key in results)
    order = [*peers.ROWS, NINE_TENTHS, TEMPERATURE]
    rows = [row for row in order if row in rows]

    def read(name, row, field):
        start = f"{name}/{row}/"
        found = [r.get(field) for key, r in results.items() if key.startswith(start)]
        return [value for value in found if value is not None]

    lines = [
        f"{'Test sets' if part == 'test' else 'Development parts'}, percent correct "
        "(SMS spam: macro F1, a split for each seed); where several seeds were run, mean and "
        "standard deviation.",
        "",
    ]
    models = []
    for row in rows:
        versions = {v for name in sets for v in read(name, row, "version")}
        about = peers.ABOUT.get(row, "see calibration")
        models.append([row, about, "; ".join(sorted(versions))])
    lines += [*format_table(["model", "what it is", "versions"], models), ""]
    for title, field, form, spread in TABLES:
        cells = [
            [row, *(format_mean(read(name, row, field), form, spread) for name in sets)]
            for row in rows
        ]
        cells = [line for line in cells if any(line[1:])]
        lines += [f"### {title}", ""]
        lines += [*format_table(["", *(SETS[name] for name in sets)], cells), ""]
    lines += [
        "Calibration: the mean of |accuracy - mean probability| over 15 bins of the "
        "predicted class's probability. The rows of nine tenths are one fit on nine tenths "
        "of the training texts, before and after `CalibratedClassifierCV(FrozenEstimator("
        'model), method="temperature")` on the other tenth; its first seed alone.'
    ]
    return lines


def main():
    """Run what is missing and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    rows = [*peers.ROWS, TEMPERATURE]
    parser.add_argument("--rows", nargs="+", choices=rows, default=rows)
    parser.add_argument("--part", choices=("test", "dev"), default="test")
    parser.add_argument("--fresh", action="store_true", help="forget earlier results")
    parser.add_argument("--quick", action="store_true", help="a trial in minutes")
    options = parser.parse_args()
    if peers.FASTTEXT in options.rows:
        import_peer("fasttext", "fasttext-community")
    folder = QUICK if options.quick else DOCS
    store = folder / (
        "accuracy.json" if options.part == "test" else "accuracy_dev.json"
    )
    # Results of before calibration was measured are measured again.
    results = read_results(store, options.fresh)
    results = {key: found for key, found in results.items() if "ece" in found}

    def keep(key, value=None):
        if value is not None:
            results[key] = value
            write_results(results, store)
            write()
        return results.get(key)

    def write():
        head = ["# Accuracy", "", f"{describe_machine()}. Command:", ""]
        head += [
            f"`python benchmarks/accuracy.py --data DIR --part {options.part}`.",
            "",
        ]
        lines = [
            line.replace("### ", "## ") for line in list_tables(results, options.part)
        ]
        write_page(head + lines, store.with_suffix(".md"))

    vectors = peers.find_vectors(options.data)
    for name in options.sets:
        run_set(name, vectors, options, keep)
    if results:
        write()


def take_some(data, n=30):
    """Return so many texts of ten classes, of both parts."""
    classes, found = np.unique(data[1])[:10], []
    for texts, labels in (data[:2], data[2:]):
        rows = draw_per_class(labels, n, seed=0)
        rows = rows[np.isin(np.asarray(labels)[rows], classes)]
        found += [[texts[i] for i in rows], [labels[i] for i in rows]]
    return found


if __name__ == "__main__":
    sys.exit(main())
