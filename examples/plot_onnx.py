"""
Run a classifier with ONNX Runtime alone
========================================

``export_onnx`` writes the network, its vocabulary and its classes into one file. Here a
second process answers from it with nothing but ONNX Runtime and NumPy: neither
sklearn_slm nor scikit-learn is imported, as it would be on a phone or in a server of
another language.
"""

# %%
# Train and export
# ----------------
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from sklearn_slm import SLMTextClassifier, export_onnx, load_demo_corpus

corpus = load_demo_corpus("en")
model = SLMTextClassifier(hidden_size=16, max_iter=4, random_state=0)
model.fit(corpus.data[:2000], corpus.target[:2000])

folder = tempfile.TemporaryDirectory()
path = Path(folder.name) / "model.onnx"
export_onnx(model, path)
print(f"{path.name}: {path.stat().st_size:,} bytes")

# %%
# Answer elsewhere
# ----------------
# Everything that the other side needs is in the file. What it has to do itself is to
# split a text into tokens; for English text without markup and without numbers that are
# written with commas, this pattern splits as ``GloveTfidfVectorizer`` does. Its options
# are in the file, too, under ``preprocessing``.
ANSWER = r"""
import json, re, sys
import numpy as np
import onnxruntime

session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
metadata = session.get_modelmeta().custom_metadata_map
classes = json.loads(metadata["classes"])
# Id 0 is padding, 1 is any word that is not in the vocabulary.
ids = {token: i for i, token in enumerate(json.loads(metadata["vocabulary"]), 2)}
pattern = re.compile(r"\w+(?=n't\b)|n't\b|\w+|'(?:[sdm]|re|ve|ll)\b|\.{2,}|[^\w\s]")

answers = []
for text in sys.argv[2:]:
    tokens = pattern.findall(text.lower())
    row = np.array([[ids.get(token, 1) for token in tokens]], np.int32)
    inputs = {"ids": row, "lengths": np.array([row.shape[1]], np.int32)}
    names = ["probabilities", "attention"]
    probabilities, attention = session.run(names, inputs)
    answers.append([tokens, probabilities[0].tolist(), attention[0].tolist()])
assert not {"sklearn_slm", "sklearn", "keras", "jax"} & set(sys.modules)
print(json.dumps({"classes": classes, "answers": answers}))
"""
texts = [
    "The film was not dull, but gripping.",
    "The film was not gripping, but dull.",
    "I didn't think it would be good, and it wasn't.",
]
done = subprocess.run(
    [sys.executable, "-c", ANSWER, str(path), *texts],
    capture_output=True,
    text=True,
    check=True,
)
found = json.loads(done.stdout)
probabilities = np.array([row[1] for row in found["answers"]])
print("largest difference:", np.abs(probabilities - model.predict_proba(texts)).max())
np.testing.assert_allclose(probabilities, model.predict_proba(texts), atol=1e-4)

# %%
# What it read
# ------------
# The graph also gives the weight of each token in the pooling.
figure, axes = plt.subplots(len(texts), figsize=(8, 6), layout="constrained")
for ax, (tokens, row, attention) in zip(axes, found["answers"]):
    ax.bar(range(len(tokens)), attention, color="tab:blue")
    ax.set_xticks(range(len(tokens)), tokens)
    best = int(np.argmax(row))
    ax.set_title(f"{found['classes'][best]}, {row[best]:.2f}", loc="left")
    ax.set_ylabel("weight")
    ax.spines[["top", "right"]].set_visible(False)
plt.show()
folder.cleanup()
