"""A rule of reading: a pattern, and what is said where it matches."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

Say = Callable[["re.Match[str]"], str | None]


@dataclass(frozen=True)
class Rule:
    """`starts` holds what a match may begin with: l for letters, d for a digit, s for a sign.

    `say` returns the words, or None where the rule does not fit after all. A pattern takes time
    that is linear in the text or bounded.
    """

    starts: str
    source: str
    say: Say
    flags: int = 0

    @cached_property
    def pattern(self) -> "re.Pattern[str]":
        """The pattern, compiled where it is first tried: all of them take 30 ms."""
        return re.compile(self.source, self.flags)


def rule(starts: str, pattern: str, say: Say, flags: int = 0) -> Rule:
    """Make a rule from a pattern's text."""
    return Rule(starts, pattern, say, flags)


def word_before(match: "re.Match[str]") -> str:
    """Return the word before a match in small letters, or nothing."""
    found = re.search(r"([^\W\d_]+)\s$", match.string[max(0, match.start() - 30) : match.start()])
    return found[1].lower() if found else ""


def one_of(words: Iterable[str]) -> str:
    """Return a pattern for any of the words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) or r"(?!)"
