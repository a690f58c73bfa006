"""Beginnings of texts as a fitted language model reads them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..decoding.cache import NeuralCache, extend_cache, mix_cache, start_cache
from ..runtime.stepping import find_hidden, start_state
from ..text import BOUNDARY_ID, FIRST_ID, UNKNOWN_ID, Ragged
from ..text.spacing import is_unspaced
from ..text.writing import Spacer
from .preparing import PreparingMixin

__all__ = ["PromptMixin"]


class PromptMixin(PreparingMixin):
    """Prompts as text and as ids, and what a language model makes of them."""

    tokenizer_: Any
    vocabulary_: Any
    documents: str
    cache_size: int
    cache_weight: float
    cache_flatness: float

    def _begin(self, prompt: str) -> tuple[str, Spacer]:
        """Return a prompt as it stands in a text, and what spaces the tokens after it."""
        text, end = self.tokenizer_.normalize(prompt), self._find_end(prompt)
        return text + end.strip(" "), Spacer(not text or "\n" in end, end == " ")

    def _find_end(self, prompt: str) -> str:
        """Return the line breaks at the end of a prompt or, of characters, the space."""
        if not prompt[-1:].isspace() or not prompt.strip():
            return ""
        # What follows keeps them.
        text = self.tokenizer_.normalize(prompt + "x")[:-1]
        end = text[len(text.rstrip(" \n")) :]
        return end if "\n" in end or self.tokenizer_.kind == "char" else ""

    def _split_prompt(self, prompt: str) -> list[str]:
        """Return the tokens of a prompt, with the line break or the space at its end."""
        return [*self.tokenizer_.split(prompt), *self._find_end(prompt)]

    def _encode_prompt(self, prompt: str) -> np.ndarray:
        """Return the ids of a prompt; a break that no training text has is the boundary."""
        ids = []
        for token in self._split_prompt(prompt):
            known = self.vocabulary_.index.get(token, UNKNOWN_ID)
            if token == "\n" and known == UNKNOWN_ID:
                if self.documents != "stream":
                    continue
                known = BOUNDARY_ID
            ids.append(known)
        return np.array(ids, np.int32)

    def _encode_keyword(self, word: str) -> np.ndarray:
        """Return the ids of a keyword; of characters with the space before a word."""
        tokens, known = self.tokenizer_.split(word), self.vocabulary_.index
        is_word = word[:1].isalnum() and not is_unspaced(word)
        if self.tokenizer_.kind == "char" and is_word and " " in known:
            tokens = [" ", *tokens]
        if tokens and tokens[0] not in known:
            # As a mark that no space stands before.
            tokens[0] = tokens[0].removeprefix(" ")
        return self.vocabulary_.encode(tokens)

    @property
    def _first_label(self) -> int:
        return FIRST_ID + len(self.vocabulary_)

    def _read_prompts(
        self, prompts: list[str], labels: np.ndarray | None
    ) -> tuple[np.ndarray, tuple]:
        """Return log-probabilities of what comes after prompts, and the state."""
        network = self.prepare_network()
        state = start_state(self.spec_.encoder, len(prompts))
        begin = np.full(len(prompts), BOUNDARY_ID, np.int32)
        log_probs, state = network.step(state, begin)
        if labels is not None:
            log_probs, state = network.step(state, labels.astype(np.int32))
        rows = [self._encode_prompt(prompt) for prompt in prompts]
        offsets = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
        if offsets[-1]:
            texts = Ragged(np.concatenate(rows), offsets.astype(np.int64))
            after, state = network.read_prompts(state, texts)
            log_probs = np.where(texts.lengths[:, None] > 0, after, log_probs)
        return log_probs, state

    def _wrap_cache(
        self, prompts: list[str], labels: np.ndarray | None
    ) -> tuple[Any, tuple, np.ndarray]:
        """Return step, state and log-probabilities after prompts, with a neural cache."""
        cache = NeuralCache(self.cache_size, self.cache_weight, self.cache_flatness)
        network, encoder = self.prepare_network(), self.spec_.encoder

        def step(state: tuple, ids: np.ndarray) -> tuple[np.ndarray, tuple]:
            inner, remembered = state[:-3], state[-3:]
            remembered = extend_cache(remembered, find_hidden(encoder, inner), ids)
            log_probs, inner = network.step(inner, ids)
            hidden = find_hidden(encoder, inner)
            mixed = mix_cache(cache, remembered, hidden, log_probs)
            return mixed, (*inner, *remembered)

        # The prompts' last words are what there is to remember.
        rows = [self._encode_prompt(prompt)[-self.cache_size :] for prompt in prompts]
        log_probs, inner = self._read_prompts([""] * len(prompts), labels)
        parts = []
        for i, ids in enumerate(rows):
            remembered = start_cache(cache, 1, encoder.state_size)
            state = (*(part[i : i + 1] for part in inner), *remembered)
            row = log_probs[i : i + 1]
            for token in ids:
                row, state = step(state, np.array([token], np.int32))
            parts.append((row, *state))
        joined = [np.concatenate(of_rows) for of_rows in zip(*parts)]
        return step, tuple(joined[1:]), joined[0]
