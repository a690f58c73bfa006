"""Training of subwords: deterministic, in bounds, and refused where it cannot be."""

import subprocess
import sys

import numpy as np
import pytest

from sklearn_slm import load_demo_corpus
from sklearn_slm.text import Tokenizer, subword_training, train_subwords

pytest.importorskip("sentencepiece")


def test_training_is_deterministic_and_in_bounds():
    texts = [
        f"{english} {chinese}"
        for english, chinese in zip(
            load_demo_corpus("en").data[:600], load_demo_corpus("zh").data[:600]
        )
    ]
    model = train_subwords(texts, 700)
    assert model == train_subwords(iter(texts), 700)
    assert len(model) == 700 and max(map(len, model.pieces)) <= 16
    assert model.scores.dtype == np.float32 and model.scores.max() < 0
    assert " the" in model.pieces
    # Fewer where texts hold no more.
    assert set(train_subwords(["ab ab", "ab"], 50).pieces) <= {
        " ",
        "a",
        "b",
        " ab",
        "ab",
    }


def test_a_space_of_the_library_and_line_breaks_are_no_pieces():
    texts = ["so\u2581is\u2585it\nand so\tis it"] * 20
    model = train_subwords(texts, 30)
    assert not set("".join(model.pieces)) & set("\u2581\u2585\n\t")
    tokenizer = Tokenizer("subword", subwords=model)
    assert tokenizer.join(tokenizer.split("so\u2581is\nit")) == "so\u2581is\nit"


def test_long_lines_are_cut_and_samples_are_from_everywhere():
    line = " ".join(["word"] * 1000)
    parts = [*subword_training._cut_lines([line, "x" * 2500])]
    assert "".join(parts) == f" {line} {'x' * 2500}"
    assert max(map(len, parts)) == 1000 and parts[1].startswith(" word")
    lines = [f"{i:03}" for i in range(100)]
    assert subword_training._sample_lines(lines, 300) == lines
    assert subword_training._sample_lines(lines, 299) == lines[::2]
    assert subword_training._sample_lines(lines, 40) == lines[::8]
    assert subword_training._sample_lines(lines, 1) == ["000"]


@pytest.mark.parametrize(
    ("texts", "n_pieces", "options", "message"),
    [
        ([], 10, {}, "expected texts to learn subwords from, got none"),
        ([" ", "\n"], 10, {}, "expected texts to learn subwords from, got none"),
        (["abcd efg"], 7, {}, "n_pieces must be at least 8 here, .* 99.95% .* Got 7"),
        (["ab"], 10, {"coverage": 0}, r"coverage must be in \(0, 1\]. Got 0"),
    ],
)
def test_what_cannot_be_trained(texts, n_pieces, options, message):
    with pytest.raises(ValueError, match=message):
        train_subwords(texts, n_pieces, **options)


def test_only_training_needs_the_library():
    code = """
import sys
sys.modules["sentencepiece"] = None
import numpy as np
from sklearn_slm.text import SubwordModel, train_subwords
print(SubwordModel((" a", "b"), np.zeros(2, np.float32)).encode("ab"))
try:
    train_subwords(["a b"], 5)
except ImportError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.splitlines() == [
        "[' a', 'b']",
        "training subwords needs sentencepiece (a trained model does not). Install it "
        'with: pip install "sklearn_slm[subword]"',
    ]
