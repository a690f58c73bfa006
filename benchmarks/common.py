"""What the benchmarks share: data, kept results, measures, tables, the machine."""

import importlib.util
import json
import os
import platform
import re
from importlib import metadata
from pathlib import Path

import numpy as np
from sklearn.model_selection import train_test_split

from sklearn_slm.datasets import read_csv_texts
from sklearn_slm.spec import CELLS

# TensorFlow's notes on what it was built for are no results.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs" / "benchmarks"
QUICK = ROOT / "bench-quick"
SETS = {
    "trec": "TREC-6",
    "sst2": "SST-2",
    "banking77": "banking77",
    "sms_spam": "SMS spam (macro F1)",
    "thucnews_titles": "THUCNews titles",
    "imdb": "IMDB",
}
CHINESE = {"thucnews_titles"}


def read_set(folder, part="test", seed=0):
    """Return training texts and labels, then those of a part, "dev" or "test".

    A set in one file, ``all.csv.gz``, is split 80 to 20 by the seed. Where there is no
    ``dev.csv.gz``, a fifth of the training texts is the dev part.
    """
    if (folder / "all.csv.gz").exists():
        train, test = _split(*read_csv_texts(folder / "all.csv.gz"), seed=seed)
    else:
        train, test = read_csv_texts(folder / "train.csv.gz"), None
    if part == "test":
        return *train, *(test or read_csv_texts(folder / "test.csv.gz"))
    if (folder / "dev.csv.gz").exists():
        return *train, *read_csv_texts(folder / "dev.csv.gz")
    train, dev = _split(*train, seed=1)
    return *train, *dev


def _split(texts, labels, seed):
    a, b, a_labels, b_labels = train_test_split(
        texts, labels, test_size=0.2, stratify=labels, random_state=seed
    )
    return (a, a_labels), (b, b_labels)


def draw_per_class(labels, n, seed):
    """Return the rows of n texts of each class, of all where a class has fewer.

    With the same seed a larger draw contains a smaller one.
    """
    labels, random_state = np.asarray(labels), np.random.RandomState(seed)
    rows = [
        random_state.permutation(np.flatnonzero(labels == label))[:n]
        for label in np.unique(labels)
    ]
    return np.sort(np.concatenate(rows))


def calibration_error(confidence, correct, n_bins=15):
    """Return the expected calibration error of Guo et al. (2017).

    Texts are put into bins of equal width by the probability of the predicted class;
    the error is the mean, weighted by texts, of |accuracy - mean probability|.
    """
    confidence = np.asarray(confidence, float)
    bins = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    gaps = np.bincount(bins, weights=np.asarray(correct, float) - confidence)
    return float(np.abs(gaps).sum() / len(confidence))


def count_training_flops(spec, adversarial=False):
    """Return floating-point operations of training on one token.

    Products of the recurrent layers alone: 2 for each weight forward, and twice as many
    backward (gradients of the inputs and of the weights). An adversarial step does
    everything once more.
    """
    encoder = spec.encoder
    gates = CELLS[encoder.cell]
    weights = sum(
        (inputs + units) * units * gates for _, inputs, units in encoder.layers()
    )
    return 3 * 2 * weights * (2 if adversarial else 1)


def read_results(path, fresh=False):
    """Return what an earlier run has kept."""
    if path.exists() and not fresh:
        return json.loads(path.read_text("utf-8"))
    return {}


def write_results(results, path):
    """Keep results; an interruption leaves the earlier file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    new.replace(path)


def write_page(lines, path):
    """Write Markdown."""
    text = "\n".join(lines).rstrip() + "\n"
    path.write_text(re.sub("\n{3,}", "\n\n", text), encoding="utf-8")


def format_table(header, rows):
    """Return the lines of a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return ["| " + " | ".join(map(str, line)) + " |" for line in lines]


def format_mean(values, form="{:.1f}", spread=True):
    """Return mean and, of several values, their standard deviation."""
    if not values:
        return ""
    cell = form.format(np.mean(values))
    if spread and len(values) > 1:
        cell += " ± " + form.format(np.std(values, ddof=1))
    return cell


def import_peer(module, package):
    """Import a peer, or say how it is installed."""
    check_peers({module: package})
    return importlib.import_module(module)


def check_peers(packages):
    """Say how the peers are installed that are not: {module: package}. Imports none."""
    missing = {m: p for m, p in packages.items() if importlib.util.find_spec(m) is None}
    if missing:
        raise ImportError(
            f"This benchmark runs beside {', '.join(missing)}, which cannot be found. "
            f"Install with: pip install {' '.join(missing.values())}, or all peers with: "
            "pip install -e '.[bench]'"
        )


def name_versions(*packages):
    """Return "name version, ..." of installed packages, or of what brings a module."""
    names = {"keras": "Keras", "jax": "JAX", "numpy": "NumPy", "torch": "PyTorch"}
    names |= {"tensorflow": "TensorFlow"}
    found = []
    for package in packages:
        try:
            version = metadata.version(package)
        except metadata.PackageNotFoundError:
            # tensorflow may come as tensorflow-cpu.
            version = metadata.version(metadata.packages_distributions()[package][0])
        found.append(f"{names.get(package, package)} {version.split('+')[0]}")
    return ", ".join(found)


def describe_machine():
    """Return processor features, cores and memory; no names, no paths."""
    features = [platform.machine()]
    cpuinfo = Path("/proc/cpuinfo")
    flags = cpuinfo.read_text("utf-8").split() if cpuinfo.exists() else []
    for flag, title in (
        ("amx_tile", "AMX"),
        ("avx512f", "AVX-512"),
        ("avx2", "AVX2"),
        ("asimd", "NEON"),
    ):
        if flag in flags:
            features.append(f"with {title}")
            break
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count()
    memory = ""
    if "SC_PHYS_PAGES" in getattr(os, "sysconf_names", ()):
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        memory = f", {size / 2**30:.0f} GiB of memory"
    python = platform.python_version()
    return f"{' '.join(features)}, {cores} cores{memory}, Python {python}"
