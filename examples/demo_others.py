"""
The other models: write, translate, answer, read, listen
========================================================

The five estimators beside the classifier, each fitted in seconds and asked what it was
not told. Texts and recordings are synthetic and small; the models are, too. ``make demo``
runs this file after the first one.
"""

import sys
import time
from importlib.util import find_spec

from sklearn_slm import (
    SLMAnswerer,
    SLMLanguageModel,
    SLMReader,
    SLMSpeechRecognizer,
    SLMTranslator,
    load_demo_corpus,
    load_demo_speech,
)

try:
    from sklearn.callback import ProgressBar
except ImportError:  # scikit-learn < 1.9
    ProgressBar = None
SHOWS_BARS = ProgressBar is not None and find_spec("rich") and sys.stdout.isatty()


def fit(model, *data):
    """Fit a model; on a terminal a bar tells how far it is."""
    print()
    if SHOWS_BARS:
        model.set_callbacks(ProgressBar())
    began = time.perf_counter()
    model.fit(*data)
    seconds = time.perf_counter() - began
    print(f"{type(model).__name__}: fitted in {seconds:.1f} s")
    return model


# %%
# Write
# -----
# A language model learns from texts alone which token comes after which.
texts, new = load_demo_corpus("en").data, load_demo_corpus("en", subset="test").data
writer = SLMLanguageModel(
    48, max_iter=4, batch_size=16, window=20, learning_rate=0.01, random_state=0
)
fit(writer, texts)
choices = writer.perplexity(new)
print(
    f"Learned to write opinions: {choices:.1f} likely words in each place, not "
    f"{len(writer.vocabulary_)}."
)
for text in writer.generate("The hotel", n=2, random_state=0):
    print(f"  {text}")

# %%
# Translate
# ---------
# Numbers in German and in English, letter by letter; a fifth of them is held back.
TENS = {
    "zwanzig": "twenty",
    "dreißig": "thirty",
    "vierzig": "forty",
    "fünfzig": "fifty",
    "sechzig": "sixty",
    "siebzig": "seventy",
    "achtzig": "eighty",
    "neunzig": "ninety",
}
ONES = {
    "ein": "one",
    "zwei": "two",
    "drei": "three",
    "vier": "four",
    "fünf": "five",
    "sechs": "six",
    "sieben": "seven",
    "acht": "eight",
    "neun": "nine",
}
pairs = [(f"{one}und{ten}", f"{TENS[ten]}-{ONES[one]}") for ten in TENS for one in ONES]
held_back = pairs[4::5]
known = [pair for pair in pairs if pair not in held_back]
translator = SLMTranslator(
    32, tokens="char", max_iter=30, batch_size=4, learning_rate=0.01, random_state=0
)
fit(translator, *zip(*known))
german, english = zip(*held_back)
translated = translator.predict(german)
n_right = sum(a == b for a, b in zip(translated, english))
print(f"Learned to translate {n_right} of {len(german)} numbers it had not seen.")
for source, target in list(zip(german, translated))[:2]:
    print(f"  {source} -> {target}")

# %%
# Answer
# ------
# An answerer finds the right answer in a list. Nobody asked it these questions before.
FAQ = [
    ("How do I reset my PIN?", "Choose a new PIN at any cash machine."),
    ("I forgot my PIN.", "Choose a new PIN at any cash machine."),
    ("My card is lost.", "Call us, and we block your card at once."),
    ("Somebody stole my card!", "Call us, and we block your card at once."),
    ("What does a transfer cost?", "Transfers are free."),
    ("How long does a transfer take?", "A transfer takes one working day."),
    ("How do I open an account?", "Bring your passport to a branch."),
    ("When are you open?", "From nine to five, on working days."),
]
answerer = fit(SLMAnswerer(16, max_iter=20, random_state=0), *zip(*FAQ))
print(f"Learned which of {len(answerer.answers_)} answers a question wants:")
asked = [
    "I have forgotten the PIN of my card",
    "my card was stolen",
    "cost of transfers",
]
for question, answer in zip(asked, answerer.predict(asked)):
    print(f"  {question} -> {answer}")

# %%
# Read
# ----
# A reader answers with the words of a passage that it has not read before.
PEOPLE = [
    ("Anna", "Rome", "1900"),
    ("Bert", "Oslo", "1911"),
    ("Cleo", "Lima", "1922"),
    ("Dora", "Rome", "1933"),
    ("Ezra", "Oslo", "1944"),
    ("Finn", "Lima", "1955"),
]
QUESTIONS = ["who was born there", "where was the birth", "when was the birth"]
passages = ["{} was born in {} in {}.".format(*person) for person in PEOPLE]
reader = SLMReader(
    6, n_units=6, learning_rate=0.05, dropout=0.1, max_iter=60, random_state=0
)
fit(
    reader,
    [(question, passage) for passage in passages for question in QUESTIONS],
    [word for person in PEOPLE for word in person],
)
passage = "Gwen was born in Bonn in 1871."
print(f'Learned to answer from "{passage}"')
for question, answer in zip(
    QUESTIONS, reader.predict([(q, passage) for q in QUESTIONS])
):
    print(f"  {question} -> {answer}")

# %%
# Listen
# ------
# A recogniser writes what is said in recordings: here digits, yes and no, of a
# synthesiser. The test recordings are of other voices.
speech = load_demo_speech(n_samples=200, max_words=1, sample_rate=8000)
others = load_demo_speech(subset="test", n_samples=40, max_words=1, sample_rate=8000)
listener = SLMSpeechRecognizer(
    32,
    units="word",
    sample_rate=8000,
    n_mels=24,
    speeds=1.0,
    batch_size=8,
    max_iter=20,
    learning_rate=0.01,
    early_stopping=False,
    random_state=0,
)
fit(listener, speech.data, speech.target)
right = listener.score(others.data, others.target)
print(f"Learned to write speech: {right:.0%} of the words of other voices are right.")
for text, written in list(zip(others.target, listener.predict(others.data)))[:2]:
    print(f"  said: {text}; written: {written}")
