"""Few labels, many texts: what texts without labels are worth, part by part.

python benchmarks/few_labels.py --data DIR [--part dev test] [--sets sst2 imdb]
                                [--draws 10] [--tokens 3e6] [--rows linear vectors ...]
                                [--sizes 30 100 all] [--many 12e6] [--quick]

DIR as for ``accuracy.py``; the texts without labels are those of ``imdb/unsup.csv.gz`` for
SST-2 and IMDB, and the training headlines for Chinese. A random part of them is read, of
about so many tokens. Each draw takes 10, 30 or 100 texts a class with their labels, and is
the seed of the model; the larger draws contain the smaller ones. With all labels the draws
are seeds alone, and nothing is done but if ``--sizes`` says so. The language model is
trained once for each data set, and kept in ``bench-models``; so are the word vectors of the
row ``many``, of ``--many`` tokens, which the classifier is given.

Results are kept in ``docs/benchmarks/few_labels.json`` one by one, so an interrupted run
continues; the page ``few_labels.md`` is written beside it. ``--quick`` makes one draw of 10
texts with networks of one epoch, into ``bench-quick``.
"""

import argparse
import csv
import gzip
import time
from pathlib import Path

import numpy as np
from common import (
    CHINESE,
    DOCS,
    QUICK,
    ROOT,
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
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline, make_union

from sklearn_slm import (
    GloveTfidfVectorizer,
    SLMLanguageModel,
    SLMTextClassifier,
    load_model,
    save_model,
)

ALL = "all"
SIZES = {
    "sst2": (10, 30, 100, ALL),
    "imdb": (30, 100, ALL),
    "thucnews_titles": (30,),
}
PARTS = {"dev": "development part", "test": "test set"}
LINEAR, NOTHING, PRETRAINED, MANY = "linear", "nothing", "pretrained", "many"
# Words of vectors that were trained before, beside those of the texts with labels.
EXTRA_WORDS = 30_000
# What is done with the texts without labels; the language model has read them too.
USES = {
    NOTHING: (),
    MANY: (),
    "vectors": ("vectors",),
    PRETRAINED: ("vectors",),
    "virtual": ("vectors", "virtual"),
    "pseudo": ("vectors", "pseudo"),
    "virtual+pseudo": ("vectors", "virtual", "pseudo"),
}
ABOUT = {
    LINEAR: "TF-IDF words + characters, LogisticRegression, C by cross-validation",
    NOTHING: "SLMTextClassifier, texts with labels alone",
    "vectors": "word vectors of all texts (`X_unlabeled`)",
    MANY: "word vectors of more texts, trained once and given",
    PRETRAINED: "the same, and `pretrained=lm`",
    "virtual": 'vectors, and `"virtual"`',
    "pseudo": 'vectors, and `"pseudo"`',
    "virtual+pseudo": 'vectors, `"virtual"` and `"pseudo"`',
}


def read_unlabeled(data, name, texts, n_tokens):
    """Return a random part of the texts without labels, of about so many tokens."""
    if name not in CHINESE:
        path = data / "imdb" / "unsup.csv.gz"
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            texts = [row["text"] for row in csv.DictReader(file)]
    order = np.random.RandomState(0).permutation(len(texts))
    lengths = [len(texts[i]) if name in CHINESE else texts[i].count(" ") for i in order]
    n_texts = int(np.searchsorted(np.cumsum(lengths), n_tokens)) + 1
    return [texts[i] for i in order[:n_texts]]


def build_linear(name, n, seed):
    """Return the best linear peer: its C is chosen on the labels that there are."""
    if name in CHINESE:
        features = TfidfVectorizer(analyzer="char", ngram_range=(1, 3))
    else:
        features = make_union(
            TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
            TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
        )
    pipeline = make_pipeline(features, LogisticRegression(max_iter=1000))
    folds = StratifiedKFold(min(n, 5), shuffle=True, random_state=seed)
    return GridSearchCV(
        pipeline, {"logisticregression__C": [0.1, 1.0, 10.0, 100.0]}, cv=folds
    )


def train_language_model(name, texts, path, quick):
    """Return the language model of a data set, with its seconds of training."""
    if not path.exists():
        began = time.process_time()
        model = SLMLanguageModel(
            16 if quick else 128,
            n_components=16 if quick else 100,
            tokens="char" if name in CHINESE else "word",
            lowercase=True,
            bidirectional=True,
            batch_size=64,
            window=35,
            max_iter=1,
            learning_rate=0.004,
            dropout=0.1,
            random_state=0,
        ).fit(texts[:300] if quick else texts)
        path.parent.mkdir(parents=True, exist_ok=True)
        save_model(model, path)
        print(f"language model: {time.process_time() - began:.0f} s of CPU", flush=True)
    return load_model(path)


def train_vectors(texts, path, quick):
    """Return the word vectors of texts, trained once and kept."""
    if not path.exists():
        began = time.process_time()
        model = GloveTfidfVectorizer(min_df=5, random_state=0)
        path.parent.mkdir(parents=True, exist_ok=True)
        save_model(model.fit(texts[:300] if quick else texts), path)
        print(f"word vectors: {time.process_time() - began:.0f} s of CPU", flush=True)
    return load_model(path).vectors_


def measure(row, name, data, unlabeled, n, seed, *, language_model, vectors, quick):
    """Fit on a draw; return the accuracy in percent, and seconds of CPU."""
    texts, labels, other_texts, other_labels = data
    n = len(labels) if n == ALL else n
    rows = draw_per_class(labels, n, seed)
    few, their_labels = [texts[i] for i in rows], [labels[i] for i in rows]
    began = time.process_time()
    if row == LINEAR:
        model = build_linear(name, n, seed).fit(few, their_labels)
    else:
        given = {"random_state": seed, "unlabeled": USES[row]}
        if row == PRETRAINED:
            given["pretrained"] = language_model
        if row == MANY:
            given["vectorizer"] = GloveTfidfVectorizer(
                vectors=vectors, extra_words=EXTRA_WORDS
            )
        model = SLMTextClassifier(**given, **({"max_iter": 1} if quick else {}))
        more = unlabeled if USES[row] else None
        model.fit(few, their_labels, X_unlabeled=more)
    seconds = time.process_time() - began
    score = accuracy_score(other_labels, model.predict(other_texts))
    return {"score": 100 * score, "cpu_seconds": round(seconds, 1)}


def read_cell(results, part, name, row, n, field="score"):
    """Return a field of all draws."""
    start = f"{part}/{name}/{row}/{n}/"
    return [r[field] for key, r in results.items() if key.startswith(start)]


def name_size(n):
    """Return how many labels there are, in words."""
    return "all labels" if n == ALL else f"{n} labels a class"


def read_size(text):
    """Return a number of labels a class, or `ALL`."""
    return ALL if text == ALL else int(text)


def list_tables(results):
    """Return the lines of the tables, one for each data set and part."""
    lines = []
    for part, title in PARTS.items():
        for name, possible in SIZES.items():
            start = f"{part}/{name}/"
            done = {key.split("/")[3] for key in results if key.startswith(start)}
            sizes = [n for n in possible if n != ALL or ALL in done]
            timed = [max(n for n in sizes if n != ALL), *{ALL} & done]
            rows = []
            for row, about in ABOUT.items():
                cells = [read_cell(results, part, name, row, n) for n in sizes]
                if any(cells):
                    seconds = [
                        read_cell(results, part, name, row, n, "cpu_seconds")
                        for n in timed
                    ]
                    shown = [format_mean(s, "{:.0f}", spread=False) for s in seconds]
                    rows.append([about, *map(format_mean, cells), *shown])
            if rows:
                lines += [f"## {SETS[name]}, {title}", ""]
                header = [*map(name_size, sizes)]
                header += [f"CPU seconds, {name_size(n)}" for n in timed]
                lines += [*format_table(["", *header], rows), ""]
    return lines


def write(results, path):
    """Write the page."""
    versions = {r["version"] for r in results.values()}
    n_tokens = {
        f"{r['n_tokens']:,.0f}" for key, r in results.items() if f"/{MANY}/" not in key
    }
    more = {f"{r['n_tokens']:,.0f}" for key, r in results.items() if f"/{MANY}/" in key}
    head = [
        "# Few labels, many texts",
        "",
        f"`python benchmarks/few_labels.py --data DIR`, {describe_machine()}.",
        "",
        "Accuracy, percent; mean and standard deviation over the draws. Each draw takes so "
        "many texts of each class with their labels, and is the seed of the model. Without "
        "labels there are reviews of IMDB's unlabelled part for SST-2 and IMDB, and the "
        f"training headlines for THUCNews: {' or '.join(sorted(n_tokens))} tokens"
        + (f", and {' or '.join(sorted(more))} where there are more" if more else "")
        + ". Seconds are without those of the language model and of vectors that are "
        "given.",
        "",
    ]
    end = [f"Versions: {'; '.join(sorted(versions))}."]
    write_page(head + list_tables(results) + end, path.with_suffix(".md"))


def main():
    """Run what is missing."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sets", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument("--part", nargs="+", choices=PARTS, default=["dev"])
    parser.add_argument("--rows", nargs="+", choices=ABOUT, default=list(ABOUT))
    parser.add_argument("--sizes", nargs="+", type=read_size, default=[10, 30, 100])
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--tokens", type=float, default=3e6)
    parser.add_argument("--many", type=float, default=12e6, help="tokens of that row")
    parser.add_argument("--models", type=Path, default=ROOT / "bench-models")
    parser.add_argument("--fresh", action="store_true", help="forget earlier results")
    parser.add_argument("--quick", action="store_true", help="a trial in minutes")
    options = parser.parse_args()
    if options.quick:
        options.sizes, options.draws, options.tokens = [10], 1, 1e5
        options.models = QUICK / "models"
    store = (QUICK if options.quick else DOCS) / "few_labels.json"
    results = read_results(store, options.fresh)
    version = name_versions("sklearn_slm", "keras", "jax", "scikit-learn")
    for part in options.part:
        for name in options.sets:
            data = read_set(options.data / name, part)
            unlabeled = read_unlabeled(options.data, name, data[0], options.tokens)
            language_model = None
            if PRETRAINED in options.rows:
                path = options.models / f"few_labels_{name}_{options.tokens:.0f}.slm"
                language_model = train_language_model(
                    name, unlabeled, path, options.quick
                )
            vectors = None
            if MANY in options.rows:
                # The same reviews for SST-2 and IMDB.
                kind = "headlines" if name in CHINESE else "reviews"
                path = options.models / f"few_labels_{kind}_{options.many:.0f}.slm"
                more = read_unlabeled(options.data, name, data[0], options.many)
                vectors = train_vectors(more, path, options.quick)
            sizes = [n for n in SIZES[name] if n in options.sizes]
            cells = [(n, row) for n in sizes for row in options.rows]
            for seed in range(options.draws):
                for n, row in cells:
                    key = f"{part}/{name}/{row}/{n}/{seed}"
                    if key not in results:
                        found = measure(
                            row,
                            name,
                            data,
                            unlabeled,
                            n,
                            seed,
                            language_model=language_model,
                            vectors=vectors,
                            quick=options.quick,
                        )
                        n_tokens = options.many if row == MANY else options.tokens
                        found |= {"n_tokens": n_tokens, "version": version}
                        results[key] = found
                        write_results(results, store)
                    print(key, f"{results[key]['score']:.1f}", flush=True)
            write(results, store)


if __name__ == "__main__":
    main()
