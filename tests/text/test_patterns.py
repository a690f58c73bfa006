"""Token patterns of files: which need trust, and that the others end."""

import subprocess
import sys

import pytest
from sklearn.feature_extraction.text import CountVectorizer

from sklearn_slm import GloveTfidfVectorizer, load_model
from sklearn_slm.text.patterns import is_linear

TEXTS = ["not a good film", "a good day"] * 5
LINEAR = [
    CountVectorizer().token_pattern,
    r"\w+",
    r"\S+",
    r".",
    r".+",
    r"[a-z]+",
    r"\b[a-zA-Z]{2,}\b",
    r"\b\d+\b|\w+",
    r"\w+(?:'\w+)?",
    r"\w+(?:-\w+)*",
    r"\w+|[^\w\s]",
    r"(?a)\w\w\w*",
    r"[\u4e00-\u9fff]|\w+",
    r"#\w+|@\w+|\w+",
    r"a\|b|\.\.\.",
    r"x{3}|[^\]]{2,50}",
    r"",
]
DANGEROUS = [
    r"(a+)+$",
    r"(?:a+)+b",
    r"(a|a)*b",
    r"(a|aa)+$",
    r"\w+x",
    r"\w+\w+\w+x",
    r"\w*\d",
    r"[a-z]+\b",
    r".*\b",
    r"\b.+\b.\b",
    r"(?:\w+)+\b",
    r"\w+(?:x\w+)+",
    r"\w+(?=x)",
    r"(\w+)\1",
    r"a?a?a?a?a?a?aaaaaa",
    r"\w+?x",
    r"(?i)[a-z]+",
    r"(?x) a + + ",
    r"\w{1,999}x",
    r"(",
    r"[",
    "|".join([r"\b"] * 300) + "(",
    "a" * 1001,
]


@pytest.mark.parametrize("pattern", LINEAR)
def test_patterns_that_need_no_trust(pattern):
    assert is_linear(pattern)


@pytest.mark.parametrize("pattern", DANGEROUS)
def test_patterns_that_need_trust(pattern):
    assert not is_linear(pattern)


# A pattern that looks at every pair of places would take days over these.
LONG = """
import itertools, random, re
from sklearn_slm.text.patterns import is_linear
random.seed(0)
pieces = [*"ab. -'|?*+", "(?:", ")?", ")*", "{2,}",
    "\\\\w", "\\\\d", "\\\\b", "[a-c]", "[^a]"]
texts = ["a" * 200_000, "ab" * 100_000, "a " * 100_000, "." * 200_000, "a1" * 100_000]
found = set()
while len(found) < 60:
    pattern = "".join(random.choices(pieces, k=random.randint(2, 7)))
    if is_linear(pattern):
        found.add(pattern)
for pattern in sorted(found):
    for text in texts:
        sum(1 for _ in re.finditer(pattern, text))
print(len(found))
"""


def test_no_pattern_without_trust_takes_quadratic_time():
    done = subprocess.run(
        [sys.executable, "-c", LONG], capture_output=True, text=True, timeout=600
    )
    assert done.stdout.strip() == "60", done.stderr


def test_a_pattern_of_a_file_is_trusted_or_linear(tmp_path):
    path = tmp_path / "v.slm"
    vectorizer = GloveTfidfVectorizer(2, token_pattern=r"(?:\w|-)+", max_iter=1)
    vectorizer.fit(TEXTS).save(path)
    with pytest.raises(ValueError, match=r"trusted=\['token_pattern'\]") as caught:
        load_model(path)
    assert repr(vectorizer.token_pattern) in str(caught.value)
    for trusted in ("token_pattern", b"token_pattern", ["a:b", "token_pattern"]):
        assert load_model(path, trusted=trusted).token_pattern == r"(?:\w|-)+"
    vectorizer.set_params(token_pattern=CountVectorizer().token_pattern)
    vectorizer.fit(TEXTS).save(path)
    assert load_model(path).vocabulary_ == vectorizer.vocabulary_
