"""SLMAnswerer beside BM25, TF-IDF and a linear model of pairs.

python benchmarks/answers.py --data DIR [--parts wikiqa trecqa bank_faq banking77 squad speed]

``wikiqa`` and ``trecqa`` rank the candidate sentences of each test question (MAP and MRR
over the questions that have a right one, of TrecQA also a wrong one); the epoch and the
weights of network and BM25 are chosen on the dev part. ``bank_faq`` asks for entries of
a list of frequent questions with paraphrases that are made here: words left out,
neighbours swapped, words replaced by near ones of a vector file. They are no questions
of real people, who differ more.
``banking77`` finds one of 77 intents, named as in the data, by its example
questions. ``squad`` reads answers in passages: articles 1 to 38 of SQuAD 1.1's development
part are trained on, 39 to 48 tested. ``speed`` asks 100,000 answers.

Peers of the same run: BM25 of bm25s, cosine of TF-IDF, and LogisticRegression on features
of pairs (cosines of words and of pieces of words, share of common words and their idf).

Results are kept in ``docs/benchmarks/answers.json``, the page that shows them is
``docs/benchmarks/answers.md``.
"""

import argparse
import csv
import gzip
import resource
import sys
import time
from pathlib import Path

import numpy as np
from common import (
    DOCS,
    describe_machine,
    import_peer,
    name_versions,
    read_results,
    write_results,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from squad import SlidingWindow, read_squad, split_articles

from sklearn_slm import GloveTfidfVectorizer, SLMAnswerer, SLMReader
from sklearn_slm.retrieval.metrics import average_ranks
from sklearn_slm.text.answer_scores import ANSWER_METRICS, score_answer

PARTS = ("wikiqa", "trecqa", "bank_faq", "banking77", "squad", "speed")
KEPT = DOCS / "answers.json"
GLOVE = Path("glove/glove.6B.50d.top10k.txt.gz")


def read_table(path, delimiter=","):
    quoting = csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter, quoting=quoting))


def read_wikiqa(folder, part):
    rows = read_table(folder / f"{part}.tsv.gz", "\t")
    return [(row["Question"], row["Sentence"], int(row["Label"])) for row in rows]


def read_trecqa(folder, part):
    rows = read_table(folder / f"{part}.csv.gz")
    return [(row["question"], row["answer"], int(float(row["label"]))) for row in rows]


def group(rows):
    """Return {question: (candidates, labels)}."""
    found = {}
    for question, sentence, label in rows:
        candidates, labels = found.setdefault(question, ([], []))
        candidates.append(sentence)
        labels.append(label)
    return found


def measure(rows, rank, *, mixed=False):
    """Return MAP and MRR of a function from question and candidates to scores."""
    ranks, counts = [], []
    for question, (candidates, labels) in group(rows).items():
        labels = np.array(labels)
        if not labels.any() or (mixed and labels.all()):
            continue
        order = np.argsort(-np.asarray(rank(question, candidates)), kind="stable")
        ranks.append(np.flatnonzero(labels[order]) + 1)
        counts.append(int(labels.sum()))
    return {
        "questions": len(ranks),
        "map": average_ranks(ranks, counts, "map"),
        "mrr": average_ranks(ranks, counts, "mrr"),
    }


def build_model(args, **options):
    vectors = args.data / GLOVE if args.glove else None
    vectorizer = GloveTfidfVectorizer(vectors=vectors)
    given = {"vectorizer": vectorizer, "random_state": args.seed, "verbose": 1}
    return SLMAnswerer(**(given | options))


def make_bm25(documents):
    """Return bm25s' scores of candidates, with the statistics of all documents."""
    bm25s = import_peer("bm25s", "bm25s")
    index = bm25s.BM25()
    tokens = bm25s.tokenize(documents, stopwords=None, show_progress=False)
    index.index(tokens, show_progress=False)
    place = {document: i for i, document in enumerate(documents)}

    def rank(question, candidates):
        (words,) = bm25s.tokenize(
            [question], stopwords=None, return_ids=False, show_progress=False
        )
        scores = index.get_scores(words) if words else np.zeros(len(documents))
        return scores[[place[c] for c in candidates]]

    return rank


def make_pair_features(documents):
    """Return a function from pairs to what a linear model reads of them."""
    words = TfidfVectorizer(token_pattern=r"\w+").fit(documents)
    pieces = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), min_df=2)
    pieces.fit(documents)
    split = words.build_analyzer()

    def compute(questions, sentences):
        rows = []
        for vectorizer in (words, pieces):
            a, b = vectorizer.transform(questions), vectorizer.transform(sentences)
            rows.append(np.asarray(a.multiply(b).sum(axis=1)).ravel())
        common, weighted, length = [], [], []
        for question, sentence in zip(questions, sentences):
            asked, said = set(split(question)), set(split(sentence))
            both = asked & said
            common.append(len(both) / max(len(asked), 1))
            places = [words.vocabulary_[w] for w in both if w in words.vocabulary_]
            weighted.append(words.idf_[places].sum())
            length.append(np.log1p(len(said)))
        return np.column_stack([*rows, common, weighted, length])

    return compute


def compare_ranking(args, read, folder, *, mixed=False):
    """Train on the right pairs, with all sentences as others; rank the test part."""
    train, dev, test = (read(folder, part) for part in ("train", "dev", "test"))
    right = [(q, s) for q, s, label in train if label]
    val = [(q, s) for q, s, label in dev if label]
    began = time.perf_counter()
    options = {"max_iter": args.epochs or "auto"}
    if args.negatives is not None:
        options["n_negatives"] = args.negatives
    model = build_model(args, **options).fit(
        *zip(*right),
        answers=[s for _, s, _ in train],
        X_val=[q for q, _ in val],
        y_val=[s for _, s in val],
    )
    found = {"seconds": time.perf_counter() - began, "blend": model.blend_.tolist()}
    documents = list(dict.fromkeys(s for _, s, _ in [*train, *dev, *test]))
    features = make_pair_features([*documents, *(q for q, _, _ in train)])
    linear = make_pipeline(StandardScaler(), LogisticRegression())
    linear.fit(features(*list(zip(*train))[:2]), [label for *_, label in train])

    def rank_linear(question, candidates):
        given = features([question] * len(candidates), candidates)
        return linear.decision_function(given)

    def rank_cosine(question, candidates):
        return features([question] * len(candidates), candidates)[:, 0]

    ways = {
        "SLMAnswerer": model.rank,
        "bm25s": make_bm25(documents),
        "TF-IDF cosine": rank_cosine,
        "LogisticRegression on pairs": rank_linear,
    }
    for name, rank in ways.items():
        found[name] = {
            part: measure(rows, rank, mixed=mixed)
            for part, rows in (("dev", dev), ("test", test))
        }
        print(name, found[name], flush=True)
    return found


def run_wikiqa(args):
    return compare_ranking(args, read_wikiqa, args.data / "wikiqa")


def run_trecqa(args):
    # As published: a question whose candidates are all right has nothing to rank.
    return compare_ranking(args, read_trecqa, args.data / "trecqa", mixed=True)


def paraphrase(question, vectors, random):
    """Leave a word out, swap two neighbours, replace up to two words by near ones."""
    words = question.split()
    if len(words) > 4:
        del words[random.integers(len(words))]
    if len(words) > 2:
        i = random.integers(len(words) - 1)
        words[i], words[i + 1] = words[i + 1], words[i]
    known = [i for i, word in enumerate(words) if word.lower() in vectors.index]
    for i in random.permutation(known)[:2] if known else []:
        words[i] = vectors.nearest[vectors.index[words[i].lower()]]
    return " ".join(words)


class Neighbours:
    """Near words of a vector file: the nearest of those that are not too frequent."""

    def __init__(self, path, n=6000):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            rows = [line.rstrip("\n").rsplit(" ", 50) for line in file][:n]
        matrix = np.array([row[1:] for row in rows], np.float32)
        matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
        similar = matrix @ matrix.T
        np.fill_diagonal(similar, -1.0)
        # The most frequent words hold a sentence together, and have no synonyms.
        self.index = {row[0]: i for i, row in enumerate(rows) if i >= 150}
        self.nearest = [rows[i][0] for i in similar.argmax(axis=1)]


def answer_by_bm25(known, answers, questions):
    rank = make_bm25(list(dict.fromkeys(known)))
    documents = list(dict.fromkeys(known))
    answer_of = dict(zip(known, answers))
    return [
        answer_of[documents[int(np.argmax(rank(question, documents)))]]
        for question in questions
    ]


def answer_by_cosine(known, answers, questions):
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5)).fit(known)
    scores = vectorizer.transform(questions) @ vectorizer.transform(known).T
    return [answers[i] for i in np.asarray(scores.argmax(axis=1)).ravel()]


def compare_answers(args, known, answers, questions, right, **options):
    began = time.perf_counter()
    model = build_model(args, max_iter=args.epochs or "auto", **options)
    model.fit(known, answers)
    found = {"seconds": time.perf_counter() - began, "blend": model.blend_.tolist()}
    given = {
        "SLMAnswerer": model.predict(questions),
        "bm25s": answer_by_bm25(known, answers, questions),
        "TF-IDF cosine": answer_by_cosine(known, answers, questions),
    }
    for name, texts in given.items():
        found[name] = 100 * float(np.mean([a == b for a, b in zip(texts, right)]))
        print(name, found[name], flush=True)
    top = model.predict_topk(questions, k=1)
    sure = np.array([entry[0][1] for entry in top])
    is_right = np.array([entry[0][0] for entry in top]) == np.array(right)
    kept = sure >= np.quantile(sure, 0.1)
    found["wrong_at_90_percent_answered"] = 100 * float(1 - is_right[kept].mean())
    return found


def run_bank_faq(args):
    (path,) = (args.data / "bank_faq").glob("*.csv.gz")
    rows = read_table(path)
    known, answers = [r["question"] for r in rows], [r["answer"] for r in rows]
    random = np.random.default_rng(args.seed)
    vectors = Neighbours(args.data / GLOVE)
    order = random.permutation(len(known))[:600]
    first = {}
    for i, question in enumerate(known):
        first.setdefault(question, i)
    chosen = [i for i in order.tolist() if first[known[i]] == i]
    asked = [paraphrase(known[i], vectors, random) for i in chosen]
    print(*zip([known[i] for i in chosen[:3]], asked[:3]), sep="\n")
    return compare_answers(args, known, answers, asked, [answers[i] for i in chosen])


def run_banking77(args):
    train, test = (
        read_table(args.data / "banking77" / f"{part}.csv.gz")
        for part in ("train", "test")
    )
    sides = [
        [row["text"] for row in train],
        [row["label"].replace("_", " ") for row in train],
        [row["text"] for row in test],
        [row["label"].replace("_", " ") for row in test],
    ]
    return compare_answers(args, *sides)


def score_answers(answers, right):
    return {
        metric: 100
        * float(np.mean([score_answer(a, r, metric) for a, r in zip(answers, right)]))
        for metric in ANSWER_METRICS
    }


def run_squad(args):
    """Read the answers of ten articles; with --dev, of training articles held out."""
    articles = read_squad(args.data / "squad11_dev" / "dev.jsonl.gz")
    (X, y), (tests, right) = split_articles(articles, args.dev)
    vectors = args.data / GLOVE if args.glove else None
    vectorizer = GloveTfidfVectorizer(vectors=vectors)
    model = SLMReader(
        vectorizer=vectorizer,
        max_iter=args.epochs or "auto",
        random_state=args.seed,
        verbose=1,
    )
    began = time.perf_counter()
    model.fit(X, y)
    found = {
        "seconds": time.perf_counter() - began,
        "train": len(X),
        "test": len(tests),
        "validation_f1": 100 * model.validation_f1_,
    }
    began = time.perf_counter()
    answers = model.predict(tests)
    found["questions_per_second"] = len(tests) / (time.perf_counter() - began)
    found["SLMReader"] = score_answers(answers, right)
    baseline = SlidingWindow([passage for _, passage in X])
    found["sliding window"] = score_answers(baseline.predict(tests), right)
    return found


def measure_speed(model, questions):
    model.predict(questions[:10])
    began = time.perf_counter()
    model.predict(questions)
    seconds = time.perf_counter() - began
    single = []
    for question in questions[:50]:
        began = time.perf_counter()
        model.predict([question])
        single.append(time.perf_counter() - began)
    return {
        "questions_per_second": len(questions) / seconds,
        "one_ms_p50": 1e3 * float(np.median(single)),
    }


def run_speed(args):
    """Ask an index of 100,000 answers."""
    rows = read_wikiqa(args.data / "wikiqa", "train")
    right = [(q, s) for q, s, label in rows if label]
    # An array: a list would be copied for each draw.
    words = np.array([w for _, s, _ in rows for w in s.split()])
    random = np.random.RandomState(args.seed)
    more = [" ".join(random.choice(words, 12)) for _ in range(100_000)]
    model = build_model(args, max_iter=2).fit(*zip(*right), answers=more)
    questions = [q for q, _, _ in read_wikiqa(args.data / "wikiqa", "test")]
    questions = list(dict.fromkeys(questions))[:500]
    found = {"answers": len(model.answers_)}
    for runtime in ("numpy", "onnxruntime"):
        found[runtime] = measure_speed(model.set_params(runtime=runtime), questions)
    began = time.perf_counter()
    recall = model.measure_recall(questions[:100])
    found["approximate"] = {
        "seconds_to_build": time.perf_counter() - began,
        "recall_at_10": recall,
        **measure_speed(model.set_params(approximate=True), questions),
    }
    found["peak_megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--epochs", type=int, help="default: as SLMAnswerer chooses")
    parser.add_argument(
        "--negatives", type=int, help="n_negatives of wikiqa and trecqa; default: 1"
    )
    parser.add_argument("--no-glove", dest="glove", action="store_false")
    parser.add_argument("--dev", type=int, default=0, help="articles of squad held out")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    runs = {
        "wikiqa": run_wikiqa,
        "trecqa": run_trecqa,
        "bank_faq": run_bank_faq,
        "banking77": run_banking77,
        "squad": run_squad,
        "speed": run_speed,
    }
    results = read_results(KEPT)
    for part in args.parts:
        if args.dev:  # figures to choose by are not kept
            print(part, runs[part](args), flush=True)
            continue
        results[part if args.glove else f"{part} without file"] = {
            "figures": runs[part](args),
            "settings": {"epochs": args.epochs, "seed": args.seed},
            "machine": describe_machine(),
            "versions": name_versions("keras", "jax", "numpy"),
        }
        print(part, results.get(part, {}).get("figures"), flush=True)
        write_results(results, KEPT)


if __name__ == "__main__":
    sys.exit(main())
