"""Serving: throughput, latency, start-up, int8 files and memory, beside their peers.

python benchmarks/serving.py --data DIR --models DIR [--parts fit throughput ...]

DIR of the data as for ``accuracy.py``. The models (TREC and SST-2 with the defaults;
IMDB with the default network, its first 400 tokens and two plain epochs) are fitted once
and kept in the other folder. Every part runs in a process of its own and prints Markdown.
"""

import argparse
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

PARTS = ("fit", "throughput", "latency", "startup", "int8", "memory")
SETS = {"trec": "TREC", "sst2": "SST-2", "imdb": "IMDB"}
TEXT = (
    "The film was not as good as the book, but the acting is worth the time it takes, "
    "and I would not be too surprised if some people even came to like the end of it more."
)


def read_set(folder, name, part):
    from sklearn_slm.datasets import read_texts

    return read_texts(folder / name / f"{part}.csv.gz")


def load(models, name, runtime, dtype=None, max_bytes=None):
    """Return a kept model for a runtime, quantised or not."""
    from sklearn_slm import load_model, quantize

    model = load_model(models / f"{name}.slm").set_params(runtime=runtime)
    return model if dtype is None else quantize(model, dtype, max_bytes=max_bytes)


def run_fit(data, models):
    """Fit what is missing."""
    from sklearn_slm import GloveTfidfVectorizer, SLMTextClassifier

    for name in SETS:
        path = models / f"{name}.slm"
        if path.exists():
            continue
        words, network = GloveTfidfVectorizer(random_state=0), {}
        if name == "imdb":
            words.set_params(max_length=400, n_jobs=2)
            network = {"max_iter": 2, "early_stopping": False, "adversarial": 0.0}
        model = SLMTextClassifier(vectorizer=words, random_state=0, **network)
        model.fit(*read_set(data, name, "train")).save(path)


def build_linear(data, folder):
    """Return the fitted peer, kept beside the models."""
    import joblib
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    path = folder / "linear.joblib"
    if not path.exists():
        model = make_pipeline(
            TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression(max_iter=1000)
        )
        joblib.dump(model.fit(*read_set(data, "imdb", "train")), path)
    return joblib.load(path)


def run_throughput(data, models):
    """Predict a fifth of the IMDB test set, three rounds of all models in turn."""
    from sklearn_slm import predict_iter

    texts, labels = (part[::5] for part in read_set(data, "imdb", "test"))
    found = {"TfidfVectorizer(1, 2) + LogisticRegression": build_linear(data, models)}
    for runtime, title in (("numpy", "NumPy"), ("onnxruntime", "ONNX Runtime")):
        found[f"sklearn_slm, {title}"] = load(models, "imdb", runtime)
    found["sklearn_slm, ONNX Runtime, int8"] = load(
        models, "imdb", "onnxruntime", "int8", max_bytes=2_000_000
    )
    calls = {}
    for name, model in found.items():
        calls[name, "predict"] = model.predict
        if name.startswith("sklearn_slm"):
            calls[name, "predict_iter"] = lambda X, m=model: list(predict_iter(m, X))
    seconds = {key: [] for key in calls}
    scores = {}
    for call in calls.values():
        call(texts[:300])
    for _ in range(3):
        for key, call in calls.items():
            began = time.perf_counter()
            answers = call(texts)
            seconds[key].append(time.perf_counter() - began)
            scores[key] = np.mean(np.array(answers) == np.array(labels))
    rates = {key: len(texts) / np.median(values) for key, values in seconds.items()}
    base = next(iter(rates.values()))
    print(
        "| every fifth IMDB test text | call | texts a second | of linear | accuracy |"
    )
    print("|---|---|---|---|---|")
    for (name, call), rate in rates.items():
        print(
            f"| {name} | `{call}` | {rate:,.0f} | {rate / base:.2f} | "
            f"{scores[name, call]:.2%} |"
        )


def time_calls(call, n=3000):
    """Return p50 and p99 of a call in milliseconds."""
    for _ in range(100):
        call()
    seconds = np.empty(n)
    for i in range(n):
        began = time.perf_counter()
        call()
        seconds[i] = time.perf_counter() - began
    return 1e3 * np.quantile(seconds, [0.5, 0.99])


def run_latency(data, models):
    """Predict one text of 40 tokens, tokenising included."""
    rows = {}
    for runtime, title in (("numpy", "NumPy"), ("onnxruntime", "ONNX Runtime")):
        for dtype in (None, "int8"):
            model = load(models, "imdb", runtime, dtype)
            text = [" ".join(TEXT.split())]
            n_tokens = len(model.read_inputs(text).ids)
            rows[f"{title}, {dtype or 'float32'}"] = time_calls(
                lambda m=model, t=text: m.predict(t)
            )
    linear = build_linear(data, models)
    rows["TfidfVectorizer(1, 2) + LogisticRegression"] = time_calls(
        lambda: linear.predict(text), 1000
    )
    rows["Keras `predict` of the network alone"] = time_keras(model, text)
    print(f"| one text of {n_tokens} tokens | p50, ms | p99, ms | p99 / p50 |")
    print("|---|---|---|---|")
    for name, (p50, p99) in rows.items():
        print(f"| {name} | {p50:.3f} | {p99:.3f} | {p99 / p50:.1f} |")


def time_keras(model, text):
    """Time Keras' own predict of the same network, on ids that are ready."""
    from sklearn_slm.network.backend import import_keras

    keras = import_keras()
    from sklearn_slm.network.build import build_network, write_weights
    from sklearn_slm.runtime.weights import to_float

    spec = model.spec_
    weights = {name: to_float(model.weights_, name) for name in spec.weights()}
    network = build_network(spec, embedding=weights["embedding"])
    write_weights(network, weights)
    ids = model.read_inputs(text).ids[None]
    keras.utils.disable_interactive_logging()
    return time_calls(lambda: network.predict(ids, verbose=0), 300)


def run_startup(data, models):
    """Start a process that loads a model and predicts one text, beside sklearn."""
    path = str(models / "trec.slm")
    codes = {"import sklearn": "import sklearn"}
    for runtime in ("numpy", "onnxruntime"):
        codes[f"load, predict one ({runtime})"] = (
            "import sys; from sklearn_slm import load_model; "
            f"model = load_model({path!r}).set_params(runtime={runtime!r}); "
            "model.predict(['where is it?']); "
            "assert not {'keras', 'jax', 'tensorflow', 'torch'} & set(sys.modules)"
        )
    # An installed package has its compiled modules beside it.
    environment = dict(os.environ)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    wall = {name: [] for name in codes}
    cpu = {name: [] for name in codes}
    for _ in range(11):
        for name, code in codes.items():
            began = time.perf_counter()
            before = os.times()
            subprocess.run([sys.executable, "-c", code], check=True, env=environment)
            after = os.times()
            wall[name].append(time.perf_counter() - began)
            cpu[name].append(
                after.children_user
                + after.children_system
                - before.children_user
                - before.children_system
            )
    print("| new process | seconds | of `import sklearn` | CPU seconds | of it |")
    print("|---|---|---|---|---|")
    base = [np.median(times["import sklearn"][1:]) for times in (wall, cpu)]
    for name in codes:
        w, c = np.median(wall[name][1:]), np.median(cpu[name][1:])
        print(f"| {name} | {w:.2f} | {w / base[0]:.2f} | {c:.2f} | {c / base[1]:.2f} |")


def run_int8(data, models):
    """Measure files and accuracy before and after quantising."""
    from sklearn_slm import save_model

    print("| | float32 file, MB | int8 file, MB | words kept | accuracy | int8 |")
    print("|---|---|---|---|---|---|")
    for name, title in SETS.items():
        texts, labels = read_set(data, name, "test")
        model = load(models, name, "onnxruntime")
        small = load(models, name, "onnxruntime", "int8", max_bytes=2_000_000)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "small.slm")
            save_model(small, path)
            sizes = [(models / f"{name}.slm").stat().st_size, path.stat().st_size]
        words = small.quantization_["n_words"]
        scores = [100 * m.score(texts, labels) for m in (model, small)]
        print(
            f"| {title} | {sizes[0] / 1e6:.2f} | {sizes[1] / 1e6:.2f} | {words[1]:,} of "
            f"{words[0]:,} | {scores[0]:.2f} | {scores[1]:.2f} |"
        )


def read_memory():
    """Return the resident memory of this process in MB (Linux)."""
    status = Path("/proc/self/statm").read_text("ascii")
    return int(status.split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def run_memory(data, models):
    """Watch memory over 10,000 predict calls and 20 fits."""
    from sklearn_slm import GloveTfidfVectorizer, SLMTextClassifier, load_demo_corpus

    texts, _ = read_set(data, "trec", "test")
    for runtime in ("numpy", "onnxruntime"):
        model = load(models, "trec", runtime)
        found = []
        for i in range(11_000):
            model.predict(texts[i % 400 : i % 400 + 1 + i % 20])
            if i % 1000 == 999:
                found.append(read_memory())
        slope = np.polyfit(np.arange(len(found) - 1), found[1:], 1)[0]
        print(f"- {runtime}: {slope:+.3f} MB per 1,000 predict calls of 10,000")
    corpus = load_demo_corpus("en")
    words = GloveTfidfVectorizer(8, random_state=0)
    X = words.fit_transform(corpus.data[:400])
    found = []
    for i in range(22):
        SLMTextClassifier(8, max_iter=2, random_state=i).fit(X, corpus.target[:400])
        found.append(read_memory())
    slope = np.polyfit(np.arange(20), found[2:], 1)[0]
    print(f"- fits: {slope:+.2f} MB a fit over 20 fits, after 2 that compile")


def main():
    """Run the parts."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    options = parser.parse_args()
    options.models.mkdir(parents=True, exist_ok=True)
    for part in options.parts:
        print(f"\n## {part}\n", flush=True)
        process = multiprocessing.get_context("spawn").Process(
            target=globals()[f"run_{part}"], args=(options.data, options.models)
        )
        process.start()
        process.join()
        if process.exitcode:
            sys.exit(process.exitcode)


if __name__ == "__main__":
    main()
