"""The version, the format of files and the date are the same wherever they stand."""

import re
from importlib.metadata import version
from pathlib import Path

import pytest

import sklearn_slm
from sklearn_slm.persistence.container import VERSION

ROOT = Path(__file__).resolve().parent.parent


def read(name):
    return (ROOT / name).read_text("utf-8")


def test_the_citation_is_of_the_newest_version_in_the_changelog():
    newest, date = re.search(
        r"^## (\S+) \((\S+)\)$", read("CHANGELOG.md"), re.M
    ).groups()
    assert newest == sklearn_slm.__version__
    citation = dict(
        re.findall(r'^([\w-]+): "?([^"\n]+)"?$', read("CITATION.cff"), re.M)
    )
    assert citation["version"] == newest
    assert citation["date-released"] == date and re.fullmatch(r"\d{4}-\d\d-\d\d", date)
    assert citation["cff-version"] == "1.2.0" and citation["license"] == "BSD-3-Clause"
    assert citation["title"] and citation["message"]
    assert re.search(r"^authors:\n  - name: ", read("CITATION.cff"), re.M)


def test_the_changelog_has_each_section_and_line_once():
    newest = read("CHANGELOG.md").split("\n## ")[1]
    for mark in ("### ", "- "):
        lines = [line for line in newest.split("\n") if line.startswith(mark)]
        assert len(lines) == len(set(lines)) > 5


def test_the_page_of_versions_has_the_format_of_files():
    formats = re.findall(r"^\| (\d+) \| ", read("docs/user_guide/versions.md"), re.M)
    assert [int(number) for number in formats] == list(range(VERSION, 0, -1))


def test_an_installed_wheel_has_the_version_of_its_sources():
    if "site-packages" not in sklearn_slm.__file__:
        pytest.skip("not a wheel; an editable install keeps the version of its day")
    assert version("sklearn_slm") == sklearn_slm.__version__
