"""What the models in the files of tests/data were asked, and answered; needs NumPy alone."""

import numpy as np

RATE = 8000
# Each character is a tone, the space is none.
TONES = {"a": 400.0, "b": 900.0, "c": 1700.0}


def sing(text, seconds=0.12, noise=0.01, seed=0):
    """Return a recording of a text: a tone for each character, with gaps between."""
    random = np.random.default_rng(seed)
    times = np.arange(round(seconds * RATE)) / RATE
    shape = np.minimum(1.0, 10 * np.sin(np.pi * times / seconds) ** 2)
    parts = [
        np.sin(2 * np.pi * TONES.get(character, 0.0) * times) * shape
        for character in text
    ]
    samples = np.concatenate([np.zeros(400), *parts, np.zeros(400)]) * 0.3
    return (samples + random.normal(0, noise, len(samples))).astype(np.float32)


def ask(model, expected):
    """Return what a model says of the texts, and what it said when it was written."""
    if "documents" in expected:
        return model.transform(expected["texts"]), expected["documents"]
    if "probabilities" in expected:
        return model.predict_proba(expected["texts"]), expected["probabilities"]
    if not hasattr(model, "predict_topk"):
        return model.score_samples(expected["texts"]), expected["found"]
    if "tones" in expected:
        asked = [(RATE, sing(text)) for text in expected["tones"]]
    else:
        asked = expected.get("texts") or list(map(tuple, expected["pairs"]))
    found = model.predict_topk(asked, k=3)
    texts = [[text for text, _ in entries] for entries in expected["found"]]
    assert [[text for text, _ in entries] for entries in found] == texts
    return [
        np.array([value for entries in answers for _, value in entries])
        for answers in (found, expected["found"])
    ]
