"""What users construct: scikit-learn estimators, and what is done with fitted ones."""

from .classifier import SLMTextClassifier
from .streaming import predict_iter
from .vectorizer import GloveTfidfVectorizer

__all__ = ["GloveTfidfVectorizer", "SLMTextClassifier", "predict_iter"]
