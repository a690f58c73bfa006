"""
Frequent questions: an answer, or none
======================================

``SLMAnswerer`` finds the right one among answers that somebody has written. Asked what no
answer fits, it had better say nothing: ``find_threshold`` chooses the probability below
which it does. ``align`` shows which words brought an answer up.
"""

# %%
# Questions with answers
# ----------------------
# Several questions have one answer. The library of this example is made up.
import matplotlib.pyplot as plt
import numpy as np

from sklearn_slm import AlignmentDisplay, SLMAnswerer

FAQ = {
    "We are open from nine to six, on Saturdays to one.": [
        "When are you open?",
        "What are the opening hours?",
        "Is the library open on Saturday?",
        "When do you close?",
    ],
    "You may keep a book for four weeks, and extend that twice.": [
        "How long may I keep a book?",
        "When must I return my books?",
        "Can I extend a loan?",
        "How often can I extend my books?",
    ],
    "A card costs twelve a year; it is free for children.": [
        "What does a library card cost?",
        "How much is the card for a child?",
        "What is the yearly fee?",
        "Is the card free?",
    ],
    "Each day that a book is late costs ten cents.": [
        "What does a late book cost?",
        "How high is the fine?",
        "My book is three days late, what must I pay?",
        "Is there a fine if I am late?",
    ],
    "Please tell us at the desk: a lost book is paid for.": [
        "I have lost a book.",
        "My dog has eaten your book.",
        "I cannot find the book that I borrowed.",
        "What if a book is damaged?",
    ],
    "Scanners and printers are on the first floor, a page is five cents.": [
        "Where can I print?",
        "Do you have a scanner?",
        "What does a printed page cost?",
        "Can I copy a page of a book?",
    ],
}
questions = [question for asked in FAQ.values() for question in asked]
answers = [answer for answer, asked in FAQ.items() for _ in asked]
model = SLMAnswerer(16, max_iter=20, learning_rate=0.02, random_state=0)
model.fit(questions, answers)
asked = ["is it open on saturdays", "i lost the book", "the fine for a late book"]
for question, answer in zip(asked, model.predict(asked)):
    print(f"{question}\n    {answer}")

# %%
# Answer, or be silent
# --------------------
# Questions that the model has not seen, and some that no answer fits: as often as people
# ask such. Their right answer is none of the list. With so few questions probabilities are
# not calibrated: the threshold is whatever keeps wrong answers back.
known = {
    "are you open on a saturday afternoon": 0,
    "opening hours please": 0,
    "may i extend the loan of a book": 1,
    "for how many weeks can i keep it": 1,
    "cost of a card for my child": 2,
    "yearly fee of a library card": 2,
    "my books are late": 3,
    "how much is the fine per day": 3,
    "the book is damaged": 4,
    "a book is lost, what now": 4,
    "is there a printer": 5,
    "print a page": 5,
}
others = [
    "who won the match on sunday",
    "is the swimming pool heated",
    "how do i renew my passport",
    "what is the weather like",
]
texts = list(FAQ)
new = [*known, *others]
right = [texts[i] for i in known.values()] + ["(none)"] * len(others)
chosen = model.find_threshold(new, right, answered=0.6)
print(
    f"threshold {chosen.threshold:.2f}: {chosen.answered:.0%} answered, "
    f"{chosen.wrong:.0%} of the answers wrong"
)
replies = model.predict_topk(others, k=1, threshold=chosen.threshold)
for question, reply in zip(others, replies):
    print(f"{question}: {reply[0][0] if reply else '(please ask at the desk)'}")

# %%
# How sure is it?
# ---------------
best = np.array([row[0][1] for row in model.predict_topk(new, k=1)])
is_right = np.array([a == b for a, b in zip(model.predict(new), right)])
_, ax = plt.subplots(figsize=(7, 4), layout="constrained")
colors = np.where(is_right, "tab:blue", "tab:orange")
order = np.argsort(best)
ax.barh(np.array(new)[order], best[order], color=colors[order])
ax.axvline(chosen.threshold, color="gray", linestyle="--")
ax.set_xlabel("probability of the best answer (blue: right)")

# %%
# Why this answer?
# ----------------
# Shares of the score: a row is a token of the text by which the answer was found, here a
# question that is known to have it, a column a token of the new question.
display = AlignmentDisplay.from_estimator(model, ["can i extend the loan of my book"])
display.plot()
plt.show()
