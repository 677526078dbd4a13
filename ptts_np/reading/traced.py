"""Text that remembers where each of its characters came from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Traced:
    """A text and, for each character, the range `[start, end)` it has in the text as written."""

    text: str
    starts: list[int]
    ends: list[int]

    @classmethod
    def of(cls, text: str, at: int = 0) -> Traced:
        """Trace a text that stands at character `at` of the text as written."""
        count = len(text)
        return cls(text, list(range(at, at + count)), list(range(at + 1, at + count + 1)))

    def __len__(self) -> int:
        return len(self.text)

    def cut(self, start: int, end: int) -> Traced:
        """Return the characters `[start, end)`."""
        return Traced(self.text[start:end], self.starts[start:end], self.ends[start:end])

    def range(self, start: int, end: int) -> tuple[int, int]:
        """Return where the characters `[start, end)`, at least one, stand as written."""
        return self.starts[start], self.ends[end - 1]

    def replaced(self, start: int, end: int, text: str) -> Traced:
        """Return `text`, every character of which comes from all of `[start, end)`."""
        first, last = self.range(start, end)
        return Traced(text, [first] * len(text), [last] * len(text))

    def sub(self, pattern: re.Pattern[str], say: Callable[[re.Match[str]], str | None]) -> Traced:
        """Replace each match by what `say` returns; None keeps it as it is."""
        # straight into three lists: a part for each match would be many small objects at once
        text: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        done = 0
        for match in pattern.finditer(self.text):
            said = say(match)
            start, end = match.span()
            if said is None or end == start:
                continue
            first, last = self.range(start, end)
            text += self.text[done:start], said
            starts += self.starts[done:start] + [first] * len(said)
            ends += self.ends[done:start] + [last] * len(said)
            done = end
        if not done:
            return self
        text.append(self.text[done:])
        return Traced("".join(text), starts + self.starts[done:], ends + self.ends[done:])

    def stripped(self) -> Traced:
        """Return it without white space at its ends."""
        start = len(self.text) - len(self.text.lstrip())
        return self.cut(start, max(start, len(self.text.rstrip())))


def joined(parts: Iterable[Traced]) -> Traced:
    """Return the parts one after the other."""
    text: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for part in parts:
        text.append(part.text)
        starts += part.starts
        ends += part.ends
    return Traced("".join(text), starts, ends)
