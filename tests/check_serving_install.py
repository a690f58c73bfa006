"""What an installation without Keras and JAX must do; run by ``make test-serving``.

Not a part of the suite: it runs in an environment of its own, with neither.
"""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np

DATA = Path(__file__).parent / "data"
TRAINING = ("keras", "scikeras", "jax", "tensorflow", "torch")


def check_vectorizer(vectorizer, texts, documents):
    """A vectorizer gives the document vectors that are kept beside it."""
    found = vectorizer.transform(texts)
    np.testing.assert_allclose(found, documents, atol=1e-4)


def check_other(path, expected):
    """A model of another kind answers as it is kept beside it."""
    # Beside this file, which runs as a script.
    from golden import ask

    from sklearn_slm import load_model

    for runtime in ("numpy", "onnxruntime"):
        model = load_model(path).set_params(runtime=runtime)
        np.testing.assert_allclose(*ask(model, expected), atol=1e-4)


def check_classifier(path, texts, probabilities):
    """A classifier gives the probabilities that are kept beside it, by every way."""
    from sklearn_slm import load_model, predict_iter

    for runtime in ("numpy", "onnxruntime"):
        model = load_model(path)
        classifier = model[-1] if hasattr(model, "steps") else model
        classifier.set_params(runtime=runtime)
        found = model.predict_proba(texts)
        np.testing.assert_allclose(found, probabilities, atol=1e-4)
        streamed = list(predict_iter(model, iter(texts), method="predict_proba"))
        np.testing.assert_allclose(streamed, probabilities, atol=1e-4)
    done = subprocess.run(
        [sys.executable, "-m", "sklearn_slm", "predict", str(path), "--format", "txt"],
        input="\n".join(texts),
        capture_output=True,
        text=True,
        check=True,
    )
    labels = classifier.classes_[np.argmax(probabilities, axis=1)]
    assert done.stdout.splitlines() == [str(label) for label in labels]


def main():
    """Load every kept file, predict by every way, and be told what training needs."""
    there = [name for name in TRAINING if importlib.util.find_spec(name)]
    assert not there, f"this environment should not have {there}"
    from sklearn_slm import SLMTextClassifier, load_model

    files = sorted(DATA.glob("*.slm"))
    assert len(files) >= 16
    for path in files:
        expected = json.loads(path.with_suffix(".json").read_text("utf-8"))
        if "documents" in expected:
            check_vectorizer(load_model(path), **expected)
        elif "probabilities" in expected:
            check_classifier(path, **expected)
        else:
            check_other(path, expected)
    try:
        SLMTextClassifier(2).fit(["a b", "c d"] * 9, [0, 1] * 9)
    except ImportError as error:
        assert "pip install" in str(error), error
    else:
        raise AssertionError("fit should need Keras")
    sys.stdout.write(f"{len(files)} files, two runtimes, no {', '.join(TRAINING)}\n")


if __name__ == "__main__":
    main()
