"""Words with times to subtitles: SubRip (.srt) and WebVTT (.vtt)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

__all__ = ["Cue", "cut_cues", "write_subtitles"]

# A subtitle of two lines that can be read while it is shown.
_MOST_CHARACTERS, _MOST_SECONDS = 84, 6.0
# A longer silence ends it.
_LONGEST_PAUSE = 0.8
# A single short word is shown so long, if nothing follows.
_LEAST_SECONDS = 0.7


class Cue(NamedTuple):
    """What is shown at once.

    Parameters
    ----------
    start, end : float
        Seconds.
    text : str
        Words with spaces between them.
    """

    start: float
    end: float
    text: str


def cut_cues(words: Sequence[Any]) -> list[Cue]:
    """Cut words into what is shown at once.

    Parameters
    ----------
    words : sequence of TimedWord
        In order.

    Returns
    -------
    list of Cue
        None of them begins before the one before it has ended.

    Examples
    --------
    >>> from sklearn_slm.estimators.transcribing import TimedWord
    >>> said = [("turn", 0.2), ("left", 0.6), ("now", 3.0)]
    >>> cut_cues([TimedWord(text, start, start + 0.3, 1.0) for text, start in said])
    [Cue(start=0.2, end=0.9, text='turn left'), Cue(start=3.0, end=3.7, text='now')]
    """
    groups: list[list[Any]] = []
    for word in words:
        if groups and _fits(groups[-1], word):
            groups[-1].append(word)
        else:
            groups.append([word])
    starts = [group[0].start for group in groups]
    cues = []
    for i, group in enumerate(groups):
        end = max(group[-1].end, group[0].start + _LEAST_SECONDS)
        if i + 1 < len(groups):
            end = max(min(end, starts[i + 1]), group[0].start)
        text = " ".join(word.text for word in group)
        cues.append(Cue(group[0].start, round(end, 3), text))
    return cues


def _fits(group: Sequence[Any], word: Any) -> bool:
    n_characters = sum(len(other.text) + 1 for other in group) + len(word.text)
    return (
        word.start - group[-1].end <= _LONGEST_PAUSE
        and word.end - group[0].start <= _MOST_SECONDS
        and n_characters <= _MOST_CHARACTERS
    )


def write_subtitles(cues: Iterable[Cue], form: str) -> str:
    r"""Return the content of a file of subtitles.

    Parameters
    ----------
    cues : iterable of Cue
        In order.
    form : {"srt", "vtt"}
        SubRip or WebVTT.

    Examples
    --------
    >>> write_subtitles([Cue(0.25, 61.5, "turn left")], "srt")
    '1\n00:00:00,250 --> 00:01:01,500\nturn left\n\n'
    >>> write_subtitles([Cue(0.25, 61.5, "a < b")], "vtt")
    'WEBVTT\n\n00:00:00.250 --> 00:01:01.500\na &lt; b\n\n'
    """
    parts = ["WEBVTT\n\n"] if form == "vtt" else []
    for number, cue in enumerate(cues, start=1):
        if form == "srt":
            times = " --> ".join(_format_time(t, ",") for t in (cue.start, cue.end))
            parts.append(f"{number}\n{times}\n{cue.text}\n\n")
        else:
            times = " --> ".join(_format_time(t, ".") for t in (cue.start, cue.end))
            text = cue.text.replace("&", "&amp;").replace("<", "&lt;")
            text = text.replace(">", "&gt;")
            parts.append(f"{times}\n{text}\n\n")
    return "".join(parts)


def _format_time(seconds: float, point: str) -> str:
    thousandths = round(seconds * 1000)
    minutes, thousandths = divmod(thousandths, 60_000)
    hours, minutes = divmod(minutes, 60)
    whole, thousandths = divmod(thousandths, 1000)
    return f"{hours:02d}:{minutes:02d}:{whole:02d}{point}{thousandths:03d}"
