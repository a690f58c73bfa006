"""Options of ``slm train``: those of one task alone, and sizes of layers."""

import pytest


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "train.csv").write_text("text,label\na film,good\n")
    return tmp_path


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--tokens char", "--tokens is for --task language-model"),
        ("--documents stream", "--documents is for --task language-model"),
        ("--checkpoint no/c", "no folder"),
        (
            "--task language-model --vectors lines.txt",
            "--vectors is for --task classifier",
        ),
        ("--source de", "--source is for --task translation"),
        ("--target en", "--target is for --task translation"),
        (
            "--task translation --documents stream",
            "--documents is for --task language-model",
        ),
        ("--hidden-size 0", "'0' is no number of units, such as 256"),
        ("--hidden-size 3,x", "'3,x' is no number of units"),
        ("--max-iter 0", "0 is not in the range x>=1"),
        ("--task poet", "'poet' is not one of"),
    ],
)
def test_options_that_are_refused(folder, run, options, message):
    (folder / "lines.txt").write_text("a film\n")
    assert message in run(f"train train.csv --model no.slm {options}", 2).err
    assert not (folder / "no.slm").exists()


def test_sizes_and_epochs_are_those_of_the_estimator(run, monkeypatch):
    told = []

    def build(parameters):
        told.append(parameters)
        raise ValueError("enough")

    monkeypatch.setattr("sklearn_slm.cli.training._build", build)
    run("train train.csv --model no.slm --hidden-size 3,2 --max-iter 4", 1)
    run("train train.csv --model no.slm --hidden-size 3 --set hidden_size=5", 1)
    assert told == [
        {"random_state": 0, "hidden_size": (3, 2), "max_iter": 4},
        {"random_state": 0, "hidden_size": 5},
    ]
