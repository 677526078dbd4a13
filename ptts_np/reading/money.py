"""Rules for money: a sign or a code before or after the amount."""

import re

from ptts_np.reading.language import Language
from ptts_np.reading.rule import Rule, Say, one_of, rule


def rules(language: Language) -> list[Rule]:
    """Return the rules, in the order they are tried."""
    signs = one_of(language.money)
    codes = one_of([*language.tables["currencies"], *(s for s in language.money if s.isalpha())])
    number = language.number_pattern
    big = rf"(?:\s?(?P<big>{one_of(language.big)})(?![^\W_]))?"
    amount = rf"(?P<n>{number})(?:,-|,–)?"
    to = rf"(?:\s?[-–]\s?(?:{signs})?(?P<m>{number}))?"
    return [
        rule("s", rf"(?P<minus>[-−])?(?P<sign>{signs})\s?{amount}{to}{big}", _say(language)),
        rule("l", rf"(?P<minus>)(?P<sign>{codes}|{signs})\s?{amount}{to}{big}(?!\w)",
             _say(language)),
        rule("d", rf"(?P<minus>){amount}{to}{big}\s?(?P<sign>{signs}|(?:{codes})(?!\w))",
             _say(language)),
        rule("d", r"(?P<minus>)(?P<m>)(?P<big>)(?P<n>[0-9]{1,3})(?P<sign>[¢])", _say(language)),
        rule("d", r"(?P<minus>)(?P<m>)(?P<big>)(?P<n>[0-9]{1,3})(?P<sign>p)\b", _pence(language)),
    ]  # fmt: skip


def _names(language: Language, sign: str) -> tuple[str, str, str, str]:
    if sign in language.money:
        return language.money[sign]
    one, many = language.tables["currencies"][sign]
    cents = language.money["$"][2:]
    if language.code in ("fr", "it", "pt", "es", "nl"):
        one, many = one.lower(), many.lower()
    return (one, many, *cents)


def _say(language: Language) -> Say:
    def say(m: "re.Match[str]") -> str | None:
        if m["sign"] == "¢":
            unit = language.money["$"][2:]
            return _count(language, m["n"], *unit)
        one, many, cent, cents = _names(language, m["sign"])
        before = f"{language.minus} " if m["minus"] else ""
        if m["m"]:
            first, last = language.number(m["n"]), language.number(m["m"])
            scale = f" {language.big[m['big']]}{language.of_millions}" if m["big"] else " "
            return f"{first} {language.number_to} {last}{scale}{many}"
        if m["big"]:
            scale = language.big[m["big"]]
            of = _of(language, scale, many)
            if m["n"] == "1" and language.one and scale[-1:] != "s":
                return f"{before}{language.one(scale)}{of}{many}"
            return f"{before}{language.number(m['n'])} {scale}{of}{many}"
        whole, _, part = m["n"].partition(language.decimal)
        if part and len(part) != 2:
            return f"{before}{language.number(m['n'])} {many}"
        if language.code == "en" and not part and _describes(m):
            many = one
        main = _count(language, whole, one, many)
        if not part or int(part) == 0:
            return before + main
        rest = _count(language, str(int(part)), cent, cents)
        if not language.cents_named:
            # "three euros fifty": the small coin goes without its name
            rest = language.cardinal(int(part))
        if whole.strip("0") == "":
            return before + _count(language, str(int(part)), cent, cents)
        return f"{before}{main}{language.money_and}{rest}"

    return say


def _describes(m: "re.Match[str]") -> bool:
    """Whether the amount stands before a noun, as in "a $5 bill"."""
    article = re.search(r"\b[Aa]n? $", m.string[max(0, m.start() - 3) : m.start()])
    return bool(article and re.match(r" [a-z]", m.string[m.end() : m.end() + 2]))


def _of(language: Language, scale: str, many: str) -> str:
    """Return what joins millions and their currency."""
    if (
        scale.startswith("mil") and not scale.startswith(("mill", "milh", "mili"))
    ) or scale == "mille":
        return " "
    elided = language.code == "fr" and many[0] in "aeiouhé"
    return " d'" if elided else language.of_millions


def _count(language: Language, amount: str, one: str, many: str) -> str:
    if amount == "1":
        return language.one(one) if language.one else f"{language.cardinal(1)} {one}"
    return f"{language.counted(language.number(amount), many)} {many}"


def _pence(language: Language) -> Say:
    return lambda m: f"{language.cardinal(int(m['n']))} pence" if language.code == "en" else None
