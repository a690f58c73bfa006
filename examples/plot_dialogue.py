"""
A dialogue with a very small model
==================================

A dialogue is one document with a line for each turn, and each line names who speaks. A
language model that was fitted on such documents writes the next turn, and a stop string
ends it where the other speaker would begin. "And on Sundays?" can only be answered by
somebody who remembers the question before; the hidden state of the network does.
"""

# %%
# Dialogues at the desk of a museum
# ---------------------------------
import matplotlib.pyplot as plt
import numpy as np

from sklearn_slm import SLMLanguageModel
from sklearn_slm.inspection import SurprisalDisplay

GREETINGS = ["Hello.", "Good morning.", "Good afternoon.", "Excuse me, please."]
WELCOMES = ["Hello. How can I help you?", "Welcome. What can I do for you?"]
# What can be asked, in several words, and the answers on working days and on Sundays.
SUBJECTS = [
    (
        ["When do you open?", "What time do you open?", "When can I come in?"],
        ["We open at nine.", "At nine in the morning."],
        ["We open at eleven.", "At eleven in the morning."],
    ),
    (
        ["When do you close?", "What time do you close?", "How long are you open?"],
        ["We close at six.", "At six in the evening."],
        ["We close at four.", "At four in the afternoon."],
    ),
    (
        ["How much is a ticket?", "What does a ticket cost?", "What is the price?"],
        ["A ticket is ten pounds.", "It is ten pounds."],
        ["There is nothing to pay.", "It is free."],
    ),
    (
        ["Is there a guided tour?", "Can I join a tour?", "When is the next tour?"],
        ["There is a tour at two.", "The tour begins at two."],
        ["There is no tour.", "I am afraid there is none."],
    ),
]
FOLLOW_UPS = ["And on Sundays?", "What about Sundays?", "Is it the same on Sundays?"]


def write_dialogue(random):
    """Return a dialogue of two subjects."""
    turns = [random.choice(GREETINGS), random.choice(WELCOMES)]
    for subject in random.permutation(len(SUBJECTS))[:2]:
        questions, answers, on_sundays = SUBJECTS[subject]
        turns += [random.choice(questions), random.choice(answers)]
        if random.random() < 0.6:
            turns += [random.choice(FOLLOW_UPS), random.choice(on_sundays)]
    return "\n".join(f"{'AB'[i % 2]}: {turn}" for i, turn in enumerate(turns))


random = np.random.default_rng(0)
dialogues = [write_dialogue(random) for _ in range(1200)]
print(dialogues[0])

# %%
# Learn them
# ----------
# Small batches make many steps of few texts, which a memory for earlier turns needs. The
# window is about as long as a dialogue. Such regular texts need no dropout.
lm = SLMLanguageModel(
    48,
    max_iter=5,
    batch_size=4,
    window=40,
    learning_rate=0.01,
    dropout=0.0,
    random_state=0,
)
lm.fit(dialogues)


def talk(turns):
    """Return a dialogue, in which the model has answered each turn."""
    said = ""
    for turn in turns:
        # The prompt is all that was said. Temperature 0 takes the most probable words.
        (said,) = lm.generate(f"{said}A: {turn}\nB:", temperature=0, stop="\nA:")
        said += "\n"
    return said


print(talk(["Good morning.", "When can I come in?", "And on Sundays?"]))
print(talk(["Good morning.", "What does a ticket cost?", "And on Sundays?"]))

# %%
# What it does not know
# ---------------------
# It knows what its texts say and nothing else, and it never says so: any question gets one
# of the answers that it has read. The surprisal of the question tells that it was odd.
odd = talk(["Good morning.", "Do you sell umbrellas?", "How much is a ticket?"])
SurprisalDisplay.from_estimator(lm, [odd.strip()]).plot()
plt.show()
