"""Several devices, of one process and of two, train the networks that one device trains.

Virtual devices on CPU, and processes that speak with each other over loopback, by Gloo:
``make test-distributed`` runs this.
"""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.distributed
ROOT = Path(__file__).parent.parent


def make_environment(n_devices):
    flags = os.environ.get("XLA_FLAGS", "")
    flags += f" --xla_force_host_platform_device_count={n_devices}"
    given = {"KERAS_BACKEND": "jax", "XLA_FLAGS": flags, "PYTHONPATH": str(ROOT)}
    return os.environ | given


def start(*args, n_devices=1):
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "tests.train_together", *map(str, args)],
        cwd=ROOT,
        env=make_environment(n_devices),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(processes):
    try:
        ends = [process.communicate(timeout=900) for process in processes]
    finally:
        # One that waits for the other waits for ever.
        for process in processes:
            process.kill()
    for process, (_, errors) in zip(processes, ends):
        assert process.returncode == 0, errors
    # Before the last line Gloo says that it is connected.
    return [json.loads(output.splitlines()[-1]) for output, _ in ends]


@pytest.fixture(scope="module")
def alone():
    (found,) = finish([start(1)])
    return found


def check(found, alone):
    for task in ("classify", "translate", "model_language", "train_other_heads"):
        losses, expected = found[task]["losses"], alone[task]["losses"]
        np.testing.assert_allclose(losses, expected, atol=1e-4, err_msg=task)
        assert losses[-1] < losses[0] or task == "train_other_heads"
        assert found[task]["mean"] == pytest.approx(alone[task]["mean"], abs=1e-4)


def test_four_devices_train_as_one(alone):
    (found,) = finish([start(4, n_devices=4)])
    check(found, alone)
    assert found["spread"] == "as expected"


def test_two_processes_train_as_one(alone):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    first, second = finish(
        [start(2, f"127.0.0.1:{port}", number, 2) for number in (0, 1)]
    )
    check(first, alone)
    # Both have the whole network, and the same bits of it.
    assert first == second
    assert "need the same data and the same seeds" in first["refused"]


def test_the_example_shows_one_loss_twice():
    done = subprocess.run(
        [sys.executable, "-W", "error", "examples/train_on_devices.py"],
        cwd=ROOT,
        env=make_environment(4),
        capture_output=True,
        text=True,
        check=True,
    )
    head, *lines = done.stdout.splitlines()
    assert head.split()[-2:] == ["4", "devices"]
    alone, shared = np.array([line.split()[1:] for line in lines], float).T
    np.testing.assert_allclose(shared, alone, atol=1e-4)
    assert alone[-1] < alone[0]
