"""Pictures hold what they should; hostile text stays text, in a real browser too."""

import shutil
import subprocess
import sys
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pytest

from sklearn_slm import WordVectors
from sklearn_slm.inspection import (
    AttentionDisplay,
    Explanation,
    ExplanationDisplay,
    TrainingCurveDisplay,
    WordMapDisplay,
    fonts,
)

HOSTILE = (
    "good <script>document.title='RUN'</script> film "
    "<img src=x onerror=\"document.title='RUN'\"> \"'><svg onload=document.title='RUN'>"
    " $\\frac{x$ \x07 \ud800 </div></span>"
)
BROWSER = next(
    filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])),
    None,
)


def explanation(text, tokens, method="contribution", label="pos"):
    offsets, at = [], 0
    for token in tokens:
        at = text.index(token, at)
        offsets.append((at, at + len(token)))
    return Explanation(
        text=text,
        tokens=tokens,
        offsets=np.array(offsets).reshape(-1, 2),
        scores=np.linspace(1, -0.5, len(tokens)),
        target=label,
        prediction=label,
        probability=0.75,
        known=np.ones(len(tokens), bool),
        method=method,
    )


def test_words_carry_the_colour_of_their_attention(model):
    text = "The film was not dull."
    display = AttentionDisplay.from_estimator(model, text)
    (found,) = model.explain([text], method="attention")
    words = display.ax_.texts
    assert [word.get_text() for word in words] == [
        "The",
        "film",
        "was",
        "not",
        "dull",
        ".",
    ]
    colours = [word.get_bbox_patch().get_facecolor() for word in words]
    strongest = found.scores.argmax()
    expected = plt.get_cmap("Purples")(1.0)
    assert colours[strongest] == pytest.approx(expected)
    assert display.figure_ is display.ax_.figure
    # Each word stands where nothing else does.
    display.figure_.canvas.draw()
    boxes = [word.get_window_extent() for word in words]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[i + 1 :])
    with pytest.raises(TypeError, match="must be one str"):
        AttentionDisplay.from_estimator(model, [text])


def test_a_long_text_stays_inside_of_given_axes(model):
    figure, ax = plt.subplots(figsize=(4, 2))
    display = AttentionDisplay.from_estimator(model, "a very long film " * 30, ax=ax)
    assert display.ax_ is ax
    figure.canvas.draw()
    frame = ax.get_window_extent()
    for word in ax.texts:
        box = word.get_window_extent()
        assert box.x1 <= frame.x1 + 1 and box.y0 >= frame.y0 - 1


def test_bars_of_the_strongest_words(model):
    display = ExplanationDisplay.from_estimator(model, ["a dull film", HOSTILE])
    display.plot(1, n=4)
    (found,) = model.explain([HOSTILE])
    order = np.sort(np.argsort(-np.abs(found.scores), kind="stable")[:4])
    widths = [bar.get_width() for bar in display.ax_.patches]
    assert widths == pytest.approx(found.scores[order].tolist())
    labels = [label.get_text() for label in display.ax_.get_yticklabels()]
    assert labels == [found.tokens[i] for i in order]
    display.figure_.canvas.draw()


def test_training_curve(model):
    display = TrainingCurveDisplay.from_estimator(model)
    loss, score = display.ax_
    np.testing.assert_array_equal(loss.lines[0].get_ydata(), model.loss_curve_)
    np.testing.assert_array_equal(score.lines[0].get_ydata(), model.validation_scores_)
    assert score.lines[1].get_xdata() == [1 + np.argmax(model.validation_scores_)]
    _, ax = plt.subplots()
    inside = TrainingCurveDisplay([0.5, 0.4]).plot(ax=ax)
    assert len(inside.ax_) == 1 and inside.figure_ is ax.figure


def test_word_map_keeps_distances_that_a_plane_can_hold():
    vectors = WordVectors(["a", "b", "c", "d"], np.eye(4)[:, :2] + [[0.5, 0]])
    display = WordMapDisplay.from_vectors(
        vectors, ["a", "b", "c"], groups=["x", "x", "$y$"]
    )
    table = np.array([vectors[word] for word in "abc"])
    table /= np.linalg.norm(table, axis=1, keepdims=True)
    for i in range(3):
        for j in range(i):
            assert np.linalg.norm(display.points[i] - display.points[j]) == (
                pytest.approx(np.linalg.norm(table[i] - table[j]), abs=1e-6)
            )
    display.figure_.canvas.draw()
    with pytest.raises(ValueError, match="at least 2 words"):
        WordMapDisplay.from_vectors(vectors, ["a"])
    with pytest.raises(ValueError, match="one entry for each"):
        WordMapDisplay.from_vectors(vectors, groups=["x"])


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


def test_html_holds_the_text_and_nothing_that_runs(model):
    display = ExplanationDisplay.from_estimator(model, [HOSTILE])
    html = display._repr_html_()
    for tag in ("<script", "<img", "<svg", 'onerror="', "\ud800", "\x07"):
        assert tag not in html
    html.encode("utf-8")


def test_html_colours_by_sign_and_strength():
    text = "fine, Not bad"
    one = explanation(text, ["fine", "Not", "bad"])
    html = one._repr_html_()
    assert "rgba(38,132,255,0.600);" in html  # the strongest, for
    assert "rgba(255,128,0,0.300);" in html  # half as strong, against
    assert ">fine</span>, <span" in html  # what is between tokens is kept
    two = ExplanationDisplay([one, one])
    assert two._repr_html_().count("predicted") == 2


@pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")
def test_hostile_text_does_not_run_in_a_browser(model, tmp_path):
    one = explanation(
        HOSTILE, ["good", "film"], label="<script>document.title='RUN'</script>"
    )
    found = ExplanationDisplay(
        [one, *ExplanationDisplay.from_estimator(model, [HOSTILE]).explanations]
    )
    # As in a notebook: without the policy that write_html adds.
    safe = f"<title>still</title>{found._repr_html_()}"
    raw = f"<title>still</title>{HOSTILE.replace(chr(0xD800), '')}"
    titles = []
    for name, body in (("safe", safe), ("raw", raw)):
        page = tmp_path / f"{name}.html"
        page.write_text(f'<meta charset="utf-8">{body}', encoding="utf-8")
        dom = subprocess.run(
            [
                BROWSER,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                f"--user-data-dir={tmp_path / 'profile'}",
                "--virtual-time-budget=2000",
                "--dump-dom",
                page.as_uri(),
            ],
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
            check=True,
        ).stdout
        titles.append(dom.split("<title>")[1].split("</title>")[0])
        if name == "safe":
            assert "<img" not in dom and "<svg" not in dom and "<script" not in dom
    # The same text unescaped does run, so the test would tell.
    assert titles == ["still", "RUN"]


def test_pages_load_and_run_nothing(tmp_path):
    path = tmp_path / "page.html"
    display = ExplanationDisplay(explanation("a film", ["a", "film"]))
    display.write_html(path, title="<b>")
    page = path.read_text("utf-8")
    assert "default-src 'none'" in page and "<title>&lt;b&gt;</title>" in page


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
