"""Draw the training curve of a fit: python docs/draw_training.py."""

import matplotlib.pyplot as plt
from drawing import save

from sklearn_slm import SLMTextClassifier, load_demo_corpus
from sklearn_slm.inspection import TrainingCurveDisplay

train = load_demo_corpus()
model = SLMTextClassifier(8, max_iter=8, random_state=0).fit(train.data, train.target)
display = TrainingCurveDisplay.from_estimator(model)
save(display.figure_, "training_curve.svg")
plt.close("all")
