"""The code of every page of the user guide runs and gives what the page says."""

import doctest
import re
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

GUIDE = Path(__file__).resolve().parent.parent / "docs" / "user_guide"
PAGES = sorted(path.stem for path in GUIDE.glob("*.md") if path.stem != "index")


def run_page(name, names):
    """Run a page's examples as one session; the names it leaves are returned."""
    # Lines outside of fenced Python become blank, so that line numbers stay right.
    lines, inside = [], False
    for line in (GUIDE / f"{name}.md").read_text("utf-8").splitlines():
        inside = line == "```python" or (inside and line != "```")
        lines.append(line if inside and line != "```python" else "")
    code = "\n".join(lines) + "\n"
    test = doctest.DocTestParser().get_doctest(code, names, name, f"{name}.md", 0)
    assert test.examples, f"{name}.md has no code that runs"
    told = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    runner.run(test, out=told.append, clear_globs=False)
    assert not told, "".join(told)
    return test.globs


@pytest.fixture(scope="module")
def five_minutes(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("five_minutes"))
        return run_page("five_minutes", {})


def test_the_first_page(five_minutes):
    assert five_minutes


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in PAGES if name != "five_minutes"])
def test_page(name, five_minutes, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    mpl.use("agg")
    run_page(name, dict(five_minutes))
    plt.close("all")


def test_every_page_is_in_the_table_of_contents():
    listed = re.findall(r"^(\w+)$", (GUIDE / "index.md").read_text("utf-8"), re.M)
    assert sorted(listed) == PAGES
