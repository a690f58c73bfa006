"""Heads: what is made of an encoder's states, each a frozen dataclass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from .encoder import EncoderSpec
from .weights import Weight, check_choices, check_sizes

__all__ = ["HEADS", "POOLINGS", "ClassHead", "Head", "TokenHead"]

POOLINGS = ("attention", "last", "mean", "max")


@dataclass(frozen=True)
class ClassHead:
    """One vector for each text, and from it one logit for each class or label.

    Parameters
    ----------
    n_outputs : int
        Number of classes, or of labels in multilabel problems.
    pooling : {"attention", "last", "mean", "max"}, default="attention"
        How the states of a text become one vector.
    output : {"softmax", "sigmoid"}, default="softmax"
        ``"softmax"`` for one class a text, ``"sigmoid"`` for independent labels.
    """

    kind: ClassVar[str] = "classes"

    n_outputs: int
    pooling: str = "attention"
    output: str = "softmax"

    def __post_init__(self) -> None:
        """Refuse what no head can be."""
        check_choices(self, {"pooling": POOLINGS, "output": ("softmax", "sigmoid")})
        check_sizes(n_outputs=self.n_outputs)

    @property
    def multilabel(self) -> bool:
        """Whether a text can have several labels."""
        return self.output == "sigmoid"

    def weights(self, encoder: EncoderSpec) -> dict[str, Weight]:
        """Return the name, shape and kind of every weight, for states of an encoder."""
        weights: dict[str, Weight] = {}
        if self.pooling == "attention":
            weights["attention.kernel"] = Weight((2, encoder.state_size), "small")
            weights["attention.bias"] = Weight((), "small")
        weights["head.kernel"] = Weight((encoder.state_size, self.n_outputs), "small")
        weights["head.bias"] = Weight((self.n_outputs,), "small")
        return weights


@dataclass(frozen=True)
class TokenHead:
    """The next token after each state: ``softmax(E (W h(t)) + b)``.

    The embedding table E is that of the encoder (Press and Wolf, 2017). Its row 0, which
    no token has, stands for the boundary of a document; see
    :data:`~sklearn_slm.text.BOUNDARY_ID`.

    Parameters
    ----------
    n_labels : int, default=0
        Rows of the table, its last ones, that are labels of documents and not tokens.
    """

    kind: ClassVar[str] = "tokens"

    n_labels: int = 0

    def __post_init__(self) -> None:
        """Refuse what no head can be."""
        if self.n_labels:
            check_sizes(n_labels=self.n_labels)

    def weights(self, encoder: EncoderSpec) -> dict[str, Weight]:
        """Return the name, shape and kind of every weight, for states of an encoder.

        States that are as long as the vectors need no projection W.
        """
        weights: dict[str, Weight] = {}
        if encoder.state_size != encoder.n_components:
            shape = (encoder.state_size, encoder.n_components)
            weights["head.kernel"] = Weight(shape, "kernel")
        weights["head.bias"] = Weight((encoder.table_rows,), "small")
        return weights


if TYPE_CHECKING:
    Head = Any  # whoever looks into a head has found it by its kind
else:
    Head = ClassHead | TokenHead

# kind -> dataclass. The rooms that run heads have a module of this name each.
HEADS: dict[str, Any] = {head.kind: head for head in (ClassHead, TokenHead)}
