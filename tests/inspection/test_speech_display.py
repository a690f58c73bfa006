"""The display draws what a recogniser heard."""

import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from scipy.io import wavfile
from sklearn.pipeline import make_pipeline

from sklearn_slm.audio import compute_log_mel
from sklearn_slm.inspection import SpeechDisplay
from sklearn_slm.inspection.speech_display import _find_peaks, _find_room
from tests.estimators.speech import RATE, SOUNDS, make_random_recognizer


@pytest.fixture(scope="module")
def model():
    return make_random_recognizer(beam_size=1, language_model=None)


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_waveform_filters_symbols_and_words(model):
    display = SpeechDisplay.from_estimator(model, SOUNDS[:2]).plot(1)
    top, middle, bottom = display.axes_
    assert display.figure_ is top.figure
    np.testing.assert_array_equal(top.lines[0].get_ydata(), SOUNDS[1])
    assert top.lines[0].get_xdata()[-1] == pytest.approx((len(SOUNDS[1]) - 1) / RATE)
    (words,) = model.predict_words(SOUNDS[1:2])
    assert [text.get_text() for text in top.texts] == [word.text for word in words]
    assert [t.get_position()[0] for t in top.texts] == [w.start for w in words]
    (image,) = middle.images
    expected = compute_log_mel(SOUNDS[1], model.features_)
    np.testing.assert_array_equal(image.get_array(), expected.T)
    (probs,) = model.predict_symbols(SOUNDS[1:2])
    np.testing.assert_array_equal(bottom.lines[0].get_ydata(), probs[:, 0])
    assert bottom.lines[0].get_xdata()[1] == pytest.approx(0.045)
    named = {text.get_text() for text in bottom.texts}
    assert named == {
        model.symbols_[i].strip(" ") or "\u2423"
        for i in np.flatnonzero(probs.max(axis=0) > 0.3)
        if i
    }
    display.figure_.canvas.draw()


def test_files_trimmed_recordings_and_given_axes(model):
    late = np.concatenate([np.zeros(RATE, np.float32), SOUNDS[0]]).astype(np.float32)
    file = io.BytesIO()
    wavfile.write(file, RATE, late)
    file.seek(0)
    trimmed = make_random_recognizer(trim=True)
    _, axes = plt.subplots(3)
    display = SpeechDisplay.from_estimator(make_pipeline(trimmed), [file]).plot(
        axes=axes
    )
    assert list(display.axes_) == list(axes)
    first = axes[2].lines[0].get_xdata()[0]
    assert 0.9 < first < 1.1
    assert all(text.get_position()[0] >= 0.9 for text in axes[0].texts)


def test_silence(model):
    display = SpeechDisplay.from_estimator(model, [np.zeros(RATE, np.float32)]).plot()
    assert not display.axes_[0].texts and not display.axes_[2].lines
    display.figure_.canvas.draw()
    # One recording need not be in a list.
    assert len(SpeechDisplay(display.recordings[0]).recordings) == 1


def test_another_estimator():
    from tests.estimators.translation import make_random_translator

    with pytest.raises(TypeError, match="expected a fitted SLMSpeechRecognizer"):
        SpeechDisplay.from_estimator(make_random_translator(), SOUNDS)


def test_peaks():
    assert _find_peaks(np.array([0.4, 0.9, 0.5, 0.1, 0.0, 0.35])) == [1, 5]
    assert _find_peaks(np.zeros(4)) == []


def test_labels_do_not_cover_each_other():
    labels = [(0.0, 1.0, "ab"), (0.15, 1.0, "c"), (0.18, 1.05, "d"), (0.3, 1.0, "e")]
    # Each character is 0.1 wide, a line 0.2 high.
    assert _find_room(labels, 0.1, 0.2) == pytest.approx([1.0, 1.2, 1.45, 1.0])
    beside = [(0.0, 1.0, "ab"), (0.17, 1.0, "c")]
    assert _find_room(beside, 0.1, 0.2, is_centred=True) == [1.0, 1.0]
    assert _find_room([], 0.1, 0.2) == []
