"""BLEU and chrF, by hand and beside sacrebleu."""

import math

import numpy as np
import pytest
import sacrebleu

from sklearn_slm.text.overlap import choose_tokenization, compute_bleu, compute_chrf

PIECES = [
    *("the", "cat", "The", "U.S.", "1,000.5", "3-4", "well-known", "end-\n", "it's"),
    *("&quot;", "&amp;lt;", "<skipped>", "$5", "a.b", ".", ",", "...", "!?", "(x)"),
    *("[", "]", "`", "'", "{~}", "é", "\u2019s", "\u201cq\u201d", "\u2014", "\u2026"),
    *("猫", "我们", "。", "，", "Ａ", "々", "㐀", "ﾊ", "がい", "ไทย", "𠮷", "①"),
    *(
        "\u2001",
        "\u2a6d",
        "\u2f81",
        "\u2fa1",
        "\u9fbc",
        "\ufb00",
        "\n",
        "\t",
        "9.",
        ".9",
    ),
]


def draw_corpus(seed, n=30):
    """Return hostile texts, and others that share many pieces with them."""
    random = np.random.RandomState(seed)
    hypotheses, references = [], []
    for _ in range(n):
        pieces = [
            PIECES[i] for i in random.randint(len(PIECES), size=random.randint(14))
        ]
        other = [p if random.rand() < 0.8 else PIECES[3] for p in pieces]
        other += ["猫"] * random.randint(2)
        for texts, parts in ((hypotheses, pieces), (references, other)):
            texts.append("".join(p + " " * random.randint(2) for p in parts))
    return hypotheses, references


@pytest.mark.parametrize("tokenize", ["13a", "zh", "char"])
def test_bleu_is_that_of_sacrebleu(tokenize):
    for seed in range(8):
        hypotheses, references = draw_corpus(seed, n=1 + 4 * seed)
        wanted = sacrebleu.corpus_bleu(hypotheses, [references], tokenize=tokenize)
        ours = compute_bleu(hypotheses, references, tokenize)
        assert math.isclose(ours, wanted.score, rel_tol=1e-9, abs_tol=1e-9)


def test_chrf_is_that_of_sacrebleu():
    for seed in range(8):
        hypotheses, references = draw_corpus(seed, n=1 + 4 * seed)
        wanted = sacrebleu.corpus_chrf(hypotheses, [references])
        assert math.isclose(compute_chrf(hypotheses, references), wanted.score)


@pytest.mark.parametrize(
    ("hypotheses", "references"),
    [
        (["a b"], ["a b"]),  # too short for four tokens
        (["a b c d e"], ["x y z"]),
        (["a b c d", ""], ["a b c x", "d"]),
        (["", ""], ["", ""]),
        (["a"], [""]),
        (["a c b d"], ["a b c d"]),
    ],
)
def test_short_and_wrong_texts_count_as_sacrebleu_has_them(hypotheses, references):
    bleu = sacrebleu.corpus_bleu(hypotheses, [references]).score
    chrf = sacrebleu.corpus_chrf(hypotheses, [references]).score
    assert compute_bleu(hypotheses, references) == pytest.approx(bleu)
    assert compute_chrf(hypotheses, references) == pytest.approx(chrf)


def test_bleu_by_hand():
    # 5 of 6 words, 3 of 5 pairs, 2 of 4 triples, 1 of 3 quadruples; as long.
    wanted = 100 * (5 / 6 * 3 / 5 * 2 / 4 * 1 / 3) ** 0.25
    ours = compute_bleu(["a b c d x e"], ["a b c d y e"])
    assert ours == pytest.approx(wanted)
    # Too short by a half: only the brevity penalty is left.
    assert compute_bleu(["a b c d"], ["a b c d e f"]) == pytest.approx(
        100 * math.exp(1 - 6 / 4)
    )
    assert (
        compute_bleu(["A b c d e"], ["a b c d e"])
        < 100
        == compute_bleu(["a b c d"], ["a b c d"])
    )


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="Got 1 and 2"):
        compute_bleu(["a"], ["a", "b"])
    with pytest.raises(ValueError, match="Got 0 and 0"):
        compute_chrf([], [])
    with pytest.raises(ValueError, match="tokenize must be one of .* Got 'intl'"):
        compute_bleu(["a"], ["a"], "intl")


def test_the_script_of_most_texts_decides():
    assert choose_tokenization([]) == choose_tokenization(["猫", "a", "b"]) == "13a"
    assert choose_tokenization(["猫", "我们", "b"]) == "zh"
    assert choose_tokenization(["猫", "すごい", "がいる", "b"]) == "char"
    assert choose_tokenization(["ภาษาไทย", "မြန်မာ"]) == "char"
