"""
Understand spoken commands
==========================

``SLMSpeechRecognizer`` learns to write what is said from recordings and their
transcripts. Here it hears digits, "yes" and "no", and a text classifier behind it tells
what is wanted. The recordings are synthetic, made by a small formant synthesiser: the
example needs no download, and its scores say nothing about people.
"""

# %%
# Recordings
# ----------
# Arrays of samples with what is said in each. Paths of WAV files work as well, and so do
# pairs ``(rate, samples)``. The test recordings are of other voices.
import matplotlib.pyplot as plt
import numpy as np
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline

from sklearn_slm import (
    SLMSpeechRecognizer,
    SLMTextClassifier,
    SpeechDisplay,
    load_demo_speech,
)
from sklearn_slm.audio import add_noise

RATE = 8000
train = load_demo_speech(n_samples=300, sample_rate=RATE)
test = load_demo_speech(subset="test", n_samples=60, sample_rate=RATE)
minutes = sum(map(len, train.data)) / RATE / 60
print(f"{len(train.data)} recordings, {minutes:.1f} minutes: {train.target[:3]}")

# %%
# Learn to write them
# -------------------
# With a dozen words the network can write whole words; characters, the default, can write
# words that were never heard. So few recordings are all trained on.
hear = SLMSpeechRecognizer(
    48,
    units="word",
    sample_rate=RATE,
    n_mels=24,
    speeds=1.0,
    batch_size=8,
    max_iter=25,
    learning_rate=0.01,
    early_stopping=False,
    random_state=0,
)
hear.fit(train.data, train.target)
print(f"words right: {hear.score(test.data, test.target):.3f}")

# %%
# In noise
# --------
# A model that was trained on clean recordings loses words in noise. ``noise_db=(5, 30)``
# in the constructor adds noise in training, which is what to do if there will be some.
levels, random = [30, 20, 10, 5], np.random.default_rng(0)
scores = [
    hear.score([add_noise(one, random, level) for one in test.data], test.target)
    for level in levels
]
for level, score in zip(levels, scores):
    print(f"white noise {level} dB below the speech: {score:.3f}")

# %%
# What it heard, and when
# -----------------------
# At each frame of 30 ms the network names a word, or (mostly) none. It is trained without
# times: a word is named when the network is sure of it.
for word in hear.predict_words(test.data[:1])[0]:
    print(f"{word.start:.2f} to {word.end:.2f} s: {word.text} ({word.confidence:.2f})")
longest = int(np.argmax([len(text.split()) for text in test.target]))
SpeechDisplay.from_estimator(hear, [test.data[longest]]).plot()

# %%
# Commands
# --------
# A fitted recogniser is a step of a Pipeline as any other: its texts are what the next
# step reads. ``FrozenEstimator`` keeps it as it is while the classifier learns from
# recordings and what was wanted.


def name_intent(text):
    """Return what a speaker wants."""
    words = text.split()
    return "confirm" if "yes" in words else "cancel" if "no" in words else "dial"


classifier = SLMTextClassifier(8, max_iter=12, early_stopping=False, random_state=0)
command = Pipeline([("hear", FrozenEstimator(hear)), ("intent", classifier)])
command.fit(train.data, [name_intent(text) for text in train.target])
print(command.predict(test.data[:4]), test.target[:4])
wanted = [name_intent(text) for text in test.target]
print(f"intents right: {command.score(test.data, wanted):.3f}")

# %%
# The picture shows the words right at each level of noise.
fig, ax = plt.subplots(figsize=(5, 2.6), layout="constrained")
ax.plot(levels, scores, marker="o", color="#6a3d9a")
ax.set(xlabel="speech above noise, dB", ylabel="words right", ylim=(0, 1.05))
ax.invert_xaxis()
plt.show()
