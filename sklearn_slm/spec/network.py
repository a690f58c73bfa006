"""NetworkSpec: an encoder and a head."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .encoder import EncoderSpec
from .heads import Head
from .weights import Weight

__all__ = ["NetworkSpec"]


@dataclass(frozen=True)
class NetworkSpec:
    """What a network computes: everything but its weights.

    Keras trains it, NumPy and ONNX run it, files store it; all of them from this
    description and a dict of named float32 arrays, whose names and shapes are
    :meth:`weights`.

    Parameters
    ----------
    encoder : EncoderSpec
        From token ids or frames to hidden states.
    head : ClassHead
        From the states to what is asked of the network.

    Examples
    --------
    >>> from sklearn_slm.spec import ClassHead, EncoderSpec
    >>> spec = NetworkSpec(EncoderSpec(8, (4,), n_tokens=100), ClassHead(n_outputs=2))
    >>> spec.weights()["head.kernel"].shape
    (8, 2)
    """

    encoder: EncoderSpec
    head: Head

    def weights(self) -> dict[str, Weight]:
        """Return the name, shape and kind of every weight; all are float32."""
        return self.encoder.weights() | self.head.weights(self.encoder)

    def without_columns(self) -> NetworkSpec:
        """Return what is computed of texts alone, without the columns beside them."""
        if not getattr(self.head, "n_columns", 0):
            return self
        return replace(self, head=replace(self.head, n_columns=0))
