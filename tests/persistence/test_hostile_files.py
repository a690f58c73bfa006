"""Files that were damaged, and well-formed ones that somebody wrote to do harm."""

import copy
import json
import re
import subprocess
import sys

import numpy as np
import pytest
from safetensors.numpy import load as unpack

from sklearn_slm import (
    SLMReader,
    SLMSpeechRecognizer,
    load_demo_corpus,
    load_model,
)
from tests.golden import RATE, sing
from tests.persistence.forging import (
    DATA,
    GOLDEN,
    change,
    find_places,
    forge,
    read_parts,
)

NEW = ["not bad at all", "", "zzz yyy", *load_demo_corpus("en").data[200:220]]
# From the state of a file to parts of its model.
FITTED = ("model", "fitted")
ENCODER = (*FITTED, "spec_", "fields", "encoder", "fields")
HEAD = (*FITTED, "spec_", "fields", "head", "fields")
LABELS = (*FITTED, "classes_", "labels")
VECTORIZER = (*FITTED, "vectorizer_")
VOCABULARY = (*VECTORIZER, "fitted", "vocabulary_")


def test_flipped_cut_and_inserted_bytes(content, tmp_path):
    random = np.random.RandomState(0)
    path = tmp_path / "m.slm"
    for i in range(1500):
        found = bytearray(content)
        at = random.randint(len(found)) if i % 2 else random.randint(4000)
        if i % 5 == 0:
            del found[at : at + random.randint(1, 50)]
        elif i % 5 == 1:
            found[at:at] = random.bytes(random.randint(1, 50))
        else:
            found[at] ^= 1 << random.randint(8)
        path.write_bytes(found)
        with pytest.raises(ValueError, match="m.slm"):
            load_model(path)


LIES = [None, -1, 10**30, "x", [], {}, True, 1.5, {"function": "os:system"}]
LIES += [{"list": []}, {"tuple": ["x"]}, {"array": "none"}, {"float": "nan"}]
LIES += [{"estimator": "vectorizer", "parameters": {}}, {"record": "NgramModel"}]


def tell_a_lie(tree, arrays, random):
    """Change a value of a state, or one of the arrays."""
    if random.randint(4):
        places = list(find_places(tree))
        *way, last = places[random.randint(len(places))]
        node = tree
        for key in way:
            node = node[key]
        node[last] = copy.deepcopy(LIES[random.randint(len(LIES))])
        return
    name = sorted(arrays)[random.randint(len(arrays))]
    changes = [
        lambda array: array.ravel()[:-1],
        lambda array: array * np.float64("nan"),
        lambda array: array[None],
        lambda array: np.full_like(array, _largest(array.dtype)),
        lambda array: array.astype(np.float64),
        lambda array: array.ravel()[:0],
    ]
    which = random.randint(len(changes) + 1)
    if which == len(changes):
        del arrays[name]
    else:
        arrays[name] = np.asarray(changes[which](arrays[name]))


def _largest(dtype):
    if dtype.kind == "b":
        return True
    return (np.finfo if dtype.kind == "f" else np.iinfo)(dtype).max


def use(model):
    """Ask a model for what it is there for."""
    if isinstance(model, SLMSpeechRecognizer):
        return model.predict([(RATE, sing("ab"))])
    if isinstance(model, SLMReader):
        return model.predict([("Where was he born?", text) for text in NEW])
    if not hasattr(model, "predict_proba"):
        return model.transform(NEW)
    probabilities = model.predict_proba(NEW)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)
    return probabilities


@pytest.mark.parametrize(
    "path", [None, *GOLDEN], ids=lambda p: getattr(p, "stem", "new")
)
def test_lies_with_the_right_checksum(path, model_path, tmp_path):
    """Whoever writes the checksum too can be refused only by looking."""
    version, state, arrays = read_parts(path or model_path)
    random = np.random.RandomState(0)
    path = tmp_path / "m.slm"
    path.write_bytes(forge(state, arrays, version))
    use(load_model(path))
    outcomes = []
    for _ in range(150):
        tree, changed = copy.deepcopy(state), dict(arrays)
        tell_a_lie(tree, changed, random)
        path.write_bytes(forge(tree, changed, version))
        try:
            model = load_model(path)
        except ValueError as error:
            assert str(error).startswith(str(path))
            outcomes.append("refused")
        else:
            use(model)
            outcomes.append("works")
    # The others are about parameters that any value of the right type fits.
    assert 75 < outcomes.count("refused") < 150


@pytest.mark.parametrize(
    ("way", "value", "reason"),
    [
        (("kind",), "tree", "unknown kind, 'tree'"),
        (("kind",), 1, "expected 'kind' to be a string, got a whole number"),
        (("kind",), "vectorizer", "is 'vectorizer', but it holds 'classifier'"),
        (("versions",), [], "expected 'versions' to be an object, got a list"),
        (("versions", "numpy"), 2, "versions are no strings"),
        (("model",), None, "expected 'model' to be an object, got null"),
        (("model", "estimator"), "os.system", "but it holds 'os.system'"),
        (VECTORIZER, {"estimator": "tree"}, "unknown kind, 'tree'"),
        (
            VECTORIZER,
            {"estimator": "classifier", "parameters": {}},
            "nothing is called",
        ),
        ((*ENCODER, "hidden_size"), 3, "EncoderSpec.hidden_size to be tuple"),
        ((*ENCODER, "hidden_size"), {"tuple": [True]}, "EncoderSpec.hidden_size to be"),
        ((*ENCODER, "hidden_size"), {"tuple": [1]}, "weight layer_0"),
        ((*ENCODER, "bidirectional"), 1, "EncoderSpec.bidirectional to be bool, got a"),
        ((*ENCODER, "n_tokens"), None, "the network knows no word"),
        ((*ENCODER, "cell"), "tree", "cell must be one of"),
        ((*ENCODER, "more"), 1, "EncoderSpec has other fields than"),
        ((*HEAD, "n_outputs"), 10**30, "head.kernel has shape"),
        ((*HEAD, "n_outputs"), 3, "head.kernel has shape"),
        ((*FITTED, "spec_", "record"), "Popen", "there is no record Popen"),
        (
            (*FITTED, "spec_"),
            {"list": []},
            "expected spec_ to be NetworkSpec, got a list",
        ),
        ((*LABELS, "values"), ["b", "a"], "not in order"),
        ((*LABELS, "values"), ["a", "a"], "not in order, or repeat"),
        ((*LABELS, "values"), ["a", 1], "labels are not '<U'"),
        ((*LABELS, "values"), ["a", "a\0"], "does not fit into '<U'"),
        ((*LABELS, "values"), ["a"], "1 labels for 2"),
        ((*LABELS, "dtype"), "(9999999,)i4", "labels have dtype"),
        ((*LABELS, "dtype"), "<i4", "labels are not '<i4'"),
        ((*FITTED, "n_iter_"), -1, "-1 epochs, 1 losses"),
        ((*FITTED, "n_iter_"), "1", "expected n_iter_ to be int, got a str"),
        ((*FITTED, "loss_curve_"), {"list": ["x"]}, "expected loss_curve_ to be list"),
        ((*FITTED, "validation_scores_"), 1, "expected validation_scores_ to be"),
        ((*FITTED, "shell"), "rm", "SLMTextClassifier has no ['shell']"),
        ((*FITTED, "vocabulary_"), {"same": "other"}, "nothing is called other"),
        ((*FITTED, "weights_"), {"dict": []}, "too few weights"),
        ((*VECTORIZER, "fitted", "n_iter_"), True, "expected n_iter_ to be int, got a"),
        ((*VOCABULARY, "n_documents"), 1, "counted more often"),
        ((*VOCABULARY, "corpus_size"), 1, "counted more often"),
        (
            (*VECTORIZER, "parameters", "n_components"),
            5,
            "4), not (315, 5)",
        ),
        ((*VECTORIZER, "parameters", "output"), "weights", "does not make what"),
        ((*VECTORIZER, "fitted"), None, "nothing is called"),
    ],
    ids=str,
)
def test_fields_of_the_wrong_kind(parts, tmp_path, way, value, reason):
    state, arrays = parts
    path = tmp_path / "m.slm"
    path.write_bytes(forge(change(state, *way, to=value), arrays))
    with pytest.raises(ValueError, match=re.escape(str(path))) as caught:
        load_model(path)
    assert reason in str(caught.value) and "damaged" not in str(caught.value)


def test_arrays_that_lie(parts, tmp_path):
    state, arrays = parts
    vocabulary = "classifier.vectorizer_.vocabulary_"
    ngrams, weights = "classifier.ngrams_", "classifier.weights_"
    keys = arrays[f"{ngrams}.keys"].astype(np.int64)
    counts = arrays[f"{vocabulary}.token_counts"]
    kernel = arrays[f"{ngrams}.kernel"]
    path = tmp_path / "m.slm"
    for name, array, reason in [
        (f"{ngrams}.keys", keys[::-1].astype(np.uint64), "not in order"),
        (f"{ngrams}.keys", (keys - keys.min()).astype(np.uint64), "no known tokens"),
        (f"{ngrams}.keys", (keys + 2**40).astype(np.uint64), "no known tokens"),
        (f"{ngrams}.keys", keys - keys.max(), "is int64, not int64"),
        (f"{ngrams}.kernel", kernel[:-1], "kernel of n-grams has shape"),
        (f"{ngrams}.kernel", kernel * np.nan, "holds a NaN"),
        (f"{ngrams}.kernel", kernel + np.float32(1e16), "holds 1e\\+16, which is too"),
        (
            f"{ngrams}.bias",
            np.full(2, -3e38, np.float32),
            "holds 3e\\+38, which is too",
        ),
        (f"{weights}.embedding", np.full((317, 4), 2e15, np.float32), "too large"),
        (f"{weights}.head.bias", np.zeros(2), "has dtype float64"),
        (f"{vocabulary}.token_counts", counts.astype(float), "not whole numbers"),
        (f"{vocabulary}.token_counts", counts * 0, "counted more often"),
        (f"{vocabulary}.token_counts", counts[:-1], "has shape"),
        (f"{vocabulary}.lengths", arrays[f"{vocabulary}.lengths"] + 1, "no ends"),
        (f"{vocabulary}.lengths", counts[None], "has shape"),
    ]:
        path.write_bytes(forge(state, arrays | {name: array}))
        with pytest.raises(ValueError, match=reason):
            load_model(path)
    idf = change(state, *VECTORIZER, "fitted", "idf_", to={"array": "idf"})
    for array, reason in [
        (np.full(len(counts), -1.0), "negative"),
        (np.ones(len(counts), np.float32), "idf_ is float32"),
        (np.ones(3), "idf_ has shape"),
        (np.full(len(counts), 1e300), r"idf_ holds 1e\+300, which is too large"),
    ]:
        path.write_bytes(forge(idf, arrays | {"idf": array}))
        with pytest.raises(ValueError, match=reason):
            load_model(path)
    scaled = copy.deepcopy(state)
    scaled["model"]["fitted"]["weights_"]["dict"].append(
        ["embedding.scale", {"array": "scale"}]
    )
    rows = arrays[f"{weights}.embedding"].shape
    small = {
        f"{weights}.embedding": np.ones(rows, np.int8),
        "scale": np.full((rows[0], 1), 3e38, np.float32),
    }
    path.write_bytes(forge(scaled, arrays | small))
    with pytest.raises(ValueError, match="the scale of embedding holds .* too large"):
        load_model(path)
    small["scale"] = np.full(rows[0], 0.01, np.float32)
    path.write_bytes(forge(scaled, arrays | small))
    with pytest.raises(ValueError, match="scale of embedding has shape"):
        load_model(path)
    small["scale"] = np.full((rows[0], 1), 0.01, np.float32)
    path.write_bytes(forge(scaled, arrays | small))
    assert len(use(load_model(path))) == len(NEW)


MEMORY = """
import sys
import numpy as np
from sklearn_slm import load_model
def peak():
    return int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) * 1024
load_model(sys.argv[1])
for path in sys.argv[2:]:
    size = len(open(path, "rb").read())
    open("/proc/self/clear_refs", "w").write("5")
    before = peak()
    try:
        load_model(path)
    except ValueError:
        print((peak() - before) / size)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/self")
def test_a_hostile_file_gets_no_more_memory_than_twice_its_size(content, tmp_path):
    arrays = unpack(content)
    state = arrays.pop("state").tobytes()
    n = 3_000_000
    header = b'{"a":' + b"[" * n + b"]" * n + b"}"
    names = ",".join(
        f'"{i}":{{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}'
        for i in range(200_000)
    )
    name = "classifier.vectorizer_.vocabulary_"
    table = "classifier.weights_.embedding"
    ones = {
        f"{name}.tokens": np.full(n, ord("a"), np.uint8),
        f"{name}.lengths": np.ones(n, np.uint8),
        f"{name}.token_counts": np.ones(n, np.uint8),
        f"{name}.document_counts": np.ones(n, np.uint8),
        table: np.ones((n + 2, 4), np.int8),
        f"{table}.scale": np.ones((n + 2, 1), np.float32),
    }
    fields = change(json.loads(state), *ENCODER, "n_tokens", to=n + 2)
    fields = change(fields, *VOCABULARY, "corpus_size", to=n)
    fields["model"]["fitted"]["weights_"]["dict"].append(
        ["embedding.scale", {"array": f"{table}.scale"}]
    )
    version, first, old = read_parts(DATA / "classifier-1.slm")
    assert version == 1
    first["classifier"]["spec"]["n_tokens"] = n + 2
    first["vectorizer"]["vocabulary"]["corpus_size"] = n
    old |= {k.removeprefix("classifier.vectorizer_."): v for k, v in ones.items()}
    old = {k.replace("vocabulary_.", "vocabulary."): v for k, v in old.items()}
    old = {k: v for k, v in old.items() if not k.startswith("classifier.")}
    old["weights.embedding"] = np.ones((n + 2, 3), np.float16)
    del old["vocabulary.lengths"]
    json_tokens = {
        "vocabulary.tokens": np.frombuffer(b'["' + b'a","' * n + b'"]', np.uint8)
    }
    numbers = {"vocabulary.tokens": np.frombuffer(b"[" + b"1," * n + b"1]", np.uint8)}
    long = json.dumps(["😀" * 500_000] * 16, ensure_ascii=False).encode()
    long_tokens = {"vocabulary.tokens": np.frombuffer(long, np.uint8)}
    hostile = [
        len(header).to_bytes(8, "little") + header,
        (len(names) + 2).to_bytes(8, "little") + b"{" + names.encode() + b"}",
        forge(b"[" + b"{}," * n + b"{}]", arrays),
        forge(state, arrays | {f"{name}.lengths": np.zeros(2 * n, np.uint8)}),
        forge(state, arrays | {f"{name}.tokens": np.zeros(2 * n, np.uint8)}),
        forge(state, arrays | {table: np.zeros(3 * n, np.float32)}),
        content[:-1] + bytes(n),
        forge(fields, arrays | ones),
        forge(first, old | json_tokens, 1),
        forge(first, old | numbers, 1),
        forge(first, old | long_tokens, 1),
    ]
    paths = [tmp_path / f"{i}.slm" for i in range(1 + len(hostile))]
    for path, written in zip(paths, [content, *hostile]):
        path.write_bytes(written)
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, *map(str, paths)], capture_output=True, text=True
    )
    grown = [float(line) for line in done.stdout.split()]
    assert len(grown) == len(hostile), done.stderr
    assert max(grown) < 2.1, grown


MOST_BYTES = """
import resource, sys
from sklearn_slm import load_model
load_model(sys.argv[1])
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 100_000_000,) * 2)
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
for path in sys.argv[2:]:
    try:
        load_model(path)
    except ValueError as error:
        print(str(error)[-60:])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/self")
def test_small_files_that_name_large_things(parts, content, tmp_path):
    """Kilobytes that used to take gigabytes, within 100 MB of address space."""
    state, arrays = parts
    long = change(state, *LABELS, "dtype", to="<U500000000")
    path = tmp_path / "long.slm"
    path.write_bytes(forge(long, arrays))
    assert load_model(path).classes_.dtype == np.dtype("<U8")
    n = 2000
    many = change(state, *LABELS, "values", to=["x" * 100_000, *"y" * n])
    many = change(many, *HEAD, "n_outputs", to=n + 1)
    lengths = (*FITTED, "ngrams_", "fields", "lengths")
    size = {"tuple": [1] * 90_000}
    large = [
        change(state, *ENCODER, "hidden_size", to=size),
        change(state, *ENCODER, "hidden_size", to={"tuple": [10**12]}),
        change(state, *ENCODER, "n_tokens", to=10**12),
        change(state, *HEAD, "n_outputs", to=10**12),
        change(state, *lengths, to={"tuple": [1, 10**9]}),
        change(state, *VECTORIZER, "parameters", "n_components", to=10**12),
        change(state, *LABELS, "dtype", to="<i8,(99999999,)f8"),
        many,
        change(state, *LABELS, "values", to=[10**4000, 10**4001]),
    ]
    paths = [tmp_path / f"{i}.slm" for i in range(1 + len(large))]
    for path, written in zip(paths, [content, *(forge(s, arrays) for s in large)]):
        path.write_bytes(written)
    done = subprocess.run(
        [sys.executable, "-c", MOST_BYTES, *map(str, paths)],
        capture_output=True,
        text=True,
    )
    reasons = done.stdout.splitlines()
    assert len(reasons) == len(large), done.stderr
    assert not any("damaged" in reason for reason in reasons), reasons
