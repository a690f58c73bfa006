"""Work in threads: all of it, in any of them, and the first error."""

import threading

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from sklearn_slm.runtime.threads import (
    Ahead,
    _blas_libraries,
    one_blas_thread,
    run_in_threads,
)


def count():
    return [library.get_num_threads() for library in _blas_libraries()]


@pytest.fixture
def two_blas_threads():
    np.ones((2, 2)) @ np.ones((2, 2))
    with threadpool_limits(2, "blas"):
        yield count()


def test_blas_has_one_thread_inside_and_the_old_number_after(two_blas_threads):
    before = two_blas_threads
    with one_blas_thread() as allowed:
        assert allowed == max(before) and set(count()) == {1}
        with one_blas_thread() as again:
            assert again == allowed
        assert set(count()) == {1}
    assert count() == before
    with pytest.raises(KeyError), one_blas_thread():
        raise KeyError
    assert count() == before


def test_the_last_of_two_threads_puts_the_number_back(two_blas_threads):
    entered, leave = threading.Event(), threading.Event()

    def stay():
        with one_blas_thread():
            entered.set()
            leave.wait(60)

    with one_blas_thread():
        other = threading.Thread(target=stay)
        other.start()
        assert entered.wait(60)
    assert set(count()) == {1}
    leave.set()
    other.join()
    assert count() == two_blas_threads


@pytest.mark.parametrize("n_threads", [1, 2, 5])
def test_every_item_is_worked_on_once(n_threads):
    done = []
    run_in_threads(done.append, range(50), n_threads)
    assert sorted(done) == list(range(50))


def test_two_threads_share_the_work():
    meet = threading.Barrier(2, timeout=60)
    run_in_threads(lambda _: meet.wait(), range(2), 2)
    assert not meet.broken


@pytest.mark.parametrize("n_threads", [1, 2])
def test_after_an_error_nothing_more_is_begun(n_threads):
    done = []

    def work(item):
        done.append(item)
        if item == 0:
            raise ValueError("item 0")

    with pytest.raises(ValueError, match="item 0"):
        run_in_threads(work, [0] * 1000, n_threads)
    assert len(done) <= n_threads


def test_work_ahead_gives_its_result_or_its_error():
    assert Ahead(lambda: 42).result() == 42

    def fail():
        raise ZeroDivisionError("here")

    with pytest.raises(ZeroDivisionError, match="here"):
        Ahead(fail).result()


def test_the_caller_does_the_work_where_no_thread_can_be_started(monkeypatch):
    def refuse(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    ran_in = []
    ahead = Ahead(lambda: ran_in.append(threading.get_ident()))
    assert ran_in == []
    ahead.result()
    assert ran_in == [threading.get_ident()]
