"""The page of defaults says what the classifier's defaults are."""

import ast
import re
from pathlib import Path

from sklearn_slm import SLMTextClassifier

DEFAULTS = Path(__file__).resolve().parent.parent / "docs/benchmarks/training.md"


def test_the_page_of_defaults_has_those_of_the_classifier():
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", DEFAULTS.read_text("utf-8"), re.M)
    assert len(rows) > 10
    params = SLMTextClassifier().get_params(deep=False)
    for name, value in rows:
        stated = re.match(r"\(.*?\)|[^,:` ]+", value.strip("`"))[0]
        assert ast.literal_eval(stated) == params[name], name
