"""What a language is to the reading engine: its words for numbers, and tables."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.resources import files
from typing import Any

from ptts_np.errors import InputError

LANGUAGES = ("en", "fr", "de", "it", "pt", "es", "nl")
MAX_DIGITS = 15
"""Of a number read as one; a longer one is read digit by digit."""


def _as_it_is(words: str, noun: str) -> str:
    return words


def ascii_digits(text: str) -> str:
    """Return the digits of a text, of whatever script, as 0 to 9."""
    return "".join(str(int(c)) for c in text if c.isdecimal())


@dataclass(frozen=True, eq=False)
class Language:
    """One language. Dictionaries of words are data; the functions say what words alone can't.

    `units`, `money` and `cents` give the names for one and for many. `titles` stand before a name,
    `short` anywhere; both are abbreviations without their stop. `bare` are those of `short`
    that are understood without it. `labels` are nouns that a letter follows ("plan A").
    """

    code: str
    decimal: str
    point: str
    minus: str
    number_to: str
    ratio: str
    symbols: Mapping[str, str]
    money: Mapping[str, tuple[str, str, str, str]]
    titles: Mapping[str, str]
    short: Mapping[str, str]
    year: Callable[[int], str]
    date: Callable[[int, int, str | None, str], str]
    clock: Callable[[int, int, str], str]
    fraction: Callable[[int, int], str]
    ordinal_ending: str
    ordinal_of: Callable[[int, str, str], str | None]
    conjunctions: frozenset[str]
    extra_units: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    bare: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()
    version: str = "version"
    month_first: bool = False
    month_stems: int = 3
    big: Mapping[str, str] = field(default_factory=dict)
    money_and: str = " and "
    dot: str = "dot"
    slash: str = "slash"
    at: str = "at"
    hashtag: str = "hashtag"
    by_ranks: frozenset[str] = frozenset()
    by_numbers: frozenset[str] = frozenset()
    rank_of_name: Callable[[int], str] | None = None
    power: Callable[[int], str] | None = None
    feminine: frozenset[str] = frozenset()
    one: Callable[[str], str] | None = None
    clock_mark: str = ":"
    of_millions: str = " "
    cents_named: bool = True
    numbers: str = ""
    half: Callable[[str], str] | None = None
    roman_ending: str = "(?!)"
    counted: Callable[[str, str], str] = _as_it_is
    beside: Callable[[str, str], str] = _as_it_is
    tidy: Callable[[str], str] = str

    @functools.cached_property
    def tables(self) -> dict[str, Any]:
        """Names from CLDR: months, currencies, units."""
        path = files("ptts_np.reading") / "cldr" / f"{self.code}.json"
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return data

    @functools.cached_property
    def months(self) -> list[str]:
        """The names of the months."""
        return [str(name) for name in self.tables["months"]]

    @functools.cached_property
    def units(self) -> dict[str, tuple[str, str]]:
        """Each unit's sign with its name for one and for many."""
        named = {sign: (one, many) for sign, (one, many) in self.tables["units"].items()}
        return {**named, **self.extra_units}

    @functools.cached_property
    def phrases(self) -> tuple[str, ...]:
        """Abbreviations of several words."""
        return tuple(key for key in self.short if ". " in key)

    @property
    def version_point(self) -> str:
        """The point in a version's number, which a decimal comma is not."""
        return self.point if self.decimal == "." else self.dot

    def cardinal(self, n: int) -> str:
        """Return a whole number in words."""
        return _words(n, self.numbers or self.code, "cardinal", self.tidy)

    def ordinal(self, n: int) -> str:
        """Return a rank in words."""
        return _words(n, self.numbers or self.code, "ordinal", self.tidy)

    def digits(self, text: str) -> str:
        """Return the digits of a text one by one."""
        return " ".join(self.cardinal(int(c)) for c in text if c in "0123456789")

    def number(self, text: str) -> str:
        """Return a number as written, with marks between thousands or decimals, in words."""
        group = "." if self.decimal == "," else ","
        whole, _, part = (
            text.replace(group, "").replace(" ", "").replace("'", "").partition(self.decimal)
        )
        if len(whole) > MAX_DIGITS or (len(whole) > 1 and whole[0] == "0"):
            words = self.digits(whole)
        else:
            words = self.cardinal(int(whole or "0"))
        return f"{words} {self.point} {self.decimals(part)}" if part else words

    def decimals(self, part: str) -> str:
        """Return what stands after the decimal mark: digits, or, as most languages do, a number."""
        if self.code in ("en", "de", "nl") or len(part) > 2 or part[0] == "0":
            return self.digits(part)
        return self.cardinal(int(part))

    @functools.cached_property
    def number_pattern(self) -> str:
        """Match a number with decimals and marks between thousands."""
        mark = re.escape(self.decimal)
        group = r"[. ']" if self.decimal == "," else r"(?:,| (?=000))"
        return rf"(?:[0-9]{{1,3}}(?:{group}[0-9]{{3}})+(?![0-9])|[0-9]+)(?:{mark}[0-9]+)?"

    @functools.cached_property
    def month_pattern(self) -> str:
        """Match a month's name or the beginning of it with a stop."""
        names: dict[str, None] = {}
        for month in self.months:
            for length in (len(month), 4, self.month_stems):
                if length <= len(month):
                    names[month[:length]] = None
        stems = sorted(names, key=len, reverse=True)
        return "|".join(f"{re.escape(stem)}" for stem in stems)

    def month(self, written: str) -> int:
        """Return the number, 1 to 12, of a month that `month_pattern` matched."""
        stem = written.rstrip(".").lower()
        return next(i for i, m in enumerate(self.months, 1) if m.lower().startswith(stem))


@functools.lru_cache(maxsize=4096)
def _words(n: int, code: str, kind: str, tidy: Callable[[str], str]) -> str:
    from num2words import num2words

    return tidy(str(num2words(n, lang=code, to=kind)))


@functools.cache
def find_language(code: str) -> Language:
    """Return a language by its code of two letters. Raises InputError for one that isn't known."""
    if code not in LANGUAGES:
        raise InputError(f"reading knows no language {code!r}: give one of {', '.join(LANGUAGES)}")
    language: Language = import_module(f"ptts_np.reading.languages.{code}").LANGUAGE
    return language
