"""LIME and SHAP, the real packages, explain ``predict_proba`` as it is."""

import warnings

import numpy as np
import pytest

TEXT = "The film was dull and the room was lovely"


def test_lime(model):
    lime_text = pytest.importorskip("lime.lime_text", reason="the test extra has it")
    explainer = lime_text.LimeTextExplainer(
        class_names=model.classes_.tolist(), random_state=0
    )
    found = explainer.explain_instance(
        TEXT, model.predict_proba, num_features=4, num_samples=100
    )
    weights = dict(found.as_list())
    assert len(weights) == 4 and set(weights) <= set(TEXT.split())
    np.testing.assert_allclose(
        found.predict_proba, model.predict_proba([TEXT])[0], atol=1e-12
    )


def test_shap(model):
    with warnings.catch_warnings():
        # shap 0.51 calls what matplotlib 3.11 is going to deprecate.
        warnings.simplefilter("ignore")
        shap = pytest.importorskip("shap", reason="the test extra has it")
        masker = shap.maskers.Text(r"\W+")
        explainer = shap.Explainer(
            model.predict_proba, masker, output_names=model.classes_.tolist(), seed=0
        )
        values = explainer([TEXT], max_evals=100, silent=True)
    # SHAP's own law: what it gives the words is what tells text and empty text apart.
    total = values.base_values[0] + values.values[0].sum(axis=0)
    np.testing.assert_allclose(total, model.predict_proba([TEXT])[0], atol=1e-6)
