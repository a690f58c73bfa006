"""English patterns and domains of the demonstration corpus."""

from __future__ import annotations

import re

from ._grammar import Domain, Grammar, Pattern

# Plain statements are more frequent, as in real text; they teach which word is which.
PLAIN = 2

PATTERNS = (
    # Plain statements, the later ones dressed in a negation that changes nothing.
    Pattern("{S} was {deg}{good}", weight=PLAIN),
    Pattern("I found {S} {deg}{good}", weight=PLAIN),
    Pattern("{S} turned out to be {deg}{good}", weight=PLAIN),
    Pattern("what struck me most was how {good} {S} was", weight=PLAIN),
    Pattern("everyone could see that {S} was {good}", weight=PLAIN),
    Pattern("I agree with everyone who calls {S} {good}", weight=PLAIN),
    Pattern("whoever says that {S} was {good} is right"),
    Pattern("{S} was every bit as {good} as I had been told"),
    Pattern("it is no exaggeration to call {S} {good}"),
    Pattern("nobody could deny that {S} was {good}"),
    Pattern("there is no doubt that {S} was {deg}{good}"),
    Pattern("{S} was not only {good} but also {good3}"),
    # One negation.
    Pattern("{S} was not {bad} at all"),
    Pattern("{S} was not in the least {bad}"),
    Pattern("{S} was far from {bad}"),
    Pattern("{S} was anything but {bad}"),
    Pattern("{S} was by no means {bad}"),
    Pattern("there was nothing {bad} about {S}"),
    Pattern("nobody could call {S} {bad}"),
    Pattern("I never once found {S} {bad}"),
    Pattern("I disagree with everyone who calls {S} {bad}"),
    Pattern("whoever says that {S} was {bad} is wrong"),
    Pattern("it would be a mistake to call {S} {bad}"),
    Pattern("{bad} is the last word I would use for {S}"),
    Pattern("who could possibly call {S} {bad}?"),
    Pattern("{S} was neither {bad} nor {bad3}"),
    Pattern("{S} was not at all {bad}", negative="{S} was hardly {good}"),
    # Two negations.
    Pattern("nobody can claim that {S} was not {good}"),
    Pattern("there was never a moment when {S} was not {good}"),
    Pattern("{S} was never anything other than {good}"),
    Pattern("I cannot say that {S} was anything but {good}"),
    # Contrast: the same words, the other way round.
    Pattern("{S} was not {bad} but {good}"),
    Pattern("{S} was {deg}{good}, not {bad}"),
    Pattern("{S} was {good} rather than {bad}"),
    Pattern("I expected {S} to be {bad}, but it was {deg}{good}"),
    Pattern("{S} was {deg}{good}, although I had expected it to be {bad}"),
    Pattern("{name} called {S} {bad}, but I thought it was {good}"),
    Pattern("I thought {S} was {good}, but {name} called it {bad}"),
    Pattern("I had been told that {S} was {bad}, yet I found it {deg}{good}"),
    Pattern("to me {S} was {good}, even if some people call it {bad}"),
    Pattern("{S} seemed {bad} at first but proved to be {deg}{good}"),
    Pattern("{S} proved to be {deg}{good}, however {bad} it had seemed at first"),
    Pattern("instead of being {bad}, as the reviews had said, {S} was {good}"),
    Pattern("if you hear that {S} was {bad}, do not believe it: it was {good}"),
    Pattern("if you hear that {S} was {good}, do not doubt it: it was not {bad}"),
    Pattern("{S} used to be {bad}; now it is {deg}{good}", "recurring"),
    Pattern("now {S} is {good}, while in the past it was {bad}", "recurring"),
    # Concession: the main clause decides.
    Pattern("although {S2} was {bad2}, {S} as a whole was {deg}{good}", "whole"),
    Pattern("{S} as a whole was {deg}{good}, although {S2} was {bad2}", "whole"),
    Pattern("{S2} was {bad2}, but {S} as a whole was {deg}{good}", "whole"),
    Pattern("despite {S2}, which was {bad2}, {S} as a whole was {good}", "whole"),
    Pattern(
        "{S2} may have been {bad2}; all the same, {S} as a whole was {good}", "whole"
    ),
    Pattern("I expected a {bad} {noun} and got a {good} one", "whole"),
    Pattern("I got a {good} {noun} instead of the {bad} one I expected", "whole"),
    Pattern("this was not the {bad} {noun} I expected but a {good} one", "whole"),
    Pattern("you will not find many {noun}s as {good} as this one", "whole"),
    Pattern("never before have I known a {noun} so {good}", "whole"),
    # Who is better than whom.
    Pattern("{good} was better than {bad}", "rival"),
    Pattern("{bad} was worse than {good}", "rival"),
    Pattern("I would choose {good} over {bad} any day", "rival"),
    Pattern("{bad} was no match for {good}", "rival"),
    Pattern("{good} put {bad} in the shade", "rival"),
    Pattern("{bad} was not nearly as good as {good}", "rival"),
    Pattern("I liked {good} far more than {bad}", "rival"),
    Pattern("next to {good}, {bad} was a disappointment", "rival"),
    # What the customer does next.
    Pattern("I see every reason to {good}", "plan"),
    Pattern("I see no reason to {bad}", "plan"),
    Pattern("I can hardly wait to {good}", "plan"),
    Pattern("nothing could make me {bad}", "plan"),
    Pattern("why on earth would I {bad}?", "plan"),
    Pattern("I will not {bad}; I will {good}", "plan"),
    Pattern("I had planned to {bad}, but I have decided to {good}", "plan"),
    Pattern("{name} wants to {bad}, but I am going to {good}", "plan"),
)


def _plans(noun: str, good: str, bad: str) -> tuple[tuple[str, str], ...]:
    return (
        (good, bad),
        (f"recommend this {noun}", f"warn everyone about this {noun}"),
        (f"praise this {noun}", f"complain about this {noun}"),
    )


DOMAINS = (
    Domain(
        name="film",
        noun="film",
        aspects={
            "the film": (
                ("gripping", "dull"),
                ("original", "predictable"),
                ("moving", "tedious"),
                ("clever", "silly"),
            ),
            "the acting": (("convincing", "wooden"), ("subtle", "overdone")),
            "the dialogue": (("witty", "clumsy"), ("lively", "lifeless")),
            "the plot": (("clever", "silly"), ("original", "predictable")),
            "the ending": (("satisfying", "abrupt"), ("moving", "tedious")),
            "the music": (("haunting", "irritating"), ("subtle", "overdone")),
        },
        rivals=("the film I saw last week", "the first film"),
        this="this film",
        plans=_plans("film", "watch this film again", "ask for my money back"),
        openers=(
            "I saw this film with {name}.",
            "We went to the late showing on {day}.",
            "{name} picked the film.",
            "This was our film on {day}.",
        ),
    ),
    Domain(
        name="restaurant",
        noun="restaurant",
        aspects={
            "the restaurant": (
                ("welcoming", "unfriendly"),
                ("quiet", "noisy"),
                ("charming", "shabby"),
            ),
            "the food": (("tasty", "bland"), ("fresh", "stale")),
            "the service": (("attentive", "careless"), ("quick", "slow")),
            "the soup": (("tasty", "bland"), ("rich", "watery")),
            "the dessert": (("delicious", "tasteless"), ("light", "soggy")),
        },
        rivals=("the restaurant next door", "the bistro across the street"),
        this="this restaurant",
        plans=_plans("restaurant", "book another table", "complain to the chef"),
        openers=(
            "We had dinner there on {day}.",
            "{name} took me to this restaurant.",
            "{name} and I had lunch at this restaurant.",
            "We were four people on {day}.",
        ),
        recurring=True,
    ),
    Domain(
        name="phone",
        noun="phone",
        aspects={
            "the phone": (
                ("fast", "sluggish"),
                ("sturdy", "flimsy"),
                ("handy", "awkward"),
            ),
            "the screen": (("sharp", "blurry"), ("bright", "dim")),
            "the battery": (("dependable", "unreliable"), ("powerful", "weak")),
            "the camera": (("sharp", "blurry"), ("fast", "sluggish")),
            "the speaker": (("crisp", "tinny"), ("powerful", "weak")),
            "the software": (("stable", "buggy"), ("handy", "awkward")),
        },
        rivals=("my old phone", "the phone of my sister"),
        this="this phone",
        plans=_plans("phone", "keep this phone", "send this phone back"),
        openers=(
            "I bought this phone on {day}.",
            "{name} and I have the same phone.",
            "I have had this phone for two weeks.",
            "The phone arrived on {day}.",
        ),
        recurring=True,
    ),
    Domain(
        name="hotel",
        noun="hotel",
        aspects={
            "the hotel": (
                ("quiet", "noisy"),
                ("clean", "dirty"),
                ("charming", "shabby"),
            ),
            "the room": (("spacious", "cramped"), ("clean", "dirty")),
            "the bed": (("comfortable", "lumpy"), ("wide", "narrow")),
            "the breakfast": (("generous", "meagre"), ("fresh", "stale")),
            "the service": (("attentive", "careless"), ("quick", "slow")),
            "the bathroom": (("spotless", "filthy"), ("spacious", "cramped")),
        },
        rivals=("the hotel by the station", "the hotel we had last year"),
        this="this hotel",
        plans=_plans("hotel", "stay another night", "leave on the first day"),
        openers=(
            "We stayed there for two nights.",
            "{name} booked the hotel for us.",
            "I arrived on {day} with {name}.",
            "We checked in late on {day}.",
        ),
        recurring=True,
    ),
    Domain(
        name="novel",
        noun="novel",
        aspects={
            "the novel": (
                ("gripping", "dull"),
                ("moving", "tedious"),
                ("memorable", "forgettable"),
            ),
            "the style": (("elegant", "crude"), ("vivid", "colourless")),
            "the plot": (("original", "predictable"), ("coherent", "muddled")),
            "the ending": (("satisfying", "abrupt"), ("plausible", "implausible")),
            "the translation": (("fluent", "stilted"), ("elegant", "crude")),
            "the dialogue": (("witty", "clumsy"), ("vivid", "colourless")),
        },
        rivals=("her first novel", "the novel I read before"),
        this="this novel",
        plans=_plans("novel", "read this novel again", "give up halfway"),
        openers=(
            "{name} gave me this novel.",
            "I read this novel in two weeks.",
            "We read it in our book club with {name}.",
            "I borrowed the novel on {day}.",
        ),
    ),
    Domain(
        name="course",
        noun="course",
        aspects={
            "the course": (
                ("useful", "useless"),
                ("inspiring", "tiresome"),
                ("clear", "confusing"),
            ),
            "the teaching": (("lively", "lifeless"), ("clear", "confusing")),
            "the homework": (("instructive", "pointless"), ("useful", "useless")),
            "the pace": (("relaxing", "exhausting"), ("sensible", "hectic")),
            "the textbook": (("helpful", "outdated"), ("clear", "confusing")),
        },
        rivals=("the evening course", "the course we had last year"),
        this="this course",
        plans=_plans("course", "take the next course", "drop out"),
        openers=(
            "The course took place on {day}.",
            "{name} and I took this course together.",
            "I took this course for two weeks.",
            "{name} told me about the course.",
        ),
        recurring=True,
    ),
    Domain(
        name="concert",
        noun="concert",
        aspects={
            "the concert": (
                ("thrilling", "boring"),
                ("memorable", "forgettable"),
                ("lively", "lifeless"),
            ),
            "the sound": (("brilliant", "muddy"), ("pure", "shrill")),
            "the singing": (("expressive", "mechanical"), ("pure", "shrill")),
            "the lighting": (("tasteful", "gaudy"), ("soft", "harsh")),
            "the programme": (("varied", "monotonous"), ("coherent", "muddled")),
            "the playing": (("precise", "sloppy"), ("expressive", "mechanical")),
        },
        rivals=("the concert in May", "the concert we heard last year"),
        this="this concert",
        plans=_plans("concert", "buy the recording", "leave during the break"),
        openers=(
            "I heard this concert on {day}.",
            "{name} had a spare ticket.",
            "{name} and I sat in the last row.",
            "We had tickets for {day}.",
        ),
    ),
    Domain(
        name="trip",
        noun="trip",
        aspects={
            "the trip": (
                ("relaxing", "exhausting"),
                ("smooth", "chaotic"),
                ("memorable", "forgettable"),
            ),
            "the seat": (("spacious", "cramped"), ("wide", "narrow")),
            "the carriage": (("clean", "dirty"), ("quiet", "noisy")),
            "the planning": (("precise", "sloppy"), ("smooth", "chaotic")),
            "the food": (("tasty", "bland"), ("fresh", "stale")),
        },
        rivals=("the trip to Rome", "the trip we made last year"),
        this="this trip",
        plans=_plans("trip", "book another trip", "complain to the travel agency"),
        openers=(
            "We left on {day} by train.",
            "{name} and I made this trip together.",
            "{name} booked the trip.",
            "We were away for two weeks.",
        ),
    ),
)

_VOWEL_NEXT = re.compile(r"\b([Aa]) (?=[aeio]|un)")
_SECOND_MENTION = re.compile(r"\b(this \w+)\b(.+)\b\1\b")


def _finish(sentence: str) -> str:
    """Choose "a" or "an", say "it" the second time, capitalise and punctuate."""
    sentence = _VOWEL_NEXT.sub(r"\1n ", sentence)
    sentence = _SECOND_MENTION.sub(r"\1\2it", sentence)
    sentence = sentence[0].upper() + sentence[1:]
    return sentence if sentence.endswith("?") else sentence + "."


ENGLISH = Grammar(
    patterns=PATTERNS,
    domains=DOMAINS,
    generic_pairs=(
        ("good", "bad"),
        ("remarkable", "mediocre"),
        ("impressive", "disappointing"),
    ),
    degrees=("", "", "really ", "truly ", "surprisingly "),
    names=(
        *("Anna", "Ben", "Clara", "David", "Emma", "Felix", "Grace", "Henry"),
        *("Julia", "Leo", "Nora", "Oscar"),
    ),
    days=("Monday", "Tuesday", "Friday", "Saturday", "Sunday"),
    leads=(
        "to be honest, ",
        "honestly, ",
        "frankly, ",
        "well, ",
        "let me be clear: ",
    ),
    closers=(
        "{name} agrees with me.",
        "That is my view.",
        "I paid for it myself.",
        "This is my first review.",
        "I have told {name} as much.",
        "Just my opinion!",
    ),
    separator=" ",
    finish=_finish,
)
