"""Small language models as scikit-learn estimators.

Nothing heavy is imported here: Keras and JAX come with the first fit, plotting and
ONNX with their first use.
"""

from .datasets import load_demo_corpus
from .embeddings import WordVectors, read_vectors, train_glove, write_vectors
from .estimators import GloveTfidfVectorizer, SLMTextClassifier
from .spec import NetworkSpec
from .text import TokenSequences

__all__ = [
    "GloveTfidfVectorizer",
    "NetworkSpec",
    "SLMTextClassifier",
    "TokenSequences",
    "WordVectors",
    "load_demo_corpus",
    "read_vectors",
    "train_glove",
    "write_vectors",
]

__version__ = "0.1.0.dev0"
