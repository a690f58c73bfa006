import itertools
import time

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_slm.embeddings import cooccurrences, count_cooccurrences


def count_by_hand(ids, offsets, n_words, window):
    counts = np.zeros((n_words, n_words))
    for start, stop in itertools.pairwise(offsets):
        for i in range(start, stop):
            for j in range(i + 1, min(i + window + 1, stop)):
                if ids[i] >= 2 and ids[j] >= 2:
                    counts[ids[i] - 2, ids[j] - 2] += 1 / (j - i)
                    counts[ids[j] - 2, ids[i] - 2] += 1 / (j - i)
    return counts


def test_a_document_by_hand():
    counts = count_cooccurrences([2, 3, 4], [0, 3], 3).toarray()
    assert_allclose(counts, [[0, 1, 0.5], [1, 0, 1], [0.5, 1, 0]])
    assert counts.dtype == np.float32


def test_unknown_words_keep_their_place():
    assert_allclose(
        count_cooccurrences([2, 1, 3], [0, 3], 2).toarray(), [[0, 0.5], [0.5, 0]]
    )


def test_documents_and_windows_are_borders():
    assert count_cooccurrences([2, 3], [0, 1, 2], 2).nnz == 0
    assert count_cooccurrences([2, 1, 3], [0, 3], 2, window_size=1).nnz == 0


def test_a_word_beside_itself_counts_in_both_orders():
    assert_allclose(count_cooccurrences([2, 2], [0, 2], 1).toarray(), [[2.0]])


@pytest.mark.parametrize("n_jobs", [1, 2, 3])
@pytest.mark.parametrize("window", [1, 3, 10])
@pytest.mark.parametrize("corner_words", [0, 7, 1024])
def test_blocks_and_threads_change_nothing(corner_words, window, n_jobs, monkeypatch):
    rng = np.random.default_rng(0)
    ids = rng.integers(0, 22, 500)
    offsets = np.array([0, 0, 3, 100, 101, 450, 500])
    monkeypatch.setattr(cooccurrences, "BLOCK_TOKENS", 64)
    monkeypatch.setattr(cooccurrences, "CORNER_WORDS", corner_words)
    counts = count_cooccurrences(ids, offsets, 20, window_size=window, n_jobs=n_jobs)
    assert counts.has_canonical_format
    assert_allclose(
        counts.toarray(), count_by_hand(ids, offsets, 20, window), rtol=1e-6
    )
    assert_array_equal(counts.toarray(), counts.toarray().T)
    one = count_cooccurrences(ids, offsets, 20, window_size=window, n_jobs=1)
    assert_array_equal(counts.toarray(), one.toarray())


def test_few_blocks_wait_to_be_merged(monkeypatch):
    waiting, most = set(), []
    count_block, merge = cooccurrences._count_block, cooccurrences._merge

    def count(*arguments):
        waiting.add(arguments[-1])
        most.append(len(waiting))
        return count_block(*arguments)

    def slow_merge(blocks, n_words):
        def take():
            for number, block in enumerate(blocks):
                time.sleep(0.002)
                waiting.discard(64 * number)
                yield block

        return merge(take(), n_words)

    monkeypatch.setattr(cooccurrences, "BLOCK_TOKENS", 64)
    monkeypatch.setattr(cooccurrences, "_count_block", count)
    monkeypatch.setattr(cooccurrences, "_merge", slow_merge)
    count_cooccurrences(np.full(64 * 30, 2), [0, 64 * 30], 1, n_jobs=2)
    assert len(most) == 30
    assert max(most) <= 4


def test_a_memory_map_is_counted(tmp_path):
    ids = np.memmap(tmp_path / "ids", np.int32, "w+", shape=(4,))
    ids[:] = [2, 3, 2, 3]
    assert count_cooccurrences(ids, [0, 4], 2, window_size=1).toarray()[0, 1] == 3


def test_nothing_to_count():
    assert count_cooccurrences([], [0], 3).shape == (3, 3)
    assert count_cooccurrences([1, 0], [0, 2], 0).shape == (0, 0)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="window_size must be at least 1. Got 0"):
        count_cooccurrences([2], [0, 1], 1, window_size=0)
    with pytest.raises(ValueError, match="Ids must lie in 0..2"):
        count_cooccurrences([3], [0, 1], 1)
