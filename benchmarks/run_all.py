"""All benchmarks beside their peers, one page of tables, and plots.

python benchmarks/run_all.py --data DIR [--seeds 0 1 2] [--only accuracy training ...]
                             [--models DIR] [--fresh] [--quick]

Runs accuracy, learning curve, training, serving, GloVe and speed, step by step; what a
step printed is kept in ``docs/benchmarks/summary.json``, and single results by the scripts
themselves, so an interrupted run continues where it ended. Writes
``docs/benchmarks/summary.md`` and its plots. A step that fails does not stop the others.

``--quick`` shows that everything runs, on small parts of the texts, and writes to
``bench-quick``.
"""

import argparse
import csv
import gzip
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import accuracy
import learning_curve
import numpy as np
import peers
import training
from common import (
    DOCS,
    QUICK,
    ROOT,
    SETS,
    check_peers,
    describe_machine,
    draw_per_class,
    name_versions,
    read_results,
    write_page,
    write_results,
)
from plots import draw_accuracy

from sklearn_slm.datasets import read_csv_texts

HERE = Path(__file__).resolve().parent
SECTIONS = {
    "accuracy": "Accuracy, time, size, calibration",
    "learning_curve": "Few labelled texts",
    "training": "Training speed",
    "serving": "Serving",
    "glove": "Word vectors",
    "speed": "Import, fit, search",
}
STORES = {
    "accuracy": "accuracy.json",
    "learning_curve": "learning_curve.json",
    "training": "training_speed.json",
}
PLOTS = {
    "summary_1.png": ("trec", "sst2", "banking77"),
    "summary_2.png": ("sms_spam", "thucnews_titles", "imdb"),
}
NEEDED = {
    "fasttext": "fasttext-community",
    "tensorflow": "tensorflow-cpu",
    "torch": "torch",
    "skorch": "skorch",
    "numba": "numba",
    "onnxruntime": "onnxruntime",
}


def list_steps(sections, seeds):
    """Return the steps: section, and arguments of its script."""
    seeds = ["--seeds", *map(str, seeds)]
    steps = {
        "accuracy": [["--sets", name, *seeds] for name in SETS],
        "learning_curve": [
            ["--part", "dev", "test", "--sets", name, *seeds]
            for name in learning_curve.CURVE_SETS
        ],
        "training": [["--parts", part] for part in training.PARTS],
        "serving": [
            ["--parts", part]
            for part in ("fit", "throughput", "latency", "startup", "int8", "memory")
        ],
        "glove": [
            ["--parts", "solvers", "--sets", name] for name in ("trec", "sst2", "imdb")
        ],
        "speed": [["--parts", part] for part in ("import", "trec", "grid", "imdb")],
    }
    return [(name, arguments) for name in sections for arguments in steps[name]]


def name_step(section, arguments):
    """Return the key of a step."""
    return " ".join([section, *arguments])


def run_step(section, arguments, options, write):
    """Run one script; return what it printed."""
    command = [
        sys.executable,
        HERE / f"{section}.py",
        "--data",
        options.data,
        *arguments,
    ]
    if section == "serving":
        command += ["--models", options.models]
    if options.quick and section in ("accuracy", "learning_curve", "training"):
        command.append("--quick")
    lines = []
    with tempfile.TemporaryFile("w+", encoding="utf-8") as errors:
        with subprocess.Popen(
            list(map(str, command)),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            encoding="utf-8",
        ) as process:
            for line in process.stdout:
                lines.append(line.rstrip())
                write(lines[-1])
        if process.returncode:
            errors.seek(0)
            write("".join(errors.readlines()[-15:]))
            raise RuntimeError(f"ended with code {process.returncode}")
    return lines


def forget(sections, folder):
    """Forget what these sections have kept."""
    store = folder / "summary.json"
    kept = read_results(store)
    write_results(
        {k: s for k, s in kept.items() if k.split()[0] not in sections}, store
    )
    for section in sections:
        if section in STORES:
            (folder / STORES[section]).unlink(missing_ok=True)


def run_steps(steps, options, store, page):
    """Run what is missing, with a progress bar; return the steps that failed."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

    kept, failed = read_results(store), []
    # A narrow bar: the name of a step and the time need the rest of 80 columns.
    columns = ["{task.description}", BarColumn(16), MofNCompleteColumn()]
    with Progress(
        *columns, TimeElapsedColumn(), console=Console(soft_wrap=True)
    ) as bar:

        def write(line):
            bar.console.print(line, markup=False, highlight=False)

        task = bar.add_task("", total=len(steps))
        for section, arguments in steps:
            key = name_step(section, arguments)
            bar.update(task, description=key)
            if key not in kept:
                began = time.perf_counter()
                try:
                    printed = run_step(section, arguments, options, write)
                except RuntimeError as error:
                    failed.append(f"{key}: {error}")
                else:
                    seconds = round(time.perf_counter() - began, 1)
                    own = section in ("serving", "glove", "speed")
                    kept[key] = {"seconds": seconds, "printed": printed if own else []}
                    write_results(kept, store)
                    write_summary(kept, page)
            bar.advance(task)
        bar.update(task, description="done")
    write_summary(kept, page)
    return failed


def list_points(results, sets):
    """Return {title of a set: {row: means}} for the plots."""
    points = {}
    for name in sets:
        rows = {}
        for row in peers.ROWS:
            start = f"{name}/{row}/"
            found = [r for key, r in results.items() if key.startswith(start)]
            if found:
                fields = ("score", "fit_seconds", "megabytes", "texts_per_second")
                means = {f: float(np.mean([r[f] for r in found])) for f in fields}
                scores = [r["score"] for r in found]
                spread = float(np.std(scores, ddof=1)) if len(scores) > 1 else 0.0
                rows[row] = {**means, "spread": spread}
        if rows:
            points[SETS[name]] = rows
    return points


def _is_result(line):
    return bool(line) and not line.startswith("## ")


def list_printed(kept, section):
    """Return what the steps of a section printed, headings one level down."""
    lines = []
    for key, step in kept.items():
        # Fitting models for the others prints its heading alone.
        if key.split()[0] == section and any(map(_is_result, step["printed"])):
            if section == "glove":
                lines += ["", f"### {SETS[key.split()[-1]]}", ""]
            for line in step["printed"]:
                if not line.startswith("## ") or section == "serving":
                    prefix = "- " if section == "speed" and line else ""
                    lines.append(prefix + line.replace("## ", "### "))
    return lines


def write_summary(kept, path):
    """Write the page from everything that is kept."""
    folder = path.parent
    results = read_results(folder / STORES["accuracy"])
    # Not those of before this page, which have fewer fields.
    results = {key: r for key, r in results.items() if "ece" in r}
    content = {section: list_printed(kept, section) for section in SECTIONS}
    if results:
        pictures = []
        for file, sets in PLOTS.items():
            if points := list_points(results, sets):
                draw_accuracy(points, folder / file)
                names = ", ".join(points)
                pictures += [
                    f"![Accuracy by time, size and speed: {names}]({file})",
                    "",
                ]
        content["accuracy"] = [*pictures, *accuracy.list_tables(results)]
    if curve := read_results(folder / STORES["learning_curve"]):
        content["learning_curve"] = [
            "![Accuracy by texts of each class](learning_curve.png)",
            "",
            *learning_curve.list_tables(curve),
        ]
    if speeds := read_results(folder / STORES["training"]):
        content["training"] = training.list_tables(speeds)
    lines = [
        "# All benchmarks",
        "",
        f"`make bench DATA=folder` on {describe_machine()}. "
        f"{name_versions('sklearn_slm', 'keras', 'jax', 'numpy', 'scikit-learn')}.",
        "",
    ]
    for section, title in SECTIONS.items():
        if any(content[section]):
            seconds = sum(
                s["seconds"] for k, s in kept.items() if k.split()[0] == section
            )
            lines += [f"## {title}", "", *content[section], ""]
            lines += [f"`benchmarks/{section}.py`, {seconds / 60:.0f} minutes.", ""]
    write_page(lines, path)


def copy_some(data, target, n=40):
    """Write a data folder with n texts of each of at most ten classes."""
    for path in sorted(data.glob("*/*.csv.gz")):
        texts, labels = read_csv_texts(path)
        classes = np.unique(labels)[:10]
        rows = draw_per_class(labels, n, seed=0)
        new = target / path.parent.name / path.name
        new.parent.mkdir(parents=True, exist_ok=True)
        with gzip.open(new, "wt", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["text", "label"])
            writer.writerows(
                [texts[i], labels[i]] for i in rows if labels[i] in classes
            )
    for path in (data / "glove").glob("*.txt.gz"):
        (target / "glove").mkdir(exist_ok=True)
        shutil.copy(path, target / "glove" / path.name)
    return target


def main():
    """Run the steps and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--models", type=Path, help="fitted models for serving")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    sections = list(SECTIONS)
    parser.add_argument("--only", nargs="+", choices=sections, default=sections)
    parser.add_argument("--fresh", action="store_true", help="forget what is kept")
    parser.add_argument("--quick", action="store_true", help="a trial in minutes")
    options = parser.parse_args()
    if not any(options.data.glob("*/*.csv.gz")):
        parser.error(
            f"--data must be a folder with one folder a data set and train.csv.gz and "
            f"test.csv.gz in it. {options.data} has none. See benchmarks/accuracy.py."
        )
    check_peers(NEEDED)
    folder = QUICK if options.quick else DOCS
    models = QUICK / "models" if options.quick else ROOT / "bench-models"
    options.models = options.models or models
    if options.quick:
        options.data = copy_some(options.data, QUICK / "data")
    if options.fresh:
        forget(options.only, folder)
    steps = list_steps(options.only, options.seeds)
    failed = run_steps(steps, options, folder / "summary.json", folder / "summary.md")
    if failed:
        sys.exit(
            f"{len(failed)} of {len(steps)} steps failed; the same command runs them "
            "again:\n" + "\n".join(failed)
        )


if __name__ == "__main__":
    main()
