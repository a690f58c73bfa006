import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from threadpoolctl import threadpool_limits

from sklearn_slm.embeddings import (
    WordVectors,
    count_cooccurrences,
    fit_glove,
    glove,
    train_glove,
)

TEXTS = ["the cat sat on the mat", "the dog sat on the rug", "a cat and a dog"] * 3


def random_counts(n_words, density, seed=0):
    upper = sp.random(n_words, n_words, density, random_state=seed, format="csr")
    upper.data = np.exp(3 * upper.data)
    return sp.csr_array(upper + upper.T)


def test_low_rank_log_counts_are_recovered():
    rng = np.random.default_rng(0)
    factors = rng.normal(0, 0.7, (40, 3))
    logs = factors @ factors.T + 1.0
    _, curve = fit_glove(
        np.exp(logs), 3, ridge=1e-4, tol=0, max_iter=60, random_state=0
    )
    assert curve[-1] < 1e-6 < curve[1] < curve[0]


@pytest.mark.parametrize("limits", [1, 2])
@pytest.mark.parametrize("n_jobs", [2, 3, -1])
def test_same_bits_for_any_number_of_threads(n_jobs, limits, monkeypatch):
    monkeypatch.setattr(glove, "LEAST_WORDS", 100)
    monkeypatch.setattr(glove, "COARSE_WORDS", 50)
    counts = random_counts(700, 0.05)
    one, curve = fit_glove(counts, 12, random_state=3)
    with threadpool_limits(limits):
        other, other_curve = fit_glove(counts, 12, random_state=3, n_jobs=n_jobs)
    assert_array_equal(one, other)
    assert curve == other_curve


def test_the_coarse_start_saves_passes(monkeypatch):
    counts = random_counts(400, 0.3)
    _, plain = fit_glove(counts, 8, tol=0, max_iter=1, random_state=0)
    monkeypatch.setattr(glove, "LEAST_WORDS", 100)
    monkeypatch.setattr(glove, "COARSE_WORDS", 100)
    _, started = fit_glove(counts, 8, tol=0, max_iter=1, random_state=0)
    assert started[0] < plain[0]


def test_stops_when_a_pass_gains_little():
    counts = random_counts(50, 0.3)
    assert len(fit_glove(counts, 4, tol=1.0, max_iter=9, random_state=0)[1]) == 2
    assert len(fit_glove(counts, 4, tol=0.0, max_iter=4, random_state=0)[1]) == 4


def test_seeds_decide_and_the_global_generator_rests():
    counts = random_counts(30, 0.3)
    before = np.random.get_state()[1].copy()
    one = fit_glove(counts, 4, random_state=0)[0]
    assert_array_equal(
        one, fit_glove(counts, 4, random_state=np.random.RandomState(0))[0]
    )
    assert not np.array_equal(one, fit_glove(counts, 4, random_state=1)[0])
    fit_glove(counts, 4)
    assert_array_equal(np.random.get_state()[1], before)


@pytest.mark.parametrize(
    "texts", [["a"], ["a b"], ["a a"], ["a", "b"], ["a b", "c", ""]]
)
@pytest.mark.parametrize("n_components", [1, 3, 80])
def test_tiny_corpora_have_finite_distinct_vectors(texts, n_components):
    vectors = train_glove(texts, n_components, random_state=0)
    assert vectors.n_components == n_components
    assert np.isfinite(vectors.table).all()
    assert len(np.unique(vectors.table, axis=0)) == len(vectors)


def test_no_pairs_give_the_small_start():
    table, curve = fit_glove(sp.csr_array((20, 20)), 50, random_state=0)
    assert curve == []
    assert 0.2 < np.linalg.norm(table, axis=1).mean() < 1.0


def test_words_of_equal_use_are_neighbours():
    texts = [f"{a} {b}" for a in ("red", "blue") for b in ("car", "bus")] * 4
    texts += [f"{a} {b}" for a in ("one", "two") for b in ("day", "year")] * 4
    vectors = train_glove(texts, 4, random_state=0)
    assert vectors.most_similar("red", n=1)[0][0] in {"blue", "car", "bus"}


def test_train_takes_a_generator_an_analyzer_and_limits():
    vectors = train_glove(
        (text for text in TEXTS),
        5,
        analyzer=str.split,
        min_df=2,
        max_features=4,
        random_state=0,
    )
    assert isinstance(vectors, WordVectors)
    assert vectors.tokens == ("the", "a", "cat", "dog")


def test_a_file_of_one_text_a_line_is_read(tmp_path):
    path = tmp_path / "texts.txt"
    path.write_text("\n".join(TEXTS), "utf-8")
    with open(path, encoding="utf-8") as file:
        assert train_glove(file, 3, random_state=0) == train_glove(
            TEXTS, 3, random_state=0
        )


def test_progress_is_one_line_a_pass(capsys):
    counts = count_cooccurrences([2, 3, 4, 2], [0, 4], 3)
    fit_glove(counts, 2, max_iter=2, tol=0, random_state=0)
    assert capsys.readouterr().out == ""
    fit_glove(counts, 2, max_iter=2, tol=0, random_state=0, verbose=1)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("GloVe pass 2/2: objective 0.")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("n_components", 0, "n_components must be at least 1. Got 0"),
        ("x_max", 0.0, "x_max must be above 0"),
        ("weighting_exponent", -1, "weighting_exponent must be at least 0"),
        ("max_iter", 0, "max_iter must be at least 1"),
        ("tol", -0.1, "tol must be at least 0"),
        ("ridge", 0, "ridge must be above 0"),
    ],
)
def test_parameters_out_of_range(name, value, message):
    with pytest.raises(ValueError, match=message):
        train_glove(TEXTS, **{name: value})


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        (np.ones((2, 3)), r"must be square.*Got the shape \(2, 3\)"),
        (-np.ones((2, 2)), "above 0 and finite"),
        (np.full((2, 2), np.inf), "above 0 and finite"),
    ],
)
def test_bad_counts(counts, message):
    with pytest.raises(ValueError, match=message):
        fit_glove(counts, 2)


def test_bad_documents():
    with pytest.raises(ValueError, match="string object received"):
        train_glove("one text")
    with pytest.raises(TypeError, match="Got int in document 1: 5"):
        train_glove(["a b", 5])
    with pytest.raises(ValueError, match="empty vocabulary"):
        train_glove([""])


def test_duplicate_entries_are_summed():
    entries = ([1.0, 2.0, 3.0], ([0, 0, 1], [1, 1, 0]))
    summed = sp.csr_array(np.array([[0, 3.0], [3.0, 0]]))
    one = fit_glove(sp.coo_array(entries, shape=(2, 2)), 2, random_state=0)[0]
    assert_allclose(one, fit_glove(summed, 2, random_state=0)[0])
