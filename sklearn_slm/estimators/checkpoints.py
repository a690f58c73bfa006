"""Checkpoints of a fit, as files: what a killed fit goes on from."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from ..network.options import TrainingOptions
from ..persistence.container import read_file, write_file
from ..persistence.fields import RefusedError, expect, take_field
from ..persistence.trees import (
    digest_tree,
    flatten_tree,
    rebuild_tree,
    strip_addresses,
)

__all__ = ["Checkpoints"]

# Of these no message tells the values.
_UNTOLD = ("checkpoint", "checkpoint_minutes", "memory", "random_state")
_LONGEST_TOLD = 30
# How a message names what a training begins with.
_NAMES = {
    "options": "parameters",
    "seeds": "random_state",
    "examples": "data",
    "validation": "validation data",
    "unlabeled": "texts without labels",
    "epochs": "number of epochs",
    "first_epoch": "epochs before it",
    "n_keep": "n_average",
    "spec": "network",
    "start": "first weights",
    "backend": "backend of Keras",
}


@dataclass
class Checkpoints:
    """Writes and reads the checkpoints of one fit.

    A fit may train several networks, one after another: a file holds the last checkpoint of
    each.

    Parameters
    ----------
    path : Path or None, default=None
        The file that is written.
    seconds : float, default=inf
        Seconds between checkpoints within an epoch.
    kind : str, default=""
        What the estimator is called.
    told : dict of str to str, default={}
        Its parameters, for messages.
    source : object, default=None
        The file to go on from.
    found : list of dict, default=[]
        What that file holds of each network.
    theirs : dict of str to str, default={}
        The parameters of the fit that wrote it.
    """

    path: Path | None = None
    seconds: float = math.inf
    kind: str = ""
    told: dict[str, str] = field(default_factory=dict)
    source: Any = None
    found: list[dict] = field(default_factory=list)
    theirs: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.networks: list[dict[str, Any]] = []

    @classmethod
    def of(cls, model: Any, resume_from: Any = None) -> Checkpoints:
        """Return those of a fit.

        Parameters
        ----------
        model : estimator
            With ``checkpoint``, ``checkpoint_minutes`` and ``random_state``.
        resume_from : path-like or None, default=None
            A file of a checkpoint.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If it is no checkpoint of such an estimator, or is damaged; if the folder of
            ``checkpoint`` is not there; or if ``random_state`` is None.
        """
        if model.checkpoint is None and resume_from is None:
            return cls()
        if model.random_state is None:
            raise ValueError(
                "a fit can go on from a checkpoint only with the same random_state, but "
                "None draws another one each time. Set random_state to an integer."
            )
        path = None
        if model.checkpoint is not None:
            path = Path(model.checkpoint)
            if not path.parent.is_dir():
                raise ValueError(
                    f"the folder of checkpoint={str(path)!r} does not exist. Make it "
                    "first, or give another path."
                )
            if path.is_dir():
                raise ValueError(
                    f"checkpoint={str(path)!r} is a folder. Give the path of a file in it."
                )
        told = {
            name: _tell(value)
            for name, value in model.get_params(deep=False).items()
            if name not in _UNTOLD
        }
        found: tuple = ()
        if resume_from is not None:
            found = _read(resume_from, model._kind)
        seconds = 60.0 * model.checkpoint_minutes
        return cls(path, seconds, model._kind, told, resume_from, *found)

    def begin(
        self,
        kind: type,
        spec: Any,
        start: Any,
        examples: Any,
        options: TrainingOptions,
        **others: Any,
    ) -> dict[str, Any]:
        """Return what the training of the next network is given beside the rest.

        Parameters
        ----------
        kind : type
            The dataclass of its checkpoints.
        spec, start, examples, options, **others
            All that it depends on: what it is called with.

        Returns
        -------
        dict
            ``save``, ``save_seconds`` and ``resume``, or nothing.

        Raises
        ------
        ValueError
            If the file to go on from was written by another fit; the message names what
            is different.
        """
        if self.path is None and self.source is None:
            return {}
        from ..network.backend import import_keras

        parts = {
            "spec": spec,
            "start": start,
            "examples": examples,
            "options": _describe_options(options),
            "backend": import_keras().backend.backend(),
            **others,
        }
        identity = {name: digest_tree(value) for name, value in parts.items()}
        resume, number = None, len(self.networks)
        if number < len(self.found):
            resume = self._take(kind, identity, self.found[number])
        self.networks.append({"identity": identity, "checkpoint": resume})

        def save(checkpoint: Any) -> None:
            self.networks[number]["checkpoint"] = checkpoint
            self._write()

        return {
            "save": None if self.path is None else save,
            "save_seconds": self.seconds,
            "resume": resume,
        }

    def _write(self) -> None:
        """Write all checkpoints; the file before stays until this one is whole."""
        assert self.path is not None
        arrays: dict[str, Any] = {}
        state = {
            "kind": "checkpoint",
            "of": self.kind,
            "parameters": self.told,
            "networks": flatten_tree(self.networks, "networks", arrays),
        }
        write_file(self.path, state, arrays)

    def _take(self, kind: type, identity: dict[str, str], found: dict) -> Any:
        """Return the checkpoint of a network, if it comes from the same training."""
        others = _list_differences(identity, found["identity"], self.told, self.theirs)
        if others:
            raise ValueError(
                f"{self.source}: it was written by a fit with other {others}. Set them as "
                "they were, or leave resume_from out."
            )
        from ..network.train import Epoch

        parts = found["checkpoint"]
        if parts is None:
            return None
        try:
            epochs = [Epoch(**epoch) for epoch in parts["epochs"]]
            expect(set(parts) == {f.name for f in fields(kind)}, "it has other fields.")
            return kind(**{**parts, "epochs": epochs})
        except (TypeError, KeyError, RefusedError) as error:
            raise ValueError(f"{self.source} is damaged: {error}") from None


def _read(path: Any, kind: str) -> tuple[list[dict], dict[str, str]]:
    """Return what a file holds of each network, and the parameters of its estimator."""
    try:
        state, arrays = read_file(Path(path))
        expect(state.get("kind") == "checkpoint", "it holds no checkpoint.")
        theirs = take_field(state, "of", str)
        expect(theirs == kind, f"it holds a checkpoint of a {theirs:.40}.")
        parameters = take_field(state, "parameters", dict)
        networks = rebuild_tree(take_field(state, "networks", list), arrays)
        for network in networks:
            take_field(network, "identity", dict)
            take_field(network, "checkpoint", dict, type(None))
        return networks, parameters
    except FileNotFoundError:
        raise
    except RefusedError as error:
        raise ValueError(f"{path}: {error}") from None
    except Exception as error:
        raise ValueError(
            f"{path} is no checkpoint of a {kind}, or is damaged: {error}"
        ) from None


def _describe_options(options: TrainingOptions) -> list[Any]:
    """Return what of the options a training depends on."""
    optimizer: Any = options.optimizer
    if not isinstance(optimizer, str):
        with warnings.catch_warnings():
            # Keras reads its variables by an array protocol that NumPy 2 warns of.
            warnings.simplefilter("ignore", DeprecationWarning)
            config = optimizer.get_config()
        # Keras numbers the optimizers of a process in their names.
        optimizer = [type(optimizer).__name__, {**config, "name": ""}]
    return [replace(options, n_threads=1, mesh=None, optimizer=""), optimizer]


def _tell(value: Any) -> str:
    """Return a value as messages tell it; its digest where it is long."""
    text = strip_addresses(repr(value))
    return text if len(text) <= _LONGEST_TOLD else f"#{digest_tree(text)[:16]}"


def _list_differences(
    identity: Mapping[str, str],
    other: Mapping[str, str],
    told: Mapping[str, str],
    theirs: Mapping[str, str],
) -> str:
    """Name what two trainings differ in, and which parameters, if that may be why."""
    names = [n for n in _NAMES if identity.get(n) != other.get(n)]
    if not names:
        return ""
    if "seeds" in names:
        # The choice of a validation set and word vectors follow from it.
        names = [n for n in names if n in ("seeds", "options", "epochs")]
    changes = []
    for name in told:
        now, then = told[name], theirs.get(name, "")
        if now != then:
            is_short = not now.startswith("#") and not then.startswith("#")
            changes.append(f"{name} was {then}, is {now}" if is_short else name)
    listed = [_NAMES[name] for name in names if name != "options"]
    if changes:
        listed.insert(0, f"parameters ({'; '.join(changes)})")
    elif "options" in names:
        listed.insert(0, _NAMES["options"])
    return ", ".join(listed)
