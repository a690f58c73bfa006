"""Texts a second of one and of two Dask workers that share a model file.

python benchmarks/workers.py --data DIR [--texts 60000] [--rounds 3] [--workers 1 2]

Needs ``pip install -e ".[distributed]"``. A default classifier is fitted to SST-2 and saved.
Each worker is a process of one thread; parts of 2,000 texts are answered by
``predict_from_file``, as the guide's page on Dask, Ray and Spark does it. Counted is the time
from handing out the parts to the last answer, in turns with each number of workers; the
first part of each worker, which loads the model, comes before. The answers must be those of
this process.
"""

import argparse
import statistics
import tempfile
import time
from functools import partial
from pathlib import Path

from common import describe_machine, format_table, import_peer, name_versions, read_set

from sklearn_slm import SLMTextClassifier, predict_from_file, save_model

PART = 2000


def ask(client, parts, path):
    """Return the answers of all parts, and the seconds they took."""
    predict = partial(predict_from_file, path=path)
    client.run(predict, parts[0][:1])
    sent = client.scatter(parts)
    began = time.perf_counter()
    answers = client.gather(client.map(predict, sent, pure=False))
    return answers, time.perf_counter() - began


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--texts", type=int, default=60_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    options = parser.parse_args()
    distributed = import_peer("distributed", "dask[distributed]")
    texts, labels, *_ = read_set(options.data / "sst2")
    model = SLMTextClassifier(random_state=0).fit(texts, labels)
    many = (texts * (options.texts // len(texts) + 1))[: options.texts]
    parts = [many[i : i + PART] for i in range(0, len(many), PART)]
    expected = [model.predict(part).tolist() for part in parts]
    seconds = {n: [] for n in options.workers}
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "model.slm")
        save_model(model, path)
        for _ in range(options.rounds):
            for n in options.workers:
                with (
                    distributed.LocalCluster(
                        n_workers=n, threads_per_worker=1, dashboard_address=None
                    ) as cluster,
                    distributed.Client(cluster) as client,
                ):
                    answers, taken = ask(client, parts, path)
                if [part.tolist() for part in answers] != expected:
                    raise AssertionError(
                        f"{n} workers answer otherwise than one process."
                    )
                seconds[n].append(taken)
    print(describe_machine(), name_versions("sklearn_slm", "distributed"), sep="; ")
    speeds = {n: len(many) / statistics.median(taken) for n, taken in seconds.items()}
    least = speeds[options.workers[0]]
    rows = [[n, f"{speed:,.0f}", f"{speed / least:.2f}"] for n, speed in speeds.items()]
    print("\n".join(format_table(["workers", "texts a second", "ratio"], rows)))


if __name__ == "__main__":
    main()
