"""What pruning, int8 and distillation cost and give.

python benchmarks/compression.py --data DIR [--sets trec sst2 banking77 imdb]
                                 [--parts sizes speed seeds] [--seeds 0] [--fresh]

DIR as for ``accuracy.py``. Default classifiers are fitted to the training texts; a tenth
of these, or the dev part where there is one, chooses the epoch, the blend and what is
pruned. Only what is left is tested on the test part.

``sizes``: files of 1 MB and of 300 kB by ``prune``, with weights of eight bits and with
tables of four, beside ``quantize(max_bytes=)``, which leaves out the rarest words alone.
``speed``: half and more of the hidden units removed, trained for two more epochs; texts a
second in turn with the model as it was. ``seeds``: a student of five fits with seeds of
their own, beside the mean of the five; taught by the mean of what they answer to the
training texts, or by what each answers to the fifth of them that it was not trained on.

Figures are kept in ``docs/benchmarks/compression.json``, so an interrupted run continues
where it ended; the page there is written from them.
"""

import argparse
import tempfile
import time
from functools import cache
from pathlib import Path

import numpy as np
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
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import StratifiedKFold, train_test_split

from sklearn_slm import SLMTextClassifier, distill, prune, quantize, save_model

PARTS = ("sizes", "speed", "seeds")
BYTES = (1_000_000, 300_000)
DTYPES = ("int8", "int4")
AMOUNTS = (0.5, 0.625, 0.75)
N_SEEDS = 5
ROUNDS = 15
TIMED = 2000


def score(name, expected, found):
    """Return accuracy, or macro F1 where one class is rare, in percent."""
    if name == "sms_spam":
        return 100 * f1_score(expected, found, average="macro")
    return 100 * accuracy_score(expected, found)


def split(folder, seed):
    """Return training, held-out and test texts with their labels, three pairs."""
    texts, labels, test, expected = read_set(folder, seed=seed)
    if (folder / "dev.csv.gz").exists():
        _, _, held, held_labels = read_set(folder, "dev")
    else:
        texts, held, labels, held_labels = train_test_split(
            texts, labels, test_size=0.1, stratify=labels, random_state=seed
        )
    return (texts, labels), (held, held_labels), (test, expected)


def fit(train, held, seed):
    """Return a default classifier, whose epoch and blend the held-out texts choose."""
    model = SLMTextClassifier(random_state=seed)
    return model.fit(*train, X_val=held[0], y_val=held[1])


def measure_file(model):
    """Return the bytes of a model's file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.slm")
        save_model(model, path)
        return path.stat().st_size


def compare_sizes(name, model, held, test):
    """Return bytes, words, n-grams, units and the score of each file."""

    def describe(one):
        return {
            "n_bytes": measure_file(one),
            "n_words": len(one.vocabulary_),
            "n_ngrams": len(one.ngrams_),
            "hidden_size": list(one.spec_.encoder.hidden_size),
            "score": score(name, test[1], one.predict(test[0])),
        }

    found = {"as it was": describe(model)}
    found |= {dtype: describe(quantize(model, dtype)) for dtype in DTYPES}
    for n_bytes in BYTES:
        for dtype in DTYPES:
            result = prune(model, *held, max_bytes=n_bytes, dtype=dtype)
            found[f"prune {dtype} {n_bytes}"] = describe(result.estimator_)
        try:
            words = quantize(model, max_bytes=n_bytes)
        except ValueError:
            continue
        found[f"quantize int8 {n_bytes}"] = describe(words)
    return found


def compare_speeds(name, model, train, held, test):
    """Return the score of each share of units, and its speed by that of all units."""
    models = {0.0: model}
    for amount in AMOUNTS:
        models[amount] = prune(
            model,
            *held,
            amount=amount,
            parts=("units",),
            X_train=train[0],
            y_train=train[1],
        ).estimator_
    found, timed = {}, test[0][:TIMED]
    for runtime in ("numpy", "onnxruntime"):
        seconds = {amount: [] for amount in models}
        for one in models.values():
            one.set_params(runtime=runtime).predict(test[0][:100])
        for _ in range(ROUNDS):
            for amount, one in models.items():
                began = time.perf_counter()
                one.predict(timed)
                seconds[amount].append(time.perf_counter() - began)
        for amount in models:
            row = found.setdefault(str(amount), {})
            row[runtime] = min(seconds[0.0]) / min(seconds[amount])
    for amount, one in models.items():
        row = found[str(amount)]
        row["score"] = score(name, test[1], one.predict(test[0]))
        row["hidden_size"] = list(one.spec_.encoder.hidden_size)
    return found


def compare_students(name, seed, train, held, test):
    """Return the scores of five fits, of their mean and of students."""
    seeds = [N_SEEDS * seed + i for i in range(N_SEEDS)]
    teachers = [fit(train, held, one) for one in seeds]
    answers = [teacher.predict_proba(test[0]) for teacher in teachers]
    classes = teachers[0].classes_

    def test_student(teacher):
        student = SLMTextClassifier(random_state=1000 + seed)
        fitted = distill(student, teacher, train[0], train[1], classes=classes)
        return score(name, test[1], fitted.predict(test[0]))

    ensemble = classes[np.mean(answers, axis=0).argmax(axis=1)]
    found = {
        "single fits": [score(name, test[1], classes[a.argmax(1)]) for a in answers],
        "mean of five": score(name, test[1], ensemble),
        "student of five": test_student(teachers),
    }
    rows = np.zeros((len(train[0]), len(classes)))
    folds = StratifiedKFold(N_SEEDS, shuffle=True, random_state=seed)
    for one, (kept, left) in zip(seeds, folds.split(rows, train[1])):
        texts, labels = ([column[i] for i in kept] for column in train)
        model = fit((texts, labels), held, one)
        rows[left] = model.predict_proba([train[0][i] for i in left])
    found["student of five, each asked about its fifth"] = test_student(rows)
    return found


def measure(part, name, seed, data):
    """Return the figures of one part on one data set."""
    train, held, test = split(data / name, seed)
    if part == "seeds":
        return compare_students(name, seed, train, held, test)
    model = fit_once(data, name, seed)
    if part == "sizes":
        return compare_sizes(name, model, held, test)
    return compare_speeds(name, model, train, held, test)


@cache
def fit_once(data, name, seed):
    """Return the default classifier of a data set."""
    train, held, _ = split(data / name, seed)
    return fit(train, held, seed)


def write_tables(results):
    """Write the page."""
    lines = [
        "# Smaller and faster",
        "",
        f"`python benchmarks/compression.py --data DIR`, {describe_machine()}. Scores are "
        "accuracies on the test sets in percent, of SMS spam macro F1. A tenth of the "
        "training texts, or the dev part, chose the epoch and what was pruned. "
        + name_versions("sklearn_slm", "keras", "jax", "scikit-learn", "onnxruntime"),
        "",
    ]
    for part, write in (
        ("sizes", write_sizes),
        ("speed", write_speeds),
        ("seeds", write_students),
    ):
        of_part = results.get(part, {})
        sets = [name for name in SETS if of_part.get(name)]
        if sets:
            lines += write({name: of_part[name] for name in sets})
    write_page(lines, DOCS / "compression.md")


def write_sizes(of_part):
    """Return the lines on files of a given size."""
    header = ["", "file, kB", "units", "words", "n-grams", "score", "lost"]
    rows = []
    for name, runs in of_part.items():
        runs = list(runs.values())
        for title in runs[0]:
            cells = [run[title] for run in runs if title in run]
            lost = [run["as it was"]["score"] - run[title]["score"] for run in runs]
            rows.append(
                [
                    f"{SETS[name]}, {show_title(title)}",
                    f"{np.mean([cell['n_bytes'] for cell in cells]) / 1000:,.0f}",
                    ", ".join(map(str, cells[0]["hidden_size"])),
                    f"{cells[0]['n_words']:,}",
                    f"{cells[0]['n_ngrams']:,}",
                    format_mean([cell["score"] for cell in cells], "{:.2f}"),
                    format_mean(lost, "{:.2f}"),
                ]
            )
    return [
        "## Files of 1 MB and of 300 kB",
        "",
        "`prune(model, X, y, max_bytes=..., dtype=...)` removes units, words and n-grams; "
        "`quantize(model, dtype, max_bytes=...)` the rarest words alone. Targets: at most "
        "0.3 points lost at 1 MB, 1.0 at 300 kB.",
        "",
        *format_table(header, rows),
        "",
    ]


def show_title(title):
    """Return the name of a row of sizes."""
    way, _, n_bytes = title.rpartition(" ")
    return f"{way} to {int(n_bytes) // 1000:,} kB" if n_bytes.isdigit() else title


def write_speeds(of_part):
    """Return the lines on models with fewer units."""
    header = ["", "units", "NumPy", "ONNX Runtime", "score", "lost"]
    rows = []
    for name, runs in of_part.items():
        runs = list(runs.values())
        for amount in runs[0]:
            cells = [run[amount] for run in runs]
            lost = [run["0.0"]["score"] - run[amount]["score"] for run in runs]
            rows.append(
                [
                    f"{SETS[name]}, amount={amount}",
                    ", ".join(map(str, cells[0]["hidden_size"])),
                    format_mean([cell["numpy"] for cell in cells], "{:.2f}"),
                    format_mean([cell["onnxruntime"] for cell in cells], "{:.2f}"),
                    format_mean([cell["score"] for cell in cells], "{:.2f}"),
                    format_mean(lost, "{:.2f}"),
                ]
            )
    return [
        "## Fewer hidden units",
        "",
        '`prune(model, X, y, amount=..., parts=("units",), X_train=..., y_train=...)`: '
        "texts a second of `predict`, from raw text to labels, by those of the model as "
        f"it was; best of {ROUNDS} rounds in turn. Target: 1.7 times the texts at 0.3 "
        "points lost.",
        "",
        *format_table(header, rows),
        "",
    ]


def write_students(of_part):
    """Return the lines on students of five seeds."""
    titles = [
        "single fits",
        "mean of five",
        "student of five",
        "student of five, each asked about its fifth",
    ]
    rows = []
    for name, runs in of_part.items():
        cells = [[np.mean(run[title]) for run in runs.values()] for title in titles]
        first = [value for run in runs.values() for value in run["single fits"]]
        rows.append(
            [SETS[name], *(format_mean(c, "{:.2f}") for c in [first, *cells[1:]])]
        )
    return [
        "## Five seeds in one",
        "",
        "`distill(student, teachers, X, y)`; the student is a default classifier, of the "
        "size of one teacher. Target: 0.5 points above a single fit.",
        "",
        *format_table(["", *titles], rows),
        "",
    ]


def main():
    """Fit, compress, test, write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument(
        "--sets",
        nargs="+",
        choices=SETS,
        default=["trec", "sst2", "banking77", "sms_spam", "imdb"],
    )
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--fresh", action="store_true")
    options = parser.parse_args()
    store = DOCS / "compression.json"
    results = read_results(store, options.fresh)
    for name in options.sets:
        for part in options.parts:
            kept = results.setdefault(part, {}).setdefault(name, {})
            for seed in options.seeds:
                if str(seed) not in kept:
                    kept[str(seed)] = measure(part, name, seed, options.data)
                    print(name, part, seed, kept[str(seed)], flush=True)
                    write_results(results, store)
    write_tables(results)


if __name__ == "__main__":
    main()
