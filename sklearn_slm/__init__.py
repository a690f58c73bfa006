"""Small language models as scikit-learn estimators.

``import sklearn_slm`` costs no more than its name: a public name brings its module with
its first use, Keras and JAX come with the first fit, plotting and ONNX when called.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from . import forks  # noqa: F401  from here on it sees them

if TYPE_CHECKING:
    from .datasets import load_demo_corpus, load_demo_speech
    from .embeddings import (
        WordVectors,
        align_vectors,
        join_vectors,
        read_vectors,
        train_glove,
        write_vectors,
    )
    from .estimators import GloveTfidfVectorizer, SLMTextClassifier, predict_iter
    from .estimators.answerer import SLMAnswerer
    from .estimators.augmenter import Augmenter
    from .estimators.column_encoder import ColumnEncoder
    from .estimators.distilling import distill
    from .estimators.exporting import export_onnx
    from .estimators.language_model import SLMLanguageModel
    from .estimators.loading import load_model
    from .estimators.pruning import prune
    from .estimators.quantizing import quantize
    from .estimators.reader import SLMReader
    from .estimators.recognizer import SLMSpeechRecognizer
    from .estimators.saving import save_model
    from .estimators.sharing import predict_from_file
    from .estimators.translator import SLMTranslator
    from .inspection import AlignmentDisplay, CompressionDisplay, SpeechDisplay
    from .spec import ClassHead, DecoderHead, EncoderSpec, NetworkSpec, TokenHead
    from .text import TokenSequences

__all__ = [
    "AlignmentDisplay",
    "Augmenter",
    "ClassHead",
    "ColumnEncoder",
    "CompressionDisplay",
    "DecoderHead",
    "EncoderSpec",
    "GloveTfidfVectorizer",
    "NetworkSpec",
    "SLMAnswerer",
    "SLMLanguageModel",
    "SLMReader",
    "SLMSpeechRecognizer",
    "SLMTextClassifier",
    "SLMTranslator",
    "SpeechDisplay",
    "TokenHead",
    "TokenSequences",
    "WordVectors",
    "align_vectors",
    "distill",
    "export_onnx",
    "join_vectors",
    "load_demo_corpus",
    "load_demo_speech",
    "load_model",
    "predict_from_file",
    "predict_iter",
    "prune",
    "quantize",
    "read_vectors",
    "save_model",
    "train_glove",
    "write_vectors",
]

__version__ = "0.2.0"

_HOMES = {
    "datasets": ["load_demo_corpus", "load_demo_speech"],
    "embeddings": [
        "WordVectors",
        "align_vectors",
        "join_vectors",
        "read_vectors",
        "train_glove",
        "write_vectors",
    ],
    "estimators": ["GloveTfidfVectorizer", "SLMTextClassifier", "predict_iter"],
    "estimators.language_model": ["SLMLanguageModel"],
    "estimators.answerer": ["SLMAnswerer"],
    "estimators.augmenter": ["Augmenter"],
    "estimators.column_encoder": ["ColumnEncoder"],
    "estimators.distilling": ["distill"],
    "estimators.exporting": ["export_onnx"],
    "estimators.pruning": ["prune"],
    "estimators.quantizing": ["quantize"],
    "estimators.reader": ["SLMReader"],
    "estimators.recognizer": ["SLMSpeechRecognizer"],
    "estimators.loading": ["load_model"],
    "estimators.saving": ["save_model"],
    "estimators.sharing": ["predict_from_file"],
    "estimators.translator": ["SLMTranslator"],
    "inspection": ["AlignmentDisplay", "CompressionDisplay", "SpeechDisplay"],
    "spec": ["ClassHead", "DecoderHead", "EncoderSpec", "NetworkSpec", "TokenHead"],
    "text": ["TokenSequences"],
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
