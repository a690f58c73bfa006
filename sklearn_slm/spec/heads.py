"""Heads: what is made of an encoder's states, each a frozen dataclass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from .encoder import EncoderSpec
from .weights import Weight, check_choices, check_sizes

__all__ = [
    "HEADS",
    "POOLINGS",
    "ClassHead",
    "DecoderHead",
    "Head",
    "PairHead",
    "SpanHead",
    "SymbolHead",
    "TokenHead",
]

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
    n_columns : int, default=0
        Numbers that come with each text, from the other columns of a table. The logits
        are the sum of what the text says and of what they say: their product with
        ``columns.kernel``.
    """

    kind: ClassVar[str] = "classes"

    n_outputs: int
    pooling: str = "attention"
    output: str = "softmax"
    n_columns: int = 0

    def __post_init__(self) -> None:
        """Refuse what no head can be."""
        check_choices(self, {"pooling": POOLINGS, "output": ("softmax", "sigmoid")})
        check_sizes(n_outputs=self.n_outputs)
        if self.n_columns:
            check_sizes(n_columns=self.n_columns)

    @property
    def multilabel(self) -> bool:
        """Whether a text can have several labels."""
        return self.output == "sigmoid"

    def weights(self, encoder: EncoderSpec) -> dict[str, Weight]:
        """Return the name, shape and kind of every weight, for states of an encoder."""
        shape = encoder.state_size, self.n_outputs
        weights = _list_pooling(self.pooling, encoder) | {
            "head.kernel": Weight(shape, "small"),
            "head.bias": Weight((self.n_outputs,), "small"),
        }
        if self.n_columns:
            weights["columns.kernel"] = Weight(
                (self.n_columns, self.n_outputs), "small"
            )
        return weights


def _list_pooling(pooling: str, encoder: EncoderSpec) -> dict[str, Weight]:
    """Return the weights that pooling needs."""
    if pooling != "attention":
        return {}
    return {
        "attention.kernel": Weight((2, encoder.state_size), "small"),
        "attention.bias": Weight((), "small"),
    }


@dataclass(frozen=True)
class PairHead:
    """One vector for each text; the product of two is how well the texts go together.

    A text's vector is ``exp(s / 2) x / |x|`` with ``x = W h* + b`` and its pooled states
    h*: the product of two vectors is their cosine, times a scale ``exp(s)`` that is
    learned. Both texts of a pair are read by the same encoder.

    Parameters
    ----------
    n_outputs : int
        Length of a vector.
    pooling : {"attention", "last", "mean", "max"}, default="max"
        How the states of a text become one vector.
    """

    kind: ClassVar[str] = "pairs"

    n_outputs: int
    pooling: str = "max"

    def __post_init__(self) -> None:
        """Refuse what no head can be."""
        check_choices(self, {"pooling": POOLINGS})
        check_sizes(n_outputs=self.n_outputs)

    def weights(self, encoder: EncoderSpec) -> dict[str, Weight]:
        """Return the name, shape and kind of every weight, for states of an encoder."""
        shape = encoder.state_size, self.n_outputs
        return _list_pooling(self.pooling, encoder) | {
            "head.kernel": Weight(shape, "kernel"),
            "head.bias": Weight((self.n_outputs,), "small"),
            "head.scale": Weight((), "small"),
        }


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


@dataclass(frozen=True)
class DecoderHead:
    """A second text, token by token, from the states of a first one.

    With the encoder's states e(s), their mean m, and the tokens y(1) to y(n) of the second
    text (Luong et al., 2015, without input feeding, so that all steps of a known text run
    as one scan)::

        start of each layer    tanh(B m + b)               hidden and cell state
        h(t)                   decoder, reads y(t-1); y(0) is the boundary
        a(t)                   softmax over s of h(t) . W . e(s)
        o(t)                   tanh(C [h(t), sum over s of a(t, s) e(s)] + c)
        next token             softmax(E o(t) + d)

    E is the table of vectors that the decoder reads (Press and Wolf, 2017). Its row 0,
    which no token has, stands for the boundary before and after a text; see
    :data:`~sklearn_slm.text.BOUNDARY_ID`.

    Parameters
    ----------
    decoder : EncoderSpec
        Layers that read the second text, in one direction; ``n_tokens`` counts its tokens.
    """

    kind: ClassVar[str] = "decoder"

    decoder: EncoderSpec

    def __post_init__(self) -> None:
        """Refuse what no decoder can be."""
        if not isinstance(self.decoder, EncoderSpec):
            raise TypeError(
                f"decoder must be an EncoderSpec. Got {type(self.decoder).__name__}."
            )
        if self.decoder.bidirectional or self.decoder.n_tokens is None:
            raise ValueError(
                "a decoder writes tokens from the first to the last: it needs "
                "bidirectional=False and n_tokens. Got "
                f"bidirectional={self.decoder.bidirectional} and "
                f"n_tokens={self.decoder.n_tokens}."
            )

    @property
    def state_sizes(self) -> list[int]:
        """Units of each array of a state: hidden and, for an LSTM, cell of each layer."""
        n_states = 2 if self.decoder.cell == "lstm" else 1
        return [units for units in self.decoder.hidden_size for _ in range(n_states)]

    def weights(self, encoder: EncoderSpec) -> dict[str, Weight]:
        """Return the name, shape and kind of every weight, for states of an encoder.

        The columns of a bridge B are the hidden and, for an LSTM, the cell state.
        """
        decoder = self.decoder
        n_read, n_written = encoder.state_size, decoder.state_size
        n_states = len(self.state_sizes) // len(decoder.hidden_size)
        weights = {
            f"decoder.{name}": weight for name, weight in decoder.weights().items()
        }
        for i, units in enumerate(decoder.hidden_size):
            columns = n_states * units
            weights[f"bridge.layer_{i}.kernel"] = Weight((n_read, columns), "kernel")
            weights[f"bridge.layer_{i}.bias"] = Weight((columns,), "small")
        weights["attention.kernel"] = Weight((n_written, n_read), "kernel")
        joined = n_written + n_read
        weights["combine.kernel"] = Weight((joined, decoder.n_components), "kernel")
        weights["combine.bias"] = Weight((decoder.n_components,), "small")
        weights["head.bias"] = Weight((decoder.table_rows,), "small")
        return weights


@dataclass(frozen=True)
class SymbolHead:
    """One symbol, or none, for each state: ``softmax(W h(t) + b)``.

    Symbol 0 is the blank of connectionist temporal classification (Graves et al., 2006):
    what is written is the sequence without repetitions, and then without blanks.

    Parameters
    ----------
    n_symbols : int
        Number of symbols, the blank included.
    """

    kind: ClassVar[str] = "symbols"

    n_symbols: int

    def __post_init__(self) -> None:
        """Refuse what no head can be."""
        check_sizes(n_symbols=self.n_symbols)
        if self.n_symbols < 2:
            raise ValueError(
                "n_symbols counts the blank, and at least one symbol beside it. Got "
                f"{self.n_symbols}."
            )

    def weights(self, encoder: EncoderSpec) -> dict[str, Weight]:
        """Return the name, shape and kind of every weight, for states of an encoder."""
        return {
            "head.kernel": Weight((encoder.state_size, self.n_symbols), "small"),
            "head.bias": Weight((self.n_symbols,), "small"),
        }


@dataclass(frozen=True)
class SpanHead:
    """The first and the last token of an answer in a passage, or that there is none.

    Question and passage are read by the same encoder. With the question's states q(j),
    the passage's states p(i) and features f(i) of its tokens, which are given::

        a(i)       sum over j of softmax_j(relu(A p(i)) . relu(A q(j))) q(j)
        m(i)       recurrent layer of two directions, reads [p(i), a(i), p(i) * a(i), f(i)]
        u          sum over j of softmax_j(w . q(j)) q(j)
        start(i)   m(i) . (S u + s)                  logit of the first token
        end(i)     m(i) . (E u + e)                  logit of the last one
        none       v . u + b                         logit of no token, in both softmaxes

    The aligned states a(i), the features and the two bilinear forms are those of Chen et
    al. (2017), the layer over both texts that of Seo et al. (2017), the place for "none"
    that of Levy et al. (2017). The logit of "none" depends on the question alone:
    between passages, logits minus that of "none" can be compared.

    Parameters
    ----------
    n_units : int
        Units of the recurrent layer m in each direction; its cell is the encoder's.
    n_features : int, default=0
        Numbers that come with each token of a passage, such as whether the question has
        it too.
    """

    kind: ClassVar[str] = "spans"

    n_units: int
    n_features: int = 0

    def __post_init__(self) -> None:
        """Refuse what no head can be."""
        check_sizes(n_units=self.n_units)
        if self.n_features:
            check_sizes(n_features=self.n_features)

    def describe_layer(self, encoder: EncoderSpec) -> EncoderSpec:
        """Return the recurrent layer m that reads what is known of a passage."""
        return EncoderSpec(
            n_components=3 * encoder.state_size + self.n_features,
            hidden_size=(self.n_units,),
            cell=encoder.cell,
            candidate_activation=encoder.candidate_activation,
        )

    def weights(self, encoder: EncoderSpec) -> dict[str, Weight]:
        """Return the name, shape and kind of every weight, for states of an encoder."""
        size, layer = encoder.state_size, self.describe_layer(encoder)
        weights = {
            "align.kernel": Weight((size, size), "kernel"),
            "question.kernel": Weight((size, 1), "small"),
        }
        for name, weight in layer.weights().items():
            weights[f"model.{name}"] = weight
        for name in ("start", "end"):
            weights[f"{name}.kernel"] = Weight((size, layer.state_size), "kernel")
            weights[f"{name}.bias"] = Weight((layer.state_size,), "small")
        weights["none.kernel"] = Weight((size, 1), "small")
        weights["none.bias"] = Weight((1,), "small")
        return weights


if TYPE_CHECKING:
    Head = Any  # whoever looks into a head has found it by its kind
else:
    Head = ClassHead | TokenHead | DecoderHead | SymbolHead | PairHead | SpanHead

# kind -> dataclass. The rooms that run heads have a module of this name each.
HEADS: dict[str, Any] = {
    head.kind: head
    for head in (ClassHead, TokenHead, DecoderHead, SymbolHead, PairHead, SpanHead)
}
