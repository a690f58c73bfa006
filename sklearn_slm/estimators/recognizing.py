"""What a fitted recogniser hears."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from ..audio import FeatureOptions, frame_seconds
from ..decoding.ctc import SpokenText
from ..decoding.word_list import WordList
from ..text.errors import compute_error_rate
from .base import check_is_fitted, check_row_count
from .copying import find_original
from .hearing import hear_live
from .language_model import SLMLanguageModel
from .preparing import PreparingMixin
from .recordings import Heard, hear_batches, read_recordings
from .transcribing import SpeechSearch, TimedWord, find_texts, write_text
from .transcripts import Symbols, read_transcripts
from .word_scores import score_words

__all__ = ["RecognitionMixin"]

_METRICS = {"wer": "word", "cer": "char"}


class RecognitionMixin(PreparingMixin):
    """Texts, words and their times, from ``spec_`` and ``weights_``."""

    features_: Any
    tokenizer_: Any
    vocabulary_: Any
    word_counts_: Any
    language_weight_: float
    word_bonus_: float
    validation_wer_: float | None
    beam_size: int
    language_model: Any
    language_weight: Any
    word_bonus: Any
    word_list: Any
    trim: bool

    @property
    def symbols_(self) -> tuple[str, ...]:
        """What each symbol of the network writes; the blank, symbol 0, writes nothing."""
        return self._symbols.texts

    def predict(self, X: Any) -> list[str]:
        """Write what is said in recordings.

        Parameters
        ----------
        X : iterable of str, path, (rate, samples), ndarray or binary file
            The recordings: files; pairs, as ``scipy.io.wavfile.read`` returns them; or
            arrays of ``sample_rate`` samples per second, of shape (n_samples,) or
            (n_samples, n_channels), floats from -1 to 1 or integers. Any rate, number of
            channels and length: long recordings are read in windows.

        Returns
        -------
        list of str
            Words with one space between them; ``""`` where nothing is said, and for a
            recording of zeros. It does not depend on the other recordings.

        Raises
        ------
        NotFittedError
            If the model is not fitted.
        FileNotFoundError
            If a file is missing, before any is read.
        TypeError, ValueError, ImportError
            If a recording is none, is damaged, is empty or holds NaN; the message names
            it. If a parameter of the search is out of its range.
        """
        return [write_text(row[0]) for _, row, _, _ in self._recognize(X)]

    def transform(self, X: Any) -> list[str]:
        """Write what is said, as :meth:`predict`, for the next step of a Pipeline.

        Parameters
        ----------
        X : iterable
            Recordings.

        Returns
        -------
        list of str
        """
        return self.predict(X)

    def predict_topk(self, X: Any, k: int = 3) -> list[list[tuple[str, float]]]:
        """Return the texts that were most probably said in each recording.

        Parameters
        ----------
        X : iterable
            Recordings, as :meth:`predict` takes them.
        k : int, default=3
            Texts of each; the beam is as wide if it is narrower.

        Returns
        -------
        list of list of (str, float)
            Different texts and their scores, falling: the logarithm of the probability,
            with ``language_weight_`` times that of the language model and
            ``word_bonus_`` for each word added. There are fewer than k where the search
            finds fewer.

        Raises
        ------
        NotFittedError, FileNotFoundError, TypeError, ValueError, ImportError
            As :meth:`predict`, and if k is no positive whole number.
        """
        if not isinstance(k, (int, np.integer)) or isinstance(k, bool) or k < 1:
            raise ValueError(f"k must be a whole number of at least 1. Got {k!r}.")
        return [
            [(write_text(text), text.score) for text in row]
            for _, row, _, _ in self._recognize(X, int(k))
        ]

    def predict_words(self, X: Any) -> list[list[TimedWord]]:
        """Return the words of each recording, with their times.

        Parameters
        ----------
        X : iterable
            Recordings, as :meth:`predict` takes them.

        Returns
        -------
        list of list of TimedWord
            ``text``, ``start`` and ``end`` in seconds, and ``confidence`` from 0 to 1.

        Raises
        ------
        NotFittedError, FileNotFoundError, TypeError, ValueError, ImportError
            As :meth:`predict`.
        """
        step = frame_seconds(self.features_) if hasattr(self, "features_") else 0.0
        return [
            [
                TimedWord(
                    word.text,
                    min(start + word.start * step, seconds),
                    min(start + word.end * step, seconds),
                    word.confidence,
                )
                for word in row[0].words
            ]
            for _, row, start, seconds in self._recognize(X)
        ]

    def predict_symbols(self, X: Any) -> list[np.ndarray]:
        """Return the probability of each symbol at each frame.

        Parameters
        ----------
        X : iterable
            Recordings, as :meth:`predict` takes them.

        Returns
        -------
        list of ndarray of shape (n_frames, n_symbols), dtype float32
            One array for each recording; its columns are those of ``symbols_``. Of a
            recording of zeros there is no frame.

        Raises
        ------
        NotFittedError, FileNotFoundError, TypeError, ValueError, ImportError
            As :meth:`predict`.
        """
        batches = self._hear(X)
        return [np.exp(row) for _, log_probs in batches for row in log_probs]

    def score(self, X: Any, y: Any, metric: str = "wer") -> float:
        """Return how much of what was said is written rightly.

        Parameters
        ----------
        X : iterable
            Recordings, as :meth:`predict` takes them.
        y : iterable of str or path-like
            What was said in each. What the model cannot write counts as an error.
        metric : {"wer", "cer"}, default="wer"
            Word or character error rate: see
            :func:`~sklearn_slm.text.errors.compute_error_rate`. With ``lowercase=True``
            y is brought to lower case too.

        Returns
        -------
        float
            1 minus the error rate. It is below 0 where more is wrong than was said.

        Raises
        ------
        NotFittedError, FileNotFoundError, TypeError, ValueError, ImportError
            As :meth:`predict`, and if X and y have different lengths, there is no
            recording, or another metric is asked for.
        """
        if metric not in _METRICS:
            raise ValueError(f"metric must be 'wer' or 'cer'. Got {metric!r}.")
        check_is_fitted(self, "weights_")
        recordings = read_recordings(X, self.features_.rate)
        texts = read_transcripts(y)
        check_row_count(recordings, texts)
        if not texts:
            raise ValueError("X and y hold no recording, but at least one is needed.")
        texts = [self.tokenizer_.normalize(text) for text in texts]
        written = self.predict(recordings.items)
        return 1.0 - compute_error_rate(written, texts, _METRICS[metric])

    def stream(self, blocks: Iterable[Any], rate: int | None = None) -> Iterator[str]:
        """Write what is said while it is said.

        Parameters
        ----------
        blocks : iterable of ndarray
            The samples of one recording, block by block, of any lengths: of shape (n,) or
            (n, n_channels), floats from -1 to 1 or integers.
        rate : int or None, default=None
            Samples per second of the blocks; None for ``sample_rate``.

        Yields
        ------
        str
            After each block, what was most probably said up to it, which later blocks may
            correct; and once more after the last one.

        Raises
        ------
        NotFittedError
            If the model is not fitted.
        TypeError, ValueError
            If the model needs the whole recording, because it reads it from the end as
            well or normalises it as a whole; or if a block holds no samples.

        Notes
        -----
        A model for streaming is fitted with ``bidirectional=False``, which normalises by
        what came so far. ``trim`` has no effect here. With the same frames, the last text
        is that of :meth:`predict`.
        """
        check_is_fitted(self, "weights_")
        if self.spec_.encoder.bidirectional or self.features_.normalize == "utterance":
            raise ValueError(
                "stream needs a model that reads a recording as it comes, but this one "
                f"has bidirectional={self.spec_.encoder.bidirectional} and "
                f"normalize={self.features_.normalize!r}. Fit one with "
                "bidirectional=False and normalize='auto'."
            )
        search = self._prepare_search()
        return hear_live(self.prepare_network(), self.features_, search, blocks, rate)

    @property
    def _symbols(self) -> Symbols:
        return Symbols(self.tokenizer_, self.vocabulary_)

    def _hear(self, X: Any) -> Iterator[tuple[Heard, list[np.ndarray]]]:
        """Yield recordings in batches, with the log-probabilities of their symbols."""
        check_is_fitted(self, "weights_")
        options: FeatureOptions = self.features_
        recordings = read_recordings(X, options.rate)
        network = self.prepare_network()
        for heard in hear_batches(recordings, options, trim=bool(self.trim)):
            log_probs = network.run_frames(heard.frames)
            yield heard, [log_probs[i] for i in range(len(log_probs))]

    def _recognize(
        self, X: Any, n_best: int = 1
    ) -> Iterator[tuple[np.ndarray, list[SpokenText], float, float]]:
        """Yield log-probabilities, texts, start and length of each recording."""
        check_is_fitted(self, "weights_")
        search = self._prepare_search()
        for heard, log_probs in self._hear(X):
            for row, start, seconds in zip(log_probs, heard.starts, heard.seconds):
                yield row, find_texts(row, search, n_best), float(start), float(seconds)

    def _prepare_search(self) -> SpeechSearch:
        # The parameters of the search may have been set since the fit.
        self._validate_params()  # type: ignore[attr-defined]
        weight, bonus = self.language_weight, self.word_bonus
        return prepare_search(
            self,
            self._symbols,
            self.word_counts_,
            self.language_weight_ if weight == "auto" else float(weight),
            self.word_bonus_ if bonus == "auto" else float(bonus),
        )


def prepare_search(
    model: Any, symbols: Symbols, word_counts: Any, weight: float, word_bonus: float
) -> SpeechSearch:
    """Return how a recogniser's parameters say to search.

    Parameters
    ----------
    model : SLMSpeechRecognizer
        Its parameters are read.
    symbols : Symbols
        What the network writes.
    word_counts : WordCounts
        The n-gram model of the transcripts.
    weight, word_bonus : float
        How much the language model counts, and each word.

    Raises
    ------
    ValueError, NotFittedError
        If the list of words holds none, or the language model cannot be used.
    """
    language = find_original(model.language_model)
    make_scorer: Any = None
    if isinstance(language, SLMLanguageModel):
        check_is_fitted(language, "weights_")
        make_scorer = score_words(language)
    elif language == "auto":

        def make_scorer() -> Any:
            return word_counts.score

    words = model.word_list
    if isinstance(words, str):
        words = word_counts.words
    if words is not None:
        strange = [word for word in words if not isinstance(word, str)]
        if strange:
            raise ValueError(
                "word_list must be 'transcripts', None or words. Got "
                f"{strange[0]!r:.60} among them."
            )
        words = WordList(words, symbols.texts)
    return SpeechSearch(
        symbols.texts, int(model.beam_size), make_scorer, weight, word_bonus, words
    )
