"""Fonts that have the characters of a text, and what is told where none has."""

import subprocess
import sys
import warnings

import pytest

from sklearn_slm.inspection import AttentionDisplay, fonts


def test_a_script_without_a_font_warns_instead_of_boxes_in_silence(model, monkeypatch):
    monkeypatch.setattr(fonts, "_installed", list)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        AttentionDisplay.from_estimator(model, "好 film")
    assert "'好' (U+597D): they are drawn as boxes" in str(told[0].message)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        AttentionDisplay.from_estimator(model, "a film")


def test_chinese_is_drawn_with_a_font_that_has_it(model, tmp_path):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        families = fonts.choose_fonts(["好书"])
    if told:
        pytest.skip("no font with Chinese characters is installed")
    assert len(families) > 1
    display = AttentionDisplay.from_estimator(model, "好书 a film")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # matplotlib tells of a glyph that is missing
        display.figure_.savefig(tmp_path / "chinese.png")


def test_explaining_needs_no_matplotlib():
    code = """
import sys
sys.modules["matplotlib"] = sys.modules["matplotlib.pyplot"] = None
import sklearn_slm.inspection as inspection
try:
    inspection.TrainingCurveDisplay([0.5]).plot()
except ImportError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert 'pip install "sklearn_slm[plot]"' in done.stdout
