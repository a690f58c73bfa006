"""Odd texts that every tokeniser must bring back, and random ones."""

import numpy as np

ODD_TEXTS = [
    "",
    " ",
    " \t\n\r\n\u00a0\u3000 ",
    "It isn't.",
    "He said: \"It isn't (yet) [really] 'here'...\"",
    "don't can't I'd we'll they've y'all rock'n'roll 'tis '90s",
    "It\u2019s \u201cquoted\u201d \u2018twice\u2019 \u2014 and\u2026",
    "3.50 1,000,000.00 12:30 -5% 1/2 ½ x² 2nd 0x1F",
    "a@b.com, https://example.org/a?b=c&d=[1]#e www.x.y",
    "state-of-the-art a_b C++ #tag @me $5.00 50€",
    "😀 👍🏽👩\u200d🚀 ❤\ufe0f ok😀ok 🇩🇪!",
    "我用 Python 写程序，不用Java。《红楼梦》（上）！",
    "Python 好\n我 好\n《书》 a",
    "東京スカイツリーは高い。カタカナ と ひらがな",
    "กินข้าวแล้ว ครับ ๑๒๓ ฿5",
    "हिन्दी में लिखना, ठीक है।",
    "한국어 문장입니다. 네!",
    "привет, мир! Ελλάδα ΣΟΦΟΣ",
    "Cafe\u0301 nai\u0308ve \u0301 x\u0301\u0323 H\u0331 İstanbul",
    "مرحبا بالعالم، كَتَبَ שָׁלוֹם",
    "one\ntwo\r\nthree\rfour\u2028five\u2029six\x0bseven\x0ceight\x85nine",
    "a\n\nb\n\n\n\nc \n d\n\n \n",
    "tab\there  two\u00a0nbsp\u2003em\u3000wide",
    "<b>bold</b> <unk> n years <PERSON> a < b > c <br /><br />x",
    "<a <b> href=x> <b\u200b> <<i>i> <a <b <i> c=> d=>",
    "a\x00b\u200bc\ufeffd\ud800e\ufffdf\u00adg",
    "\u2581 under \u2585 tab",
    "x" * 300 + " " + "好" * 300,
    "(a)(b) [c]{d} --e-- ...f... !!?? \"\" '' ``g''",
    "\n",
    "(",
    "'s n't 'S N'T don'T",
]
_PIECES = [
    *"ab Z.,!?'\"()-_<>/=3\n\t",
    *"éßΣİ好，。あกิ्न😀\u0301\u200d\ufe0f\u00a0\u3000\u2028\u2019½",
    "n't",
    "<br>",
    "<b ",
    "<!--",
    "-->",
    "</p>",
    "word",
    "\r\n",
    "...",
    "1,000",
]


def draw_texts(n, seed=0):
    """Return random texts of pieces that meet in every order."""
    random = np.random.RandomState(seed)
    return [
        "".join(_PIECES[i] for i in random.randint(len(_PIECES), size=length))
        for length in random.randint(0, 25, size=n)
    ]
