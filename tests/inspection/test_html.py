"""HTML keeps the text and colours its words; hostile text stays text in a browser."""

import shutil
import subprocess

import pytest

from sklearn_slm.inspection import ExplanationDisplay
from tests.inspection.samples import HOSTILE, explanation

BROWSER = next(
    filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])),
    None,
)


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
