"""Sizes, speeds and accuracies, and the line through the best."""

import numpy as np
import pandas as pd
import pytest

from sklearn_slm import quantize
from sklearn_slm.compression import CompressionStep
from sklearn_slm.inspection import CompressionDisplay

TABLE = [
    CompressionStep("as it was", 2_400_000, 9_000, 0.924),
    CompressionStep("int8", 800_000, 12_000, 0.925),
    CompressionStep("32 units", 700_000, 15_000, 0.921),
    CompressionStep("worse", 900_000, 8_000, 0.900),
]


def test_the_best_by_size_and_by_speed():
    display = CompressionDisplay(TABLE)
    by_size = [step.name for step in display.find_best()]
    assert by_size == ["32 units", "int8"]
    by_speed = [step.name for step in display.find_best("texts_per_second")]
    assert by_speed == ["32 units", "int8"]
    with pytest.raises(ValueError, match="by must be one of"):
        display.find_best("score")
    with pytest.raises(ValueError, match="at least one row"):
        CompressionDisplay([])


def test_two_plots_with_the_front_as_a_line():
    display = CompressionDisplay.from_table(TABLE)
    size, speed = display.ax_
    line, others = size.lines
    assert line.get_xdata().tolist() == [700_000, 800_000]
    assert line.get_ydata().tolist() == [0.921, 0.925]
    assert sorted(others.get_xdata()) == [900_000, 2_400_000]
    assert speed.lines[0].get_xdata().tolist() == [15_000, 12_000]
    assert [text.get_text() for text in size.texts] == ["32 units", "int8"]
    assert size.get_xscale() == "log" and size.get_ylabel() == "accuracy"
    display.figure_.canvas.draw()


def test_displays_share_axes():
    first = CompressionDisplay.from_table(TABLE, name="first", labels=False)
    second = CompressionDisplay.from_table(TABLE[:2], name="second", ax=first.ax_)
    assert second.figure_ is first.figure_
    names = [text.get_text() for text in first.ax_[0].get_legend().get_texts()]
    assert names == ["first", "second"]
    assert first.ax_[0].lines[0].get_color() != first.ax_[0].lines[2].get_color()


def test_models_are_measured(model, corpus, tmp_path):
    texts, labels = corpus.data[600:640], corpus.target[600:640]
    models = {"whole": model, "int8": quantize(model)}
    display = CompressionDisplay.from_estimators(models, iter(texts), labels)
    for step, one in zip(display.table, models.values()):
        one.save(tmp_path / "m.slm")
        assert step.n_bytes == (tmp_path / "m.slm").stat().st_size
        assert step.score == pytest.approx(one.score(texts, labels))
        assert step.hidden_size == (8,) and step.n_words == len(model.vocabulary_)
        assert step.n_ngrams == len(model.ngrams_) and step.texts_per_second > 0
    assert np.isnan(display.table[0].log_loss)


def test_tables_of_other_kinds():
    steps = [CompressionStep("a", 10, 2.0, 0.5), CompressionStep("b", 5, 3.0, 0.4)]
    frame = pd.DataFrame(steps)
    table = CompressionDisplay(frame).table
    assert [(s.name, s.n_bytes, s.score) for s in table] == [
        ("a", 10, 0.5),
        ("b", 5, 0.4),
    ]
    with pytest.raises(TypeError, match="table must hold rows of CompressionStep"):
        CompressionDisplay(["a"])
    with pytest.raises(TypeError, match="must map names to fitted models.* Got list"):
        CompressionDisplay.from_estimators([], [], [])
