"""Questions and distinct answers."""

from types import SimpleNamespace

import numpy as np
import pytest

from sklearn_slm.estimators.answer_data import (
    check_answers,
    group_questions,
    join_questions,
    mine_negatives,
    read_questions,
    split_questions,
)


def test_answers_are_distinct_whatever_their_case():
    data = read_questions(
        ["a?", "b?", "c?", "d?"],
        np.array(["Call us.", "Wait", "call  US. ", "Call us!"]),
        answers=["WAIT", "More"],
    )
    assert data.answers == ["Call us.", "Wait", "Call us!", "More"]
    assert data.rows.tolist() == [0, 1, 0, 2]
    assert data.questions == ["a?", "b?", "c?", "d?"]


def test_files(tmp_path):
    for name, lines in (("q", "one\ntwo\n"), ("a", "x\ny\n")):
        (tmp_path / name).write_text(lines, "utf-8")
    data = read_questions(tmp_path / "q", tmp_path / "a")
    assert data.questions == ["one", "two"] and data.answers == ["x", "y"]


def test_what_is_no_question_with_an_answer():
    with pytest.raises(ValueError, match="same number of rows, but have 2 and 1"):
        read_questions(["a", "b"], ["x"])
    with pytest.raises(ValueError, match="X_val and y_val.* have 1 and 2"):
        read_questions(["a"], ["x", "y"], None, "X_val and y_val")
    with pytest.raises(ValueError, match="needs answers: y must be texts"):
        read_questions(["a"], None)
    with pytest.raises(ValueError, match="string object received"):
        read_questions("a", ["x"])
    with pytest.raises(ValueError, match=r"y\[1\] must be a str"):
        read_questions(["a", "b"], ["x", None])
    with pytest.raises(
        ValueError, match="hold no question with an answer.*Got 2 pairs"
    ):
        read_questions(["a", " "], ["", "x"])
    with pytest.raises(ValueError, match="hold no question"):
        read_questions([], [])
    with pytest.warns(UserWarning, match="2 of 3 pairs in X and y have an empty side"):
        data = read_questions(["a", "", "c"], ["x", "y", "\t"])
    assert data.questions == ["a"] and data.answers == ["x"]
    with pytest.raises(ValueError, match=r"answers\[1\] is empty"):
        read_questions(["a"], ["x"], answers=["y", "\n"])
    assert check_answers(iter(["a"])) == ["a"]


def test_spellings_of_a_question_stay_together():
    questions = ["A b", "c", "a  B", "c ", "d"] * 20
    group = group_questions(questions)
    assert group[:5].tolist() == [0, 1, 0, 1, 2]
    model = SimpleNamespace(early_stopping=True, validation_fraction=0.4)
    train, held_out = split_questions(model, questions, seed=0)
    assert set(group[train]).isdisjoint(group[held_out])
    assert len(set(group[held_out].tolist())) == 1
    assert np.array_equal(np.sort(np.concatenate([train, held_out])), np.arange(100))
    again = split_questions(model, questions, seed=0)
    assert np.array_equal(again[1], held_out)
    model.validation_fraction = 0.9
    with pytest.raises(ValueError, match="3 different ones.* sets 3 aside"):
        split_questions(model, questions, seed=0)
    # Few questions are all trained on, unless it is asked for.
    model.early_stopping = "auto"
    assert len(split_questions(model, questions, seed=0)[1]) == 0
    many = [str(i) for i in range(300)]
    model.validation_fraction = 0.1
    assert len(split_questions(model, many, seed=0)[1]) == 30


def test_hard_negatives_share_words_and_are_wrong():
    data = read_questions(
        ["open an account", "Open an Account", "reset the pin"],
        ["go to open it", "write to open an account", "the pin is by post"],
        answers=["an account is free", "nothing"],
    )
    assert mine_negatives(data, 2).tolist() == [[3, -1], [3, -1], [-1, -1]]
    assert mine_negatives(data, 1).dtype == np.int32


def test_a_validation_set_may_have_other_answers():
    data = read_questions(["a", "b"], ["x", "y"])
    joined = join_questions(data, read_questions(["c", "d"], ["Y", "x"]))
    assert joined.questions == ["a", "b", "c", "d"]
    assert joined.rows.tolist() == [0, 1, 1, 0] and joined.answers == ["x", "y"]
    other = join_questions(data, read_questions(["c", "d"], ["z", "X"]))
    assert other.answers == ["x", "y", "z"] and other.rows.tolist() == [0, 1, 2, 0]
