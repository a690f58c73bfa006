"""What a fitted language model writes."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..decoding.sample import check_sampling, draw, draw_uniform, generate
from ..runtime.stepping import start_state
from ..text import BOUNDARY_ID, FIRST_ID, UNKNOWN_ID, Ragged, check_documents
from ..text.writing import Spacer, cut_at_stops
from .base import check_is_fitted, draw_seeds
from .corpora import encode_labels
from .keywords import Keywords, choose_texts
from .prompting import PromptMixin

__all__ = ["GenerationMixin"]

# Probabilities that are held at a time, of all texts that are written side by side.
_MOST_LOGITS = 1 << 23
# The number of a text's generator that draws its label; no text is as long.
_LABEL_STEP = 1 << 40
# Texts that are written for each that is asked for, where keywords choose among them.
_CANDIDATES = 8


@dataclass(frozen=True)
class _Sampling:
    """How tokens are drawn; see :meth:`GenerationMixin.generate`."""

    n_tokens: int | None
    temperature: float
    top_k: int
    top_p: float
    stop: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse what nothing can be drawn with."""
        check_sampling(self.temperature, self.top_k, self.top_p)


class GenerationMixin(PromptMixin):
    """Texts, and next tokens, from ``spec_`` and ``weights_``."""

    classes_: Any
    score_tokens: Any

    def generate(
        self,
        prompt: str | Iterable[str] = "",
        *,
        n_tokens: int = 40,
        temperature: float = 0.8,
        top_k: int = 0,
        top_p: float = 0.95,
        n: int = 1,
        stop: str | Sequence[str] = (),
        label: Any = None,
        keywords: Sequence[str] = (),
        random_state: Any = None,
    ) -> list[Any]:
        """Go on with texts, token by token.

        Parameters
        ----------
        prompt : str or iterable of str, default=""
            How the text begins, or several such beginnings. Words that the model does not
            know stay in the text, and are read as unknown.
        n_tokens : int, default=40
            Most tokens that are written.
        temperature : float, default=0.8
            Below 1 probable tokens become more probable; 0 always takes the most probable
            one (greedy).
        top_k : int, default=0
            Draw only from so many tokens, the most probable ones; 0 from all.
        top_p : float, default=0.95
            Draw only from the most probable tokens whose probabilities sum to this.
        n : int, default=1
            Texts of each prompt.
        stop : str or sequence of str, default=()
            Strings at which a text ends, before them. It ends with its document, too, if
            the model was fitted with ``documents="independent"``.
        label : label, array-like of labels or None, default=None
            What the texts are to be about, for a model that was fitted with labels: one
            for all prompts, or one for each. None draws a label for each text.
        keywords : sequence of str, default=()
            Words that are to come. They become the more probable the longer they do not,
            and of eight texts the one is taken that holds most of them, the likeliest of
            these. A short text may still miss some.
        random_state : int, RandomState or None, default=None
            Source of randomness. What a text becomes does not depend on the others.

        Returns
        -------
        list of str, or list of list of str
            The texts, prompts included. For one prompt, its `n` texts; for several, one
            text of each, or (with `n` above 1) a list of each.

        Raises
        ------
        NotFittedError
            If the model is not fitted.
        ValueError
            If a parameter is out of its range, or a label was not trained.

        Examples
        --------
        >>> from sklearn_slm import SLMLanguageModel
        >>> texts = ["one two three four", "two three four one"] * 20
        >>> lm = SLMLanguageModel(16, max_iter=20, batch_size=4, random_state=0).fit(texts)
        >>> lm.generate("two three", temperature=0, n_tokens=1)
        ['two three four']
        """
        check_is_fitted(self, "weights_")
        _check_count(n, "n", 1)
        _check_count(n_tokens, "n_tokens", 0)
        stops = _read_strings(stop, "stop")
        wanted = _read_strings(keywords, "keywords")
        self._warn_of_unknown(wanted)
        is_one = isinstance(prompt, str)
        prompts = [prompt] if is_one else check_documents(prompt, name="prompt")
        sampling = _Sampling(n_tokens, temperature, top_k, top_p, stops)
        labels = self._read_label(label, len(prompts))
        each = n * _CANDIDATES if wanted else n
        seeds = np.array(draw_seeds(random_state, len(prompts) * each), np.uint64)
        order = np.repeat(np.arange(len(prompts)), each)
        labels = self._draw_labels(seeds) if labels is None else labels[order]
        written: list[str] = []
        size = max(1, _MOST_LOGITS // self.spec_.encoder.table_rows)
        for first in range(0, len(order), size):
            part = slice(first, first + size)
            begun = [prompts[i] for i in order[part]]
            of_part = None if labels is None else labels[part]
            written += self._write(begun, sampling, seeds[part], of_part, wanted)
        texts = [written[i * each : (i + 1) * each] for i in range(len(prompts))]
        if wanted:
            scores = self._rate(written, labels).reshape(-1, each)
            words = [self.tokenizer_.normalize(word) for word in wanted]
            starts = [len(self._begin(str(one))[0]) for one in prompts]
            texts = [
                choose_texts(t, s, words, n, start)
                for t, s, start in zip(texts, scores, starts)
            ]
        if is_one:
            return texts[0]
        return [text for (text,) in texts] if n == 1 else texts

    def stream(
        self,
        prompt: str = "",
        *,
        n_tokens: int | None = None,
        temperature: float = 0.8,
        top_k: int = 0,
        top_p: float = 0.95,
        stop: str | Sequence[str] = (),
        label: Any = None,
        random_state: Any = None,
    ) -> Iterator[str]:
        """Go on with a text, and hand out each piece as it is written.

        Parameters
        ----------
        prompt : str, default=""
            How the text begins.
        n_tokens : int or None, default=None
            Most tokens; None goes on to the end of the document, or for ever with
            ``documents="stream"``. Memory does not grow.
        temperature, top_k, top_p, stop, label, random_state
            As in :meth:`generate`.

        Yields
        ------
        str
            What comes after the prompt, piece by piece: joined it is what
            :meth:`generate` puts behind the prompt.
        """
        check_is_fitted(self, "weights_")
        if not isinstance(prompt, str):
            raise TypeError(
                f"prompt must be one string. Got {type(prompt).__name__}; generate takes "
                "several."
            )
        if n_tokens is not None:
            _check_count(n_tokens, "n_tokens", 0)
        stops = _read_strings(stop, "stop")
        sampling = _Sampling(n_tokens, temperature, top_k, top_p, stops)
        labels = self._read_label(label, 1)
        seeds = np.array(draw_seeds(random_state, 1), np.uint64)
        if labels is None:
            labels = self._draw_labels(seeds)
        tokens = self._draw([prompt], sampling, seeds, labels)
        spacer = self._begin(prompt)[1]
        return cut_at_stops(self._name(tokens, spacer), stops)

    def predict_next(
        self, X: Iterable[str], k: int = 5, *, label: Any = None
    ) -> list[list[tuple[str, float]]]:
        """Return the most probable next tokens of each text.

        Parameters
        ----------
        X : iterable of str
            Beginnings of texts.
        k : int, default=5
            Tokens of each.
        label : label, array-like of labels or None, default=None
            What the texts are about, for a model that was fitted with labels: one for all,
            or one for each. None weighs all labels by how probable they are, given the
            beginning of the text.

        Returns
        -------
        list of list of (str, float)
            Tokens and their probabilities, falling. A token that a space stands before
            begins with it; ``""`` is the end of the text. Unknown tokens are left out, so
            that the probabilities of all others do not quite sum to one.
        """
        check_is_fitted(self, "weights_")
        _check_count(k, "k", 1)
        prompts = check_documents(X)
        labels = self._read_label(label, len(prompts))
        found = []
        for i, prompt in enumerate(prompts):
            of_text = None if labels is None else labels[i : i + 1]
            scores = self._predict_after(prompt, of_text)
            scores[self._find_forbidden()] = -np.inf
            best = np.argsort(-scores, kind="stable")[:k]
            names = ["" if i == BOUNDARY_ID else self._spell(i) for i in best]
            found.append(list(zip(names, np.exp(scores[best]).tolist())))
        return found

    def _predict_after(self, prompt: str, label: np.ndarray | None) -> np.ndarray:
        """Return the log-probabilities of what comes after a prompt, of shape (n_tokens,)."""
        if self.classes_ is None or label is not None:
            if self.cache_size:
                return self._wrap_cache([prompt], label)[2][0].copy()
            return self._read_prompts([prompt], label)[0][0].copy()
        labels = np.arange(len(self.classes_)) + self._first_label
        begun = [BOUNDARY_ID, 0, *self._encode_prompt(prompt)]
        texts = np.tile(np.array(begun, np.int32), (len(labels), 1))
        texts[:, 1] = labels
        framed = Ragged(texts.ravel(), len(begun) * np.arange(len(labels) + 1))
        likelihood = self.prepare_network().run(framed)["log_likelihood"]
        # Nothing is asked for after the last token of the prompt.
        weights = likelihood.reshape(texts.shape)[:, :-1].sum(axis=1)
        rows = [
            self._predict_after(prompt, labels[i : i + 1]) for i in range(len(labels))
        ]
        mixed = np.array(rows) + weights[:, None]
        return np.logaddexp.reduce(mixed, axis=0) - np.logaddexp.reduce(weights)

    def _warn_of_unknown(self, keywords: Sequence[str]) -> None:
        """Warn of keywords that cannot be written."""
        encoded = {word: self._encode_keyword(word) for word in keywords}
        unknown = [w for w, ids in encoded.items() if not len(ids) or UNKNOWN_ID in ids]
        if unknown:
            warnings.warn(
                f"the model does not know {', '.join(map(repr, unknown))}, and cannot "
                "write what it does not know.",
                stacklevel=3,
            )

    def _read_label(self, label: Any, n: int) -> np.ndarray | None:
        """Return the token of the label of each prompt; None to draw them."""
        if label is None:
            return None
        if self.classes_ is None:
            raise ValueError(
                f"label={label!r} was given to a model that was fitted without labels. "
                "Fit it with labels, fit(texts, labels), or leave label out."
            )
        labels = [label] * n if np.ndim(label) == 0 else list(label)
        if len(labels) != n:
            raise ValueError(
                f"label must be one label, or one for each of {n} prompts. Got "
                f"{len(labels)}."
            )
        return encode_labels(labels, self.classes_, self._first_label)[1]

    def _find_forbidden(self) -> np.ndarray:
        """Return the tokens that no text holds: the unknown one, and labels."""
        labels = np.arange(self._first_label, self.spec_.encoder.table_rows)
        return np.concatenate([[UNKNOWN_ID], labels])

    def _spell(self, token: int) -> str:
        """Return the text of a token; the boundary of lines of a stream is a break."""
        if token == BOUNDARY_ID:
            return "\n"
        return self.vocabulary_.tokens[token - FIRST_ID]

    def _draw_labels(self, seeds: np.ndarray) -> np.ndarray | None:
        """Draw a label for each text, as often as labels came; None if there are none."""
        if self.classes_ is None:
            return None
        begin = np.zeros(1, np.int32) + BOUNDARY_ID
        state = start_state(self.spec_.encoder, 1)
        log_probs, _ = self.prepare_network().step(state, begin)
        of_labels = np.repeat(log_probs[:, self._first_label :], len(seeds), axis=0)
        return draw(of_labels, draw_uniform(seeds, _LABEL_STEP)) + self._first_label

    def _rate(self, texts: list[str], labels: np.ndarray | None) -> np.ndarray:
        """Return the mean log-likelihood of the tokens of each text."""
        y = None if labels is None else self.classes_[labels - self._first_label]
        scored = self.score_tokens(texts, y)
        sums = np.add.reduceat(scored.log_likelihood, scored.targets.offsets[:-1])
        return sums / scored.targets.lengths

    def _draw(
        self,
        prompts: list[str],
        sampling: _Sampling,
        seeds: np.ndarray,
        labels: np.ndarray | None,
        keywords: Sequence[str] = (),
        ended: np.ndarray | None = None,
    ) -> Iterator[np.ndarray]:
        """Yield the next token of each prompt, -1 where a text has ended."""
        step: Any = self.prepare_network().step
        if self.cache_size:
            step, state, log_probs = self._wrap_cache(prompts, labels)
        else:
            log_probs, state = self._read_prompts(prompts, labels)
        if keywords:
            encoded = [self._encode_keyword(word) for word in keywords]
            wanted = Keywords(encoded, self.vocabulary_.index.get(" "))
            n_tokens = sampling.n_tokens or 1
            step, state, log_probs = wanted.wrap(step, state, log_probs, n_tokens)
        return generate(
            step,
            state,
            log_probs,
            seeds=seeds,
            n_tokens=sampling.n_tokens,
            temperature=sampling.temperature,
            top_k=sampling.top_k,
            top_p=sampling.top_p,
            forbidden=self._find_forbidden(),
            end=BOUNDARY_ID if self.documents == "independent" else None,
            ended=ended,
        )

    def _write(
        self,
        prompts: list[str],
        sampling: _Sampling,
        seeds: np.ndarray,
        labels: np.ndarray | None,
        keywords: Sequence[str],
    ) -> list[str]:
        """Return whole texts."""
        begun, spacers = zip(*map(self._begin, prompts))
        written, tails = ([""] * len(prompts) for _ in range(2))
        ended = np.zeros(len(prompts), bool)
        ends = self.documents == "independent"
        drawn = self._draw(prompts, sampling, seeds, labels, keywords, ended)
        longest = max((len(s) for s in sampling.stop), default=0)
        for ids in drawn:
            for row, token in enumerate(ids.tolist()):
                if token < 0 or (ends and token == BOUNDARY_ID):
                    continue
                piece = spacers[row].write(self._spell(token))
                written[row] += piece
                if longest:
                    # A stop that ends here began within the last characters.
                    tail = tails[row] + piece
                    ended[row] |= any(s in tail for s in sampling.stop)
                    tails[row] = tail[max(len(tail) - longest + 1, 0) :]
        return [
            start + "".join(cut_at_stops([text], sampling.stop))
            for start, text in zip(begun, written)
        ]

    def _name(self, drawn: Iterator[np.ndarray], spacer: Spacer) -> Iterator[str]:
        """Yield the text of the tokens of one text, without its end."""
        ends = self.documents == "independent"
        ids = (int(row[0]) for row in drawn)
        return (
            spacer.write(self._spell(i)) for i in ids if not (ends and i == BOUNDARY_ID)
        )


def _check_count(value: Any, name: str, least: int) -> None:
    if not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(
            f"{name} must be a whole number of at least {least}. Got {value!r}."
        )


def _read_strings(value: Any, name: str) -> tuple[str, ...]:
    is_one = isinstance(value, str) or not isinstance(value, Iterable)
    strings = [value] if is_one else list(value)
    if not all(isinstance(s, str) and s for s in strings):
        raise ValueError(
            f"{name} must be strings that are not empty, one or several. Got {value!r}."
        )
    return tuple(strings)
