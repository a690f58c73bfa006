"""
Reply to questions
==================

A translator need not translate: given questions and replies, ``SLMTranslator`` learns to
reply. The desk of a museum is made of templates here, with a table of facts that the
model has to learn by heart. Wordings of questions are held back, and there are questions
that nobody can answer from the table. The last part shows how far the score of a reply
tells the two apart.
"""

# %%
# Questions, replies and facts
# ----------------------------
import matplotlib.pyplot as plt
import numpy as np

from sklearn_slm import SLMTranslator

# Where each is, when it opens and when it closes.
FACTS = {
    "the gallery": ("on the second floor", "ten", "six"),
    "the café": ("beside the entrance", "nine", "five"),
    "the shop": ("next to the stairs", "ten", "seven"),
    "the library": ("on the third floor", "eleven", "eight"),
    "the garden": ("behind the main hall", "eight", "nine"),
    "the workshop": ("in the basement", "noon", "four"),
    "the cinema": ("on the first floor", "two", "midnight"),
    "the cloakroom": ("to the left of the doors", "nine", "six"),
}
QUESTIONS = [
    (
        [
            "Where is {}?",
            "Where can I find {}?",
            "How do I get to {}?",
            "I am looking for {}.",
            "Can you show me the way to {}?",
        ],
        "You will find {} {}.",
    ),
    (
        [
            "When does {} open?",
            "What time does {} open?",
            "From when is {} open?",
            "When can I get into {}?",
            "How early can I visit {}?",
        ],
        "{} opens at {}.",
    ),
    (
        [
            "When does {} close?",
            "What time does {} close?",
            "Until when is {} open?",
            "How long is {} open?",
            "When do I have to leave {}?",
        ],
        "{} closes at {}.",
    ),
]
GREETINGS = ["", "Hello. ", "Excuse me. ", "Good morning. ", "Hi! "]


def write_pairs():
    """Return (question, reply) of each wording and subject, by their numbers."""
    pairs = {}
    for i, (thing, facts) in enumerate(FACTS.items()):
        for (wordings, reply), fact in zip(QUESTIONS, facts):
            answer = reply.format(thing, fact)
            answer = answer[0].upper() + answer[1:]
            for wording in wordings:
                pairs[i, wording] = (wording.format(thing), answer)
    return pairs


pairs = write_pairs()
random = np.random.default_rng(0)
# A fifth of the wordings of all subjects is held back.
keys = list(pairs)
held_back = {keys[i] for i in random.permutation(len(keys))[: len(keys) // 5]}
training = [
    (greeting + question, reply)
    for key, (question, reply) in pairs.items()
    if key not in held_back
    for greeting in GREETINGS
]
questions, replies = zip(*training)
new_questions, right_replies = zip(*(pairs[key] for key in keys if key in held_back))
print(f"{len(training)} pairs, {len(new_questions)} questions held back")

# %%
# Learn them
# ----------
# Words as tokens suit few and regular texts. Small batches make many steps.
model = SLMTranslator(
    48,
    tokens="word",
    batch_size=8,
    max_iter=12,
    learning_rate=0.01,
    dropout=0.1,
    label_smoothing=0.0,
    random_state=0,
)
model.fit(questions, replies)
written = model.predict(new_questions)
share = np.mean(np.equal(written, right_replies))
print(f"{share:.0%} of the replies to questions that were held back are right")
for question, reply in zip(new_questions[:3], written):
    print(f"  {question}  {reply}")

# %%
# What it cannot know
# -------------------
# It has a reply to everything: it was never shown that there is none. No reply of its
# table fits these questions, and yet each gets one.
odd_questions = [
    "Where is the restaurant?",
    "When does the zoo open?",
    "Is there a lift?",
    "Do you sell umbrellas?",
    "Are dogs allowed in the garden?",
    "Who painted this?",
    "Can I pay by card?",
    "What is the meaning of life?",
]
odd_scores = []
for question, ((reply, score), *_) in zip(
    odd_questions, model.predict_topk(odd_questions, k=1)
):
    odd_scores.append(score)
    print(f"{score:6.2f}  {question}  {reply}")

# %%
# Ask whether it is sure
# ----------------------
# The score of a reply is the logarithm of its probability, divided for its length. Replies
# to odd questions mostly score lower, so that a threshold sends many of them to a person.
# Not all: a question like a known one gets its reply with confidence, and the reply is
# wrong. A service that must not do that needs such questions in its training, with "I do
# not know" as the reply.
scores = [row[0][1] for row in model.predict_topk(new_questions, k=1)]
groups = {"held back": scores, "odd": odd_scores}
_, ax = plt.subplots(figsize=(7, 2), layout="constrained")
for y, (values, colour) in enumerate(zip(groups.values(), ("#2a8f5b", "#8448a8"))):
    heights = y + random.uniform(-0.15, 0.15, len(values))
    ax.scatter(values, heights, s=22, color=colour, alpha=0.8)
ax.set_yticks(range(len(groups)), groups)
ax.set(xlabel="score of the reply", ylim=(1.5, -0.5))
ax.spines[["top", "right", "left"]].set_visible(False)
plt.show()
