"""What a fitted recogniser hears; no training here."""

import io

import numpy as np
import pytest
from scipy.io import wavfile
from sklearn.exceptions import NotFittedError

from sklearn_slm import SLMSpeechRecognizer
from sklearn_slm.decoding.ctc import decode_ctc, decode_greedy
from sklearn_slm.estimators.recognizing import prepare_search
from sklearn_slm.text.errors import compute_error_rate
from tests.estimators.speech import (
    RATE,
    SOUNDS,
    TEXTS,
    make_random_recognizer,
    make_recognizer,
)


def greedy(**parameters):
    return make_random_recognizer(beam_size=1, language_model=None, **parameters)


def test_texts_are_those_of_the_search():
    model = make_random_recognizer(beam_size=3)
    for probs, text in zip(
        model.predict_symbols(SOUNDS[:4]), model.predict(SOUNDS[:4])
    ):
        np.testing.assert_allclose(probs.sum(axis=1), 1.0, atol=1e-5)
        assert probs.shape[1] == len(model.symbols_) == 5
        (best,) = decode_ctc(
            np.log(probs),
            width=3,
            texts=model.symbols_,
            language_model=model.word_counts_.score,
            weight=0.5,
            word_bonus=0.5,
        )
        assert text == " ".join(word.text for word in best.words) != ""
    assert model.transform(SOUNDS) == model.predict(SOUNDS)
    assert model.predict([]) == []


def test_greedy_texts():
    model = greedy()
    for probs, text in zip(
        model.predict_symbols(SOUNDS[:4]), model.predict(SOUNDS[:4])
    ):
        symbols = decode_greedy(np.log(probs)).symbols
        joined = "".join(model.symbols_[i] for i in symbols)
        assert text == " ".join(joined.split())


def test_a_text_does_not_depend_on_the_others():
    model = make_random_recognizer()
    texts = model.predict(SOUNDS)
    assert [model.predict([sound])[0] for sound in SOUNDS] == texts
    assert model.predict(SOUNDS[::-1]) == texts[::-1]


def test_files_pairs_and_arrays_are_heard_alike(tmp_path):
    model = make_random_recognizer()
    samples = np.round(SOUNDS[0] * 32767).astype(np.int16)
    path = tmp_path / "one.wav"
    wavfile.write(path, RATE, samples)
    stereo = np.stack([samples, samples], axis=1)
    items = [path, str(path), (RATE, samples), samples, samples / 32768.0, stereo]
    items.append(io.BytesIO(path.read_bytes()))
    assert len(set(model.predict(items))) == 1
    # Of another rate it is nearly the same.
    high = np.repeat(SOUNDS[0], 2)
    assert len(model.predict_symbols([(2 * RATE, high)])[0]) == len(
        model.predict_symbols([SOUNDS[0]])[0]
    )


def test_silence_says_nothing():
    model = make_random_recognizer()
    silent = np.zeros(8000, np.float32)
    assert model.predict([silent, SOUNDS[0]])[0] == ""
    assert model.predict([silent]) == [""] and model.predict_words([silent]) == [[]]
    assert model.predict_topk([silent]) == [[("", 0.0)]]
    assert len(model.predict_symbols([silent])[0]) == 0


def test_several_texts():
    model = make_random_recognizer(beam_size=2)
    rows = model.predict_topk(SOUNDS[:3], k=4)
    for row, text in zip(rows, model.set_params(beam_size=4).predict(SOUNDS[:3])):
        assert row[0][0] == text
        texts, scores = zip(*row)
        assert len(set(texts)) == len(texts) and list(scores) == sorted(scores)[::-1]
    assert max(map(len, rows)) == 4
    for k in (0, 1.5, True):
        with pytest.raises(ValueError, match="k must be a whole number"):
            model.predict_topk(SOUNDS, k=k)


def test_words_have_times():
    model = greedy()
    (words,) = model.predict_words([SOUNDS[0]])
    assert " ".join(word.text for word in words) == model.predict([SOUNDS[0]])[0]
    said = decode_greedy(np.log(model.predict_symbols([SOUNDS[0]])[0]))
    is_space = np.array(model.symbols_)[said.symbols] == " "
    assert words[0].start == pytest.approx(0.03 * said.frames[~is_space][0, 0])
    seconds = len(SOUNDS[0]) / RATE
    assert words[-1].end == pytest.approx(
        min(0.03 * said.frames[~is_space][-1, 1], seconds)
    )
    for word in words:
        assert 0 <= word.start < word.end <= seconds and 0 < word.confidence <= 1
    # What is cut off at the beginning counts.
    model.set_params(trim=True)
    late = np.concatenate([np.zeros(RATE, np.float32), SOUNDS[0], np.zeros(RATE)])
    (trimmed,), (moved,) = (
        model.predict_words([sound]) for sound in (SOUNDS[0], late.astype(np.float32))
    )
    assert moved[0].start - trimmed[0].start == pytest.approx(1.0, abs=0.1)


def test_scores():
    model = make_random_recognizer()
    written = model.predict(SOUNDS)
    assert model.score(SOUNDS, TEXTS) == 1 - compute_error_rate(written, TEXTS)
    assert model.score(SOUNDS, TEXTS, metric="cer") == pytest.approx(
        1 - compute_error_rate(written, TEXTS, "char")
    )
    assert model.score(SOUNDS, [f" {text}  " for text in written]) == 1.0
    # What cannot be written is an error.
    assert model.score(SOUNDS[:1], ["é é"]) <= 0.0
    with pytest.raises(ValueError, match="metric must be 'wer' or 'cer'"):
        model.score(SOUNDS, TEXTS, metric="bleu")
    with pytest.raises(ValueError, match="have 12 and 1"):
        model.score(SOUNDS, ["a"])
    with pytest.raises(ValueError, match="hold no recording"):
        model.score([], [])


def test_lower_case_counts_in_scores():
    model = make_random_recognizer(lowercase=True)
    written = model.predict(SOUNDS)
    assert model.score(SOUNDS, [text.upper() for text in written]) == 1.0


def test_a_stream():
    model = make_random_recognizer(2, bidirectional=False, beam_size=3)
    assert model.features_.normalize == "running"
    blocks = [SOUNDS[0][i : i + 500] for i in range(0, len(SOUNDS[0]), 500)]
    texts = list(model.stream(iter(blocks)))
    assert len(texts) == len(blocks) + 1 and len(texts[0]) < len(texts[-1])
    assert texts[-1] == model.predict([SOUNDS[0]])[0]
    for other in (
        make_random_recognizer(),
        make_random_recognizer(bidirectional=False, normalize="utterance"),
    ):
        with pytest.raises(ValueError, match=r"Fit one with bidirectional=False"):
            other.stream(blocks)


def test_what_is_searched_with_can_be_set_after_a_fit():
    model = make_random_recognizer()
    search = prepare_search(model, model._symbols, model.word_counts_, 0.5, 0.5)
    assert search.make_scorer() == model.word_counts_.score and search.words is None
    model.set_params(word_list="transcripts")
    known = {word for text in TEXTS for word in text.split()}
    assert set(" ".join(model.predict(SOUNDS)).split()) <= known
    model.set_params(word_list=["a", "bb"])
    assert set(" ".join(model.predict(SOUNDS)).split()) <= {"a", "bb"}
    model.set_params(word_list=["a", 1])
    with pytest.raises(ValueError, match="Got 1 among them"):
        model.predict(SOUNDS)
    model.set_params(word_list=None, language_weight=2.0, word_bonus=-50.0)
    short = model.predict(SOUNDS)
    assert max(len(text.split()) for text in short) <= 1
    model.set_params(beam_size=0)
    with pytest.raises(ValueError, match="'beam_size'"):
        model.predict(SOUNDS)


def test_before_a_fit():
    model = SLMSpeechRecognizer()
    for method in ("predict", "predict_topk", "predict_words", "predict_symbols"):
        with pytest.raises(NotFittedError):
            getattr(model, method)(SOUNDS)
    with pytest.raises(NotFittedError):
        model.stream(SOUNDS)
    with pytest.raises(NotFittedError):
        make_recognizer().score(SOUNDS, TEXTS)


def test_bad_recordings(tmp_path):
    model = make_random_recognizer()
    with pytest.raises(FileNotFoundError, match=r"X\[1\]: there is no file"):
        model.predict([SOUNDS[0], tmp_path / "lost.wav"])
    with pytest.raises(ValueError, match=r"X\[1\]: .*NaN"):
        model.predict([SOUNDS[0], np.array([np.nan, 0.0])])
    path = tmp_path / "one.wav"
    wavfile.write(path, RATE, np.round(SOUNDS[0] * 32767).astype(np.int16))
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match=r"X\[0\]: .*one.wav"):
        model.predict([path])


def test_a_long_recording_is_read_in_windows():
    model = greedy()
    long = np.tile(np.concatenate(SOUNDS), 14)  # 110 seconds
    probs, pieces = model.predict_symbols([long])[0], model.predict([long])
    assert len(probs) == -(-(1 + (len(long) - 200 + 79) // 80) // 3) > 3000
    assert len(pieces[0]) > 500


def test_all_runtimes_hear_the_same():
    pytest.importorskip("onnxruntime")
    for bidirectional in (True, False):
        ours = make_random_recognizer(bidirectional=bidirectional)
        theirs = make_random_recognizer(
            bidirectional=bidirectional, runtime="onnxruntime"
        )
        assert theirs.predict(SOUNDS) == ours.predict(SOUNDS)
        for a, b in zip(*(m.predict_symbols(SOUNDS) for m in (ours, theirs))):
            np.testing.assert_allclose(a, b, atol=1e-5)
    assert list(ours.stream([SOUNDS[0]])) == list(theirs.stream([SOUNDS[0]]))
