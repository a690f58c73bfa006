"""Dask and Ray carry searches, predictions and counts; nothing of ours runs there.

Neither is installed with the test extra: ``make test-distributed`` brings them.
"""

import shutil
from functools import partial
from pathlib import Path

import joblib
import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV

from sklearn_slm import (
    SLMTextClassifier,
    load_demo_corpus,
    load_model,
    predict_from_file,
)
from sklearn_slm.embeddings import glove
from sklearn_slm.embeddings.shares import are_workers_apart
from sklearn_slm.text import Analyzer, learn_vocabulary, merge_vocabularies

MODEL = Path(__file__).parent / "data" / "pipeline-3.slm"
CORPUS = load_demo_corpus("en")
TEXTS, LABELS = list(CORPUS.data[:40]), CORPUS.target[:40]


def search():
    """Search two learning rates, which share their compiled code."""
    model = SLMTextClassifier(
        2, max_iter=1, adversarial=0.0, ngrams=None, runtime="numpy", random_state=0
    )
    grid = {"learning_rate": [0.01, 0.1]}
    found = GridSearchCV(model, grid, cv=2, error_score="raise").set_params(n_jobs=2)
    return found.fit(TEXTS, LABELS)


@pytest.fixture(scope="module")
def expected():
    with joblib.parallel_config("sequential"):
        return search()


def check_search(found, expected):
    for name in ("split0_test_score", "split1_test_score"):
        np.testing.assert_array_equal(
            found.cv_results_[name], expected.cv_results_[name]
        )
    np.testing.assert_array_equal(
        found.predict_proba(TEXTS), expected.predict_proba(TEXTS)
    )


@pytest.fixture(scope="module")
def model_path(tmp_path_factory):
    return shutil.copy(MODEL, tmp_path_factory.mktemp("model") / "model.slm")


@pytest.fixture(scope="module")
def dask_client():
    distributed = pytest.importorskip("dask.distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def test_a_search_on_dask_is_that_of_one_process(dask_client, expected):
    with joblib.parallel_config("dask", scatter=[TEXTS]):
        check_search(search(), expected)


def test_a_model_travels_to_dask_and_back(dask_client, expected):
    model = expected.best_estimator_
    found = dask_client.submit(lambda m: m.set_params(runtime="numpy"), model).result()
    np.testing.assert_array_equal(
        found.predict_proba(TEXTS), model.predict_proba(TEXTS)
    )


def test_a_bag_is_predicted(dask_client, model_path):
    import dask.bag

    bag = dask.bag.from_sequence(TEXTS, npartitions=3)
    # A part may be empty after a filter.
    some = bag.filter(lambda text: text == TEXTS[0])
    expected = load_model(MODEL).predict(TEXTS).tolist()
    assert list(bag.map_partitions(predict_from_file, model_path)) == expected
    assert list(some.map_partitions(predict_from_file, model_path)) == expected[:1]


def test_a_dask_frame_is_predicted(dask_client, model_path):
    import dask.dataframe
    import pandas as pd

    def add_label(part, path):
        return part.assign(label=predict_from_file(part["text"], path))

    frame = dask.dataframe.from_pandas(pd.DataFrame({"text": TEXTS}), npartitions=2)
    meta = {"text": frame.dtypes["text"], "label": object}
    found = frame.map_partitions(add_label, model_path, meta=meta).compute()
    assert found["label"].tolist() == load_model(MODEL).predict(TEXTS).tolist()
    assert found["text"].tolist() == TEXTS


def test_words_are_counted_on_dask(dask_client):
    import dask.bag

    def learn(texts):
        return [learn_vocabulary(map(Analyzer(), texts))[0]]

    bag = dask.bag.from_sequence(TEXTS, npartitions=3)
    found = (
        bag.map_partitions(learn)
        .fold(lambda *parts: merge_vocabularies(parts))
        .compute()
    )
    expected = learn_vocabulary(map(Analyzer(), TEXTS))[0]
    assert found.tokens == expected.tokens
    assert found.token_counts.tolist() == expected.token_counts.tolist()
    assert found.document_counts.tolist() == expected.document_counts.tolist()


def check_vectors(monkeypatch):
    """Have workers solve the rows of GloVe."""
    _, ids, offsets = learn_vocabulary(map(Analyzer(), TEXTS))
    counts = glove.count_cooccurrences(ids, offsets, ids.max() + 1)
    with joblib.parallel_config("sequential"):
        expected, curve = glove.fit_glove(counts, 4, random_state=0)
    monkeypatch.setattr(glove, "LEAST_SHARED_PAIRS", 0)
    assert are_workers_apart()
    found, other_curve = glove.fit_glove(counts, 4, random_state=0)
    np.testing.assert_array_equal(found, expected)
    assert other_curve == curve


def test_word_vectors_are_solved_on_dask(dask_client, monkeypatch):
    with joblib.parallel_config("dask", n_jobs=2):
        check_vectors(monkeypatch)


@pytest.fixture(scope="module")
def ray_cluster():
    ray = pytest.importorskip("ray")
    from ray.util.joblib import register_ray

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    register_ray()
    yield ray
    ray.shutdown()


# Ray leaves sockets and processes to the end of the interpreter.
@pytest.mark.filterwarnings("ignore")
def test_a_search_on_ray_is_that_of_one_process(ray_cluster, expected):
    with joblib.parallel_config("ray"):
        check_search(search(), expected)


@pytest.mark.filterwarnings("ignore")
def test_word_vectors_are_solved_on_ray(ray_cluster, monkeypatch):
    with joblib.parallel_config("ray", n_jobs=2):
        check_vectors(monkeypatch)


@pytest.mark.filterwarnings("ignore")
def test_a_ray_data_set_is_predicted(ray_cluster, model_path):
    data = pytest.importorskip("ray.data")

    def add_label(batch, predict):
        return batch | {"label": predict(batch["text"])}

    predict = partial(predict_from_file, path=model_path)
    rows = data.from_items([{"text": text} for text in TEXTS]).map_batches(
        add_label, batch_size=16, fn_kwargs={"predict": predict}
    )
    found = {row["text"]: row["label"] for row in rows.take_all()}
    assert found == dict(zip(TEXTS, load_model(MODEL).predict(TEXTS)))
