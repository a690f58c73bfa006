"""EncoderSpec: from rows of vectors to hidden states."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .weights import Weight, check_choices, check_sizes

__all__ = ["CELLS", "EncoderSpec"]

CELLS = {"lstm": 4, "gru": 3, "rnn": 1}  # cell -> gates, each hidden_size columns wide


@dataclass(frozen=True)
class EncoderSpec:
    """Stacked recurrent layers over word vectors or frames.

    Parameters
    ----------
    n_components : int
        Length of an input vector.
    hidden_size : tuple of int
        Units of each stacked recurrent layer, in one direction.
    n_tokens : int or None, default=None
        Rows of the embedding table: padding, unknown and the known tokens. None: the
        inputs are vectors themselves, such as audio frames, and there is no table.
    cell : {"lstm", "gru", "rnn"}, default="lstm"
        Kind of recurrent cell.
    bidirectional : bool, default=True
        Whether each layer also reads from the end; the two states are joined.
    candidate_activation : {"tanh", "sigmoid"}, default="tanh"
        Activation of the candidate (of the new state, for ``cell="rnn"``).

    Examples
    --------
    >>> encoder = EncoderSpec(n_components=8, hidden_size=(4,), n_tokens=100)
    >>> encoder.state_size, encoder.weights()["layer_0.forward.kernel"].shape
    (8, (8, 16))
    """

    n_components: int
    hidden_size: tuple[int, ...]
    n_tokens: int | None = None
    cell: str = "lstm"
    bidirectional: bool = True
    candidate_activation: str = "tanh"

    def __post_init__(self) -> None:
        """Refuse what no encoder can be."""
        check_choices(
            self,
            {
                "cell": tuple(CELLS),
                "candidate_activation": ("tanh", "sigmoid"),
                "bidirectional": (True, False),
            },
        )
        if not isinstance(self.hidden_size, tuple) or not self.hidden_size:
            raise ValueError(
                "hidden_size must be a tuple with the units of each layer, such as "
                f"(64,). Got {self.hidden_size!r}."
            )
        sizes = {f"hidden_size[{i}]": n for i, n in enumerate(self.hidden_size)}
        if self.n_tokens is not None:
            sizes["n_tokens"] = self.n_tokens
        check_sizes(n_components=self.n_components, **sizes)

    @property
    def directions(self) -> tuple[str, ...]:
        """``("forward",)`` or ``("forward", "backward")``."""
        return ("forward", "backward") if self.bidirectional else ("forward",)

    @property
    def state_size(self) -> int:
        """Length of a state: the last layer's units in all directions."""
        return self.hidden_size[-1] * len(self.directions)

    @property
    def table_rows(self) -> int:
        """Rows of the embedding table; 0 where the inputs are vectors themselves."""
        return self.n_tokens or 0

    def layers(self) -> Iterator[tuple[str, int, int]]:
        """Yield (name, inputs, units) of every layer and direction in order."""
        inputs = self.n_components
        for i, units in enumerate(self.hidden_size):
            for direction in self.directions:
                yield f"layer_{i}.{direction}", inputs, units
            inputs = units * len(self.directions)

    def weights(self) -> dict[str, Weight]:
        """Return the name, shape and kind of every weight.

        The columns of a recurrent kernel are the gates, side by side: input, forget,
        output, candidate (lstm); update, reset, candidate (gru).
        """
        weights: dict[str, Weight] = {}
        if self.n_tokens is not None:
            weights["embedding"] = Weight((self.n_tokens, self.n_components), "table")
        gates = CELLS[self.cell]
        for name, inputs, units in self.layers():
            columns = gates * units
            weights[f"{name}.kernel"] = Weight((inputs, columns), "kernel")
            weights[f"{name}.recurrent_kernel"] = Weight((units, columns), "kernel")
            weights[f"{name}.bias"] = Weight((columns,), "small")
            if self.cell == "gru":
                weights[f"{name}.recurrent_bias"] = Weight((units,), "small")
        return weights
