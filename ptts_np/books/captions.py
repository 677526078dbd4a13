"""The lines of a book with their times, as WebVTT."""

from collections.abc import Iterable

from ptts_np.audio.samples import SAMPLE_RATE
from ptts_np.times import captions
from ptts_np.times.captions import Caption


def webvtt(lines: Iterable[tuple[int, int, str]]) -> str:
    """Captions of lines, each with its first sample and end at 24 kHz."""
    return captions.webvtt(
        Caption(start / SAMPLE_RATE, end / SAMPLE_RATE, text)
        for start, end, text in lines
        if end > start
    )
