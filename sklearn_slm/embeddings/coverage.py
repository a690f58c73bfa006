"""How many words of a corpus have a vector."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from heapq import nsmallest

__all__ = ["Coverage", "measure_coverage"]


@dataclass(frozen=True)
class Coverage:
    """What part of a corpus has word vectors; prints as a small table.

    Parameters
    ----------
    n_types, n_types_found : int
        Different words, and those that have a vector.
    n_tokens, n_tokens_found : int
        Occurrences of words, and of those that have a vector.
    missing : tuple of (str, int)
        The most frequent words without a vector and their counts.
    """

    n_types: int
    n_types_found: int
    n_tokens: int
    n_tokens_found: int
    missing: tuple[tuple[str, int], ...]

    @property
    def type_share(self) -> float:
        """Part of the different words that has a vector; 1 of an empty corpus."""
        return self.n_types_found / self.n_types if self.n_types else 1.0

    @property
    def token_share(self) -> float:
        """Part of the occurrences that has a vector; 1 of an empty corpus."""
        return self.n_tokens_found / self.n_tokens if self.n_tokens else 1.0

    def __str__(self) -> str:
        width = max(5, len(str(self.n_tokens)))
        lines = [
            f"{'':6} {'found':>{width}} {'total':>{width + 1}}  share",
            f"types  {self.n_types_found:>{width}} {self.n_types:>{width + 1}} "
            f"{self.type_share:>6.1%}",
            f"tokens {self.n_tokens_found:>{width}} {self.n_tokens:>{width + 1}} "
            f"{self.token_share:>6.1%}",
        ]
        if self.missing:
            words = ", ".join(f"{word} ({count})" for word, count in self.missing)
            lines.append(f"missing: {words}")
        return "\n".join(lines)


def measure_coverage(
    counts: Mapping[str, int], vectors: Container[str], n_missing: int = 20
) -> Coverage:
    """Compare the words of a corpus with those that have a vector.

    Parameters
    ----------
    counts : mapping of str to int
        How often each word occurs.
    vectors : container of str
        A :class:`WordVectors`, or a set of words.
    n_missing : int, default=20
        How many missing words to list.

    Returns
    -------
    Coverage

    Examples
    --------
    >>> measure_coverage({"good": 3, "day": 1}, {"good"}).token_share
    0.75
    """
    missing = {word: int(n) for word, n in counts.items() if word not in vectors}
    n_tokens = int(sum(counts.values()))
    return Coverage(
        n_types=len(counts),
        n_types_found=len(counts) - len(missing),
        n_tokens=n_tokens,
        n_tokens_found=n_tokens - sum(missing.values()),
        missing=tuple(
            nsmallest(n_missing, missing.items(), key=lambda x: (-x[1], x[0]))
        ),
    )
