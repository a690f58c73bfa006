"""What users construct: scikit-learn estimators."""

from .classifier import SLMTextClassifier
from .vectorizer import GloveTfidfVectorizer

__all__ = ["GloveTfidfVectorizer", "SLMTextClassifier"]
