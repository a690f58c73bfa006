"""How a network is trained, as data; nothing here imports Keras."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, NamedTuple

__all__ = ["Seeds", "TrainingOptions"]


class Seeds(NamedTuple):
    """Where the randomness of a training comes from.

    Parameters
    ----------
    weights : int
        Seed of first weights and dropout.
    order : int
        Seed of the order of the texts, and of the tokens that are read as unknown.
    """

    weights: int
    order: int


@dataclass(frozen=True)
class TrainingOptions:
    """How a network is trained; the parameters of an estimator with the same names.

    Parameters
    ----------
    optimizer : str or keras.optimizers.Optimizer, default="adam"
        ``"adam"``, ``"adamw"``, ``"sgd"`` or an optimizer, which is copied.
    learning_rate : float, default=0.008
        Highest learning rate; an optimizer object brings its own.
    clip_norm : float or None, default=1.0
        Largest norm of the gradient of all weights together.
    train_vectors : bool, default=True
        Whether training moves the word vectors.
    initializer : {"glorot_uniform", "gaussian", "uniform"}, default="glorot_uniform"
        How kernels start.
    dropout, recurrent_dropout, word_dropout : float, default=0.0
        Dropout rates of vectors and of the head's inputs, of recurrent states, of tokens.
    adversarial : float, default=0.0
        Length of the adversarial step of a text's vectors, in units of the standard
        deviation of the table.
    virtual : float, default=0.0
        Length of the virtual adversarial step of a text without labels, in the same
        units; 0 for none.
    embedding_dropout : float, default=0.0
        Dropout rate of tokens of a language model: all places of a token are dropped.
    activation_penalty : float, default=0.0
        Weight of the squares of a language model's states.
    label_smoothing : float, default=0.0
        Part of the probability of a written text's tokens that all tokens share.
    n_masks : int, default=0
        Stretches of time, and bands of frequencies, masked in each recording.
    n_mels : int, default=40
        Frequencies of a frame, before frames were put together.
    softmax : {"auto", "full", "sampled"}, default="full"
        What a step of a language model computes of the softmax.
    batch_size : int, default=32
        Texts in a batch; for a language model, most rows of the stream side by side.
    window : int, default=64
        Tokens of a row that a step of a language model reads.
    n_iter_no_change : int, default=5
        Epochs without a rise of the validation score after which training stops.
    tol : float, default=0.0
        The least rise that counts.
    n_threads : int, default=2
        Threads that share a batch on JAX; the result does not depend on it.
    mesh : jax.sharding.Mesh or None, default=None
        Devices that share the rows of a batch; None for one device. Set by
        :func:`~sklearn_slm.network.devices.use_devices`.
    """

    optimizer: Any = "adam"
    learning_rate: float = 0.008
    clip_norm: float | None = 1.0
    train_vectors: bool = True
    initializer: str = "glorot_uniform"
    dropout: float = 0.0
    recurrent_dropout: float = 0.0
    word_dropout: float = 0.0
    adversarial: float = 0.0
    virtual: float = 0.0
    embedding_dropout: float = 0.0
    activation_penalty: float = 0.0
    label_smoothing: float = 0.0
    n_masks: int = 0
    n_mels: int = 40
    softmax: str = "full"
    batch_size: int = 32
    window: int = 64
    n_iter_no_change: int = 5
    tol: float = 0.0
    n_threads: int = 2
    mesh: Any = None

    @classmethod
    def of(cls, estimator: Any, **others: Any) -> TrainingOptions:
        """Return the options that an estimator's parameters name.

        Parameters
        ----------
        estimator : estimator
            Attributes of the same names are taken; what it has not keeps its default.
        **others : object
            Options in place of these.
        """
        names = [f.name for f in fields(cls) if hasattr(estimator, f.name)]
        return cls(**({name: getattr(estimator, name) for name in names} | others))
