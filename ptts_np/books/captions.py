"""What is said in a book, with its times, as WebVTT."""

from collections.abc import Iterable, Iterator

from ptts_np.audio.samples import SAMPLE_RATE
from ptts_np.jobs.speaking import Sound
from ptts_np.times import captions
from ptts_np.times.captions import Caption


def captions_of(text: str, sound: Sound, start: int) -> Iterator[tuple[int, int, str]]:
    """First sample, end and text of each caption of a line whose sound begins at `start`.

    A few words each where it is known when they are heard, else the whole line.
    """
    if not sound.words:
        yield start, start + sound.samples.size, text
    for caption in captions.captions(text, sound.words):
        first, end = (start + round(SAMPLE_RATE * at) for at in (caption.start, caption.end))
        yield first, end, caption.text


def webvtt(timed: Iterable[tuple[int, int, str]]) -> str:
    """Captions, each with its first sample and end at 24 kHz."""
    return captions.webvtt(
        Caption(start / SAMPLE_RATE, end / SAMPLE_RATE, text)
        for start, end, text in timed
        if end > start
    )
