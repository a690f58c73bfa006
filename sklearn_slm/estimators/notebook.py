"""How estimators look in a notebook: their size below the name, a link to their page."""

from __future__ import annotations

import os
from importlib import metadata
from pathlib import Path
from typing import Any

from .base import build_visual_block

__all__ = ["NotebookMixin"]

_BUILT = Path(__file__).resolve().parents[2] / "docs" / "_build" / "html"


class NotebookMixin:
    """Adds to scikit-learn's HTML what a fitted estimator holds, and its documentation.

    The address of the documentation is that of the environment variable
    ``SKLEARN_SLM_DOCS``, else the project URL of the installed package, else the pages
    that ``make docs`` built in a checkout; without any there is no link.
    """

    _doc_link_module = "sklearn_slm"

    def _describe(self) -> str:
        """Say in a few words what was fitted; nothing if it was not."""
        raise NotImplementedError

    def _sk_visual_block_(self) -> Any:
        return build_visual_block(self, self._describe())

    def _get_doc_link(self) -> str:
        # A class of somebody else, derived from ours, has no page here.
        name = type(self).__name__
        root = _find_documentation()
        if type(self).__module__.split(".")[0] != "sklearn_slm" or root is None:
            return ""
        return f"{root}/reference/generated/sklearn_slm.{name}.html"


def _find_documentation() -> str | None:
    address = os.environ.get("SKLEARN_SLM_DOCS")
    if address:
        return address.rstrip("/")
    try:
        urls = metadata.metadata("sklearn_slm").get_all("Project-URL") or []
    except metadata.PackageNotFoundError:
        urls = []
    for entry in urls:
        kind, _, address = entry.partition(",")
        if kind.strip().lower() == "documentation":
            return address.strip().rstrip("/")
    return _BUILT.as_uri() if (_BUILT / "index.html").exists() else None
