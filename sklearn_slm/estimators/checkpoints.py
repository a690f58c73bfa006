"""Checkpoints of a language model in training, as files."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from ..network.language.windows import Stream
from ..persistence.container import read_file, write_file
from ..persistence.fields import RefusedError, expect, take_field
from ..spec import NetworkSpec

__all__ = ["Checkpoints"]

# Parameters that change nothing of what a training computes.
_FREE = {
    "cache_flatness",
    "cache_size",
    "cache_weight",
    "checkpoint",
    "checkpoint_minutes",
    "max_memory",
    "n_jobs",
    "random_state",
    "runtime",
    "verbose",
    "warm_start",
}
# Ids that are looked at a time.
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Checkpoints:
    """Writes and reads the checkpoints of one fit.

    Parameters
    ----------
    path : path-like or None
        The file.
    identity : str
        What a checkpoint must have in common with the fit: parameters, network, seeds
        and documents.
    """

    path: Any
    identity: str

    @classmethod
    def of(
        cls, model: Any, spec: NetworkSpec, corpus: Any, seeds: list[int], epochs: int
    ) -> Checkpoints:
        """Return those of a fit."""
        if model.checkpoint is None:
            path = None
        else:
            path = Path(model.checkpoint)
            if not path.parent.is_dir():
                raise ValueError(
                    f"the folder of checkpoint={str(path)!r} does not exist. Make it "
                    "first, or give another path."
                )
        parameters = {
            name: repr(value)
            for name, value in model.get_params(deep=False).items()
            if name not in _FREE
        }
        told = [parameters, repr(spec), seeds, epochs, _digest(corpus.stream)]
        text = json.dumps(told, sort_keys=True)
        return cls(path, hashlib.sha256(text.encode()).hexdigest())

    def write(self, checkpoint: Any) -> None:
        """Write a checkpoint; the one before it stays until this one is whole."""
        arrays = {f"value.{i}": v for i, v in enumerate(checkpoint.values)}
        for i, state in enumerate(checkpoint.states):
            arrays |= {f"state.{i}.{k}": v for k, v in enumerate(state)}
        for i, weights in enumerate(checkpoint.best):
            arrays |= {f"best.{i}.{name}": v for name, v in weights.items()}
        numbers = {
            name: getattr(checkpoint, name)
            for name in ("epoch", "window", "step", "loss", "count")
        }
        state = {
            "kind": "checkpoint",
            "identity": self.identity,
            "numbers": numbers,
            "epochs": [asdict(epoch) for epoch in checkpoint.epochs],
        }
        write_file(self.path, state, arrays)

    def read(self, path: str | os.PathLike[str]) -> Any:
        """Return the checkpoint of a file.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If it is no checkpoint, is damaged, or comes from another fit.
        """
        from ..network.language.train import Checkpoint
        from ..network.train import Epoch

        try:
            state, arrays = read_file(Path(path))
            expect(state.get("kind") == "checkpoint", "it holds no checkpoint.")
            numbers = take_field(state, "numbers", dict)
            known = {f.name for f in fields(Epoch)}
            epochs = take_field(state, "epochs", list)
            expect(all(set(epoch) == known for epoch in epochs), "an epoch is none.")
            expect(
                state.get("identity") == self.identity,
                "it was written by a fit with other parameters, random_state or "
                "documents. Set them as they were, or leave resume_from out.",
            )
            return Checkpoint(
                **numbers,
                values=_collect(arrays, "value."),
                states=[
                    _collect(arrays, f"state.{i}.") for i in _count(arrays, "state.")
                ],
                best=[_take(arrays, f"best.{i}.") for i in _count(arrays, "best.")],
                epochs=[Epoch(**epoch) for epoch in epochs],
            )
        except FileNotFoundError:
            raise
        except RefusedError as error:
            raise ValueError(f"{path}: {error}") from None
        except Exception as error:
            raise ValueError(
                f"{path} is no checkpoint of a language model, or is damaged: {error}"
            ) from None


def _digest(stream: Stream) -> str:
    digest, texts = hashlib.sha256(), stream.texts
    for first in range(0, len(texts.values), _BLOCK):
        digest.update(texts.values[first : first + _BLOCK].tobytes())
    for part in (texts.offsets, stream.labels, stream.rows):
        digest.update(b"none" if part is None else part.tobytes())
    return digest.hexdigest()


def _take(arrays: dict[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {
        n.removeprefix(prefix): v for n, v in arrays.items() if n.startswith(prefix)
    }


def _collect(arrays: dict[str, np.ndarray], prefix: str) -> list[np.ndarray]:
    taken = _take(arrays, prefix)
    return [taken[str(i)] for i in range(len(taken))]


def _count(arrays: dict[str, np.ndarray], prefix: str) -> list[int]:
    return sorted({int(name.split(".")[0]) for name in _take(arrays, prefix)})
