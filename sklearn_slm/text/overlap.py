"""BLEU and chrF: how much of given texts is in others, over a whole corpus."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence

from .analyzer import _UNSPACED

__all__ = ["TOKENIZATIONS", "choose_tokenization", "compute_bleu", "compute_chrf"]

_LONGEST_NGRAM = 4
_CHRF_LENGTHS, _CHRF_BETA = range(1, 7), 2.0

# The rules of mteval-v13a, NIST's script, for English and languages like it.
_ENTITIES = (("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"))
_SYMBOL = re.compile(r"([!-&(-+/:-@\[-`{-~])")
_MARK_AFTER_NO_DIGIT = re.compile(r"([^0-9])([.,])")
_MARK_BEFORE_NO_DIGIT = re.compile(r"([.,])([^0-9])")
_DASH_AFTER_DIGIT = re.compile(r"([0-9])(-)")
# What stands alone in "zh", with the wide second range that the reference figure has.
_CHINESE = re.compile(
    "([\u3400-\u4db5\u4e00-\u9fbb\uf900-\ufa2d\ufa30-\ufa6a\ufa70-\ufad9"
    "\u2001-\u2a6d\u2f81-\u2fa1\uff00-\uffef\u2e80-\u2eff\u3000-\u303f\u31c0-\u31ef"
    "\u2f00-\u2fdf\u2ff0-\u2fff\u3100-\u312f\u31a0-\u31bf\ufe10-\ufe1f\ufe30-\ufe4f"
    "\u3200-\u33ff])"
)
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_KANA = re.compile("[\u3041-\u30ff\uff66-\uff9f]")
_LETTER_WITHOUT_SPACES = re.compile(f"[{_UNSPACED}]")


def compute_bleu(
    hypotheses: Sequence[str], references: Sequence[str], tokenize: str = "13a"
) -> float:
    """Return the BLEU of a corpus (Papineni et al., 2002), cased, from 0 to 100.

    With p(n) the part of the n-grams of all hypotheses, n up to 4, that their references
    have (each as often at most as there)::

        BLEU = 100 * min(1, exp(1 - reference length / length)) * (p(1) p(2) p(3) p(4))^(1/4)

    The first p(n) that is zero counts as one half of an n-gram, the next one as a quarter,
    and so on. This is what sacrebleu computes (Post, 2018; signature
    ``nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp``).

    Parameters
    ----------
    hypotheses : sequence of str
        What was written.
    references : sequence of str
        What should have been; one for each hypothesis.
    tokenize : {"13a", "zh", "char"}, default="13a"
        What a text is split into: words and punctuation marks as ``mteval-v13a`` does;
        the same with each Chinese character alone; or characters without spaces.

    Returns
    -------
    float
        0 without any common token.

    Raises
    ------
    ValueError
        If there are not as many references as hypotheses, or none, or another way to
        split is asked for.

    Examples
    --------
    >>> round(compute_bleu(["the cat sat on the mat"], ["the cat sat on a mat"]), 2)
    53.73
    >>> round(compute_bleu(["我喜欢黑猫。"], ["我喜欢黑狗。"], tokenize="zh"), 2)
    53.73
    """
    _check_lengths(hypotheses, references)
    if tokenize not in TOKENIZATIONS:
        raise ValueError(
            f"tokenize must be one of {tuple(TOKENIZATIONS)}. Got {tokenize!r}."
        )
    split = TOKENIZATIONS[tokenize]
    common, found = [0] * _LONGEST_NGRAM, [0] * _LONGEST_NGRAM
    length = reference_length = 0
    for hypothesis, reference in zip(hypotheses, references):
        tokens, wanted = split(hypothesis), split(reference)
        length += len(tokens)
        reference_length += len(wanted)
        for i in range(_LONGEST_NGRAM):
            own, allowed = _count_ngrams(tokens, i + 1), _count_ngrams(wanted, i + 1)
            found[i] += own.total()
            common[i] += (own & allowed).total()
    return _combine(common, found, length, reference_length)


def _combine(
    common: list[int], found: list[int], length: int, reference_length: int
) -> float:
    if not common[0] or not found[-1]:
        return 0.0
    logarithm, smaller = 0.0, 1.0
    for n_common, n_found in zip(common, found):
        if not n_common:
            smaller *= 2.0
        share = n_common / n_found if n_common else 1.0 / (smaller * n_found)
        logarithm += math.log(share) / _LONGEST_NGRAM
    return 100.0 * math.exp(logarithm + min(0.0, 1.0 - reference_length / length))


def compute_chrf(hypotheses: Sequence[str], references: Sequence[str]) -> float:
    """Return the chrF2 of a corpus (Popović, 2015), from 0 to 100.

    With P and R the mean precision and recall of the n-grams of characters without white
    space, n up to 6, it is ``100 * 5 P R / (4 P + R)``. This is what sacrebleu computes
    (signature ``nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no``).

    Parameters
    ----------
    hypotheses, references
        As in :func:`compute_bleu`.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If there are not as many references as hypotheses, or none.

    Examples
    --------
    >>> round(compute_chrf(["the cat sat"], ["the cat sits"]), 4)
    61.0345
    """
    _check_lengths(hypotheses, references)
    counts = {n: [0, 0, 0] for n in _CHRF_LENGTHS}
    for hypothesis, reference in zip(hypotheses, references):
        written, wanted = "".join(hypothesis.split()), "".join(reference.split())
        for n, of_length in counts.items():
            own, allowed = _count_ngrams(written, n), _count_ngrams(wanted, n)
            # A reference that is too short says nothing about the n-grams.
            of_length[0] += own.total() if allowed else 0
            of_length[1] += allowed.total()
            of_length[2] += (own & allowed).total()
    used = [(own, all_, both) for own, all_, both in counts.values() if own and all_]
    if not used:
        return 0.0
    precision = sum(both / own for own, _, both in used) / len(used)
    recall = sum(both / all_ for _, all_, both in used) / len(used)
    weight = _CHRF_BETA**2
    if not precision + recall:
        return 0.0
    both = (1.0 + weight) * precision * recall
    return 100.0 * both / (weight * precision + recall)


def choose_tokenization(references: Sequence[str]) -> str:
    """Return how :func:`compute_bleu` is to split texts of a language.

    Parameters
    ----------
    references : sequence of str
        Texts.

    Returns
    -------
    {"13a", "zh", "char"}
        ``"13a"`` if at least half of the texts have no letter of a script that is written
        without spaces. Else ``"zh"`` if more of the others are in Chinese script alone
        than not, and ``"char"`` for Japanese, Thai, Lao, Khmer and Burmese.

    Examples
    --------
    >>> choose_tokenization(["A cat.", "猫"]), choose_tokenization(["我用 Python"])
    ('13a', 'zh')
    >>> choose_tokenization(["猫がいる。", "すごい"]), choose_tokenization(["สวัสดี"])
    ('char', 'char')
    """
    unspaced = [text for text in references if _LETTER_WITHOUT_SPACES.search(text)]
    if 2 * len(unspaced) <= len(references):
        return "13a"
    n_chinese = sum(_is_chinese(text) for text in unspaced)
    return "zh" if 2 * n_chinese > len(unspaced) else "char"


def _is_chinese(text: str) -> bool:
    return _HAN.search(text) is not None and _KANA.search(text) is None


def _check_lengths(hypotheses: Sequence[str], references: Sequence[str]) -> None:
    if len(hypotheses) != len(references) or not len(references):
        raise ValueError(
            "expected as many hypotheses as references, and at least one. Got "
            f"{len(hypotheses)} and {len(references)}."
        )


def _count_ngrams(tokens: Sequence[str], n: int) -> Counter:
    if isinstance(tokens, str):
        return Counter(tokens[i : i + n] for i in range(len(tokens) - n + 1))
    return Counter(zip(*(tokens[i:] for i in range(n))))


def _split_13a(text: str) -> list[str]:
    text = text.rstrip().replace("<skipped>", "").replace("-\n", "").replace("\n", " ")
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    return _split_marks(f" {text} ")


def _split_zh(text: str) -> list[str]:
    return _split_marks(_CHINESE.sub(r" \1 ", text.strip()))


def _split_marks(text: str) -> list[str]:
    text = _SYMBOL.sub(r" \1 ", text)
    text = _MARK_AFTER_NO_DIGIT.sub(r"\1 \2 ", text)
    text = _MARK_BEFORE_NO_DIGIT.sub(r" \1 \2", text)
    return _DASH_AFTER_DIGIT.sub(r"\1 \2 ", text).split()


def _split_char(text: str) -> list[str]:
    return list("".join(text.split()))


# How each way splits a text.
TOKENIZATIONS: dict[str, Callable[[str], list[str]]] = {
    "13a": _split_13a,
    "zh": _split_zh,
    "char": _split_char,
}
