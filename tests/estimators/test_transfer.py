"""A classifier that starts from a language model: words, weights, and what is refused."""

import copy
import os
import pickle
import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline

from sklearn_slm import (
    GloveTfidfVectorizer,
    SLMAnswerer,
    SLMLanguageModel,
    SLMTextClassifier,
    WordVectors,
    load_model,
    quantize,
)
from sklearn_slm.compression import quantize_weights
from sklearn_slm.estimators.transfer import (
    adapt_sequences,
    find_language_model,
    find_layers,
    forget_pretrained,
    match_vectors,
    match_words,
    settle_vectorizer,
    start_weights,
)
from sklearn_slm.runtime import prepare_network
from sklearn_slm.runtime.stepping import find_hidden, start_state
from sklearn_slm.spec import ClassHead, EncoderSpec, NetworkSpec, TokenHead
from sklearn_slm.text import FIRST_ID, Ragged, Tokenizer, Vocabulary
from tests.estimators.small import (
    FEW,
    LABELS,
    MANY,
    OPTIONS,
    TEXTS,
    UNSEEN,
    make_steps,
)
from tests.networks import draw_weights

# Every word of the texts but "song", and some that they lack; most frequent first.
TOKENS = (
    *(" the", " A", " good", " film", " bad", " book", " a", "film", " great", "."),
    *(" one", " this", " that", " play", " Rare"),
)
N_EXTRA = 3  # great, ".", rare


def make_language_model(
    tokens=TOKENS, kind="word", two=True, lowercase=False, pattern=None, **fields
):
    """Return a language model with random weights, as a fit leaves it."""
    sizes = {"n_components": 5, "hidden_size": (4,), "bidirectional": False}
    encoder = EncoderSpec(n_tokens=FIRST_ID + len(tokens), **(sizes | fields))
    spec = NetworkSpec(encoder, TokenHead())
    model = SLMLanguageModel(hidden_size=encoder.hidden_size, bidirectional=two)
    counts = np.arange(len(tokens), 0, -1)
    backward = draw_weights(spec, seed=1)
    del backward["embedding"]
    vars(model).update(
        spec_=spec,
        weights_=draw_weights(spec),
        backward_weights_=backward if two else None,
        tokenizer_=Tokenizer(kind, lowercase, token_pattern=pattern),
        vocabulary_=Vocabulary(tokens, counts, counts, 9, 99),
        classes_=None,
        loss_curve_=[1.0],
        n_iter_=1,
        validation_scores_=None,
        best_validation_score_=None,
    )
    return model


LANGUAGE_MODEL = make_language_model()


def make_pretrained(language_model=LANGUAGE_MODEL, **options):
    options = {"max_iter": 1, "random_state": 0, "runtime": "numpy"} | options
    nested = {name: options.pop(name) for name in [*options] if "__" in name}
    model = SLMTextClassifier(pretrained=language_model, **options)
    return model.set_params(**nested)


def begin(language_model=LANGUAGE_MODEL, texts=TEXTS, **options):
    """Return a classifier with the weights that it starts with: no text has weight."""
    model = make_pretrained(language_model, **options)
    labels = LABELS[np.arange(len(texts)) % len(LABELS)]
    return model.partial_fit(
        texts, labels, classes=["neg", "pos"], sample_weight=np.zeros(len(texts))
    )


def row_of(token, language_model=LANGUAGE_MODEL):
    """Return the vector of a token of a language model; None is the unknown one."""
    row = 1 if token is None else language_model.vocabulary_.index[token]
    return language_model.weights_["embedding"][row]


# Words


def test_words_have_the_vectors_of_their_most_frequent_forms():
    model = begin()
    table, index = model.weights_["embedding"], model.vocabulary_.index
    for word, token in {
        "the": " the",
        "film": " film",
        "a": " A",  # seen more often than " a"
        "great": " great",
        ".": ".",
        "rare": " Rare",
    }.items():
        np.testing.assert_array_equal(table[index[word]], row_of(token), word)
    # " A" and " a", " film" and "film" are one word each.
    assert len(index) == len(TOKENS) - 2 + 1
    np.testing.assert_array_equal(table[0], 0)
    np.testing.assert_array_equal(table[1], row_of(None))


def test_unknown_words_share_pieces_or_begin_as_the_unknown_one():
    texts = [*TEXTS, "filmed xyz"]
    model = begin(texts=texts)
    table, index = model.weights_["embedding"], model.vocabulary_.index
    # Its pieces are those of film alone: the beginning of the word and its letters.
    np.testing.assert_allclose(table[index["filmed"]], row_of(" film"), rtol=1e-6)
    np.testing.assert_array_equal(table[index["xyz"]], row_of(None))
    missing = model.vectorizer_.coverage().missing
    assert missing == (("song", 10), ("filmed", 1), ("xyz", 1))
    table = begin(texts=texts, vectorizer__missing="zeros").weights_["embedding"]
    np.testing.assert_array_equal(table[index["filmed"]], row_of(None))


def test_another_case_is_better_than_none():
    vectorizer = GloveTfidfVectorizer(5, lowercase=False)
    vectors = match_vectors(LANGUAGE_MODEL, ["The rare GOOD A"], vectorizer)
    for word, token in {
        "A": " A",
        "a": " a",
        "The": " the",
        "GOOD": " good",
        "rare": " Rare",
        "Rare": " Rare",
    }.items():
        np.testing.assert_array_equal(vectors[word], row_of(token), word)
    assert "THE" not in vectors
    assert vectors.tokens[: len(TOKENS) - 1] == (
        *("the", "A", "good", "film", "bad", "book", "a", "great", "."),
        *("one", "this", "that", "play", "Rare"),
    )


def test_words_are_written_as_the_vectorizer_writes_them():
    model = make_language_model((" Café", " not", ".", " the", "\n", " 3.50"))
    for options, words in [
        ({}, ("café", "not", ".", "the", "3.50")),
        ({"strip_accents": "unicode"}, ("cafe", "not", ".", "the", "3.50")),
        ({"remove_punctuation": True}, ("café", "not", "the", "3.50")),
        ({"stop_words": ["the"]}, ("café", "not", ".", "3.50")),
        ({"token_pattern": r"\w\w\w+"}, ("café", "not", "the")),
        ({"analyzer": str.split}, ("Café", "not", ".", "the", "\n", "3.50")),
    ]:
        vectorizer = GloveTfidfVectorizer(**options)
        assert match_vectors(model, ["not"], vectorizer).tokens == words, options
    assert match_words(model, (), lambda word: None).tokens == ()


def test_extra_words_are_as_many_as_the_vectorizer_says():
    n_words = len(begin().vocabulary_) - N_EXTRA
    for n in (0, 1, 2):
        model = begin(vectorizer__extra_words=n)
        assert model.vocabulary_.tokens[n_words:] == ("great", ".", "rare")[:n]
    # A word that was left out stays out.
    model = begin(vectorizer__max_features=2)
    assert model.vocabulary_.tokens[2:] == ("great", ".", "rare")


def test_characters():
    texts = ["不好 a", "很好 b"] * 4
    model = make_language_model(("好", " ", "不", "很", "a", "\n", "大"), kind="char")
    fitted = begin(model, texts)
    assert fitted.vectorizer_.analyzer == "char"
    assert set(fitted.vocabulary_.tokens) == {*"好不很ab大", " "}
    table, index = fitted.weights_["embedding"], fitted.vocabulary_.index
    np.testing.assert_array_equal(table[index[" "]], row_of(" ", model))
    np.testing.assert_array_equal(table[index["好"]], row_of("好", model))
    # Nothing is known of it: a single character has no pieces.
    np.testing.assert_array_equal(table[index["b"]], row_of(None, model))
    # Words of a script without spaces are characters already.
    words = begin(model, texts, vectorizer__analyzer=list)
    assert words.vectorizer_.analyzer is list


def test_a_pattern_of_tokens_is_that_of_the_language_model():
    model = make_language_model((" <unk>", " good-bye"), pattern=r"\S+")
    fitted = begin(model, ["<unk> good-bye", "good-bye"])
    assert fitted.vocabulary_.tokens == ("good-bye", "<unk>")
    assert fitted.vectorizer_.token_pattern == r"\S+"


# Weights


def read_states(classifier_spec, weights, texts):
    """Return the last state of each direction, by a head that hands it through."""
    n = classifier_spec.encoder.state_size
    spec = NetworkSpec(classifier_spec.encoder, ClassHead(n, pooling="last"))
    head = {"head.kernel": np.eye(n, dtype=np.float32), "head.bias": np.zeros(n)}
    head["head.bias"] = head["head.bias"].astype(np.float32)
    return prepare_network(spec, weights | head).run(texts)["logits"]


@pytest.mark.parametrize("sizes", [(4,), (4, 3), (3, 4, 2)])
@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_states_are_those_of_the_language_model(cell, sizes):
    language_model = make_language_model(
        hidden_size=sizes, cell=cell, candidate_activation="sigmoid"
    )
    table = language_model.weights_["embedding"]
    texts = Ragged(np.array([2, 5, 3, 1, 9, 4], np.int32), np.array([0, 4, 6]))
    expected = []
    for weights, step in [
        (language_model.weights_, 1),
        (language_model.backward_weights_ | {"embedding": table}, -1),
    ]:
        network = prepare_network(language_model.spec_, weights)
        rows = [texts[i][::step] for i in range(2)]
        read = Ragged(np.concatenate(rows), texts.offsets)
        state = start_state(language_model.spec_.encoder, 2)
        _, state = network.forward_chunk(state, read)
        expected.append(find_hidden(language_model.spec_.encoder, state))
    for two in (True, False):
        encoder = EncoderSpec(5, sizes, len(table), cell, two, "sigmoid")
        start = start_weights(language_model, encoder, table)
        assert start.keys() == encoder.weights().keys()
        states = read_states(NetworkSpec(encoder, ClassHead(2)), start, texts)
        wanted = np.concatenate(expected[: 1 + two], axis=1)
        np.testing.assert_allclose(states, wanted, atol=1e-6)


def test_a_direction_that_the_language_model_lacks_starts_afresh():
    one = make_language_model(two=False)
    encoder = EncoderSpec(5, (4,), one.spec_.encoder.n_tokens)
    start = start_weights(one, encoder, one.weights_["embedding"])
    assert not [name for name in start if ".backward." in name]
    fitted, plain = begin(one), begin()
    name = "layer_0.forward.kernel"
    np.testing.assert_array_equal(fitted.weights_[name], one.weights_[name])
    name = "layer_0.backward.kernel"
    assert 0.01 < np.abs(fitted.weights_[name]).max() < 1  # Glorot's
    np.testing.assert_array_equal(
        plain.weights_[name],
        LANGUAGE_MODEL.backward_weights_["layer_0.forward.kernel"],
    )


@pytest.mark.parametrize("dtype", ["int8", "float16"])
def test_a_quantised_language_model(dtype):
    small = copy.copy(LANGUAGE_MODEL)
    table = {"embedding": small.weights_["embedding"]}
    backward = quantize_weights(small.spec_, small.backward_weights_ | table, dtype)
    small.weights_ = quantize_weights(small.spec_, small.weights_, dtype)
    small.backward_weights_ = {
        name: w for name, w in backward.items() if not name.startswith("embedding")
    }
    whole, rounded = begin().weights_, begin(small).weights_
    for name, value in whole.items():
        assert rounded[name].dtype == np.float32
        np.testing.assert_allclose(rounded[name], value, atol=0.02, err_msg=name)


def test_it_learns_from_there():
    model = make_pretrained(**OPTIONS | {"hidden_size": 64}, adversarial=0.0)
    model.set_params(ngrams=None, max_iter=8).fit(TEXTS, LABELS)
    assert model.score(TEXTS, LABELS) == 1.0
    assert model.spec_.encoder == EncoderSpec(5, (4,), len(model.vocabulary_) + 2)
    assert (model.vectorizer_.n_components, model.vectorizer_.vectors) == (5, None)
    assert model.hidden_size == 64  # a parameter stays as it was given


# Parameters


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"pretrained": "model.slm"}, TypeError, r"Load the file first: pretrained=lo"),
        (
            {"pretrained": 3},
            ValueError,
            "a fitted SLMLanguageModel or None. Got 3 inst",
        ),
        ({"pretrained": SLMTextClassifier()}, TypeError, "set its warm_start=True"),
        (
            {"pretrained": SLMLanguageModel},
            TypeError,
            "must be a fitted SLMLanguageMod",
        ),
        (
            {"pretrained": SLMLanguageModel()},
            NotFittedError,
            "not fitted yet. Call its",
        ),
        (
            {"hidden_size": 5},
            ValueError,
            r"hidden_size=5 contradicts .*\(4,\). Leave h",
        ),
        ({"hidden_size": (4, 4)}, ValueError, r"hidden_size=\(4, 4\) contradicts"),
        ({"cell": "gru"}, ValueError, "cell='gru' contradicts .* cell='lstm'"),
        ({"candidate_activation": "sigmoid"}, ValueError, "ion='sigmoid' contradicts"),
        (
            {"vectorizer__n_components": 6},
            ValueError,
            "vectorizer__n_components=6 contradicts .* has vectorizer__n_components=5. "
            "Leave n_components out",
        ),
        (
            {"vectorizer__vectors": WordVectors(["a"], np.ones((1, 5)))},
            ValueError,
            "Leave vectorizer__vectors or pretrained out",
        ),
        (
            {"vectorizer__analyzer": "char"},
            ValueError,
            "tokens='word', but the vectoriz",
        ),
    ],
)
def test_what_a_classifier_cannot_start_from(options, error, words):
    model = make_pretrained().set_params(**options)
    before = dict(vars(model))
    for fit in (
        model.fit,
        lambda X, y: model.partial_fit(X, y, classes=["neg", "pos"]),
    ):
        with pytest.raises(error, match=words):
            fit(TEXTS, LABELS)
    assert vars(model) == before


def test_subwords_are_refused():
    model = copy.copy(LANGUAGE_MODEL)
    model.tokenizer_ = copy.copy(model.tokenizer_)
    object.__setattr__(model.tokenizer_, "kind", "subword")
    with pytest.raises(ValueError, match="reads whole words or characters. Fit the"):
        find_language_model(model)


def test_parameters_that_agree_may_be_given():
    for options in (
        {"hidden_size": 4},
        {"hidden_size": [4]},
        {"cell": "lstm", "candidate_activation": "tanh"},
        {"vectorizer__n_components": 5},
    ):
        model = make_pretrained().set_params(**options)
        assert find_layers(model) == {
            "hidden_size": (4,),
            "cell": "lstm",
            "candidate_activation": "tanh",
        }
        model.partial_fit(TEXTS, LABELS, ["neg", "pos"], np.zeros(len(TEXTS)))
    assert find_layers(SLMTextClassifier()) == {}
    gru = make_language_model(cell="gru", candidate_activation="sigmoid")
    encoder = begin(gru).spec_.encoder
    assert (encoder.cell, encoder.candidate_activation) == ("gru", "sigmoid")


def test_texts_of_another_language_are_told():
    german = ["der Film war gut", "ein Buch war schlecht"] * 4
    # Punctuation is that of any language, and does not count.
    with pytest.raises(ValueError, match=r"knows 0% of the words .*not 'der', 'war'"):
        begin(texts=["der . war .", "gut ."] * 4)
    with pytest.warns(
        UserWarning, match=r"knows 12% of the words of the texts \(not 'd"
    ):
        begin(texts=german)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        begin(texts=["the film zzz yyy", "this book"] * 4)
        begin(texts=["1 .", "2"] * 4, vectorizer__missing="zeros")


# Clones, searches, pickles, files


def test_clones_share_the_language_model():
    model = make_pretrained()
    assert clone(model).pretrained is LANGUAGE_MODEL
    pipeline = Pipeline([("slm", make_pretrained())])
    assert clone(pipeline)["slm"].pretrained is LANGUAGE_MODEL
    assert "pretrained" in model.get_params()
    assert not [name for name in model.get_params() if name.startswith("pretrained__")]
    assert clone(model).set_params(**model.get_params()).pretrained is LANGUAGE_MODEL
    with pytest.raises(ValueError, match=r"search over pretrained=\[\.\.\.\]"):
        model.set_params(pretrained__hidden_size=3)
    assert LANGUAGE_MODEL.hidden_size == (4,)


def test_what_stands_for_a_language_model():
    assert find_language_model(None) is None
    search = GridSearchCV(SLMLanguageModel(), {"dropout": [0.1]})
    with pytest.raises(NotFittedError):
        find_language_model(search)
    search.best_estimator_ = LANGUAGE_MODEL
    for given in (
        LANGUAGE_MODEL,
        FrozenEstimator(LANGUAGE_MODEL),
        search,
        clone(LANGUAGE_MODEL),
    ):
        assert find_language_model(given) is LANGUAGE_MODEL


def test_a_search_over_pretrained():
    search = GridSearchCV(
        make_pretrained(None, ngrams=None, hidden_size=4, vectorizer__n_components=5),
        {"pretrained": [None, LANGUAGE_MODEL], "max_iter": [1]},
        cv=2,
        error_score="raise",
    ).fit(TEXTS, LABELS)
    given = [params["pretrained"] for params in search.cv_results_["params"]]
    assert given == [None, LANGUAGE_MODEL]
    search.set_params(param_grid={"pretrained": [LANGUAGE_MODEL]}).fit(TEXTS, LABELS)
    best = search.best_estimator_
    assert best.pretrained is LANGUAGE_MODEL
    assert best.spec_.encoder.hidden_size == (4,)
    # A clone of the search holds clones in its grid.
    assert np.isfinite(cross_val_score(search, TEXTS, LABELS, cv=2)).all()


def test_pickles_hold_the_language_model_and_files_do_not(tmp_path):
    model = begin()
    for other in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        assert other.pretrained.__sklearn_is_fitted__()
        assert find_layers(other) == find_layers(model)
        assert other.fit(TEXTS, LABELS).n_iter_ == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.save(tmp_path / "m.slm")
    plain = SLMTextClassifier(4, vectorizer=GloveTfidfVectorizer(5), random_state=0)
    plain.partial_fit(
        [*TEXTS, "great rare ."], [*LABELS, "pos"], ["neg", "pos"], np.zeros(41)
    ).save(tmp_path / "plain.slm")
    sizes = [os.path.getsize(tmp_path / name) for name in ("m.slm", "plain.slm")]
    assert abs(sizes[0] - sizes[1]) < 200
    loaded = load_model(tmp_path / "m.slm")
    assert loaded.pretrained is None
    assert (loaded.hidden_size, loaded.vectorizer.n_components) == (4, 5)
    np.testing.assert_array_equal(
        loaded.predict_proba(TEXTS), model.predict_proba(TEXTS)
    )
    # Training goes on, in a stream and in a fit.
    assert loaded.partial_fit(TEXTS, LABELS).n_iter_ == 1
    assert loaded.set_params(warm_start=True).fit(TEXTS, LABELS).n_iter_ == 2
    assert clone(loaded).fit(TEXTS, LABELS).spec_.encoder.hidden_size == (4,)


def test_parameters_without_the_language_model():
    deep = make_language_model(hidden_size=(4, 3), pattern=r"\S+")
    parameters = forget_pretrained(begin(deep, vectorizer__min_df=2))
    assert "pretrained" not in parameters
    assert parameters["hidden_size"] == (4, 3)
    vectorizer = parameters["vectorizer"]
    assert (vectorizer.min_df, vectorizer.token_pattern) == (2, r"\S+")
    assert vectorizer.n_components == 5 and vectorizer.random_state is None
    plain = SLMTextClassifier(hidden_size=7)
    expected = plain.get_params(deep=False)
    del expected["pretrained"]
    assert forget_pretrained(plain) == expected


def test_a_quantised_classifier(tmp_path):
    quantize(begin()).save(tmp_path / "m.slm")
    assert load_model(tmp_path / "m.slm").hidden_size == 4


# Token sequences, and training that continues


def test_token_sequences():
    vectorizer = GloveTfidfVectorizer(5, random_state=0)
    sequences = vectorizer.fit_transform([*TEXTS, "filmed xyz"])
    adapted = adapt_sequences(LANGUAGE_MODEL, sequences)
    index = sequences.vocabulary.index
    for word, token in {"film": " film", "a": " A", "filmed": " film"}.items():
        vector = adapted.vectors[index[word] - FIRST_ID]
        np.testing.assert_allclose(vector, row_of(token), rtol=1e-6, err_msg=word)
    np.testing.assert_array_equal(adapted.ids, sequences.ids)
    model = begin(texts=sequences)
    np.testing.assert_array_equal(
        model.weights_["embedding"][index["xyz"]], row_of(None)
    )
    with pytest.raises(
        ValueError, match="X have 3 components, .* Set n_components=5 in"
    ):
        begin(texts=GloveTfidfVectorizer(3, random_state=0).fit_transform(TEXTS))
    # Case tells words apart where the texts were not brought to lower case.
    cased = GloveTfidfVectorizer(5, lowercase=False, random_state=0)
    adapted = adapt_sequences(LANGUAGE_MODEL, cased.fit_transform(["a The", "A the"]))
    row = cased.vocabulary_.index["a"] - FIRST_ID
    np.testing.assert_array_equal(adapted.vectors[row], row_of(" a"))


def test_a_pipeline_comes_back_from_its_file(tmp_path):
    steps = make_steps(pretrained=LANGUAGE_MODEL, hidden_size=64, max_iter=1)
    steps.fit(TEXTS, LABELS)
    assert steps["slm"].spec_.encoder.hidden_size == (4,)
    steps["slm"].save(tmp_path / "c.slm")
    from sklearn_slm import save_model

    save_model(steps, tmp_path / "m.slm")
    loaded = load_model(tmp_path / "m.slm")
    np.testing.assert_array_equal(
        loaded.predict_proba(TEXTS), steps.predict_proba(TEXTS)
    )
    assert loaded["slm"].hidden_size == 4


def test_another_vectorizer():
    class Doubling(GloveTfidfVectorizer):
        pass

    assert begin(vectorizer=Doubling()).vectorizer_.n_components == 5

    class Foreign:
        """Not ours, but it makes token sequences."""

        def __init__(self):
            self.random_state, self.inner = 0, GloveTfidfVectorizer(5, random_state=0)

        def get_params(self, deep=True):
            return {}

        def set_params(self, **params):
            return self

        def fit_transform(self, X):
            return self.inner.fit_transform(X)

        def transform(self, X):
            return self.inner.transform(X)

    settle_vectorizer(Foreign(), LANGUAGE_MODEL)
    model = begin(vectorizer=Foreign())
    row = model.vocabulary_.index["good"]
    np.testing.assert_array_equal(model.weights_["embedding"][row], row_of(" good"))


def test_training_continues():
    model = begin(warm_start=True)
    assert model.partial_fit(TEXTS[:8], LABELS[:8]).n_iter_ == 1
    assert model.fit(TEXTS, LABELS).n_iter_ == 2
    other = make_language_model(hidden_size=(6,))
    with pytest.raises(
        ValueError, match=r"fitted with hidden_size=\(4,\), but hidden_s"
    ):
        model.set_params(pretrained=other).fit(TEXTS, LABELS)
    with pytest.raises(ValueError, match="contradicts"):
        model.set_params(hidden_size=4).partial_fit(TEXTS, LABELS)
    model.set_params(pretrained=LANGUAGE_MODEL)
    with pytest.raises(ValueError, match="fitted with vectorizer__min_df=1, but"):
        model.set_params(vectorizer__min_df=2).fit(TEXTS, LABELS)


def test_a_language_model_that_was_trained():
    """Words that no label has told of are known by the company they keep."""
    language_model = SLMLanguageModel(
        8, max_iter=40, batch_size=8, learning_rate=0.02, random_state=0
    ).fit(MANY)
    model = make_pretrained(
        language_model,
        bidirectional=False,
        pooling="last",
        train_vectors=False,
        ngrams=None,
        dropout=0.0,
        word_dropout=0.0,
        adversarial=0.0,
        max_iter=40,
        learning_rate=0.03,
    ).fit(FEW, ["pos", "neg"] * 2)
    assert model.predict(UNSEEN).tolist() == ["pos", "neg", "pos", "neg"]
    assert model.predict_proba(UNSEEN)[::2, 1].min() > 0.55


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        (3, TypeError, "parameter of SLMAnswerer must be a fitted SLMLanguageModel or"),
        (
            SLMLanguageModel(),
            NotFittedError,
            r"many texts first: SLMAnswerer\(pretrain",
        ),
        (SLMTextClassifier(), TypeError, "on training SLMTextClassifier, set its warm"),
    ],
)
def test_messages_name_the_estimator_whose_parameter_it_is(given, error, words):
    with pytest.raises(error, match=words):
        SLMAnswerer(pretrained=given).fit(["a"], ["b"])
    subwords = copy.copy(LANGUAGE_MODEL)
    subwords.tokenizer_ = copy.copy(subwords.tokenizer_)
    object.__setattr__(subwords.tokenizer_, "kind", "subword")
    with pytest.raises(ValueError, match="but SLMAnswerer reads whole words"):
        SLMAnswerer(pretrained=subwords).fit(["a"], ["b"])
