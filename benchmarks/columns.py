"""Texts with other columns: a table's texts alone, its columns alone, and both.

python benchmarks/columns.py --data DIR [--seeds 1] [--rows columns tfidf skrub text both]
                             [--fresh] [--quick]

DIR holds ``womens_clothing/train.csv.gz``, ``valid.csv.gz`` and ``test.csv.gz``: reviews of
clothes with a title, the age of who wrote them, how many found them helpful, and what they
are about. What is predicted is whether the reviewer recommends the item. The stars are left
out: they say the same as the label.

All models are fitted on the training part; what there is to choose, the C of linear models
and the best epoch of networks, is chosen on the validation part. Results are kept in
``docs/benchmarks/columns.json`` one by one, so an interrupted run continues; the page
``columns.md`` is written beside it. ``--quick`` takes 400 reviews, into ``bench-quick``.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd
from common import (
    DOCS,
    QUICK,
    check_peers,
    describe_machine,
    format_mean,
    format_table,
    import_peer,
    name_versions,
    read_results,
    write_page,
    write_results,
)
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, f1_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from sklearn_slm import ColumnEncoder, SLMTextClassifier

TEXTS = ["title", "review_text"]
NUMBERS = ["age", "positive_feedback_count"]
CATEGORIES = ["clothing_id", "division_name", "department_name", "class_name"]
TARGET = "recommended_ind"
PENALTIES = (0.1, 1.0, 10.0)
# Rows that depend on no seed are measured once.
ABOUT = {
    "columns": "columns alone: ColumnEncoder, LogisticRegression",
    "columns_trees": "columns alone: skrub's `tabular_pipeline`",
    "tfidf": "ColumnTransformer of TF-IDF (1, 2) of both texts, one-hot and scaled "
    "numbers, LogisticRegression",
    "skrub": "skrub's `tabular_pipeline` of all columns",
    "text": 'SLMTextClassifier, texts alone (`columns="drop"`)',
    "both": "SLMTextClassifier, texts and columns",
}
SEEDED = {"text", "both"}
SCORES = {
    "average_precision": "average precision",
    "average_precision_not": "average precision of the others",
    "macro_f1": "macro F1",
}


def read_part(folder, part, n_rows=None):
    """Return a table without stars and label, and whether the item is recommended."""
    table = pd.read_csv(folder / f"{part}.csv.gz", nrows=n_rows)
    table["clothing_id"] = table["clothing_id"].astype(str)
    table[TEXTS] = table[TEXTS].fillna("")
    return table[TEXTS + NUMBERS + CATEGORIES], table[TARGET].to_numpy()


def choose_linear(features, train, valid):
    """Return the pipeline whose C has the best average precision on the valid part."""
    found = []
    for penalty in PENALTIES:
        model = make_pipeline(features, LogisticRegression(C=penalty, max_iter=2000))
        model.fit(*train)
        scores = model.predict_proba(valid[0])[:, 1]
        found.append((average_precision_score(valid[1], scores), penalty, model))
    _, penalty, model = max(found, key=lambda choice: choice[0])
    return model, {"C": penalty}


def build_tfidf():
    """Return what a careful user of scikit-learn would build."""
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    one_hot = OneHotEncoder(handle_unknown="ignore", min_frequency=2)
    columns = [(numbers, NUMBERS), (one_hot, CATEGORIES)]
    texts = [
        (TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2), name)
        for name in TEXTS
    ]
    return make_column_transformer(*texts, *columns)


def fit(row, train, valid, seed, quick):
    """Return a fitted model, and what was chosen for it."""
    others = NUMBERS + CATEGORIES
    if row == "columns":
        keep = make_column_transformer((ColumnEncoder(), others))
        return choose_linear(keep, train, valid)
    if row == "tfidf":
        return choose_linear(build_tfidf(), train, valid)
    if row in ("columns_trees", "skrub"):
        pipeline = import_peer("skrub", "skrub").tabular_pipeline("classification")
        if row == "columns_trees":
            keep = make_column_transformer(("passthrough", others))
            keep.set_output(transform="pandas")
            pipeline = make_pipeline(keep, pipeline)
        return pipeline.fit(*train), {}
    model = SLMTextClassifier(
        text_column=TEXTS,
        columns="drop" if row == "text" else None,
        random_state=seed,
        **({"hidden_size": 4, "max_iter": 1} if quick else {}),
    )
    model.fit(*train, X_val=valid[0], y_val=valid[1])
    return model, {"epochs": model.n_iter_, "blend": model.ngrams_.blend.tolist()}


def measure(model, X, y):
    """Return the scores on a part, in percent."""
    probabilities = model.predict_proba(X)[:, 1]
    predicted = (probabilities > 0.5).astype(int)
    return {
        "average_precision": 100 * average_precision_score(y, probabilities),
        "average_precision_not": 100
        * average_precision_score(1 - y, 1 - probabilities),
        "macro_f1": 100 * f1_score(y, predicted, average="macro"),
    }


def write(results, path):
    """Write the page."""
    rows = []
    for row, about in ABOUT.items():
        found = [r for key, r in results.items() if key.startswith(f"{row}/")]
        if found:
            cells = [
                format_mean([r["test"][s] for r in found], "{:.2f}") for s in SCORES
            ]
            seconds = format_mean([r["cpu_seconds"] for r in found], "{:.0f}", False)
            rows.append([about, *cells, seconds])
    first = next(iter(results.values()))
    lines = [
        "# Texts and columns",
        "",
        f"`python benchmarks/columns.py --data DIR`, {describe_machine()}.",
        "",
        "Women's E-Commerce Clothing Reviews: does the reviewer recommend the item? "
        f"{first['n_train']:,} reviews to fit on, {first['n_valid']:,} to choose by, "
        f"{first['n_test']:,} to test on, of which {first['share']:.1f}% recommend. Texts "
        "are title and review; columns are "
        f"{', '.join(f'`{name}`' for name in NUMBERS + CATEGORIES)}. The stars are left "
        "out. Percent of the test part; seconds of CPU are those of the fit, with the "
        "choice of C. Classes are those above a probability of one half. Networks of "
        f"{sum(key.startswith('both/') for key in results)} seed(s): differences of a few "
        "tenths are chance.",
        "",
        *format_table(["", *SCORES.values(), "CPU seconds"], rows),
        "",
        f"Versions: {'; '.join(sorted({r['version'] for r in results.values()}))}.",
    ]
    write_page(lines, path.with_suffix(".md"))


def main():
    """Run what is missing."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--rows", nargs="+", choices=ABOUT, default=list(ABOUT))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--fresh", action="store_true", help="forget earlier results")
    parser.add_argument("--quick", action="store_true", help="a trial in a minute")
    options = parser.parse_args()
    check_peers({"skrub": "skrub"})
    folder, n_rows = options.data / "womens_clothing", 400 if options.quick else None
    train, valid, test = (
        read_part(folder, p, n_rows) for p in ("train", "valid", "test")
    )
    store = (QUICK if options.quick else DOCS) / "columns.json"
    results = read_results(store, options.fresh)
    version = name_versions("sklearn_slm", "keras", "jax", "scikit-learn", "skrub")
    for seed in range(options.seeds):
        for row in options.rows:
            key = f"{row}/{seed}"
            if key not in results and (row in SEEDED or not seed):
                began = time.process_time()
                model, chosen = fit(row, train, valid, seed, options.quick)
                seconds = time.process_time() - began
                results[key] = {
                    "valid": measure(model, *valid),
                    "test": measure(model, *test),
                    "chosen": chosen,
                    "cpu_seconds": round(seconds, 1),
                    "n_train": len(train[1]),
                    "n_valid": len(valid[1]),
                    "n_test": len(test[1]),
                    "share": 100 * float(np.mean(test[1])),
                    "version": version,
                }
                write_results(results, store)
            if key in results:
                print(key, results[key]["test"], flush=True)
    write(results, store)


if __name__ == "__main__":
    main()
