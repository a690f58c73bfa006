"""Files that were damaged, and well-formed ones that somebody wrote to do harm."""

import copy
import json
import re
import subprocess
import sys
import warnings

import numpy as np
import pytest
from safetensors.numpy import load as unpack
from safetensors.numpy import save as pack

from sklearn_slm import (
    GloveTfidfVectorizer,
    SLMTextClassifier,
    load_demo_corpus,
    load_model,
    save_model,
)
from sklearn_slm.estimators.saving import read_notes
from sklearn_slm.persistence import container

CORPUS = load_demo_corpus("en")
TEXTS, LABELS = CORPUS.data[:120], CORPUS.target[:120]
NEW = ["not bad at all", "", "zzz yyy", *CORPUS.data[200:220]]


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    """Return the bytes of a file whose classifier holds its vectorizer."""
    path = tmp_path_factory.mktemp("model") / "model.slm"
    model = SLMTextClassifier(
        3,
        vectorizer=GloveTfidfVectorizer(4, max_iter=1),
        runtime="numpy",
        max_iter=1,
        adversarial=0.0,
        random_state=0,
    )
    save_model(model.fit(TEXTS, LABELS), path)
    return path.read_bytes()


@pytest.fixture(scope="module")
def parts(content):
    """Return the state and the arrays of that file."""
    arrays = unpack(content)
    return json.loads(arrays.pop("state").tobytes()), arrays


def forge(state, arrays):
    """Return a file with these parts and the checksum that belongs to them."""
    text = state if isinstance(state, bytes) else json.dumps(state).encode()
    arrays = arrays | {"state": np.frombuffer(text, np.uint8)}
    mark = {"version": container.VERSION, "sha256": container.compute_digest(arrays)}
    return pack(arrays, {"sklearn_slm": json.dumps(mark)})


def changed(tree, *way, to):
    """Return a JSON tree with another value in one place."""
    tree = copy.deepcopy(tree)
    node = tree
    for key in way[:-1]:
        node = node[key]
    node[way[-1]] = to
    return tree


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


def leaves(value, where=()):
    """Yield the place of every value of a JSON tree."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in pairs:
        yield (*where, key)
        if isinstance(inner, (dict, list)):
            yield from leaves(inner, (*where, key))


def test_lies_with_the_right_checksum(content, tmp_path):
    """Whoever writes the checksum too can be refused only by looking."""
    path = tmp_path / "m.slm"
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    assert set(header["__metadata__"]) == {"sklearn_slm"}
    arrays = {k: v.copy() for k, v in unpack(content).items()}
    state = arrays.pop("state").tobytes()
    random = np.random.RandomState(1)
    places = list(leaves(json.loads(state)))
    lies = [None, -1, 10**30, "x", [], {}, True, 1.5, {"function": "os:system"}]
    outcomes = []
    for i in range(500):
        tree, changed = json.loads(state), dict(arrays)
        if i % 4:
            *way, last = places[random.randint(len(places))]
            node = tree
            for key in way:
                node = node[key]
            node[last] = lies[random.randint(len(lies))]
        else:
            name = sorted(changed)[random.randint(len(changed))]
            kind = random.randint(3)
            if kind == 0:
                del changed[name]
            elif kind == 1:
                changed[name] = changed[name].ravel()[:-1]
            else:
                changed[name] = np.asarray(changed[name] * np.float64("nan"))
        path.write_bytes(forge(tree, changed))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                load_model(path).predict_proba(NEW)
            outcomes.append("works")
        except ValueError:
            outcomes.append("refused")
    # Most lies are about parameters that any value of the right type fits.
    assert outcomes.count("refused") > 250


@pytest.mark.parametrize(
    ("way", "value", "reason"),
    [
        (("kind",), "tree", "unknown kind, 'tree'"),
        (("kind",), 1, "expected 'kind' to be a string, got a whole number"),
        (("versions",), [], "expected 'versions' to be an object, got a list"),
        (("classifier",), None, "expected 'classifier' to be an object, got null"),
        (
            ("classifier", "spec", "hidden_size"),
            3,
            "expected 'hidden_size' to be a list",
        ),
        (("classifier", "spec", "hidden_size"), [True], "weights.layer_0"),
        (
            ("classifier", "spec", "bidirectional"),
            1,
            "true or false, got a whole number",
        ),
        (("classifier", "spec", "cell"), [], "cell must be one of"),
        (("classifier", "spec", "more"), 1, "unexpected keyword"),
        (("classifier", "spec", "n_outputs"), 10**30, "2 labels for"),
        (("classifier", "classes", "values"), ["b", "a"], "not in order"),
        (("classifier", "classes", "values"), ["a", "a"], "not in order, or repeat"),
        (("classifier", "classes", "values"), ["a", 1], "labels are not '<U8'"),
        (("classifier", "classes", "values"), ["a", "a\0"], "does not fit into '<U'"),
        (("classifier", "classes", "values"), ["a"], "1 labels for 2"),
        (("classifier", "classes", "dtype"), "(9999999,)i4", "labels have dtype"),
        (("classifier", "classes", "dtype"), "<i4", "labels are not '<i4'"),
        (("classifier", "history", "n_iter_"), -1, "'n_iter_' is -1"),
        (("classifier", "history", "loss_curve_"), ["x"], "numbers alone"),
        (("classifier", "history", "validation_scores_"), 1, "a list or null"),
        (("vectorizer", "n_iter"), True, "a whole number, got true or false"),
        (("vectorizer", "vocabulary", "n_documents"), 1, "counted more often"),
        (("vectorizer", "vocabulary", "corpus_size"), 1, "counted more often"),
        (("vectorizer", "parameters", "n_components"), 5, "have 4 components, not 5"),
        (("vectorizer", "parameters", "output"), "weights", "does not make what"),
    ],
)
def test_fields_of_the_wrong_kind(parts, tmp_path, way, value, reason):
    state, arrays = parts
    if value == ["a", 1]:
        state = changed(state, "classifier", "classes", "dtype", to="<U8")
    path = tmp_path / "m.slm"
    path.write_bytes(forge(changed(state, *way, to=value), arrays))
    with pytest.raises(ValueError, match="does not fit|unknown kind") as caught:
        load_model(path)
    assert reason in str(caught.value) and str(path) in str(caught.value)


CLASSIFIER = [
    ("hidden_size", 0),
    ("hidden_size", {"tuple": []}),
    ("hidden_size", {"tuple": [3, "x"]}),
    ("wide_ngrams", {"tuple": [2, 1]}),
    ("wide_ngrams", {"list": [{}, {}]}),
    ("class_weight", {"dict": [["negative", "heavy"]]}),
    ("class_weight", {"dict": [[{"list": []}, 1.0]]}),
    ("class_weight", {"list": [1]}),
    ("callbacks", {"list": [1]}),
    ("vectorizer", {"tuple": []}),
    ("vectorizer", {"vectorizer": {"k": -1.0}}),
    ("vectorizer", {"vectorizer": {"vectors": {"vectorizer": {}}}}),
    ("vectorizer", {"vectorizer": {"token_pattern": "(a+)+$"}}),
    ("vectorizer", {"estimator": {}}),
    ("batch_size", 2**80),
    ("no_such_parameter", 1),
    ("cell", {}),
    ("cell", {"tuple": [], "list": []}),
    ("cell", {"function": 1}),
    ("cell", {"set": [{"list": []}]}),
]
VECTORIZER = [
    ("stop_words", {"list": ["a", 1]}),
    ("stop_words", {"list": [{"list": []}]}),
    ("stop_words", {"list": [{"vectorizer": {}}]}),
    ("stop_words", "german"),
    ("token_pattern", "("),
    ("token_pattern", "(a)(b)"),
    ("token_pattern", {"list": []}),
    ("analyzer", {"vectorizer": {}}),
    ("n_jobs", 1.5),
    ("k", 10**400),
]


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [("classifier", *case) for case in CLASSIFIER]
    + [("vectorizer", *case) for case in VECTORIZER],
)
def test_parameters_that_no_fit_would_take(parts, tmp_path, kind, name, value):
    state, arrays = parts
    path = tmp_path / "m.slm"
    path.write_bytes(forge(changed(state, kind, "parameters", name, to=value), arrays))
    with pytest.raises(ValueError, match=r"m\.slm: ") as caught:
        load_model(path)
    nested = {"vectorizer": "vectorizer|k|vectors|token_pattern|estimator"}
    assert re.search(nested.get(name, name), str(caught.value))
    assert "damaged" not in str(caught.value)


@pytest.mark.parametrize("name", sorted(SLMTextClassifier().get_params(deep=False)))
def test_every_parameter_is_checked(parts, tmp_path, name):
    state, arrays = parts
    path = tmp_path / "m.slm"
    state = changed(state, "classifier", "parameters", name, to={"set": ["x"]})
    path.write_bytes(forge(state, arrays))
    with pytest.raises(ValueError, match=rf"\b{name}\b"):
        load_model(path)


@pytest.mark.parametrize("name", sorted(GloveTfidfVectorizer().get_params()))
def test_every_parameter_of_a_vectorizer_is_checked(parts, tmp_path, name):
    state, arrays = parts
    path = tmp_path / "m.slm"
    state = changed(state, "vectorizer", "parameters", name, to={"set": [1]})
    path.write_bytes(forge(state, arrays))
    with pytest.raises(ValueError, match=rf"\b{name}\b"):
        load_model(path)


@pytest.mark.parametrize(
    ("names", "inputs"),
    [
        (["a", "a"], None),
        (["a"], None),
        (["a", "b__c"], None),
        (["a", "steps"], None),
        (["a", 1], None),
        (["a", "b"], [1]),
    ],
)
def test_names_of_steps(parts, tmp_path, names, inputs):
    state, arrays = parts
    path = tmp_path / "m.slm"
    steps = {"kind": "pipeline", "steps": names, "transform_input": inputs}
    path.write_bytes(forge(state | steps, arrays))
    with pytest.raises(ValueError, match="steps"):
        load_model(path)
    good = {"steps": ["a", "b"], "transform_input": None}
    path.write_bytes(forge(state | steps | good, arrays))
    assert list(load_model(path).named_steps) == ["a", "b"]


def test_arrays_that_lie(parts, tmp_path):
    state, arrays = parts
    keys = arrays["weights.wide.keys"]
    counts = arrays["vocabulary.token_counts"]
    idf = np.full(len(counts), -1.0)
    path = tmp_path / "m.slm"
    for name, array, reason in [
        ("weights.wide.keys", keys[::-1].copy(), "not in order"),
        ("weights.wide.keys", keys - keys.max(), "no known tokens"),
        ("weights.wide.keys", keys + 2**40, "no known tokens"),
        ("vocabulary.token_counts", counts.astype(float), "not whole numbers"),
        ("vocabulary.token_counts", counts * 0, "counted more often"),
        ("vocabulary.token_counts", counts[:-1], "has shape"),
        ("vocabulary.lengths", arrays["vocabulary.lengths"] + 1, "no ends"),
        ("vocabulary.lengths", counts[None], "has shape"),
        ("idf", idf, "negative"),
    ]:
        path.write_bytes(forge(state, arrays | {name: array}))
        with pytest.raises(ValueError, match=reason):
            load_model(path)
    scale = {
        "weights.embedding": np.ones(arrays["weights.embedding"].shape, np.int8),
        "weights.embedding.scale": np.full(len(counts) + 2, 3e38, np.float32),
    }
    path.write_bytes(forge(state, arrays | scale))
    with pytest.raises(ValueError, match="makes infinities"):
        load_model(path)


@pytest.mark.parametrize("notes", [None, [], ["a", 1], "text", 3.5, {"1": {"2": None}}])
def test_notes_are_free_form(parts, tmp_path, notes):
    state, arrays = parts
    path = tmp_path / "m.slm"
    path.write_bytes(forge(state | {"notes": notes}, arrays))
    model = load_model(path)
    assert read_notes(path)["notes"] == ({} if notes is None else notes)
    save_model(model, path, notes=notes)
    assert read_notes(path)["notes"] == ({} if notes is None else notes)


def test_depth_and_numbers_of_json(parts, tmp_path):
    state, arrays = parts
    path = tmp_path / "m.slm"
    text = json.dumps(state | {"notes": 0}).encode()
    assert text.endswith(b'"notes": 0}')
    for notes, reason in [
        (b"[" * 100_000 + b"]" * 100_000, "levels deep"),
        (b"[" * 110 + b"]" * 110, "levels deep"),
        (b'{"tuple":' * 5000 + b"0" + b"}" * 5000, "levels deep"),
        (b"NaN", "the number NaN"),
        (b"[" + b"0," * 300_000 + b"0]", "have 300,... values"),
        (b'"' + b"x" * 5_000_000 + b'"', "bytes, at most 4,"),
    ]:
        path.write_bytes(forge(text[:-2] + notes + b"}", arrays))
        with pytest.raises(ValueError, match=reason):
            load_model(path)
        with pytest.raises(ValueError, match=reason):
            read_notes(path)
    path.write_bytes(forge(state, arrays))
    model = load_model(path)
    before = path.read_bytes()
    deep = []
    for _ in range(2000):
        deep = [deep]
    for notes in (deep, list(range(300_000)), "x" * 5_000_000):
        with pytest.raises(ValueError, match="levels deep|at most"):
            save_model(model, path, notes=notes)
    assert path.read_bytes() == before


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
    ones = {
        "vocabulary.tokens": np.full(n, ord("a"), np.uint8),
        "vocabulary.lengths": np.ones(n, np.uint8),
        "vocabulary.token_counts": np.ones(n, np.uint8),
        "vocabulary.document_counts": np.ones(n, np.uint8),
        "weights.embedding": np.ones((n + 2, 4), np.int8),
        "weights.embedding.scale": np.ones(n + 2, np.float32),
    }
    fields = json.loads(state)
    fields["classifier"]["spec"]["n_tokens"] = n + 2
    fields["vectorizer"]["vocabulary"]["corpus_size"] = n
    json_tokens = {
        "vocabulary.tokens": np.frombuffer(b'["' + b'a","' * n + b'"]', np.uint8)
    }
    numbers = {"vocabulary.tokens": np.frombuffer(b"[" + b"1," * n + b"1]", np.uint8)}
    no_lengths = {k: v for k, v in (arrays | ones).items() if not k.endswith("lengths")}
    hostile = [
        len(header).to_bytes(8, "little") + header,
        (len(names) + 2).to_bytes(8, "little") + b"{" + names.encode() + b"}",
        forge(b"[" + b"{}," * n + b"{}]", arrays),
        forge(state, arrays | {"vocabulary.lengths": np.zeros(2 * n, np.uint8)}),
        forge(state, arrays | {"vocabulary.tokens": np.zeros(2 * n, np.uint8)}),
        forge(state, arrays | {"weights.embedding": np.zeros(3 * n, np.float32)}),
        content[:-1] + bytes(n),
        forge(fields, arrays | ones),
        forge(fields, no_lengths | json_tokens),
        forge(fields, no_lengths | numbers),
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
    of_classifier = ("classifier", "spec")
    long = changed(state, "classifier", "classes", "dtype", to="<U500000000")
    path = tmp_path / "long.slm"
    path.write_bytes(forge(long, arrays))
    assert load_model(path).classes_.dtype == np.dtype("<U8")
    n = 2000
    many = changed(
        state, "classifier", "classes", "values", to=["x" * 100_000, *"y" * n]
    )
    many = changed(many, *of_classifier, "n_outputs", to=n + 1)
    large = [
        changed(state, *of_classifier, "hidden_size", to=[1] * 90_000),
        changed(state, *of_classifier, "hidden_size", to=[10**12]),
        changed(state, *of_classifier, "n_outputs", to=10**12),
        changed(state, "vectorizer", "parameters", "n_components", to=10**12),
        changed(state, "classifier", "classes", "dtype", to="<i8,(99999999,)f8"),
        many,
        changed(state, "classifier", "classes", "values", to=[10**4000, 10**4001]),
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
