"""Texts, token by token: determinism, ends, stops, labels, keywords, bad input."""

import copy

import numpy as np
import pytest

from tests.estimators.language import TEXTS, fit_model, make_model


def test_greedy_goes_on_as_the_training_texts_do():
    model = fit_model()
    (text,) = model.generate("three", temperature=0, n_tokens=3)
    assert text.startswith("three four")
    assert model.generate("three", temperature=0, n_tokens=0) == ["three"]


def test_a_seed_decides_each_text_alone():
    model = fit_model()
    texts = model.generate("one", n=4, random_state=3)
    assert texts == model.generate("one", n=4, random_state=3)
    assert texts != model.generate("one", n=4, random_state=4)
    assert texts[0] == model.generate("one", n=1, random_state=3)[0]
    both = model.generate(["one", "two"], n=2, random_state=3)
    assert both[0] == texts[:2] and len(both[1]) == 2
    assert len(model.generate(["one", "two", ""], random_state=0)) == 3
    assert model.generate([], random_state=0) == []


def test_many_prompts_at_once_are_as_few_at_a_time(monkeypatch):
    from sklearn_slm.estimators import generating

    model, prompts = fit_model(), TEXTS * 10
    expected = model.generate(prompts, n_tokens=4, random_state=0)
    monkeypatch.setattr(generating, "_MOST_LOGITS", 100)
    assert model.generate(prompts, n_tokens=4, random_state=0) == expected


def test_texts_end_with_their_documents():
    model = fit_model()
    texts = model.generate("", n=20, n_tokens=200, random_state=0)
    lengths = [len(text.split()) for text in texts]
    assert max(lengths) < 60 and {text[-1] for text in texts} == {".", "!"}
    # All words and marks are those of the training texts, and none is unknown.
    tokens = {t for text in texts for t in model.tokenizer_.split(text)}
    assert tokens <= set(model.vocabulary_.tokens)


def test_a_stream_of_lines_has_no_end():
    model = fit_model(documents="stream")
    (text,) = model.generate("one", n_tokens=60, random_state=0)
    lines = text.split("\n")
    assert len(lines) > 4 and all(line == line.strip() for line in lines)


def test_what_is_streamed_is_what_is_generated():
    model = fit_model()
    for prompt in ("one two", ""):
        (text,) = model.generate(prompt, n_tokens=12, random_state=5)
        pieces = list(model.stream(prompt, n_tokens=12, random_state=5))
        assert prompt + "".join(pieces) == text and len(pieces) > 1
        assert not pieces[0].startswith(" ") or prompt


@pytest.mark.parametrize("stop", ["four", ["e f", "zzz"], "!"])
def test_texts_end_before_a_stop(stop):
    model = fit_model()
    stops = [stop] if isinstance(stop, str) else stop
    whole = model.generate("one", n=6, n_tokens=20, random_state=1)
    cut = model.generate("one", n=6, n_tokens=20, random_state=1, stop=stop)
    for long, short in zip(whole, cut):
        places = [p for s in stops if (p := long.find(s, 3)) >= 0]
        assert short == (long[: min(places)] if places else long)
    pieces = model.stream("one", n_tokens=20, random_state=1, stop=stop)
    (first,) = model.generate("one", n_tokens=20, random_state=1, stop=stop)
    assert "one" + "".join(pieces) == first


def test_unknown_words_stay_in_the_prompt():
    model = fit_model()
    (text,) = model.generate("Xylophone  one", n_tokens=2, random_state=0)
    assert text.startswith("Xylophone one ")
    (long,) = model.generate("one " * 500, n_tokens=1, random_state=0)
    assert long.startswith("one one one")


def test_labels():
    model = fit_model(labelled=True, max_iter=50)
    calm = model.generate("", label="calm", n=20, n_tokens=30, random_state=0)
    loud = model.generate("", label="loud", n=20, n_tokens=30, random_state=0)
    assert sum(text.endswith(".") for text in calm) > 15
    assert sum(text.endswith("!") for text in loud) > 15
    either = model.generate("", n=40, n_tokens=30, random_state=0)
    assert 8 < sum(text.endswith("!") for text in either) < 32
    each = model.generate(
        ["one", "two"], label=["calm", "loud"], n_tokens=30, random_state=0
    )
    assert len(each) == 2
    with pytest.raises(ValueError, match="knows no label 'new'"):
        model.generate("", label="new")
    with pytest.raises(ValueError, match="one label, or one for each of 1 prompts"):
        model.generate("", label=["calm", "loud"])
    with pytest.raises(ValueError, match="fitted without labels"):
        fit_model().generate("", label="calm")
    assert list(model.stream("", label="calm", random_state=0))


def test_keywords_come():
    model = fit_model()
    plain = model.generate("one", n=10, n_tokens=8, random_state=0)
    wanted = model.generate(
        "one", n=10, n_tokens=8, random_state=0, keywords=["five", "!"]
    )
    held = [sum(w in t for w in ("five", "!")) for t in wanted]
    assert np.mean(held) > 1.8
    assert np.mean(held) > np.mean([("five" in t) + ("!" in t) for t in plain])


def test_next_tokens():
    model = fit_model()
    ((best, *others), end) = model.predict_next(["one two", "one two three."], k=3)
    assert best[0] == " three" and best[1] > 0.5 and len(others) == 2
    assert end[0][0] == "" and end[0][1] > 0.5
    probabilities = [p for _, p in model.predict_next([""], k=100)[0]]
    assert probabilities == sorted(probabilities, reverse=True)
    assert sum(probabilities) == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"temperature": -1.0}, "temperature must be"),
        ({"top_p": 0.0}, "top_p must be"),
        ({"top_p": 1.5}, "top_p must be"),
        ({"top_k": -1}, "top_k must be"),
        ({"n_tokens": -1}, "n_tokens must be a whole number of at least 0"),
        ({"n_tokens": 1.5}, "n_tokens must be a whole number"),
        ({"n": 0}, "n must be a whole number of at least 1"),
        ({"stop": ""}, "stop must be strings that are not empty"),
        ({"stop": [3]}, "stop must be strings"),
        ({"keywords": [""]}, "keywords must be strings"),
    ],
)
def test_parameters_out_of_range(parameters, message):
    with pytest.raises(ValueError, match=message):
        fit_model().generate("one", **parameters)


def test_what_is_no_prompt():
    model = fit_model()
    with pytest.raises(TypeError, match="prompt must be one string"):
        model.stream(["one"])
    with pytest.raises(TypeError):
        model.generate([1])
    with pytest.raises(ValueError, match="string object received"):
        model.predict_next("one")
    with pytest.raises(ValueError, match="k must be"):
        model.predict_next(["one"], k=0)


@pytest.mark.parametrize("runtime", ["numpy", "onnxruntime"])
def test_runtimes_write_the_same(runtime):
    model = fit_model()
    other = make_model(runtime=runtime)
    other.__dict__.update({k: v for k, v in vars(model).items() if k.endswith("_")})
    prompts = ["one", "two three", ""]
    ours = other.generate(prompts, n_tokens=6, random_state=0)
    assert ours == model.generate(prompts, n_tokens=6, random_state=0)


def test_a_stop_that_begins_with_a_space_is_not_at_the_beginning():
    model = fit_model(documents="stream")
    for seed in range(12):
        options = {"n_tokens": 15, "random_state": seed, "stop": " two"}
        (text,) = model.generate("", **options)
        assert text == "".join(model.stream("", **options)) and " two" not in text


def test_next_tokens_of_labels():
    model = fit_model(labelled=True)
    calm, loud = (
        dict(model.predict_next(["one"], k=9, label=label)[0])
        for label in ("calm", "loud")
    )
    assert calm["."] > 0.7 and loud["!"] > 0.7
    assert model.predict_next(["one"] * 2, k=1, label=["calm", "loud"]) == [
        [(".", calm["."])],
        [("!", loud["!"])],
    ]
    weights = [
        np.exp(model.score_tokens(["one"], [label]).log_likelihood[:-1].sum())
        for label in ("calm", "loud")
    ]
    mixed = dict(model.predict_next(["one"], k=9)[0])
    for mark in (".", "!"):
        expected = (weights[0] * calm[mark] + weights[1] * loud[mark]) / sum(weights)
        assert mixed[mark] == pytest.approx(expected, rel=1e-4)
    with pytest.raises(ValueError, match="knows no label 'mad'"):
        model.predict_next(["one"], label="mad")


def test_next_tokens_are_those_that_the_cache_makes_likely():
    model = copy.copy(fit_model()).set_params(cache_size=50, cache_weight=0.5)
    (cached,) = model.predict_next(["one five one five one"], k=9)
    (plain,) = fit_model().predict_next(["one five one five one"], k=9)
    assert dict(cached)[" five"] > dict(plain)[" five"]
    (text,) = model.generate("one five one five one", n_tokens=1, temperature=0)
    assert text == "one five one five one" + cached[0][0]


def test_characters_have_no_space_too_many():
    model = make_model(tokens="char", max_iter=2).fit(TEXTS)
    texts = model.generate("", n=40, n_tokens=30, random_state=0, temperature=1.5)
    assert [model.tokenizer_.normalize(text) for text in texts] == texts
    assert any(" " in text for text in texts)
    assert model._encode_prompt("one ")[-1] == model.vocabulary_.index[" "]
    (text,) = model.generate("one ", n_tokens=5, random_state=0)
    assert text.startswith("one ") and not text.startswith("one  ")


def test_keywords_of_characters_are_words():
    model = make_model(tokens="char", max_iter=2).fit(TEXTS)
    texts = model.generate("", n=5, n_tokens=30, random_state=0, keywords=["two"])
    assert sum(" two" in f" {text}" for text in texts) >= 3
    # No text has a space: a word is its letters.
    names = make_model(tokens="char", max_iter=1).fit(["anna", "bella", "nan"] * 5)
    assert len(names._encode_keyword("ann")) == 3
    assert names.generate("", n_tokens=3, random_state=0, keywords=["ann"])


def test_unknown_keywords_are_named():
    with pytest.warns(UserWarning, match="does not know 'zebra', and cannot write"):
        texts = fit_model().generate("one", keywords=["zebra"], n_tokens=4)
    assert len(texts) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"temperature": "a"}, "temperature must be 0"),
        ({"temperature": None}, "temperature must be 0"),
        ({"top_k": 2.5}, "top_k must be 0"),
        ({"top_k": True}, "top_k must be 0"),
        ({"top_p": "x"}, "top_p must be above 0"),
        ({"stop": None}, "stop must be strings that are not empty"),
        ({"keywords": 3}, "keywords must be strings that are not empty"),
    ],
    ids=str,
)
def test_values_of_other_types(options, message):
    with pytest.raises(ValueError, match=message):
        fit_model().generate("one", **options)
    if "keywords" not in options:
        # Before the first piece is asked for.
        with pytest.raises(ValueError, match=message):
            fit_model().stream("one", **options)


def test_the_largest_temperatures_make_all_tokens_equal():
    texts = fit_model().generate("", n=5, n_tokens=4, temperature=1e39, random_state=0)
    assert len(set(texts)) > 1
