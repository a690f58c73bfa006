"""Chinese texts are written in Chinese characters alone."""

import re

from sklearn_slm.datasets import load_demo_corpus
from sklearn_slm.datasets._chinese import CHINESE

# Chinese characters, and full-width , . ! ? with curly quotes.
ZH_TEXT = r"[\u4e00-\u9fff\uff0c\u3002\uff01\uff1f\u201c\u201d]+"


def test_texts_are_written_properly():
    texts = load_demo_corpus("zh", subset="all").data
    assert not [text for text in texts if re.search(r"[{}]", text)]
    assert not [t for t in texts if not re.fullmatch(ZH_TEXT, t)]
    assert {text[-1] for text in texts} <= set("\u3002\uff01\uff1f")


def test_a_question_keeps_its_mark_and_gets_no_full_stop():
    assert CHINESE.finish("这部电影很好") == "这部电影很好。"
    assert CHINESE.finish("哪里无聊了？") == "哪里无聊了？"
