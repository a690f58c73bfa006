"""A server under load: clients on loopback, one model, answers that must not change.

python benchmarks/load.py [--model FILE] [--seconds 60] [--clients 8] [--workers 1] [--kill]

Starts ``examples/serve_asgi.py`` under uvicorn (``pip install starlette uvicorn``) and
asks it from as many threads as there are clients, each with a connection of its own and
one request after the other: a text of the demonstration corpus each. Without ``--model``
a network of the default size is fitted on that corpus.

Every answer is compared with that of one thread of one process. Memory is that of the
workers, after a tenth of the time and at the end. ``--kill`` kills one worker by SIGKILL
in the middle: the requests that were lost are counted, and must be no more than the
clients, each of which connects again.
"""

import argparse
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
from common import check_peers, describe_machine, name_versions

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
TOLERANCE = 1e-6


def fit_model(path):
    """Fit a model and write it."""
    from sklearn_slm import SLMTextClassifier, load_demo_corpus, save_model

    corpus = load_demo_corpus("en")
    model = SLMTextClassifier(max_iter=2, random_state=0)
    save_model(model.fit(corpus.data, corpus.target), path)


def find_port():
    """Return a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def start_server(model, port, workers):
    """Start uvicorn; return its process when it answers."""
    command = [sys.executable, "-m", "uvicorn", "serve_asgi:app", "--port", str(port)]
    command += ["--workers", str(workers), "--log-level", "warning", "--no-access-log"]
    environment = {**os.environ, "MODEL": str(model), "OMP_NUM_THREADS": "1"}
    server = subprocess.Popen(command, cwd=EXAMPLES, env=environment)
    until = time.monotonic() + 120
    while server.poll() is None and time.monotonic() < until:
        try:
            ask(http.client.HTTPConnection("127.0.0.1", port, timeout=5), "/health")
            return server
        except OSError:
            time.sleep(0.1)
    server.kill()
    raise RuntimeError("the server did not start; its messages are above.")


def ask(connection, path, body=None):
    """Make a request; return the status and what was answered."""
    method = "GET" if body is None else "POST"
    connection.request(method, path, body)
    response = connection.getresponse()
    return response.status, json.loads(response.read())


class Client(threading.Thread):
    """Asks one text after another until the time is up."""

    def __init__(self, port, until, texts, expected):
        super().__init__(daemon=True)
        self.port, self.until = port, until
        self.texts, self.expected = texts, expected
        self.times, self.lost, self.wrong = [], 0, 0

    def connect(self):
        """Return a new connection."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def run(self):
        """Ask; a connection that breaks is made again."""
        connection = self.connect()
        while time.monotonic() < self.until:
            i = len(self.times) % len(self.texts)
            body = json.dumps({"texts": [self.texts[i]]})
            began = time.perf_counter()
            try:
                status, answer = ask(connection, "/predict", body)
            except (OSError, http.client.HTTPException):
                self.lost += 1
                connection.close()
                time.sleep(0.05)
                connection = self.connect()
                continue
            self.times.append(time.perf_counter() - began)
            found = answer.get("probabilities", [[np.inf]])[0]
            if status != 200 or np.abs(found - self.expected[i]).max() > TOLERANCE:
                self.wrong += 1
        connection.close()


def list_workers(server):
    """Return the processes that answer: those that uvicorn started, or itself."""
    path = Path(f"/proc/{server.pid}/task/{server.pid}/children")
    if not path.exists():
        return [server.pid]
    children = map(int, path.read_text().split())
    workers = [pid for pid in children if "spawn_main" in _read_command(pid)]
    return workers or [server.pid]


def _read_command(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def measure_memory(server):
    """Return MB of memory of all workers together; NaN where there is no /proc."""
    pages = 0
    for pid in list_workers(server):
        try:
            pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        except OSError:
            return float("nan")
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def measure(model_path, seconds, n_clients, n_workers, kill):
    """Put a server under load; return what was seen."""
    from sklearn_slm import load_demo_corpus, load_model

    texts = list(load_demo_corpus("en").data[:200])
    model = load_model(model_path)
    # One by one: which texts share a batch may move the last bits.
    expected = [model.predict_proba([text])[0] for text in texts]
    port = find_port()
    server = start_server(model_path, port, n_workers)
    try:
        until = time.monotonic() + seconds
        clients = [
            Client(port, until, texts[i:] + texts[:i], expected[i:] + expected[:i])
            for i in range(n_clients)
        ]
        for client in clients:
            client.start()
        time.sleep(seconds / 10)
        first = measure_memory(server)
        time.sleep(max(until - time.monotonic() - seconds / 2, 0))
        if kill:
            os.kill(list_workers(server)[0], signal.SIGKILL)
        time.sleep(max(until - time.monotonic() - 0.2, 0))
        last = measure_memory(server)
        for client in clients:
            client.join(60)
    finally:
        server.terminate()
        server.wait(30)
    times = np.concatenate([client.times for client in clients])
    return {
        "requests_per_second": len(times) / seconds,
        "p50_ms": 1000 * float(np.quantile(times, 0.5)),
        "p99_ms": 1000 * float(np.quantile(times, 0.99)),
        "requests": len(times),
        "lost": sum(client.lost for client in clients),
        "wrong": sum(client.wrong for client in clients),
        "mb_early": first,
        "mb_late": last,
    }


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", type=Path)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--kill", action="store_true", help="kill a worker in between")
    options = parser.parse_args()
    if options.kill and options.workers < 2:
        parser.error("--kill needs --workers 2 or more.")
    check_peers({"starlette": "starlette", "uvicorn": "uvicorn"})
    with tempfile.TemporaryDirectory() as folder:
        path = options.model or Path(folder) / "model.slm"
        if options.model is None:
            fit_model(path)
        found = measure(
            path.absolute(),
            options.seconds,
            options.clients,
            options.workers,
            options.kill,
        )
    print(f"{options.clients} clients, {options.workers} workers, {describe_machine()}")
    print(name_versions("sklearn_slm", "onnxruntime", "starlette", "uvicorn"))
    for name, value in found.items():
        print(f"{name:>20}  {value:,.1f}".removesuffix(".0"))
    if found["wrong"] or found["lost"] > options.clients * options.kill:
        sys.exit("answers were wrong or lost")


if __name__ == "__main__":
    main()
