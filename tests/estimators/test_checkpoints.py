"""Checkpoints as files: killed fits that go on, other fits, damage."""

import numpy as np
import pytest

from sklearn_slm import SLMTextClassifier, load_model
from sklearn_slm.estimators import checkpoints
from sklearn_slm.estimators.checkpoints import Checkpoints
from sklearn_slm.network.backend import import_keras
from sklearn_slm.network.checkpoints import Checkpoint
from sklearn_slm.network.options import Seeds, TrainingOptions
from sklearn_slm.network.train import Epoch
from tests.estimators import answers, readings, speech, translation
from tests.estimators.small import LABELS, TEXTS, assert_same_fit, make_classifier
from tests.networks import make_spec

EPOCH = Epoch(1, 2.5, -2.0, 2.0, -2.0, 0.25)


class KilledError(Exception):
    """A fit is over before its end."""


@pytest.fixture
def kill_after(monkeypatch):
    """Return a function that has the next fit fail behind its n-th checkpoint."""
    write = checkpoints.write_file

    def kill(n):
        written = []

        def write_or_fail(*args):
            write(*args)
            written.append(args)
            if len(written) == n:
                raise KilledError

        monkeypatch.setattr(checkpoints, "write_file", write_or_fail)

    return kill


# Networks of the shapes that other tests have: nothing is compiled for these alone.
def make_miner(**parameters):
    return answers.make_answerer(n_negatives=0, n_mined=1, **parameters)


def make_translator(**parameters):
    given = {"early_stopping": True, "validation_fraction": 0.2, "n_average": 2}
    return translation.make_translator(**given, **parameters)


# How each is made, what it learns, parameters, and behind how many checkpoints it ends:
# within the second epoch or, of the classifier of few texts, of the second network.
FITS = {
    "classifier": (
        lambda **given: make_classifier(early_stopping=True, **given),
        (TEXTS, LABELS),
        5,
    ),
    "few texts": (make_classifier, (TEXTS, LABELS), 17),
    "answerer": (make_miner, (answers.QUESTIONS, answers.ANSWERS), 5),
    "translator": (make_translator, (translation.SOURCES, translation.TARGETS), 13),
    "reader": (readings.make_guide_reader, (readings.PAIRS, readings.ANSWERS), 3),
    "recognizer": (speech.make_recognizer, (speech.SOUNDS, speech.TEXTS), 6),
}


@pytest.mark.parametrize("name", FITS)
def test_a_killed_fit_ends_with_the_same_bits(name, kill_after, tmp_path, capsys):
    make, data, n = FITS[name]
    given, path = {"max_iter": 3, "verbose": int(name == "translator")}, tmp_path / "c"
    whole = make(**given).fit(*data)
    kill_after(n)
    killed = make(**given, checkpoint=path, checkpoint_minutes=0.0)
    with pytest.raises(KilledError):
        killed.fit(*data)
    assert not hasattr(killed, "weights_")
    with pytest.raises(
        ValueError, match="it is a checkpoint of a training, and no mod"
    ):
        load_model(path)
    resumed = make(**given).fit(*data, resume_from=path)
    assert_same_fit(resumed, whole)
    for attribute in ("loss_curve_", "validation_scores_", "bleu_curve_"):
        assert getattr(resumed, attribute, 0) == getattr(whole, attribute, 0)
    if getattr(whole, "ngrams_", None) is not None:
        assert np.array_equal(resumed.ngrams_.kernel, whole.ngrams_.kernel)
        assert np.array_equal(resumed.ngrams_.blend, whole.ngrams_.blend)
    if name == "translator":
        assert len(whole.bleu_curve_) == 3


def begin(model, resume_from=None, **other):
    """Begin a training of some network, as its fit would."""
    parts = {
        "spec": make_spec(n_outputs=2),
        "start": {"embedding": np.zeros((3, 2), np.float32)},
        "examples": {"ids": np.arange(4)},
        "options": TrainingOptions.of(model),
        "seeds": Seeds(1, 2),
        "epochs": 3,
    } | other
    return Checkpoints.of(model, resume_from).begin(Checkpoint, **parts)


def make_checkpoint():
    values = [np.float32([[0.1, np.nan]]), np.array([5, 6], np.uint32)]
    return Checkpoint(
        batch=2,
        sums=[12.5, 9.0],
        values=[values, 7],
        epochs=[EPOCH],
        kept=[{"embedding": values[0], "head.bias": values[0]}],
        losses=[float("inf")],
        inputs={"negatives": np.int32([-1, 2])},
    )


def make_model(path=None, **parameters):
    return SLMTextClassifier(random_state=0, checkpoint=path, **parameters)


def test_a_round_trip(tmp_path):
    path, written = tmp_path / "fit.checkpoint", make_checkpoint()
    saving = begin(make_model(path, checkpoint_minutes=2))
    assert saving["save_seconds"] == 120 and saving["resume"] is None
    saving["save"](written)
    # The number of threads, what predicts and the place of the file are free.
    read = begin(make_model(n_jobs=1, runtime="numpy", verbose=1), path)["resume"]
    names = ("batch", "sums", "epochs", "losses", "measured", "is_over")
    for name in names:
        assert getattr(read, name) == getattr(written, name)
    assert read.values[1] == 7
    for ours, theirs in [
        (read.values[0], written.values[0]),
        ([read.inputs["negatives"]], [written.inputs["negatives"]]),
        ([read.kept[0]["head.bias"]], [written.kept[0]["head.bias"]]),
    ]:
        for one, other in zip(ours, theirs, strict=True):
            assert one.dtype == other.dtype and one.tobytes() == other.tobytes()
    assert begin(make_model()) == {}


@pytest.mark.parametrize(
    ("parameters", "parts", "message"),
    [
        ({"dropout": 0.5}, {}, r"other parameters \(dropout was 0.3, is 0.5\)\. Set"),
        (
            {"max_iter": 9},
            {"epochs": 9},
            r"parameters \(max_iter was 'auto', is 9\), number of epochs\.",
        ),
        (
            {},
            {"seeds": Seeds(1, 3), "start": {}},
            r"other random_state\. Set them as they were",
        ),
        ({}, {"examples": {"ids": np.arange(5)}}, r"by a fit with other data\."),
        ({}, {"validation": np.arange(2)}, "validation data"),
        ({}, {"spec": make_spec(n_outputs=3)}, "other network"),
        # What only predictions depend on is not named where nothing else is different.
        ({"runtime": "numpy"}, {"start": {}}, "first weights"),
        ({}, {"options": TrainingOptions(tol=1.0)}, "other parameters"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_another_fit_is_refused_by_what_is_different(
    parameters, parts, message, tmp_path
):
    path = tmp_path / "fit.checkpoint"
    begin(make_model(path))["save"](make_checkpoint())
    with pytest.raises(ValueError, match=message):
        begin(make_model(**parameters), path, **parts)


def test_optimizers_count_by_what_they_do(tmp_path):
    path, keras = tmp_path / "fit.checkpoint", import_keras()

    def make(rate):
        return make_model(path, optimizer=keras.optimizers.Adam(rate))

    begin(make(0.01))["save"](make_checkpoint())
    assert begin(make(0.01), path)["resume"] is not None
    with pytest.raises(ValueError, match="fit with other parameters"):
        begin(make(0.02), path)


def test_other_files_are_refused(tmp_path, fitted):
    model = make_model()
    with pytest.raises(FileNotFoundError):
        begin(model, tmp_path / "none")
    fitted.save(tmp_path / "model.slm")
    with pytest.raises(ValueError, match="it holds no checkpoint"):
        begin(model, tmp_path / "model.slm")
    (tmp_path / "text").write_text("hello")
    with pytest.raises(ValueError, match="not a model"):
        begin(model, tmp_path / "text")
    path = tmp_path / "fit.checkpoint"
    begin(make_model(path))["save"](make_checkpoint())
    with pytest.raises(ValueError, match="a checkpoint of a classifier"):
        begin(answers.make_answerer(), path)
    content = bytearray(path.read_bytes())
    content[-10] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match="damaged"):
        begin(model, path)


def test_what_could_not_be_gone_on_with_is_refused(tmp_path):
    with pytest.raises(ValueError, match="Set random_state to an integer"):
        Checkpoints.of(SLMTextClassifier(checkpoint=tmp_path / "c"))
    with pytest.raises(ValueError, match="the folder of checkpoint"):
        Checkpoints.of(make_model(tmp_path / "no" / "c"))
    with pytest.raises(ValueError, match="is a folder. Give the path of a file in it"):
        Checkpoints.of(make_model(tmp_path))


def test_the_file_of_a_model_does_not_say_where_to_write(tmp_path, fitted):
    model = SLMTextClassifier(checkpoint=tmp_path / "c")
    vars(model).update({k: v for k, v in vars(fitted).items() if k.endswith("_")})
    model.save(tmp_path / "model.slm")
    assert load_model(tmp_path / "model.slm").checkpoint is None
    assert model.checkpoint == tmp_path / "c"
