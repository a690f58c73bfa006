"""Blocks of samples to texts."""

import numpy as np
import pytest

from sklearn_slm.audio import FeatureOptions, compute_features, resample
from sklearn_slm.decoding.ctc import decode_ctc
from sklearn_slm.estimators.hearing import RunningResampler, hear_live
from sklearn_slm.estimators.transcribing import SpeechSearch, write_text
from sklearn_slm.runtime import prepare_network
from sklearn_slm.text import Ragged
from tests.networks import make_symbol_network


@pytest.mark.parametrize(
    ("rate", "target"), [(8000, 16000), (44100, 16000), (16000, 8000), (8000, 8000)]
)
@pytest.mark.parametrize("block", [1, 37, 4000, 10_000])
def test_a_stream_is_resampled_as_a_whole(rate, target, block):
    if block == 1 and rate > 8000:
        pytest.skip("slow, and no other case than 37")
    samples = np.random.default_rng(0).normal(size=9000).astype(np.float32)
    samples = samples[: 600 if block == 1 else None]
    running = RunningResampler(rate, target)
    parts = [
        running.push(samples[i : i + block]) for i in range(0, len(samples), block)
    ]
    found = np.concatenate([*parts, running.finish()])
    np.testing.assert_allclose(found, resample(samples, rate, target), atol=2e-6)
    # It can begin again.
    again = np.concatenate([running.push(samples), running.finish()])
    np.testing.assert_allclose(again, found, atol=2e-6)


TEXTS = ("", " ", "a", "b", "c", "d")
OPTIONS = FeatureOptions(rate=8000, n_mels=5, n_stack=1, normalize="running")


def make_network(**fields):
    return prepare_network(*make_symbol_network(bidirectional=False, **fields))


def make_samples(n=8000):
    return np.random.default_rng(1).normal(0, 0.1, n).astype(np.float32)


def cut(samples, size):
    return [samples[i : i + size] for i in range(0, len(samples), size)]


def test_the_last_text_is_that_of_the_whole_recording():
    network = make_network(scale=2.0)
    search, samples = SpeechSearch(TEXTS, width=3), make_samples()
    frames = compute_features(samples, OPTIONS)
    log_probs = network.run_frames(Ragged(frames, np.array([0, len(frames)])))[0]
    (best,) = decode_ctc(log_probs, width=3, texts=TEXTS)
    assert best.words
    for size in (100, 999, 9000):
        blocks = cut(samples, size)
        texts = list(hear_live(network, OPTIONS, search, blocks))
        assert len(texts) == len(blocks) + 1
        assert texts[-1] == write_text(best)
    early = list(hear_live(network, OPTIONS, search, cut(samples, 800)))
    assert len(early) == 11 and early[-1] == texts[-1]


def test_blocks_of_another_rate_and_type():
    network = make_network(scale=2.0)
    search, samples = SpeechSearch(TEXTS, width=3), make_samples(16000)
    integers = np.round(samples * 32768).astype(np.int16)
    blocks = [*cut(integers, 1600), np.zeros(0, np.int16)]
    heard = list(hear_live(network, OPTIONS, search, blocks, 16000))[-1]
    whole = resample(integers / np.float32(32768), 16000, 8000)
    assert heard == list(hear_live(network, OPTIONS, search, [whole]))[-1] != ""
    stereo = [np.stack([block, block], axis=1) for block in blocks[:-1]]
    assert list(hear_live(network, OPTIONS, search, stereo, 16000))[-1] == heard


def test_no_blocks_and_bad_ones():
    network = make_network()
    assert list(hear_live(network, OPTIONS, SpeechSearch(TEXTS), [])) == [""]
    blocks = [make_samples(10), np.array([0.0, np.nan])]
    with pytest.raises(ValueError, match=r"block 1: .*NaN"):
        list(hear_live(network, OPTIONS, SpeechSearch(TEXTS), blocks))
    with pytest.raises(TypeError, match="block 0: "):
        list(hear_live(network, OPTIONS, SpeechSearch(TEXTS), ["one"]))
