"""What is whole in a forked child and at the end of a process, and what is refused."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

MODEL = Path(__file__).parent / "data" / "pipeline-2.slm"
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

IN_A_CHILD = """
import os, sys, threading, time, warnings
warnings.simplefilter("ignore")  # JAX warns of every fork, Python >= 3.12 of threads

def in_a_child(work, seconds=60):
    read, write = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            told = str(work())
        except BaseException as error:
            told = f"{type(error).__name__}: {error}"
        os.write(write, told.encode())
        os._exit(0)
    os.close(write)
    end = time.monotonic() + seconds
    while not os.waitpid(pid, os.WNOHANG)[0]:
        if time.monotonic() > end:
            os.kill(pid, 9)
            os._exit(99)
        time.sleep(0.005)
    with os.fdopen(read) as stream:
        return stream.read()
"""
PREDICT = f"""
import numpy as np
from sklearn_slm import load_demo_corpus, load_model, predict_iter
texts = load_demo_corpus("en").data[:1500]
def load(runtime):
    model = load_model({str(MODEL)!r})
    model[-1].runtime = runtime
    return model
"""
RUNTIMES = ["numpy", "onnxruntime"]


def run(code, **environment):
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr, done.stderr
    return done.stdout.splitlines()


@needs_fork
def test_fit_is_refused_in_a_fork_of_what_trained():
    code = """
from sklearn_slm import SLMTextClassifier, load_demo_corpus
corpus = load_demo_corpus("en")
texts, labels = corpus.data[:40], corpus.target[:40]
def build():
    return SLMTextClassifier(2, max_iter=1, adversarial=0.0, ngrams=None)
print(in_a_child(lambda: build().fit(texts, labels).n_iter_))
model = build().fit(texts, labels)
print(in_a_child(lambda: build().fit(texts, labels)))
print(in_a_child(lambda: model.partial_fit(texts, labels)))
print(in_a_child(lambda: in_a_child(lambda: build().fit(texts, labels))))
for runtime in ("numpy", "auto"):
    model.set_params(runtime=runtime)
    here = model.predict_proba(texts).tolist()
    print(in_a_child(lambda: model.predict_proba(texts).tolist() == here))
print(model.partial_fit(texts, labels).n_iter_)
"""
    trained, *refused, numpy, auto, after = run(IN_A_CHILD + code)
    assert trained == "1"
    for message in refused:
        assert message.startswith(
            "RuntimeError: this process was forked from one in which JAX ran already"
        )
        assert 'get_context("spawn")' in message and '"loky"' in message
    assert (numpy, auto, after) == ("True", "True", "2")


@needs_fork
@pytest.mark.parametrize(
    "before", ["import sklearn_slm.estimators", "import sklearn_slm"]
)
def test_it_does_not_matter_who_started_jax(before):
    code = f"""
{before}
import jax.numpy
jax.numpy.ones(3).sum().block_until_ready()
def fit():
    from sklearn_slm import SLMTextClassifier
    return SLMTextClassifier().fit(["a", "b"], [0, 1])
print(in_a_child(fit))
"""
    (told,) = run(IN_A_CHILD + code)
    assert told.startswith("RuntimeError: this process was forked")


@needs_fork
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_forks_while_threads_predict(runtime):
    pytest.importorskip(runtime)
    code = f"""
from sklearn_slm.runtime.threads import _blas_libraries
def count():
    return [library.get_num_threads() for library in _blas_libraries()]

texts, stopped = texts[:60], threading.Event()
expected, allowed = load({runtime!r}).predict_proba(texts), count()
shared = load({runtime!r})

def predict_on():
    while not stopped.is_set():
        shared.predict_proba(texts)
        load({runtime!r}).predict_proba(texts[:20])  # makes a session each time

def check():
    # What joins the pool of a library that was forked could take a moment.
    assert count() == allowed, count()
    found = shared.predict_proba(texts)
    assert count() == allowed, count()
    np.testing.assert_allclose(found, expected, atol=1e-6)
    return "right"

threads = [threading.Thread(target=predict_on) for _ in range(2)]
for thread in threads:
    thread.start()
print({{in_a_child(check) for _ in range(40)}})
stopped.set()
"""
    assert run(IN_A_CHILD + PREDICT + code) == ["{'right'}"]


@needs_fork
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_fork_inside_of_a_predict(runtime):
    """The thread that forks goes on in the child, without those that helped it."""
    pytest.importorskip(runtime)
    code = f"""
import signal
from sklearn_slm.runtime.threads import _blas_libraries, one_blas_thread, run_in_threads
model = load({runtime!r})
expected = model.predict_proba(texts)

def stream():
    for i, text in enumerate(texts):
        if i == 700:
            global told
            told = in_a_child(go_on)
        yield text

def go_on():
    # In the child the stream itself goes on, here by its own iterator.
    return np.array_equal(model.predict_proba(texts), expected)

answers = list(predict_iter(model, stream(), method="predict_proba", chunk_size=100))
np.testing.assert_allclose(answers, expected, atol=1e-6)
print(told)

answers = predict_iter(model, texts, method="predict_proba", chunk_size=100)
first = [next(answers) for _ in range(150)]
def finish():
    np.testing.assert_allclose([*first, *answers], expected, atol=1e-6)
    return True
print(in_a_child(finish))

def work(item):
    done.append(item)
    if item == 3:
        time.sleep(0.05)
done = []
with one_blas_thread() as allowed:
    def in_it():
        run_in_threads(work, range(8), 3)
        with one_blas_thread() as still:
            assert still == allowed
        return sorted(done) == list(range(8))
    print(in_a_child(in_it))
"""
    assert run(IN_A_CHILD + PREDICT + code) == ["True"] * 3


@needs_fork
def test_a_child_that_ends_as_programs_do_ends():
    pytest.importorskip("onnxruntime")
    code = """
model = load("onnxruntime")
model.predict(texts[:3])
pid = os.fork()
if not pid:
    model.predict(texts[:3])
    sys.exit(3)
end = time.monotonic() + 60
while not (ended := os.waitpid(pid, os.WNOHANG))[0]:
    if time.monotonic() > end:
        os.kill(pid, 9)
        sys.exit("the child hangs")
    time.sleep(0.01)
print(os.waitstatus_to_exitcode(ended[1]))
"""
    assert run(IN_A_CHILD + PREDICT + code) == ["3"]


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_predicting_while_the_interpreter_shuts_down(runtime):
    pytest.importorskip(runtime)
    code = f"""
import atexit, threading
model = load({runtime!r})
expected = model.predict_proba(texts)

def predict():
    np.testing.assert_array_equal(model.predict_proba(texts), expected)
    rows = list(predict_iter(model, texts, method="predict_proba", chunk_size=300))
    np.testing.assert_allclose(rows, expected, atol=1e-6)
    print("the same", flush=True)

def outlive_the_main_thread():
    threading.main_thread().join()
    predict()

atexit.register(predict)
threading.Thread(target=outlive_the_main_thread).start()
"""
    assert run(PREDICT + code, OMP_NUM_THREADS="3") == ["the same"] * 2
