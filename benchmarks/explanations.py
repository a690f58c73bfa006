"""Are explanations faithful? Deletion and insertion curves of every method.

python benchmarks/explanations.py --data DIR [--sets sst2 imdb] [--imdb-texts 200]

A classifier is trained (SST-2 with the defaults; IMDB on 5,000 texts, first 300 tokens,
three epochs, so that it takes minutes). For test texts each method ranks the tokens for
the predicted class. Deletion takes the highest ranked tokens away first and insertion
puts them first into an empty text; after every tenth the probability of that class is
read. A faithful ranking makes deletion fall fast (small area) and insertion rise fast
(large area). Tokens are taken away in two ways: read as unknown, which is how occlusion
ranks them, and left out, which no method knows. LIME is asked on fewer texts, in a table
with the other methods on the same texts, if it is installed.

Figures go to ``docs/benchmarks/explanations.json``; the page and the picture there are
written from them.
"""

import argparse
import json
import platform
import sys
import time
from itertools import pairwise
from pathlib import Path

import matplotlib as mpl
import numpy as np

import sklearn_slm
from sklearn_slm import GloveTfidfVectorizer, SLMTextClassifier, TokenSequences
from sklearn_slm.datasets import read_csv_texts
from sklearn_slm.inspection import METHODS, explain
from sklearn_slm.inspection.texts import replace_tokens
from sklearn_slm.text import encode_documents

mpl.use("agg")
DOCS = Path(__file__).resolve().parent.parent / "docs" / "benchmarks"
SHARES = np.linspace(0.0, 1.0, 11)
NAMES = {"sst2": "SST-2", "imdb": "IMDB"}


def train(name, folder):
    """Return a classifier, its vectorizer and the test texts."""
    texts, labels = read_csv_texts(folder / name / "train.csv.gz")
    test_texts, test_labels = read_csv_texts(folder / name / "test.csv.gz")
    vectorizer = GloveTfidfVectorizer(random_state=0)
    model = SLMTextClassifier(random_state=0)
    if name == "imdb":
        rows = np.random.RandomState(0).permutation(len(texts))[:5000]
        texts, labels = [texts[i] for i in rows], [labels[i] for i in rows]
        vectorizer.set_params(max_length=300, min_df=5)
        model.set_params(max_iter=3, adversarial=0.0)
    model.fit(vectorizer.fit_transform(texts), labels)
    return model, vectorizer, test_texts, test_labels


def rank(scores, offsets):
    """Return, for each token, its rank in its text as a share from 0 to 1."""
    share = np.empty(len(scores))
    for start, end in pairwise(offsets):
        order = np.argsort(-scores[start:end], kind="stable")
        share[start + order] = (np.arange(end - start) + 0.5) / (end - start)
    return share


def take_away(sequences, hidden, left_out):
    """Return the documents without some tokens, or with them unknown."""
    if not left_out:
        return replace_tokens(sequences, hidden)
    row_of = np.repeat(np.arange(len(sequences)), sequences.lengths)
    counts = np.bincount(row_of[~hidden], minlength=len(sequences))
    offsets = np.concatenate([[0], np.cumsum(counts)])
    ids = sequences.ids[~hidden]
    return TokenSequences(ids, offsets, sequences.vectors, sequences.vocabulary)


def measure_curves(model, sequences, share, predicted):
    """Return mean probability of the predicted class by share of tokens, four ways."""
    curves = {}
    rows = np.arange(len(sequences))
    for mode in ("unknown", "left out"):
        for direction in ("deletion", "insertion"):
            curve = []
            for step in SHARES:
                hidden = share < step if direction == "deletion" else share >= step
                changed = take_away(sequences, hidden, mode == "left out")
                curve.append(model.predict_proba(changed)[rows, predicted].mean())
            curves[f"{direction}, {mode}"] = np.round(curve, 4).tolist()
    return curves


def score_by_lime(model, sequences, predicted):
    """Return LIME's weights: 500 samples a text, masked words read as unknown."""
    from lime.lime_text import LimeTextExplainer

    names = ["", "<unk>", *sequences.vocabulary.tokens]

    def predict(texts):
        # LIME splits at spaces; no token of ours has one.
        ids, offsets = encode_documents(texts, str.split, sequences.vocabulary)
        found = TokenSequences(ids, offsets, sequences.vectors, sequences.vocabulary)
        return model.predict_proba(found)

    explainer = LimeTextExplainer(
        split_expression=r"\s+", bow=False, mask_string="<unk>", random_state=0
    )
    scores = np.zeros(len(sequences.ids))
    for row, label in enumerate(predicted.tolist()):
        ids = sequences[row]
        text = " ".join(names[i] for i in ids)
        found = explainer.explain_instance(
            text, predict, labels=[label], num_features=len(ids), num_samples=500
        )
        for place, weight in found.as_map()[label]:
            scores[sequences.offsets[row] + place] = weight
    return scores


def measure(model, sequences, with_lime):
    """Measure every method on the same documents."""
    predicted = model.predict_proba(sequences).argmax(axis=1)
    results = {}
    for method in ("random", *METHODS, *(["LIME"] if with_lime else [])):
        began = time.perf_counter()
        if method == "random":
            scores = np.random.RandomState(0).uniform(size=len(sequences.ids))
        elif method == "LIME":
            scores = score_by_lime(model, sequences, predicted)
        else:
            found = explain(model, sequences, method=method)
            scores = np.concatenate([one.scores for one in found])
        seconds = time.perf_counter() - began
        share = rank(scores, sequences.offsets)
        results[method] = {
            "milliseconds": 1000 * seconds / len(sequences),
            "curves": measure_curves(model, sequences, share, predicted),
        }
        print(method, f"{seconds:.1f} s", _areas(results[method]))
        sys.stdout.flush()
    return results


def _areas(result):
    return {
        kind: round(float(np.trapezoid(curve, SHARES)), 3)
        for kind, curve in result["curves"].items()
    }


def write_page(results, path):
    """Write the tables and the picture."""
    lines = [
        "# Are the explanations faithful?",
        "",
        f"sklearn_slm {sklearn_slm.__version__}, NumPy {np.__version__}, Python "
        f"{platform.python_version()}, {platform.machine()}, 2 cores. Command: `python "
        "benchmarks/explanations.py --data DIR`; what is done is said at its top. Area "
        "under the curve of the predicted class's mean probability: for deletion less is "
        "better, for insertion more. One model and one seed for each data set; other work "
        "ran on the machine, so take the milliseconds as upper bounds.",
        "",
        "In short: contribution, the default, ranks as well as occlusion and gradient, "
        "in one pass. LIME ranks best of all on "
        "the texts it was asked on, for far more time. Attention is little better than "
        "chance on sentences: it does not explain a prediction.",
        "",
        "![Deletion and insertion curves](explanations.png)",
        "",
    ]
    kinds = [
        f"{d}, {m}" for m in ("unknown", "left out") for d in ("deletion", "insertion")
    ]
    for result in results.values():
        lines += [f"## {result['title']}", "", result["about"], ""]
        lines += ["| | " + " | ".join(kinds) + " | ms a text |", "|---" * 6 + "|"]
        for method, found in result["methods"].items():
            areas = _areas(found)
            cells = " | ".join(f"{areas[kind]:.3f}" for kind in kinds)
            lines.append(f"| {method} | {cells} | {found['milliseconds']:.2f} |")
        lines.append("")
    path.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
    draw(results, path.with_suffix(".png"))


def draw(results, path):
    """Draw the curves of the whole sets, tokens read as unknown."""
    import matplotlib.pyplot as plt

    shown = [result for key, result in results.items() if "LIME" not in key]
    figure, axes = plt.subplots(
        len(shown), 2, figsize=(8, 3 * len(shown)), squeeze=False, layout="constrained"
    )
    for row, result in zip(axes, shown):
        for ax, direction in zip(row, ("deletion", "insertion")):
            for i, (method, found) in enumerate(result["methods"].items()):
                style = {"color": "0.6", "linestyle": ":"} if i == 0 else {}
                curve = found["curves"][f"{direction}, unknown"]
                ax.plot(SHARES, curve, label=method, **style)
            ax.set(
                title=f"{result['title'].split(',')[0]}, {direction}",
                xlabel="share of the tokens, highest ranked first",
                ylabel="mean probability",
                ylim=(0, 1.02),
            )
            ax.spines[["top", "right"]].set_visible(False)
    axes[0, 1].legend(frameon=False, loc="lower center")
    figure.savefig(path, dpi=120)


def main():
    """Train, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sets", nargs="+", choices=NAMES, default=list(NAMES))
    parser.add_argument("--imdb-texts", type=int, default=200)
    parser.add_argument("--lime-texts", type=int, default=100)
    options = parser.parse_args()
    store = DOCS / "explanations.json"
    results = json.loads(store.read_text("utf-8")) if store.exists() else {}
    for name in options.sets:
        model, vectorizer, texts, labels = train(name, options.data)
        if name == "imdb":
            rows = np.random.RandomState(1).permutation(len(texts))
            rows = rows[: options.imdb_texts]
            texts, labels = [texts[i] for i in rows], [labels[i] for i in rows]
        sequences = vectorizer.transform(texts)
        score = model.score(sequences, labels)
        about = (
            f"{len(texts)} test texts, {len(sequences.ids) / len(texts):.0f} tokens a "
            f"text; accuracy of the model on them {100 * score:.1f} %."
        )
        print(NAMES[name], about)
        results[name] = {
            "title": NAMES[name],
            "about": about,
            "methods": measure(model, sequences, with_lime=False),
        }
        if name == "sst2" and options.lime_texts:
            part = sequences[: options.lime_texts]
            results["sst2, LIME"] = {
                "title": f"SST-2, the first {len(part)} of these texts, with LIME",
                "about": "LIME with 500 samples a text.",
                "methods": measure(model, part, with_lime=True),
            }
        store.write_text(json.dumps(results, indent=1), encoding="utf-8")
        write_page(results, DOCS / "explanations.md")


if __name__ == "__main__":
    main()
