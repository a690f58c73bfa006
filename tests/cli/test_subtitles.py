"""Words with times to subtitles."""

from sklearn_slm.cli.subtitles import Cue, cut_cues, write_subtitles
from sklearn_slm.estimators.transcribing import TimedWord


def make_words(*starts, text="word", seconds=0.3):
    return [TimedWord(text, start, start + seconds, 0.9) for start in starts]


def test_a_pause_ends_a_cue():
    cues = cut_cues(make_words(0.5, 0.9, 2.1, 2.5))
    assert cues == [Cue(0.5, 1.2, "word word"), Cue(2.1, 2.8, "word word")]
    # A pause of 0.8 seconds does not.
    assert len(cut_cues(make_words(0.5, 1.6, seconds=0.3))) == 1
    assert cut_cues([]) == []


def test_a_cue_is_not_too_long():
    cues = cut_cues(make_words(*(0.5 * i for i in range(30))))
    assert all(cue.end - cue.start <= 6.0 for cue in cues) and len(cues) == 3
    cues = cut_cues(make_words(*(0.1 * i for i in range(20)), text="t" * 20))
    assert [len(cue.text) for cue in cues] == [83] * 5


def test_a_short_word_is_shown_until_it_can_be_read():
    cues = cut_cues(make_words(1.0, 3.0, seconds=0.1))
    assert cues[0] == Cue(1.0, 1.7, "word")
    # But not beside the next one.
    words = [*make_words(1.0, seconds=0.1), TimedWord("t" * 84, 1.2, 1.9, 1.0)]
    assert [(c.start, c.end) for c in cut_cues(words)] == [(1.0, 1.2), (1.2, 1.9)]


def test_formats():
    cues = [Cue(0.0, 1.0, "<b> & c"), Cue(3661.0625, 3662.0, "later")]
    assert write_subtitles(cues, "srt") == (
        "1\n00:00:00,000 --> 00:00:01,000\n<b> & c\n\n"
        "2\n01:01:01,062 --> 01:01:02,000\nlater\n\n"
    )
    assert write_subtitles(cues, "vtt") == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\n&lt;b&gt; &amp; c\n\n"
        "01:01:01.062 --> 01:01:02.000\nlater\n\n"
    )
    assert write_subtitles([], "vtt") == "WEBVTT\n\n"
