"""A word with its times."""

from dataclasses import dataclass, replace


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

    def moved(self, seconds: float, characters: int) -> "SpokenWord":
        """The word when so much sound and text come before what it was counted in."""
        return replace(
            self,
            start=self.start + seconds,
            end=self.end + seconds,
            first=self.first + characters,
            last=self.last + characters,
        )
