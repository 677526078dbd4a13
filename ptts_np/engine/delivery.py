"""How the sound of a chunk is handed over: its speed, its loudness, the silence around it."""

from collections.abc import Generator, Iterable
from contextlib import closing
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from ptts_np.audio.tempo import Tempo
from ptts_np.times.words import SpokenWord

Samples = Float32[np.ndarray, "_"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """`rate` is a factor of the speed, `gain` in dB; `lead` and `pause` are seconds of silence
    before and after."""

    rate: float = 1.0
    gain: float = 0.0
    lead: float = 0.0
    pause: float = 0.0


Piece = Samples | Delivery | SpokenWord
"""What comes of a speech: a delivery is for what is after it, up to the next one, and the times of
words are within that."""
Event = Samples | SpokenWord
"""What a listener gets: the times of words are within all of the sound."""


def delivered(
    pieces: Generator[Piece, None, None], sample_rate: int
) -> Generator[Event, None, None]:
    """Shape the sound, and let the times of words be those of the shaped sound."""
    with closing(pieces):
        yield from shaped(pieces, sample_rate)


def shaped(pieces: Iterable[Piece], sample_rate: int) -> Generator[Event, None, None]:
    """Shape the sound as `delivered` does, of any iterable."""
    now, tempo = Delivery(), Tempo(1.0)
    given = begun = 0
    for piece in pieces:
        if isinstance(piece, SpokenWord):
            yield piece.moved(begun / sample_rate, rate=now.rate)
            continue
        if isinstance(piece, Delivery):
            sound = _turned(now, tempo, piece, sample_rate)
            now, tempo = piece, Tempo(piece.rate)
        else:
            sound = _louder(tempo.feed(piece), now.gain)
        for samples in sound:
            given += samples.size
            yield samples
        begun = given if isinstance(piece, Delivery) else begun
    yield from _ended(now, tempo, sample_rate)


def _turned(
    before: Delivery, tempo: Tempo, after: Delivery, sample_rate: int
) -> Generator[Samples, None, None]:
    """The end of one delivery and the beginning of the next."""
    yield from _ended(before, tempo, sample_rate)
    yield from _silence(after.lead, sample_rate)


def _ended(delivery: Delivery, tempo: Tempo, sample_rate: int) -> Generator[Samples, None, None]:
    yield from _louder(tempo.end(), delivery.gain)
    yield from _silence(delivery.pause, sample_rate)


def _louder(samples: Samples, gain: float) -> Generator[Samples, None, None]:
    if samples.size:
        factor = np.float32(10 ** (gain / 20))
        yield samples if gain == 0 else np.clip(samples * factor, -1, 1)


def _silence(seconds: float, sample_rate: int) -> Generator[Samples, None, None]:
    left = round(seconds * sample_rate)
    while left > 0:
        # a second at a time, so that a long pause needs no memory
        yield np.zeros(min(left, sample_rate), np.float32)
        left -= sample_rate
