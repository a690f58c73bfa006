"""Packages of an extra: whether they are there, and what is said where they are not."""

import sys

import pytest

from sklearn_slm.graph.builder import GraphBuilder
from sklearn_slm.graph.packages import has_onnxruntime, import_package


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match=r'pip install "sklearn_slm\[onnx\]"'):
        GraphBuilder()
    with pytest.raises(ImportError, match="This needs onnx, which is not installed"):
        import_package("onnx")


def test_it_is_known_whether_it_can_run():
    pytest.importorskip("onnx", reason="the test extra installs it")
    pytest.importorskip("onnxruntime", reason="the test extra installs it")
    assert has_onnxruntime()
