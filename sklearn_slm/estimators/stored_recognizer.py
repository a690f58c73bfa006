"""What a file holds of a recogniser, and what must be right about it."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from ..audio import FeatureOptions
from ..decoding.word_model import WordCounts
from ..persistence.fields import expect
from ..spec import NetworkSpec
from ..text import Tokenizer, Vocabulary
from .copying import find_original
from .storing import StoredMixin, check_network

__all__ = ["HIGHEST_RATE", "MOST_MELS", "StoredRecognizerMixin"]

# More than any microphone, or network, has.
HIGHEST_RATE, MOST_MELS = 1_000_000, 1_000


class StoredRecognizerMixin(StoredMixin):
    """The fitted attributes of a recogniser, and what they are in a few words."""

    spec_: Any
    weights_: Any
    features_: Any
    vocabulary_: Any
    language_weight_: float
    word_bonus_: float
    n_iter_: int
    loss_curve_: list[float]
    language_model: Any

    _stored: ClassVar[dict[str, Any]] = {
        "spec_": NetworkSpec,
        "weights_": dict[str, np.ndarray],
        "features_": FeatureOptions,
        "tokenizer_": Tokenizer,
        "vocabulary_": Vocabulary,
        "word_counts_": WordCounts,
        "language_weight_": float,
        "word_bonus_": float,
        "n_iter_": int,
        "loss_curve_": list[float],
        "validation_scores_": list[float] | None,
        "best_validation_score_": float | None,
        "validation_wer_": float | None,
    }

    def _get_stored_params(self) -> dict[str, Any]:
        params = super()._get_stored_params()
        # Not a clone that a search made of it; and no folder of this machine.
        language_model = find_original(self.language_model)
        return params | {"language_model": language_model, "memory": None}

    def _check_fitted(self) -> None:
        super()._check_fitted()
        spec, options = self.spec_, self.features_
        expect(spec.head.kind == "symbols", "its network writes no symbols.")
        check_network(spec, self.weights_)
        n_symbols, n_tokens = spec.head.n_symbols, len(self.vocabulary_)
        expect(
            n_symbols == n_tokens + 1,
            f"the network has {n_symbols} symbols, its vocabulary {n_tokens} beside the "
            "blank.",
        )
        n_read, n_inputs = spec.encoder.n_components, options.n_inputs
        expect(
            n_read == n_inputs,
            f"the network reads {n_read} values of a frame, its features are {n_inputs}.",
        )
        usual = options.rate <= HIGHEST_RATE and options.n_mels <= MOST_MELS
        expect(usual and options.window_ms <= 1000, "its features are of no fit.")
        right = math.isfinite(self.language_weight_) and math.isfinite(self.word_bonus_)
        expect(right and self.language_weight_ >= 0, "its language weight is none.")
        n_losses = len(self.loss_curve_)
        expect(self.n_iter_ == n_losses, f"{self.n_iter_} epochs, {n_losses} losses.")

    def _describe(self) -> str:
        if not hasattr(self, "weights_"):
            return ""
        n_weights = sum(math.prod(w.shape) for w in self.spec_.weights().values())
        return (
            f"{len(self.vocabulary_):,} symbols, {n_weights:,} weights, {self.n_iter_} "
            "epochs"
        )
