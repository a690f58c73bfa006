"""Checkpoints as files: round trips, other fits, damage."""

import numpy as np
import pytest

from sklearn_slm import save_model
from sklearn_slm.estimators.checkpoints import Checkpoints
from sklearn_slm.estimators.corpora import read_corpus
from sklearn_slm.estimators.language_fit import describe_language
from sklearn_slm.network.language.train import Checkpoint
from sklearn_slm.network.train import Epoch
from tests.estimators.language import TEXTS, fit_model, make_model

EPOCH = Epoch(1, 2.5, -2.0, 2.0, -2.0, 0.25)


def make_files(path, texts=TEXTS, seeds=(1, 2, 3), **parameters):
    model = make_model(checkpoint=path, **parameters)
    corpus = read_corpus(model, texts, None)
    spec = describe_language(model, corpus)
    return Checkpoints.of(model, spec, corpus, list(seeds), epochs=3)


def make_checkpoint():
    random = np.random.RandomState(0)
    arrays = [random.standard_normal(n).astype(np.float32) for n in (3, 1)]
    return Checkpoint(
        epoch=1,
        window=2,
        step=7,
        loss=12.5,
        count=9.0,
        values=[*arrays, np.array([5, 6], np.uint32)],
        states=[[arrays[0][None]], [arrays[1][None]]],
        epochs=[EPOCH],
        best=[{"embedding": arrays[0], "head.bias": arrays[1]}],
    )


def test_a_round_trip(tmp_path):
    path, written = tmp_path / "fit.checkpoint", make_checkpoint()
    make_files(path).write(written)
    # The number of threads, the runtime and the place of the file are free.
    read = make_files(None, n_jobs=1, runtime="auto", verbose=0).read(path)
    for name in ("epoch", "window", "step", "loss", "count", "epochs"):
        assert getattr(read, name) == getattr(written, name)
    for ours, theirs in [
        (read.values, written.values),
        *zip(read.states, written.states, strict=True),
    ]:
        for one, other in zip(ours, theirs, strict=True):
            assert one.dtype == other.dtype and np.array_equal(one, other)
    assert set(read.best[0]) == {"embedding", "head.bias"}


@pytest.mark.parametrize(
    "other",
    [{"hidden_size": 13}, {"dropout": 0.5}, {"texts": TEXTS[1:]}, {"seeds": (1, 2, 4)}],
    ids=str,
)
def test_another_fit_is_refused(other, tmp_path):
    path = tmp_path / "fit.checkpoint"
    make_files(path).write(make_checkpoint())
    with pytest.raises(ValueError, match="written by a fit with other parameters"):
        make_files(path, **other).read(path)


def test_other_files_are_refused(tmp_path):
    files = make_files(None)
    with pytest.raises(FileNotFoundError):
        files.read(tmp_path / "none")
    save_model(fit_model(), tmp_path / "model.slm")
    with pytest.raises(ValueError, match="it holds no checkpoint"):
        files.read(tmp_path / "model.slm")
    (tmp_path / "text").write_text("hello")
    with pytest.raises(ValueError):
        files.read(tmp_path / "text")
    path = tmp_path / "fit.checkpoint"
    make_files(path).write(make_checkpoint())
    content = bytearray(path.read_bytes())
    content[-10] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match="damaged"):
        files.read(path)
