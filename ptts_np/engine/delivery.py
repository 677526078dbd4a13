"""How the sound of a chunk is handed over: its speed, its loudness, the silence around it."""

from collections.abc import Generator, Iterable
from contextlib import closing
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from ptts_np.audio.tempo import Tempo

Samples = Float32[np.ndarray, "_"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """`rate` is a factor of the speed, `gain` in dB; `lead` and `pause` are seconds of silence
    before and after."""

    rate: float = 1.0
    gain: float = 0.0
    lead: float = 0.0
    pause: float = 0.0


def delivered(
    pieces: Generator[Samples | Delivery, None, None], sample_rate: int
) -> Generator[Samples, None, None]:
    """Shape the sound: a delivery in it is for the samples after it, up to the next one."""
    with closing(pieces):
        yield from shaped(pieces, sample_rate)


def shaped(
    pieces: Iterable[Samples | Delivery], sample_rate: int
) -> Generator[Samples, None, None]:
    """Shape the sound as `delivered` does, of any iterable."""
    now, tempo = Delivery(), Tempo(1.0)
    for piece in pieces:
        if isinstance(piece, Delivery):
            yield from _ended(now, tempo, sample_rate)
            now, tempo = piece, Tempo(piece.rate)
            yield from _silence(piece.lead, sample_rate)
            continue
        yield from _louder(tempo.feed(piece), now.gain)
    yield from _ended(now, tempo, sample_rate)


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
