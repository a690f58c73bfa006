"""The HTML of estimators: size, classes and epochs once fitted, and the way to the docs."""

import re
from importlib import metadata

from sklearn.pipeline import make_pipeline

from sklearn_slm import GloveTfidfVectorizer, SLMTextClassifier
from sklearn_slm.estimators import notebook

TEXTS, LABELS = ["good film", "bad film"] * 6, ["<b>pos", "neg"] * 6


def test_fitted_estimators_show_their_size(monkeypatch):
    monkeypatch.setenv("SKLEARN_SLM_DOCS", "https://example.org/docs/")
    pipeline = make_pipeline(
        GloveTfidfVectorizer(4, random_state=0),
        SLMTextClassifier(4, max_iter=2, early_stopping=False, random_state=0),
    )
    assert "weights" not in pipeline[-1]._describe()
    assert 'class="caption">3 tokens' not in pipeline._repr_html_()
    html = pipeline.fit(TEXTS, LABELS)._repr_html_()
    n_weights = sum(w.size for w in pipeline[-1].weights_.values())
    caption = f"2 classes, 3 tokens, {n_weights} weights, 2 epochs"
    assert f'<div class="caption">{caption}</div>' in html
    assert '<div class="caption">3 tokens x 4</div>' in html
    assert "<b>pos" not in html
    links = re.findall(r'sk-estimator-doc-link[^>]*href="(https://example[^"]*)"', html)
    assert links == [
        "https://example.org/docs/reference/generated/sklearn_slm.GloveTfidfVectorizer.html",
        "https://example.org/docs/reference/generated/sklearn_slm.SLMTextClassifier.html",
    ]


def test_where_the_documentation_is(monkeypatch, tmp_path):
    monkeypatch.delenv("SKLEARN_SLM_DOCS", raising=False)
    monkeypatch.setattr(notebook, "_BUILT", tmp_path)
    fields = metadata.metadata("sklearn_slm")
    monkeypatch.setattr(notebook.metadata, "metadata", lambda name: fields)
    for value in fields.get_all("Project-URL") or []:
        if value.lower().startswith("documentation"):
            del fields["Project-URL"]
    assert SLMTextClassifier()._get_doc_link() == ""
    (tmp_path / "index.html").write_text("")
    assert SLMTextClassifier()._get_doc_link().startswith(tmp_path.as_uri())
    fields["Project-URL"] = "Documentation, https://example.org/"
    assert SLMTextClassifier()._get_doc_link() == (
        "https://example.org/reference/generated/sklearn_slm.SLMTextClassifier.html"
    )

    class Mine(SLMTextClassifier):
        pass

    assert Mine()._get_doc_link() == ""
