"""Rules for dates and times of day."""

import re

from ptts_np.reading.language import Language
from ptts_np.reading.rule import Rule, Say, rule, word_before

_HALF = r"(?P<half>[AaPp])\.?\s?[Mm](?:\.(?P<stop>))?(?![^\W_])"


def rules(language: Language) -> list[Rule]:
    """Return the rules, in the order they are tried."""
    month, year = rf"(?P<month>{language.month_pattern})", r"(?P<year>1[0-9]{3}|20[0-9]{2})"
    day = r"(?P<day>[0-3]?[0-9])"
    of = r"(?:\s(?:de|of|di|van))?"
    found = [
        rule("d", r"(?P<year>[12][0-9]{3})(?P<mark>[-/])(?P<month>[01][0-9])(?P=mark)"
             r"(?P<day>[0-3][0-9])"
             r"(?:T(?P<h>[0-2][0-9]):(?P<m>[0-5][0-9])(?::[0-5][0-9])?Z?)?(?![\w-])",
             _iso(language)),
        rule("d", r"(?P<a>[0-3]?[0-9])(?P<mark>[/.-])(?P<b>[0-3]?[0-9])(?P=mark)"
             r"(?P<year>[12][0-9]{3}|[0-9]{2})(?![\w/]|[.-]\d)", _numeric(language)),
        rule("d", rf"{day}(?:\.|st|nd|rd|th|er|º|°)?{of}\s{month}\b(?P<dot>\.(?!\w))?"
             rf"(?:,?(?:\s(?:de|del|of))?\s{year}(?![\w-]))?", _named(language)),
    ]  # fmt: skip
    if language.month_first:
        found += [
            rule("l", rf"{month}\b(?P<dot>\.)?\s{day}(?:st|nd|rd|th)?(?!\w|[:.]\d|,\d)"
                 rf"(?:,?\s{year}(?!\w))?", _named(language)),
            rule("l", rf"{month}\b\.?,?\s{year}(?!\w)", _month_year(language)),
            rule("l", rf"(?P<month>{language.month_pattern})\.(?=\s|,|$)", _lone(language)),
            rule("d", r"(?P<n>[12]?[0-9]?[0-9]0)'?s(?!\w)", _decade(language)),
            rule("s", r"['’](?P<n>[0-9]0)s(?!\w)", _decade(language)),
            rule("s", r"['’](?P<n>[0-9]{2})(?!\w)", lambda m: _short_year(language, m["n"])),
        ]  # fmt: skip
    half = _HALF if language.month_first else r"(?P<half>(?!))"
    unit = r"\s?(?:Uhr|uur|Std\b|h(?:rs?)?\b|ore\b)" if not language.month_first else r"(?!)"
    mark = rf"[:{re.escape(language.clock_mark)}]"
    return [
        *found,
        rule("d", rf"(?P<h>[0-2]?[0-9]):(?P<m>[0-5][0-9])(?::(?P<s>[0-5][0-9]))?(?![:\d])"
             rf"(?:\s?{half}|{unit})?(?![^\W_])", _clock(language)),
        rule("d", rf"(?P<h>[0-2]?[0-9]){mark}(?P<m>[0-5][0-9]){unit}", _clock(language)),
        rule("d", r"(?P<h>[0-2]?[0-9])[hH](?P<m>[0-5][0-9])(?!\w)", _clock(language)),
        rule("d", rf"(?P<h>[0-2]?[0-9])(?P<m>)\s?{half}", _clock(language)),
    ]  # fmt: skip


def _date(
    language: Language, m: "re.Match[str]", day: int, month: int, year: str | None
) -> str | None:
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    said = language.year(int(year)) if year else None
    before = "the" if " of " in m.group() else word_before(m)
    return language.date(day, month, said, before)


def _iso(language: Language) -> Say:
    def say(m: "re.Match[str]") -> str | None:
        date = _date(language, m, int(m["day"]), int(m["month"]), m["year"])
        if date is None or m["h"] is None:
            return date
        return f"{date}, {language.clock(int(m['h']), int(m['m']), '')}"

    return say


def _numeric(language: Language) -> Say:
    def say(m: "re.Match[str]") -> str | None:
        first, second, year = int(m["a"]), int(m["b"]), m["year"]
        if len(year) == 2:
            if m["mark"] != "/" and (m["mark"] == "-" or language.decimal == "."):
                return None
            year = f"20{year}" if int(year) < 50 else f"19{year}"
        month_first = language.month_first and m["mark"] != "."
        day, month = (second, first) if month_first else (first, second)
        return _date(language, m, day, month, year) or _date(language, m, month, day, year)

    return say


def _named(language: Language) -> Say:
    def say(m: "re.Match[str]") -> str | None:
        if not 1 <= int(m["day"]) <= 31 or (len(m["day"]) == 2 and m["day"] == "00"):
            return None
        full = language.month(m["month"])
        if m["month"].lower() != language.months[full - 1].lower() and not _known_short(
            m, language
        ):
            return None
        said = _date(language, m, int(m["day"]), full, m["year"])
        ends = m.group().endswith(".") and _at_end(m)
        return said + "." if said and ends else said

    return say


def _known_short(m: "re.Match[str]", language: Language) -> bool:
    """Whether a short month is one: capitals where months have them, or a stop."""
    return m["month"][0].isupper() or bool(m["dot"]) or language.months[0][0].islower()


def _at_end(m: "re.Match[str]") -> bool:
    rest = m.string[m.end() : m.end() + 3].lstrip()
    return not rest or (m.string[m.end() : m.end() + 1].isspace() and rest[:1].isupper())


def _month_year(language: Language) -> Say:
    def say(m: "re.Match[str]") -> str | None:
        return f"{language.months[language.month(m['month']) - 1]} {language.year(int(m['year']))}"

    return say


def _lone(language: Language) -> Say:
    def say(m: "re.Match[str]") -> str | None:
        month = language.months[language.month(m["month"]) - 1]
        if month.lower() == m["month"].lower() or not m["month"][0].isupper():
            return None
        return month + ("." if _at_end(m) and not m.string[m.end() :].strip()[:1] else "")

    return say


def _decade(language: Language) -> Say:
    def say(m: "re.Match[str]") -> str | None:
        n = int(m["n"])
        words = language.year(n) if n >= 1000 else language.cardinal(n)
        return f"{words[:-1]}ies" if words.endswith("y") else f"{words}s"

    return say


def _short_year(language: Language, digits: str) -> str:
    oh = digits[0] == "0"
    return f"oh {language.cardinal(int(digits))}" if oh else language.cardinal(int(digits))


def _clock(language: Language) -> Say:
    def say(m: "re.Match[str]") -> str | None:
        parts = m.groupdict()
        hour, minute, half = int(m["h"]), int(m["m"] or 0), (parts.get("half") or "").upper()
        if (
            hour > 24
            or (half and not 1 <= hour <= 12)
            or (half and m["h"][0] == "0" and not m["m"])
        ):
            return None
        said = language.clock(hour, minute, half)
        if parts.get("s"):
            said += f"{language.money_and}{_seconds(language, int(m['s']))}"
        ends = half and m.group().endswith(".") and _at_end(m)
        return said + "." if ends else said

    return say


def _seconds(language: Language, seconds: int) -> str:
    one, many = language.units["s"]
    return f"{language.cardinal(seconds)} {one if seconds == 1 else many}"
