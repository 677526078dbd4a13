"""A word with its times."""

from dataclasses import dataclass


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
