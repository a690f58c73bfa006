"""What a reader is given: pairs, answers and the places where they stand."""

from types import SimpleNamespace

import numpy as np
import pytest

from sklearn_slm.estimators.reading_data import (
    Answer,
    find_answer,
    find_places,
    read_answers,
    read_reading_set,
    read_readings,
    split_readings,
)


def test_passages_are_kept_once():
    pairs = [("a", "x"), ["b", "y"], np.array(["c", "x"]), (np.str_("d"), "z")]
    readings = read_readings(iter(pairs))
    assert readings.questions == ["a", "b", "c", "d"]
    assert readings.passages == ["x", "y", "z"] and readings.rows.tolist() == [
        0,
        1,
        0,
        2,
    ]
    assert type(readings.questions[3]) is str
    some = readings.take(np.array([3, 1]))
    assert some.passages == ["z", "y"] and some.rows.tolist() == [0, 1]
    assert len(read_readings([])) == 0


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        ("ab", TypeError, "list of pairs .question, passage.. Got str"),
        (3, TypeError, "Got int"),
        (
            ("q", "p"),
            ValueError,
            r"X\[0\] must be a pair.*Got 'q'.*single pair is X=\[\(",
        ),
        ([("q", "p"), ("q",)], ValueError, r"X\[1\] must be a pair.*Got 1 values"),
        ([("q", "p"), None], ValueError, r"X\[1\] must be a pair.*Got None"),
        (
            [("q", None)],
            TypeError,
            r"the passage of X\[0\] must be a str. Got NoneType",
        ),
        ([(b"q", "p")], TypeError, r"the question of X\[0\] must be a str. Got bytes"),
    ],
)
def test_what_is_no_pair(X, error, message):
    with pytest.raises(error, match=message):
        read_readings(X)


def test_tables_are_told_to_be_pairs():
    table = SimpleNamespace(columns=["question", "passage"], __iter__=None)
    table = type("Table", (), {"columns": ["q"], "__iter__": lambda self: iter("q")})()
    with pytest.raises(TypeError, match="table with the columns.*list.zip"):
        read_readings(table)


def test_every_way_to_give_answers():
    given = ["x", ("y", 3), ["a", ("b", np.int64(1))], None, " ", [], float("nan")]
    answers = read_answers(np.array([*given, ("p", "q")], dtype=object))
    assert answers[:3] == [
        (Answer("x"),),
        (Answer("y", 3),),
        (Answer("a"), Answer("b", 1)),
    ]
    assert answers[3:7] == [()] * 4 and answers[7] == (Answer("p"), Answer("q"))


@pytest.mark.parametrize(
    ("y", "error", "message"),
    [
        (None, TypeError, "one for each question. Got None"),
        ("x", TypeError, "Got str"),
        ([3], TypeError, r"y\[0\] must be an answer.*Got int: 3"),
        (["x", [3]], ValueError, r"y\[1\] lists 3 among its right answers"),
        ([["x", ""]], ValueError, r"y\[0\] lists '' among"),
        ([("x", True)], ValueError, r"y\[0\] lists True among"),
        ([("", 3)], ValueError, r"y\[0\] places an empty answer"),
    ],
)
def test_what_is_no_answer(y, error, message):
    with pytest.raises(error, match=message):
        read_answers(y)


def test_places():
    text = "Call us. call\nus? Us"
    assert find_places("call us", text) == [(0, 7), (9, 16)]
    assert find_places("Call us", text) == [(0, 7)]  # as it stands, if it does
    assert find_places("(us", text) == [] and find_places(" Us ", text) == [(18, 20)]
    assert find_places("ss", "groß") == []


def test_the_answer_given_most_often_is_trained_on():
    text = "The cat sat. A cat sat."
    right = [Answer("The cat"), Answer("cat sat"), Answer("CAT  sat"), Answer("dog")]
    assert find_answer(right, text, "y[0]") == [(4, 11), (15, 22)]
    # One place, where it was said.
    assert find_answer([*right, Answer("cat sat", 15)], text, "y[0]") == [(15, 22)]
    with pytest.raises(ValueError, match=r"y\[7\], 'dog', does not occur in its"):
        find_answer([Answer("dog")], text, "y[7]")
    with pytest.raises(ValueError, match="'cat', does not stand at 5.*Found 'at '"):
        find_answer([Answer("cat", 5)], text, "y[7]")
    with pytest.raises(ValueError, match="does not stand at -3"):
        find_answer([Answer("at.", -3)], text, "y[7]")


def test_a_set_names_the_row_that_is_wrong():
    pairs = [("q", "a b"), ("r", "c d"), ("s", "a b")]
    asked = read_reading_set(pairs, ["b", None, ["a", "z"]])
    assert asked.places == [[(2, 3)], [], [(0, 1)]]
    some = asked.take(np.array([2, 0]))
    assert some.names == ["y[2]", "y[0]"] and some.readings.passages == ["a b"]
    assert some.answers[0] == (Answer("a"), Answer("z"))
    with pytest.raises(ValueError, match=r"answer y_val\[1\], 'b', does not occur"):
        read_reading_set(pairs, ["a", "b", None], "X_val and y_val")
    with pytest.raises(ValueError, match="X and y must have the same number.*3 and 1"):
        read_reading_set(pairs, ["a"])
    with pytest.raises(ValueError, match="X and y hold no question"):
        read_reading_set([], [])


def test_questions_of_a_passage_stay_together():
    model = SimpleNamespace(early_stopping=True, validation_fraction=0.2)
    readings = read_readings([(f"q{i}", f"p{i % 10}") for i in range(40)])
    train, held_out = split_readings(model, readings, 0)
    assert len(train) == 32 and len(held_out) == 8
    assert not set(readings.rows[train]) & set(readings.rows[held_out])
    assert split_readings(model, readings, 0)[1].tolist() == held_out.tolist()
    assert split_readings(model, readings, 1)[1].tolist() != held_out.tolist()
    model.early_stopping = "auto"
    assert len(split_readings(model, readings, 0)[1]) == 0  # too few
    one = read_readings([("q", "p")] * 400)
    assert len(split_readings(model, one, 0)[1]) == 0
    model.early_stopping = True
    with pytest.raises(ValueError, match="no question is left.*1 different passages"):
        split_readings(model, one, 0)
