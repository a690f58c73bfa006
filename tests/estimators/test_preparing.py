"""A network is prepared once for its weights and its runtime, and never pickled."""

import pickle

import pytest

from sklearn_slm.graph.session import OnnxNetwork
from sklearn_slm.runtime.network import PreparedNetwork
from tests.estimators.language import fit_model, make_model


def make_fitted(**parameters):
    model = make_model(**parameters)
    fitted = vars(fit_model())
    model.__dict__.update({k: v for k, v in fitted.items() if k.endswith("_")})
    return model


def test_one_network_for_weights_and_runtime():
    model = make_fitted()
    network = model.prepare_network()
    assert isinstance(network, PreparedNetwork) and model.prepare_network() is network
    model.weights_ = dict(model.weights_)
    assert model.prepare_network() is not network
    model.set_params(runtime="onnxruntime")
    assert isinstance(model.prepare_network(), OnnxNetwork)


@pytest.mark.parametrize("runtime", ["numpy", "auto"])
def test_predicting_leaves_an_estimator_as_it_was(runtime):
    model = make_fitted(runtime=runtime)
    before, attributes = pickle.dumps(model), set(vars(model))
    model.score(["one two"])
    assert set(vars(model)) == attributes and pickle.dumps(model) == before
