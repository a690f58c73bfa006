"""
Can the probabilities be believed?
==================================

A network that is trained until it fits every label tends to be too sure. What prevents
that by default is switched off here. A reliability curve shows the effect, and
``CalibratedClassifierCV`` corrects it with texts that training has not seen. A fifth of
the labels are wrong on purpose: a believable model should never be surer than 80
percent.
"""

# %%
# Train on noisy labels, calibrate on some more
# ---------------------------------------------
import matplotlib.pyplot as plt
import numpy as np
from sklearn.calibration import CalibratedClassifierCV, CalibrationDisplay
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import brier_score_loss

from sklearn_slm import SLMTextClassifier, load_demo_corpus

train, test = load_demo_corpus(), load_demo_corpus(subset="test")
random = np.random.RandomState(0)


def add_noise(target):
    """Flip a fifth of the labels."""
    return (target == "positive") ^ (random.uniform(size=len(target)) < 0.2)


y, y_test = add_noise(train.target), add_noise(test.target)
n = len(y) * 3 // 4
# Many epochs and no regularisation: this network learns the wrong labels too.
raw = SLMTextClassifier(
    32,
    max_iter=10,
    learning_rate=0.01,
    dropout=0.0,
    word_dropout=0.0,
    adversarial=0.0,
    early_stopping=False,
    random_state=0,
).fit(train.data[:n], y[:n])
calibrated = CalibratedClassifierCV(FrozenEstimator(raw), method="sigmoid")
calibrated.fit(train.data[n:], y[n:])

# %%
# Predicted and true
# ------------------
figure, ax = plt.subplots(figsize=(4.5, 4.5), layout="constrained")
for name, model in {"as trained": raw, "calibrated": calibrated}.items():
    probability = model.predict_proba(test.data)[:, 1]
    brier = brier_score_loss(y_test, probability)
    CalibrationDisplay.from_predictions(
        y_test, probability, n_bins=8, ax=ax, name=f"{name}, Brier score {brier:.3f}"
    )
plt.show()
