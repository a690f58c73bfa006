"""Import time, fit and prediction time, memory, grid search.

python benchmarks/speed.py --data DIR [--parts import trec grid imdb]

Each part runs in a process of its own and prints one line.
"""

import argparse
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

PARTS = ("import", "trec", "grid", "imdb")


def time_import(data):
    """Compare importing the package with importing scikit-learn, five times each."""

    def seconds(module):
        code = f"import time; t = time.perf_counter(); import {module}; "
        code += "print(time.perf_counter() - t)"
        found = [
            float(subprocess.check_output([sys.executable, "-c", code]))
            for _ in range(6)
        ]
        return statistics.median(found[1:])

    # What the package needs of scikit-learn beyond its bare name is not its own cost.
    base = seconds("sklearn, sklearn.base, sklearn.metrics, sklearn.preprocessing")
    bare, ours = seconds("sklearn"), seconds("sklearn_slm")
    print(
        f"import: sklearn {bare:.2f} s, with base, metrics and preprocessing "
        f"{base:.2f} s, sklearn_slm {ours:.2f} s"
    )


def time_trec(data):
    """Fit on TREC, predict its test set and one text."""
    import numpy as np

    from sklearn_slm import SLMTextClassifier
    from sklearn_slm.datasets import read_csv_texts

    texts, labels = read_csv_texts(data / "trec" / "train.csv.gz")
    test, _ = read_csv_texts(data / "trec" / "test.csv.gz")
    began = time.perf_counter()
    import sklearn_slm.network.train  # noqa: F401  # Keras and JAX, once a process

    imported = time.perf_counter() - began
    began = time.perf_counter()
    model = SLMTextClassifier(random_state=0).fit(texts, labels)
    fit = time.perf_counter() - began
    model.predict(test)
    began = time.perf_counter()
    model.predict(test)
    predict = time.perf_counter() - began
    single = []
    for text in test:
        began = time.perf_counter()
        model.predict([text])
        single.append(time.perf_counter() - began)
    print(
        f"TREC: Keras and JAX {imported:.1f} s, fit {fit:.1f} s in {model.n_iter_} "
        f"epochs, 500 texts {predict:.3f} s, "
        f"one text p50 {np.median(single) * 1e3:.2f} ms, "
        f"p99 {np.quantile(single, 0.99) * 1e3:.2f} ms"
    )


def time_grid(data):
    """Search three hidden sizes with three folds on TREC, two workers."""
    import warnings

    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import Pipeline

    from sklearn_slm import GloveTfidfVectorizer, SLMTextClassifier
    from sklearn_slm.datasets import read_csv_texts

    warnings.simplefilter("error")
    texts, labels = read_csv_texts(data / "trec" / "train.csv.gz")
    model = Pipeline(
        [
            ("vectors", GloveTfidfVectorizer(random_state=0)),
            ("slm", SLMTextClassifier(max_iter=6, random_state=0)),
        ]
    )
    grid = {"slm__hidden_size": [32, 64, (32, 32)]}
    began = time.perf_counter()
    search = GridSearchCV(model, grid, cv=3, n_jobs=2, error_score="raise")
    search.fit(texts, labels)
    print(
        f"GridSearchCV, 3 sizes x 3 folds on TREC, n_jobs=2, 6 epochs: "
        f"{time.perf_counter() - began:.0f} s, best {search.best_params_}"
    )


def time_imdb(data):
    """Train for two epochs on IMDB, at most 400 tokens a text."""
    from sklearn_slm import GloveTfidfVectorizer, SLMTextClassifier
    from sklearn_slm.datasets import read_csv_texts
    from sklearn_slm.network.backend import import_keras

    texts, labels = read_csv_texts(data / "imdb" / "train.csv.gz")
    began = time.perf_counter()
    vectorizer = GloveTfidfVectorizer(max_length=400, random_state=0)
    X = vectorizer.fit_transform(texts)
    vectors = time.perf_counter() - began
    model = SLMTextClassifier(max_iter=2, early_stopping=False, random_state=0)
    seconds = []
    keras = import_keras()
    watch = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: seconds.append(time.perf_counter())
    )
    began = time.perf_counter()
    model.set_params(callbacks=[watch]).fit(X, labels)
    test, test_labels = read_csv_texts(data / "imdb" / "test.csv.gz")
    score = model.score(vectorizer.transform(test), test_labels)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"IMDB, {len(X.ids):,} tokens: vectorizer {vectors:.0f} s, first epoch "
        f"{seconds[0] - began:.0f} s, second {seconds[1] - seconds[0]:.0f} s, "
        f"peak memory {peak:.2f} GiB; test accuracy after two epochs {score:.3f}"
    )


def main():
    """Run the parts."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    options = parser.parse_args()
    if len(options.parts) == 1:
        globals()[f"time_{options.parts[0]}"](options.data)
        return
    for part in options.parts:
        # Not by multiprocessing, whose processes wait for joblib's idle workers.
        command = [sys.executable, __file__, "--data", options.data, "--parts", part]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
