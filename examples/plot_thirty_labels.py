"""
Learn from thirty labels
========================

Texts are cheap and labels are not. A language model that has read all texts, labelled or
not, knows which words stand in like places. A classifier that starts from it has to learn
only what the groups are called.

The requests below are made from phrases and things, so that most of what a test request
says occurs in no labelled one. Real texts share more words with each other, and there the
gain is smaller: compare before you believe.
"""

# %%
# Requests to a house
# -------------------
import matplotlib.pyplot as plt
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from sklearn_slm import SLMLanguageModel, SLMTextClassifier

# What can be said, and of what, with bars between.
REQUESTS = {
    "music": (
        "play {}|put on {}|I want to hear {}|queue {}|start {} again|sing {}|shuffle {}|"
        "skip to {}|repeat {}|stream {}|who recorded {}|turn {} up|whose voice is in {}|"
        "let me listen to {}",
        "the jazz album|some blues|a waltz|that ballad|a lullaby|the symphony|an opera|"
        "the guitar solo|folk songs|the chorus|some reggae|a tango|the concerto|"
        "the soundtrack|the drum track|piano pieces|the duet|a polka|the anthem|hip hop",
    ),
    "house": (
        "switch {} on|switch {} off|dim {}|lock {}|close {}|open {}|reset {}|unplug {}|"
        "is anybody at {}|program {}|test {}|what is the matter with {}|leave {} as it is|"
        "connect to {}",
        "the lamp|the garage|the blinds|the oven|the boiler|the porch light|the heater|"
        "the front door|the fan|the alarm|the shutters|the dishwasher|the thermostat|"
        "the freezer|the sprinkler|the camera|the gate|the chandelier|the router",
    ),
    "weather": (
        "will there be {}|do they forecast {}|am I to expect {}|how likely is {}|"
        "when does it turn to {}|how long are we having {}|has the radio warned of {}|"
        "does the sky look like {}|is the week bringing {}|should I be afraid of {}|"
        "do I need a coat for {}|are the clouds full of {}|can I drive through {}|"
        "how much did we get of {}",
        "rain|snow|hail|fog|frost|storms|thunder|wind|sunshine|drizzle|sleet|lightning|"
        "showers|mist|heat|ice|gales|smog|blizzards|dew",
    ),
    "food": (
        "order {}|I am hungry for {}|bring {}|have {} delivered|get {} for dinner|"
        "add {} to the basket|two portions of {}|the usual {}|what do they charge for {}|"
        "I feel like eating {}|who cooks good {}|is there a discount on {}|pay for {}|"
        "take {} off the bill",
        "noodles|dumplings|pizza|sushi|curry|tacos|ramen|lasagne|falafel|burgers|"
        "spring rolls|risotto|kebabs|pancakes|gnocchi|paella|samosas|pies|salads|stew",
    ),
}
FRAMES = ["{}", "please {}", "{} now", "hello, {}", "{} for me", "and {}"]


def write_requests(n, random):
    """Return requests and what they are about."""
    subjects = random.choice(list(REQUESTS), n)
    texts = []
    for subject in subjects:
        phrase, thing = (random.choice(part.split("|")) for part in REQUESTS[subject])
        texts.append(random.choice(FRAMES).format(phrase.format(thing)))
    return texts, subjects


random = np.random.default_rng(0)
unlabelled, _ = write_requests(2000, random)
X, y = write_requests(30, random)
X_test, y_test = write_requests(500, random)
print(*(f"{subject}: {text}" for text, subject in zip(X[:4], y)), sep="\n")

# %%
# Read two thousand
# -----------------
# Two models, one for each direction of reading: the classifier reads both ways, too.
lm = SLMLanguageModel(
    48,
    bidirectional=True,
    max_iter=10,
    batch_size=8,
    window=20,
    learning_rate=0.01,
    dropout=0.1,
    random_state=0,
)
lm.fit(unlabelled)
for token, probability in lm.predict_next(["please dim the"], k=3)[0]:
    print(f"please dim the{token}  {probability:.2f}")

# %%
# Learn from thirty
# -----------------
# The language model can also stay as it is, and hand its hidden states to any estimator.
models = {
    "TF-IDF": make_pipeline(TfidfVectorizer(), LogisticRegression(C=10)),
    "SLMTextClassifier": SLMTextClassifier(random_state=0),
    "SLMTextClassifier(pretrained=lm)": SLMTextClassifier(
        pretrained=lm, random_state=0
    ),
    "states of lm": make_pipeline(
        FrozenEstimator(lm), LogisticRegression(C=10, max_iter=1000)
    ),
}
scores = {name: m.fit(X, y).score(X_test, y_test) for name, m in models.items()}

figure, ax = plt.subplots(figsize=(7, 2.4), layout="constrained")
colours = ["#c62" if "lm" in name else "#9bb" for name in scores]
bars = ax.barh(list(scores), list(scores.values()), color=colours)
ax.bar_label(bars, fmt="{:.1%}", padding=4)
ax.axvline(0.25, color="grey", linestyle=":")
ax.annotate("guessing", (0.25, -0.55), ha="center", va="bottom", color="grey")
ax.set(xlim=(0, 1.12), xlabel="accuracy with 30 labels in all")
ax.invert_yaxis()
plt.show()
