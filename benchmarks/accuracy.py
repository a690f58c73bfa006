"""Accuracy of the default classifier beside TF-IDF + LogisticRegression.

python benchmarks/accuracy.py --data DIR [--sets trec sst2 ...] [--seeds 0 1 2]

DIR holds one folder per data set with ``train.csv.gz`` and ``test.csv.gz`` (header
``text,label``), or one ``all.csv.gz`` that is split 80 to 20; and ``glove/*.txt.gz``.
Each result is kept in ``docs/benchmarks/accuracy.json`` as soon as it is there, so an
interrupted run goes on where it ended (``--fresh`` begins anew); the table is written
to ``docs/benchmarks/accuracy.md``.
"""

import argparse
import json
import pickle
import platform
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import sklearn
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline, make_pipeline

import sklearn_slm
from sklearn_slm import GloveTfidfVectorizer, SLMTextClassifier
from sklearn_slm.datasets import read_csv_texts
from sklearn_slm.network.backend import import_keras

keras = import_keras()
SETS = {
    "trec": "TREC-6",
    "sst2": "SST-2",
    "banking77": "banking77",
    "sms_spam": "SMS spam (macro F1)",
    "thucnews_titles": "THUCNews titles",
    "imdb": "IMDB",
}
CHINESE = {"thucnews_titles"}
DOCS = Path(__file__).resolve().parent.parent / "docs" / "benchmarks"


def read_set(folder):
    """Return training texts and labels, test texts and labels."""
    if (folder / "all.csv.gz").exists():
        texts, labels = read_csv_texts(folder / "all.csv.gz")
        parts = train_test_split(
            texts, labels, test_size=0.2, stratify=labels, random_state=0
        )
        return parts[0], parts[2], parts[1], parts[3]
    return (
        *read_csv_texts(folder / "train.csv.gz"),
        *read_csv_texts(folder / "test.csv.gz"),
    )


def build_linear(name, n):
    """Return TF-IDF of 1..n-grams (characters for Chinese) + LogisticRegression."""
    vectorizer = TfidfVectorizer(
        ngram_range=(1, n), analyzer="char" if name in CHINESE else "word"
    )
    return make_pipeline(vectorizer, LogisticRegression(C=10.0, max_iter=1000))


def build_network(vectors, seed):
    """Return the pipeline of the README with its defaults."""
    return Pipeline(
        [
            ("vectors", GloveTfidfVectorizer(vectors=vectors, random_state=seed)),
            ("slm", SLMTextClassifier(random_state=seed)),
        ]
    )


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
    if name == "sms_spam":
        score = f1_score(test_labels, found, average="macro")
    else:
        score = accuracy_score(test_labels, found)
    return {
        "score": 100 * score,
        "fit_seconds": fit_seconds,
        "texts_per_second": len(test_texts) / predict_seconds,
        "megabytes": len(pickle.dumps(model)) / 1e6,
        "passes": int(np.max(model[-1].n_iter_)),
    }


def list_models(data_folder, name, seeds):
    """Yield (row of the table, seed, model)."""
    yield "TF-IDF words + LR", 0, build_linear(name, 1)
    yield "TF-IDF 1-2-grams + LR", 0, build_linear(name, 2)
    files = sorted((data_folder / "glove").glob("*.txt.gz"))
    for seed in seeds:
        yield "sklearn_slm", seed, build_network(None, seed)
        if files and name not in CHINESE:
            yield "sklearn_slm + GloVe file", seed, build_network(files[0], seed)


def write_table(results, path):
    """Write a Markdown table: mean over seeds for each model and set."""
    rows = sorted({key.split("/")[1] for key in results}, key=_row_order)
    sets = [name for name in SETS if any(k.startswith(name + "/") for k in results)]
    lines = [
        "# Accuracy",
        "",
        f"sklearn_slm {sklearn_slm.__version__}, scikit-learn {sklearn.__version__}, "
        f"Keras {keras.__version__} on {keras.backend.backend()}, NumPy "
        f"{np.__version__}, Python {platform.python_version()}, {platform.machine()}, "
        "2 cores. Command: `python benchmarks/accuracy.py --data DIR`. Test sets, percent; "
        "defaults of every model (LogisticRegression with C=10); where several seeds were "
        "run, their mean and standard deviation.",
        "",
    ]
    for title, field, form in (
        ("Score", "score", "{:.1f}"),
        ("Seconds to fit, compilation included", "fit_seconds", "{:.1f}"),
        ("Texts per second, predicted", "texts_per_second", "{:,.0f}"),
        ("Size of the pickle, MB", "megabytes", "{:.1f}"),
    ):
        lines += [f"## {title}", "", "| | " + " | ".join(SETS[s] for s in sets) + " |"]
        lines += ["|---" * (len(sets) + 1) + "|"]
        for row in rows:
            cells = []
            for name in sets:
                found = [
                    result[field]
                    for key, result in results.items()
                    if key.split("/")[:2] == [name, row]
                ]
                cell = form.format(statistics.fmean(found)) if found else ""
                if field == "score" and len(found) > 1:
                    cell += f" ± {statistics.stdev(found):.1f}"
                cells.append(cell)
            lines.append(f"| {row} | " + " | ".join(cells) + " |")
        lines.append("")
    path.write_text("\n".join(lines), encoding="utf-8")


def _row_order(row):
    return ("sklearn_slm" in row, row)


def main():
    """Run what is missing and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--fresh", action="store_true", help="forget earlier results")
    options = parser.parse_args()
    DOCS.mkdir(parents=True, exist_ok=True)
    store = DOCS / "accuracy.json"
    results = {}
    if store.exists() and not options.fresh:
        results = json.loads(store.read_text("utf-8"))
    for name in options.sets:
        data = read_set(options.data / name)
        for row, seed, model in list_models(options.data, name, options.seeds):
            key = f"{name}/{row}/{seed}"
            if key not in results:
                results[key] = measure(name, model, data)
                store.write_text(json.dumps(results, indent=1), encoding="utf-8")
                write_table(results, DOCS / "accuracy.md")
            print(key, {k: v and round(v, 2) for k, v in results[key].items()})
            sys.stdout.flush()
    write_table(results, DOCS / "accuracy.md")


if __name__ == "__main__":
    main()
