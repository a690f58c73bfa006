"""What words get that a file of vectors lacks, and words that only the file has.

python benchmarks/missing.py --data DIR [--parts missing unseen] [--seeds 0 1]
                             [--sets trec sst2 thucnews_titles] [--models lr slm]

DIR holds one folder per data set with ``train.csv.gz`` (header ``text,label``; SST-2 and
THUCNews also ``dev.csv.gz``), and ``glove/*.txt.gz``, a file of frequent English words.
As a larger file, "imdb" is trained on the IMDB training texts; as a Chinese one, "titles"
on THUCNews titles that nothing else sees, the 1,000 most frequent characters. Accuracy on
the development part: SST-2's and THUCNews' own, a fifth of the training texts of TREC.
"""

import argparse
import time
import warnings
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_slm import (
    GloveTfidfVectorizer,
    SLMTextClassifier,
    TokenSequences,
    read_vectors,
    train_glove,
)
from sklearn_slm.datasets import read_csv_texts
from sklearn_slm.embeddings import fill_missing
from sklearn_slm.text import encode_documents

TITLES = 4_000
FILES = {
    "trec": ["glove", "imdb"],
    "sst2": ["glove", "imdb"],
    "thucnews_titles": ["titles"],
}


class Data:
    """Texts, labels and files of vectors."""

    def __init__(self, folder):
        self.folder, self.files = folder, {}

    def read(self, name):
        """Return training texts, their labels, development texts, their labels."""
        texts, labels = map(
            np.array, read_csv_texts(self.folder / name / "train.csv.gz")
        )
        if name == "trec":
            parts = train_test_split(
                texts, labels, test_size=0.2, stratify=labels, random_state=0
            )
            return parts[0], parts[2], parts[1], parts[3]
        dev = list(map(np.array, read_csv_texts(self.folder / name / "dev.csv.gz")))
        if name == "thucnews_titles":
            rows = np.random.default_rng(0).permutation(len(texts))[:TITLES]
            texts, labels, dev = texts[rows], labels[rows], [x[:TITLES] for x in dev]
        return texts, labels, *dev

    def vectors(self, name):
        """Return all vectors of a file."""
        if name not in self.files:
            self.files[name] = self._read_vectors(name)
        return self.files[name]

    def _read_vectors(self, name):
        if name == "glove":
            return read_vectors(next((self.folder / "glove").glob("*.gz")))
        if name == "imdb":
            texts = read_csv_texts(self.folder / "imdb" / "train.csv.gz")[0]
            return train_glove(texts, min_df=5, random_state=0, n_jobs=2)
        texts = read_csv_texts(self.folder / "thucnews_titles" / "train.csv.gz")[0]
        rows = np.random.default_rng(0).permutation(len(texts))[TITLES:]
        texts = [texts[row] for row in rows]
        return train_glove(texts, max_features=1_000, random_state=0, n_jobs=2)


def score(model, vectorizer, parts, seed):
    """Return accuracy in percent."""
    train, labels, dev, expected = parts
    if model == "lr":
        vectorizer.set_params(output="document")
        last = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
    else:
        last = SLMTextClassifier(random_state=seed, runtime="numpy")
    fitted = make_pipeline(vectorizer, last).fit(train, labels)
    return 100 * fitted.score(dev, expected)


WAYS = ["zeros", "noise", "pieces", "pieces of all words", "corpus", "no file"]


def compare_missing(data, names, files, models, seeds, ways):
    """Print accuracy by what lacking words get."""
    print(f"| | words found | {' | '.join(ways)} |\n|---|---|{'---|' * len(ways)}")
    for name in names:
        parts = data.read(name)
        for model in models:
            for file in [file for file in FILES[name] if file in files]:
                every = data.vectors(file)
                options = {"n_components": every.n_components, "n_jobs": 2}
                known = GloveTfidfVectorizer(**options, max_iter=1).fit(parts[0])
                tokens = known.vocabulary_.tokens
                cells = []
                for way in ways:
                    if way == "no file":
                        given = {"vectors": None}
                    elif way == "pieces of all words":
                        given = {"vectors": fill_missing(every, tokens)}
                    else:
                        given = {"vectors": every.subset(tokens), "missing": way}
                    scores = [
                        score(
                            model,
                            GloveTfidfVectorizer(**options, **given, random_state=seed),
                            parts,
                            seed,
                        )
                        for seed in seeds
                    ]
                    cells.append(f"{np.mean(scores):.1f} ± {np.std(scores):.1f}")
                found = f"{len(every.subset(tokens)):,} of {len(tokens):,}"
                print(
                    f"| {name}, {file}, {model} | {found} | {' | '.join(cells)} |",
                    flush=True,
                )


def compare_unseen(data, names, files, seeds):
    """Print accuracy as more of the words that training did not see are known.

    One network for each seed and row; only what new texts are read as differs: words of
    the training texts, also those of the file, and the rest as their pieces say.
    """
    print("| | dev tokens unseen | of them in the file | unknown | file | pieces too |")
    print("|---|---|---|---|---|---|")
    for name in names:
        train, labels, dev, expected = data.read(name)
        for file in [file for file in FILES[name] if file in files]:
            every = data.vectors(file)
            vectorizer = GloveTfidfVectorizer(
                every.n_components, vectors=every, extra_words=0
            )
            own = vectorizer.fit_transform(train)
            analyzer = vectorizer._build_analyzer()
            words = dict.fromkeys(token for text in dev for token in analyzer(text))
            new = [word for word in words if word not in own.vocabulary]
            known = [word for word in new if word in every]
            rest = [word for word in new if word not in every]
            vocabulary = own.vocabulary.extend(known + rest)
            table = np.concatenate(
                [own.vectors, fill_missing(every, known + rest).table]
            )
            whole = TokenSequences(own.ids, own.offsets, table, vocabulary)
            ids, offsets = encode_documents(dev, analyzer, vocabulary)
            first = 2 + len(own.vocabulary)
            limits = [first, first + len(known), 2 + len(vocabulary)]
            unseen = ids[ids >= first]
            shares = len(unseen) / len(ids), np.sum(unseen < limits[1]) / len(ids)
            scores = []
            for seed in seeds:
                model = SLMTextClassifier(random_state=seed, runtime="numpy")
                model.fit(whole, labels)
                tests = [
                    np.where(ids < limit, ids, 1).astype(np.int32) for limit in limits
                ]
                scores.append(
                    [
                        100
                        * model.score(
                            TokenSequences(test, offsets, table, vocabulary), expected
                        )
                        for test in tests
                    ]
                )
            cells = [
                f"{mean:.2f} ± {spread:.2f}"
                for mean, spread in zip(np.mean(scores, 0), np.std(scores, 0))
            ]
            print(
                f"| {name}, {file} | {shares[0]:.1%} | {shares[1]:.1%} | "
                f"{' | '.join(cells)} |",
                flush=True,
            )


def main():
    """Run the parts that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--parts", nargs="+", default=["missing", "unseen"])
    parser.add_argument("--sets", nargs="+", default=list(FILES))
    parser.add_argument("--models", nargs="+", default=["lr", "slm"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1])
    parser.add_argument("--ways", nargs="+", default=WAYS)
    parser.add_argument("--files", nargs="+", default=["glove", "imdb", "titles"])
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    data = Data(given.data)
    for part in given.parts:
        start = time.perf_counter()
        print(f"\n## {part}\n", flush=True)
        if part == "missing":
            compare_missing(
                data, given.sets, given.files, given.models, given.seeds, given.ways
            )
        elif part == "unseen":
            compare_unseen(data, given.sets, given.files, given.seeds)
        print(f"\n{time.perf_counter() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
