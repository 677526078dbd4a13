"""A word with its times."""

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

Samples = Float32[np.ndarray, "_"]


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """A word as it is said, heard from `start` to `end` seconds after the sound's begin.

    It was read from the characters `[first, last)` of the text as written; several words may come
    from the same ones, as "five dollars" does from "$5".
    """

    word: str
    start: float
    end: float
    first: int
    last: int

    def moved(self, seconds: float, characters: int = 0, rate: float = 1.0) -> "SpokenWord":
        """The word where its sound, `rate` times as fast, comes after so many seconds, and its text
        after so many characters."""
        return SpokenWord(
            self.word,
            seconds + self.start / rate,
            seconds + self.end / rate,
            self.first + characters,
            self.last + characters,
        )

    def as_data(self) -> dict[str, str | float | int]:
        """The word as JSON has it, times to the millisecond."""
        times = {"start": round(self.start, 3), "end": round(self.end, 3)}
        return {"word": self.word, **times, "first": self.first, "last": self.last}


def sound_alone(
    events: Generator[Samples | SpokenWord, None, None], heard: Callable[[SpokenWord], object]
) -> Generator[Samples, None, None]:
    """The sound of events; each word is told to `heard` when it comes."""
    with closing(events):
        for event in events:
            if isinstance(event, SpokenWord):
                heard(event)
            else:
                yield event
