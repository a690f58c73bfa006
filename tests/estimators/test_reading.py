"""What a fitted reader does."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from sklearn_slm import SLMReader
from sklearn_slm.estimators.reading import AnswerSpan
from tests.estimators.readings import (
    NEW,
    PAIRS,
    make_doubting_reader,
    make_random_reader,
    make_reader,
)


@pytest.fixture(scope="module")
def model():
    return make_random_reader()


@pytest.fixture(scope="module")
def doubting():
    """Return a reader that saw questions without an answer."""
    return make_doubting_reader()


def test_answers_are_parts_of_their_passages(model):
    answers, spans = model.predict(PAIRS), model.predict_spans(PAIRS)
    for (_, passage), answer, span in zip(PAIRS, answers, spans):
        assert answer and passage[span.start : span.end] == answer
        assert 0 < span.probability < 1
    assert model.predict(np.array(PAIRS, object)) == answers
    assert model.predict(PAIRS[::-1]) == answers[::-1]
    assert model.predict([]) == model.predict_spans([]) == model.predict_topk([]) == []


def test_offsets_are_those_of_the_original_string(model):
    odd = "<b>ANNA</b>  wás born\u200b in\tRome 猫。"
    answer, span = model.predict([("who", odd)])[0], model.predict_spans([("who", odd)])
    assert odd[span[0].start : span[0].end] == answer
    given = model.predict_topk([("who", odd)], k=200)[0]
    assert {"ANNA", "wás", "猫", "Rome 猫"} <= {text for text, _ in given}


def test_the_best_answers(model):
    pairs = [*PAIRS[:2], ("who", "Anna"), ("who", " ")]
    top = model.predict_topk(pairs, k=4)
    assert [entries[0][0] for entries in top] == model.predict(pairs)
    assert [len(entries) for entries in top] == [4, 4, 1, 1]
    for entries in top:
        values = [p for _, p in entries]
        assert values == sorted(values, reverse=True) and sum(values) <= 1 + 1e-9
    assert top[3] == [("", 1.0)] and model.predict_spans(pairs)[3] == (0, 0, 1.0)
    short = make_random_reader(max_answer_length=2)
    texts = [text for text, _ in short.predict_topk(PAIRS[:1], k=50)[0]]
    # Eight tokens, and seven pairs of them.
    assert len(texts) == 15 and max(len(text.split()) for text in texts) == 2


def test_no_answer(model, doubting):
    spans, found = doubting.predict_spans(PAIRS), doubting.predict_topk(PAIRS, k=99)
    n_empty = sum(span[:2] == (0, 0) for span in spans)
    assert 0 < n_empty < len(spans)
    for span, entries in zip(spans, found):
        none = dict(entries)[""]
        assert sum(p for _, p in entries) == pytest.approx(1.0)
        best = max((p, text) for text, p in entries)
        assert (span[:2] == (0, 0)) == (best[1] == "")
        assert span.probability == pytest.approx(best[0]) and none > 0
    assert not model.knows_none_ and doubting.knows_none_
    assert "" not in [text for text, _ in model.predict_topk(PAIRS[:1], k=50)[0]]


def test_a_threshold(model):
    spans = model.predict_spans(PAIRS)
    least = float(np.median([span.probability for span in spans]))
    answers = model.predict(PAIRS, threshold=least)
    top = model.predict_topk(PAIRS, threshold=least)
    for span, answer, entries in zip(spans, answers, top):
        is_given = span.probability >= least
        assert bool(answer) == is_given == (entries is not None)
    assert not all(answers) and any(answers)
    assert model.predict(PAIRS, threshold=0.0) == model.predict(PAIRS)
    refused = model.predict_spans(PAIRS[:1], threshold=1.0)
    assert refused[0][:2] == (0, 0) and refused[0].probability < 1
    for predict in (model.predict, model.predict_spans, model.predict_topk):
        with pytest.raises(ValueError, match="threshold must be a probability"):
            predict(PAIRS, threshold=1.5)


def test_long_passages_are_read_in_windows():
    text = PAIRS[0][1]  # eight tokens
    whole = make_random_reader(window=8).predict_spans([("who", text)])
    assert make_random_reader(window=99).predict_spans([("who", text)]) == whole
    cut = make_random_reader(window=6, step=2).predict_spans([("who", text)])
    assert cut[0].probability != whole[0].probability
    # Different words: "in" comes twice.
    model = make_random_reader(window=6, step=2, max_answer_length=1)
    assert len(dict(model.predict_topk([("who", text)], k=9)[0])) == 7


def test_a_passage_of_100_000_tokens(model):
    text = "in " * 100_000
    (span,) = model.predict_spans([("who", text)])
    assert set(text[span.start : span.end].split()) == {"in"}
    assert 0 < span.probability < 1


def test_passages_that_an_answerer_finds(model):
    texts = [passage for _, passage in PAIRS[::9]]

    class Finder:
        def predict_topk(self, questions, k):
            shares = [0.6, 0.3, 0.1][:k]
            return [list(zip(texts, shares)) for _ in questions]

    found = model.search(Finder(), ["who was born", "when"], k=2)
    for question, one in zip(["who was born", "when"], found):
        spans = model.predict_spans([(question, text) for text in texts[:2]])
        products = [0.6 * spans[0].probability, 0.3 * spans[1].probability]
        best = int(np.argmax(products))
        span, text = spans[best], texts[best]
        assert one[:3] == (text[span.start : span.end], text, span.start)
        assert one.probability == pytest.approx(products[best], rel=1e-4)
    (nothing,) = model.search(Finder(), ["who"], k=1, threshold=1.0)
    assert nothing.answer == "" and nothing.passage == texts[0]
    assert model.search(Finder(), []) == []


def test_what_is_refused(model):
    with pytest.raises(NotFittedError):
        make_reader().predict(PAIRS)
    with pytest.raises(ValueError, match=r"X\[0\] must be a pair"):
        model.predict(["who"])
    with pytest.raises(ValueError, match="k must be"):
        model.predict_topk(PAIRS, k=0)
    odd = make_random_reader(window=8, step=4).set_params(step=9)
    with pytest.raises(ValueError, match="step must be at most window"):
        odd.predict(NEW)
    with pytest.raises(ValueError, match="'max_answer_length' parameter"):
        odd.set_params(step=4, max_answer_length=0).predict(NEW)


def test_names_of_what_is_returned():
    assert AnswerSpan(1, 2, 0.5).probability == 0.5
    assert SLMReader().get_params()["max_answer_length"] == 20
