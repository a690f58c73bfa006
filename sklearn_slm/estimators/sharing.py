"""Predict with a model file in many processes, each of which opens it once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

__all__ = ["predict_from_file"]


def predict_from_file(
    X: Iterable[Any],
    path: str | os.PathLike[str],
    *,
    method: str = "predict",
    trusted: str | bytes | Iterable[str] = (),
) -> Any:
    """Predict one part of many with a model file, which a process opens once.

    For the functions that Dask, Ray and Spark call on each part of a collection: only
    the path travels to the workers. The first part that a worker gets loads the model,
    memory-mapped, so that the workers of a machine share its memory; later parts find
    it loaded. A file that was replaced is loaded again.

    Parameters
    ----------
    X : iterable of str, or of whatever the model reads
        One part: a list, an iterator, an array or a Series. It may be empty.
    path : str or path-like
        A file that :func:`~sklearn_slm.save_model` wrote, which every worker can read.
    method : str, default="predict"
        The method of the model that is asked, such as ``"predict_proba"``.
    trusted : str or iterable of str, default=()
        As in :func:`~sklearn_slm.load_model`.

    Returns
    -------
    ndarray or list
        What the method returns.

    Raises
    ------
    FileNotFoundError, ValueError, TypeError
        As :func:`~sklearn_slm.load_model` and the method do.
    AttributeError
        If the model has no such method.

    Examples
    --------
    A vectorizer is the quickest model to make; a classifier is asked to ``predict``:

    >>> import os, tempfile
    >>> from functools import partial
    >>> from sklearn_slm import GloveTfidfVectorizer, save_model
    >>> model = GloveTfidfVectorizer(5, output="document", random_state=0)
    >>> model = model.fit(["a good day", "a day"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "model.slm")
    ...     save_model(model, path)
    ...     answer = partial(predict_from_file, path=path, method="transform")
    ...     [answer(part).shape for part in (["day", "good"], ["a day"])]
    [(2, 5), (1, 5)]
    """
    if isinstance(X, Iterator):
        X = list(X)
    place = Path(path).absolute()
    facts = place.stat()
    names = (trusted,) if isinstance(trusted, (str, bytes)) else tuple(trusted)
    model = _open_model(place, facts.st_mtime_ns, facts.st_ino, names)
    return getattr(model, method)(X)


# A new version of a file is another entry, and one worker may have a few models.
@lru_cache(maxsize=4)
def _open_model(path: Path, changed: int, number: int, trusted: tuple) -> Any:
    from .loading import load_model

    return load_model(path, trusted=trusted, mmap=True)
