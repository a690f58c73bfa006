"""Language models as what a beam search asks for: the score of a word after others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..decoding.prefixes import LanguageModel
from ..runtime.stepping import start_state
from ..text import BOUNDARY_ID

__all__ = ["score_words"]


def score_words(model: Any) -> Callable[[], LanguageModel]:
    """Return what makes a language model score words, one text after another.

    Parameters
    ----------
    model : SLMLanguageModel
        A fitted one, without labels.

    Returns
    -------
    callable
        Returns a function as :func:`~sklearn_slm.decoding.ctc.decode_ctc` takes it. Each
        remembers the words that it was asked for: take a fresh one for each recording.

    Raises
    ------
    ValueError
        If the model was fitted with labels, on which its probabilities depend.
    """
    if model.classes_ is not None:
        raise ValueError(
            "language_model was fitted with labels, and what it expects depends on them. "
            "Fit one without labels: SLMLanguageModel().fit(texts)."
        )
    network = model.prepare_network()
    start = start_state(model.spec_.encoder, 1)
    beginning = network.step(start, np.array([BOUNDARY_ID], np.int32))
    split, encode = model.tokenizer_.split, model.vocabulary_.encode
    has_spaces = model.tokenizer_.kind == "char"

    def make() -> LanguageModel:
        root = _Node(network, *beginning)

        def score(node: _Node | None, word: str | None) -> tuple[float, _Node]:
            node = root if node is None else node
            if word is None:
                return float(node.log_probs[0, BOUNDARY_ID]), node
            if word not in node.children:
                # Other tokenizers write the space as the beginning of a word.
                spaced = f"x {word}" if has_spaces and node is not root else word
                tokens = split(spaced)[1 if spaced is not word else 0 :]
                node.children[word] = node.read(encode(tokens))
            return node.children[word]

        return score

    return make


class _Node:
    """Where a text stands; the last token is read when somebody asks what comes next."""

    def __init__(
        self,
        network: Any,
        log_probs: np.ndarray | None,
        state: Any,
        token: int | None = None,
    ):
        self._network, self._log_probs = network, log_probs
        self._state, self._token = state, token
        self.children: dict[str, tuple[float, _Node]] = {}

    @property
    def log_probs(self) -> np.ndarray:
        """Natural logarithms of the probabilities of the next token, (1, n_tokens)."""
        if self._log_probs is None:
            ids = np.array([self._token], np.int32)
            self._log_probs, self._state = self._network.step(self._state, ids)
        return self._log_probs

    def read(self, ids: np.ndarray) -> tuple[float, _Node]:
        """Return how probable tokens are, and where the text stands after them."""
        total, node = 0.0, self
        for token in ids.tolist():
            total += float(node.log_probs[0, token])
            node = _Node(self._network, None, node._state, token)
        return total, node
