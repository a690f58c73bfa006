"""What a translator writes and scores, with weights that nothing was trained for."""

import numpy as np
import pytest
import sacrebleu
from sklearn.exceptions import NotFittedError
from sklearn.utils._param_validation import InvalidParameterError

from sklearn_slm import SLMTranslator
from tests.estimators.translation import SOURCES, TARGETS, make_random_translator

TEXTS = [*SOURCES[:9], "", "one six, two!", "Ж"]


@pytest.fixture(scope="module")
def model():
    return make_random_translator()


def compute_log_prob(model, source, tokens):
    """Return the log-probability of tokens, one step after another, in float64."""
    network, (reads, writes) = model.prepare_network(), model._sides
    memory, state = network.read_sources(reads.encode([source]))
    total, read = 0.0, 0
    for token in [*writes.vocabulary.encode(tokens).tolist(), 0]:
        log_probs, _, state = network.decode_step(memory, state, np.int32([read]))
        total += float(log_probs[0, token])
        read = token
    return total


def test_a_translation_does_not_depend_on_the_others(model):
    together = model.predict(TEXTS)
    assert model.predict(TEXTS[::-1])[::-1] == together
    assert [model.predict([text])[0] for text in TEXTS] == together
    assert model.transform(np.array(TEXTS)) == together
    assert together[9] == "" and len(set(together)) > 3
    assert model.predict([]) == model.predict(iter([])) == []


def test_a_file_is_read(model, tmp_path):
    path = tmp_path / "texts.txt"
    path.write_text("\n".join(TEXTS) + "\n", "utf-8")
    assert model.predict(path) == model.predict(TEXTS)


def test_the_best_translations_and_their_scores(model):
    rows = model.predict_topk(TEXTS, k=3)
    assert [row[0][0] for row in rows] == model.predict(TEXTS)
    assert rows[9] == [("", 0.0)]
    for text, row, alignment in zip(TEXTS[:9], rows, model.align(TEXTS)):
        assert 1 <= len(row) <= 3 and len({text for text, _ in row}) == len(row)
        scores = [score for _, score in row]
        assert scores == sorted(scores, reverse=True)
        log_prob = compute_log_prob(model, text, alignment.target_tokens)
        n = len(alignment.target_tokens) + 1
        assert scores[0] == pytest.approx(log_prob * 6 / (5 + n), rel=1e-4)


def test_more_than_the_beam_holds_widens_it(model):
    (row,) = model.predict_topk(["one two"], k=6)
    assert 3 < len(row) <= 6
    wider = make_random_translator(beam_size=6)
    assert wider.predict_topk(["one two"], k=6) == [row]


def test_a_beam_finds_what_is_no_less_probable():
    greedy, wide = (make_random_translator(beam_size=n) for n in (1, 8))
    texts = SOURCES[:12]
    scores = [
        sum(row[0][1] for row in m.predict_topk(texts, 1)) for m in (greedy, wide)
    ]
    assert scores[1] > scores[0]


def test_the_likelihood_of_given_translations(model):
    sources, targets = [*SOURCES[:5], "", "Ж"], [*TARGETS[3:8], "eins", ""]
    scores = model.score_samples(sources, targets)
    assert scores.dtype == np.float64
    split = model.target_tokenizer_.split
    wanted = [compute_log_prob(model, x, split(y)) for x, y in zip(sources, targets)]
    np.testing.assert_allclose(scores, wanted, rtol=1e-5)
    assert model.score_samples([], []).shape == (0,)


def test_the_score_is_that_of_sacrebleu(model):
    written = model.predict(SOURCES)
    # Right in part.
    references = [w if i % 2 else t for i, (w, t) in enumerate(zip(written, TARGETS))]
    bleu = sacrebleu.corpus_bleu(written, [references]).score
    chrf = sacrebleu.corpus_chrf(written, [references]).score
    assert 10 < bleu < 90
    assert model.score(SOURCES, references) == pytest.approx(bleu / 100)
    chrf_score = model.score(SOURCES, references, metric="chrf")
    assert chrf_score == pytest.approx(chrf / 100)
    chinese = ["我用"] * len(SOURCES)
    wanted = sacrebleu.corpus_bleu(written, [chinese], tokenize="zh").score
    assert model.score(SOURCES, chinese) == pytest.approx(wanted / 100)


def test_attention_of_what_is_written(model):
    found = model.align(TEXTS)
    assert [a.target for a in found] == model.predict(TEXTS)
    for text, alignment in zip(TEXTS, found):
        shape = len(alignment.target_tokens), len(alignment.source_tokens)
        assert alignment.attention.shape == shape
        np.testing.assert_allclose(alignment.attention.sum(axis=1), 1.0, rtol=1e-5)
        pieces = [text[a:b] for a, b in alignment.source_offsets]
        assert pieces == [token.strip() for token in alignment.source_tokens]
        assert model.target_tokenizer_.join(alignment.target_tokens) == alignment.target


def test_attention_of_a_given_translation_is_the_same(model):
    own = max(model.align(SOURCES), key=lambda a: len(a.target_tokens))
    (given,) = model.align([own.source], [own.target])
    assert given.target_tokens == own.target_tokens and len(own.target_tokens) > 4
    np.testing.assert_allclose(given.attention, own.attention, atol=1e-5)
    assert given.target_offsets == own.target_offsets
    (empty,) = model.align(["one"], [""])
    assert empty.attention.shape == (0, 1) and empty.link() == []


def test_drawn_translations(model):
    texts = SOURCES[:6]
    drawn = model.sample(texts, random_state=0)
    assert drawn == model.sample(texts, random_state=0)
    assert drawn != model.sample(texts, random_state=1)
    with pytest.raises(ValueError, match="temperature must be"):
        model.sample(texts, temperature=-1)


def test_a_translation_longer_than_any_that_was_seen(model):
    text = " ".join(TARGETS * 10)
    assert len(model.target_tokenizer_.split(text)) > 1000
    (score,) = model.score_samples(["one"], [text])
    wanted = compute_log_prob(model, "one", model.target_tokenizer_.split(text))
    assert score == pytest.approx(wanted, rel=1e-4)
    (alignment,) = model.align(["one"], [text])
    np.testing.assert_allclose(alignment.attention, 1.0, rtol=1e-5)


def test_a_long_source_and_strange_characters(model):
    texts = ["one two " * 1000, "Ж 龙 \ufffd \x00", "\u200b", "\n\n"]
    written = model.set_params(beam_size=1).predict(texts)
    model.set_params(beam_size=3)
    assert 1 <= len(model.target_tokenizer_.split(written[0])) <= 4010
    # What is unknown is copied; all else are tokens of the target.
    known = {*model.target_vocabulary_.tokens, *model.source_tokenizer_.split(texts[1])}
    assert written[1] and set(model.target_tokenizer_.split(written[1])) <= known
    assert written[2:] == ["", ""]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda m: m.predict("one"), ValueError, r"X=\[text\]"),
        (lambda m: m.predict(""), ValueError, r"X=\[text\]"),
        (lambda m: m.predict([1]), TypeError, r"X\[0\] must be a str"),
        (lambda m: m.predict_topk(["one"], 0), ValueError, "k must be .* Got 0"),
        (lambda m: m.predict_topk(["one"], True), ValueError, "k must be .* Got True"),
        (lambda m: m.score(["one"], ["eins", "zwei"]), ValueError, "have 1 and 2"),
        (lambda m: m.score_samples(["one"], []), ValueError, "have 1 and 0"),
        (lambda m: m.align(["one"], []), ValueError, "have 1 and 0"),
        (lambda m: m.score([], []), ValueError, "hold no pair"),
        (lambda m: m.score(["one"], ["eins"], "ter"), ValueError, "Got 'ter'"),
    ],
)
def test_bad_input_is_refused(model, call, error, message):
    with pytest.raises(error, match=message):
        call(model)


@pytest.mark.parametrize(
    "parameters",
    [
        {"beam_size": 0},
        {"beam_size": 2.5},
        {"length_penalty": -1},
        {"max_length_ratio": -0.5},
    ],
)
def test_a_search_out_of_range_is_refused(parameters):
    model = make_random_translator().set_params(**parameters)
    with pytest.raises(InvalidParameterError, match=next(iter(parameters))):
        model.predict(["one"])


def test_a_model_that_is_not_fitted_says_so():
    model = SLMTranslator()
    for call in (model.predict, model.sample, model.align, model.predict_topk):
        with pytest.raises(NotFittedError, match="SLMTranslator"):
            call(["one"])
    with pytest.raises(NotFittedError):
        model.score_samples(["one"], ["eins"])
