"""NetworkSpec: a network described as data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace

__all__ = ["CELLS", "LARGEST_WEIGHT", "POOLINGS", "NetworkSpec"]

CELLS = {"lstm": 4, "gru": 3, "rnn": 1}  # cell -> gates, each hidden_size columns wide
POOLINGS = ("attention", "last", "mean", "max")
# Bound of what is trained: products of two such numbers, and sums of a million of these,
# are still numbers of float32, so that no prediction overflows.
LARGEST_WEIGHT = 1e15


@dataclass(frozen=True)
class NetworkSpec:
    """What a network computes: everything but its weights.

    Keras trains it, NumPy and ONNX run it, files store it; all of them from this
    description and a dict of named float32 arrays, whose names and shapes are
    :meth:`weight_shapes`.

    Parameters
    ----------
    n_tokens : int
        Rows of the embedding table: padding, unknown and the known tokens.
    n_components : int
        Length of a word vector.
    hidden_size : tuple of int
        Units of each stacked recurrent layer, in one direction.
    n_outputs : int
        Number of classes, or of labels in multilabel problems.
    cell : {"lstm", "gru", "rnn"}, default="lstm"
        Kind of recurrent cell.
    bidirectional : bool, default=True
        Whether each layer also reads from the end; the two states are joined.
    pooling : {"attention", "last", "mean", "max"}, default="attention"
        How the states of a text become one vector.
    candidate_activation : {"tanh", "sigmoid"}, default="tanh"
        Activation of the candidate (of the new state, for ``cell="rnn"``).
    output : {"softmax", "sigmoid"}, default="softmax"
        ``"softmax"`` for one class per text, ``"sigmoid"`` for independent labels.
    n_wide : int, default=0
        N-grams of tokens that the wide branch knows; 0 if there is none. Its logits are
        added to those of the recurrent branch.
    wide_ngrams : tuple of (int, int), default=(1, 2)
        Shortest and longest n-gram of the wide branch.

    Examples
    --------
    >>> spec = NetworkSpec(n_tokens=100, n_components=8, hidden_size=(4,), n_outputs=2)
    >>> spec.weight_shapes()["layer_0.forward.kernel"]
    (8, 16)
    """

    n_tokens: int
    n_components: int
    hidden_size: tuple[int, ...]
    n_outputs: int
    cell: str = "lstm"
    bidirectional: bool = True
    pooling: str = "attention"
    candidate_activation: str = "tanh"
    output: str = "softmax"
    n_wide: int = 0
    wide_ngrams: tuple[int, int] = (1, 2)

    def __post_init__(self) -> None:
        """Refuse what no network can be."""
        choices = {
            "cell": tuple(CELLS),
            "pooling": POOLINGS,
            "candidate_activation": ("tanh", "sigmoid"),
            "output": ("softmax", "sigmoid"),
            "bidirectional": (True, False),
        }
        for name, allowed in choices.items():
            if getattr(self, name) not in allowed:
                raise ValueError(
                    f"{name} must be one of {allowed}. Got {getattr(self, name)!r}."
                )
        sizes = (self.n_tokens, self.n_components, self.n_outputs, *self.hidden_size)
        if not self.hidden_size or not all(
            isinstance(size, int) and size >= 1 for size in sizes
        ):
            raise ValueError(
                "n_tokens, n_components, n_outputs and the layers of hidden_size must be "
                f"whole numbers of at least 1, and one layer is needed. Got {sizes}."
            )
        shortest, longest = self.wide_ngrams
        whole = all(isinstance(n, int) for n in (shortest, longest, self.n_wide))
        if not (whole and 1 <= shortest <= longest <= 3 and self.n_wide >= 0):
            raise ValueError(
                "wide_ngrams must be two lengths from 1 to 3, the shorter first, and "
                f"n_wide at least 0. Got {self.wide_ngrams} and {self.n_wide}."
            )

    @property
    def directions(self) -> tuple[str, ...]:
        """``("forward",)`` or ``("forward", "backward")``."""
        return ("forward", "backward") if self.bidirectional else ("forward",)

    @property
    def state_size(self) -> int:
        """Length of the pooled vector: the last layer's units in all directions."""
        return self.hidden_size[-1] * len(self.directions)

    def without_wide(self) -> NetworkSpec:
        """Return the recurrent branch alone, which is what Keras trains."""
        return replace(self, n_wide=0)

    def layers(self) -> Iterator[tuple[str, int, int]]:
        """Yield (name, inputs, units) of every layer and direction in order."""
        inputs = self.n_components
        for i, units in enumerate(self.hidden_size):
            for direction in self.directions:
                yield f"layer_{i}.{direction}", inputs, units
            inputs = units * len(self.directions)

    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the name and shape of every weight.

        The columns of a recurrent kernel are the gates, side by side: input, forget,
        output, candidate (lstm); update, reset, candidate (gru). ``wide.keys`` are
        int64, see :mod:`sklearn_slm.runtime.wide`; everything else is float32.
        """
        shapes: dict[str, tuple[int, ...]] = {
            "embedding": (self.n_tokens, self.n_components)
        }
        gates = CELLS[self.cell]
        for name, inputs, units in self.layers():
            shapes[f"{name}.kernel"] = (inputs, gates * units)
            shapes[f"{name}.recurrent_kernel"] = (units, gates * units)
            shapes[f"{name}.bias"] = (gates * units,)
            if self.cell == "gru":
                shapes[f"{name}.recurrent_bias"] = (units,)
        if self.pooling == "attention":
            shapes["attention.kernel"] = (2, self.state_size)
            shapes["attention.bias"] = ()
        shapes["head.kernel"] = (self.state_size, self.n_outputs)
        shapes["head.bias"] = (self.n_outputs,)
        if self.n_wide:
            shapes["wide.keys"] = shapes["wide.idf"] = (self.n_wide,)
            shapes["wide.kernel"] = (self.n_wide, self.n_outputs)
            shapes["wide.bias"] = (self.n_outputs,)
        return shapes

    def weight_dtypes(self) -> dict[str, str]:
        """Return the type of every weight that :meth:`weight_shapes` names.

        Files may hold float32 weights in fewer bytes; others must be as told here.
        """
        kinds = {"wide.keys": "int64"}
        return {name: kinds.get(name, "float32") for name in self.weight_shapes()}

    def to_dict(self) -> dict:
        """Return the fields as plain JSON types."""
        return asdict(self) | {
            "hidden_size": list(self.hidden_size),
            "wide_ngrams": list(self.wide_ngrams),
        }

    @classmethod
    def from_dict(cls, fields: dict) -> NetworkSpec:
        """Return the spec that :meth:`to_dict` described."""
        tuples = {
            name: tuple(fields[name])
            for name in ("hidden_size", "wide_ngrams")
            if name in fields
        }
        return cls(**(fields | tuples))
