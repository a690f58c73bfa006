"""Parameters of a vectorizer that is not there yet, and of a model that is fitted."""

import pytest

from sklearn_slm import GloveTfidfVectorizer, SLMAnswerer, SLMTextClassifier

KINDS = [SLMAnswerer, SLMTextClassifier]


@pytest.mark.parametrize("kind", KINDS)
def test_a_parameter_of_the_vectorizer_makes_one(kind):
    model = kind().set_params(vectorizer__min_df=3)
    assert isinstance(model.vectorizer, GloveTfidfVectorizer)
    assert model.vectorizer.min_df == 3
    model.set_params(vectorizer=None, vectorizer__min_df=2)
    assert model.vectorizer.min_df == 2
    assert kind().set_params(hidden_size=7).vectorizer is None


@pytest.mark.parametrize("kind", KINDS)
def test_a_fitted_model_has_no_parameters_to_set(kind):
    with pytest.raises(ValueError, match="it is fitted already. Fit language models"):
        kind().set_params(pretrained__hidden_size=3)
    with pytest.raises(ValueError, match="Invalid parameter 'nothing'"):
        kind().set_params(nothing=3)
