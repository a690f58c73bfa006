# ruff: noqa: T201
"""What a user writes, for type checkers: ``make lint`` reads it, nothing runs it.

``assert_type`` fails where an annotation of the package says more or less than it did.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, assert_type

import numpy as np
from sklearn.pipeline import Pipeline, make_pipeline

from sklearn_slm import (
    Augmenter,
    GloveTfidfVectorizer,
    SLMAnswerer,
    SLMLanguageModel,
    SLMReader,
    SLMSpeechRecognizer,
    SLMTextClassifier,
    SLMTranslator,
    TokenSequences,
    WordVectors,
    distill,
    export_onnx,
    load_demo_corpus,
    load_demo_speech,
    load_model,
    predict_iter,
    prune,
    quantize,
    read_vectors,
    save_model,
    train_glove,
    write_vectors,
)

TEXTS = ["not bad", "not good"]
LABELS = ["positive", "negative"]


def classify() -> None:
    model = SLMTextClassifier(
        hidden_size=(8, 8),
        max_iter=2,
        ngrams=None,
        random_state=np.random.RandomState(0),
    )
    print(model.fit(TEXTS, LABELS).n_iter_)
    model.fit(np.array(TEXTS), np.array(LABELS), sample_weight=[1.0, 2.0])
    model.partial_fit(TEXTS, LABELS, classes=LABELS)
    assert_type(model.predict(TEXTS), np.ndarray)
    assert_type(model.predict_proba(TEXTS), np.ndarray)
    assert_type(model.score(TEXTS, LABELS), float)
    for explanation in model.explain(TEXTS, method="occlusion"):
        print(explanation.tokens, explanation.scores)
    model.save("model.slm")
    best, *_ = model.classes_
    print(best, model.spec_.encoder.hidden_size, model.weights_["embedding"].shape)
    print(model.set_params(runtime="numpy").get_params()["hidden_size"])


def work_with_files() -> None:
    corpus = load_demo_corpus("en")
    X, y = load_demo_corpus("zh", subset="test", return_X_y=True)
    model = make_pipeline(GloveTfidfVectorizer(), SLMTextClassifier()).fit(X, y)
    print(corpus.data, model.predict(X))
    save_model(model, Path("model.slm"), notes={"n": 2})
    loaded = load_model("model.slm", trusted=["jieba:lcut"], mmap=True)
    print(loaded.predict(TEXTS))
    answers = predict_iter(model, (text for text in TEXTS), method="predict_proba")
    for answer in answers:
        print(answer)
    small = quantize(SLMTextClassifier().fit(X, y), "int8", X=X, y=y, max_drop=0.01)
    print(
        small.predict(TEXTS), prune(small, X, y, amount=0.5).estimator_.predict(TEXTS)
    )
    print(distill(SLMTextClassifier(8), small, TEXTS).predict(TEXTS))
    export_onnx(small, "model.onnx")


def vectorize() -> None:
    vectorizer = GloveTfidfVectorizer(n_components=10, vectors=Path("glove.txt.gz"))
    vectorizer.fit(TEXTS).transform(TEXTS)
    print(vectorizer.fit_transform(TEXTS), vectorizer.coverage())
    Pipeline([("vectors", vectorizer), ("slm", SLMTextClassifier())])
    assert_type(read_vectors("glove.txt"), WordVectors)
    vectors = train_glove(TEXTS, n_components=5)
    write_vectors("own.txt", vectors)
    print(vectors.tokens[:2], Augmenter(random_state=0).show(TEXTS))
    classifier = SLMTextClassifier()
    classifier.fit(TEXTS, LABELS)
    assert_type(classifier.read_inputs(TEXTS), TokenSequences)
    assert_type(classifier.n_iter_, int)
    assert_type(classifier.loss_curve_, list[float])


def write() -> None:
    lm = SLMLanguageModel(hidden_size=16, tokens="char", max_iter=1)
    print(lm.fit(TEXTS).generate("not", n_tokens=3)[0].upper())
    lm.fit(Path("corpus.txt"))
    lm.fit(iter(TEXTS))
    assert_type(lm.stream("not"), Iterator[str])
    assert_type(lm.perplexity(TEXTS, per="word"), float)
    assert_type(lm.score_samples(TEXTS), np.ndarray)
    for words in lm.predict_next(["not"], k=3):
        for word, probability in words:
            print(word.upper(), probability + 1)
    SLMTextClassifier(pretrained=lm).fit(TEXTS, LABELS, X_unlabeled=TEXTS)


def translate() -> None:
    model = SLMTranslator(32, tokens="char", max_iter=2)
    model.fit(TEXTS, LABELS)
    assert_type(model.predict(TEXTS), list[str])
    for candidates in model.predict_topk(TEXTS, k=2):
        for text, score in candidates:
            print(text.upper(), score + 1)
    assert_type(model.score(TEXTS, LABELS), float)


def answer() -> None:
    model = SLMAnswerer(8, max_iter=5)
    model.fit(TEXTS, LABELS)
    assert_type(model.predict(TEXTS), list[str])
    for found in model.predict_topk(TEXTS, k=2, threshold=0.5):
        if found is not None:
            text, probability = found[0]
            print(text.upper(), probability + 1)
    model.add(["a new answer"])
    print(model.find_threshold(TEXTS, LABELS, answered=0.9).threshold)


def read() -> None:
    pairs = [("what is it", "it is not bad")]
    model = SLMReader(6, max_iter=2)
    model.fit(pairs, ["not bad"])
    assert_type(model.predict(pairs), list[str])
    for span in model.predict_spans(pairs):
        if span is not None:
            print(span.start, span.end, span.probability)
    print(model.search(SLMAnswerer().fit(TEXTS, LABELS), ["what is it"], k=2)[0].answer)


def hear() -> None:
    speech = load_demo_speech(n_samples=10)
    model = SLMSpeechRecognizer(16, units="word")
    model.fit(speech.data, speech.target)
    assert_type(model.predict(["one.wav", Path("two.wav")]), list[str])
    model.predict([(8000, np.zeros(8000, np.int16))])
    for words in model.predict_words(["one.wav"]):
        for word in words:
            print(word.text, word.start, word.end, word.confidence)
    assert_type(model.score(speech.data, speech.target), float)


def read_parameters(model: SLMTextClassifier) -> dict[str, Any]:
    return model.get_params()
