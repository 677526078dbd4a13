"""Numbers, dates, times, money, abbreviations and symbols as English words."""

import re
from collections.abc import Callable
from typing import Any


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


ONES = _words(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
)
TENS = _words("twenty thirty forty fifty sixty seventy eighty ninety")
SCALES = ("", *_words("thousand million billion trillion quadrillion"))
ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
MONTHS = _words(
    "January February March April May June July August September October November December"
)
MONEY = {
    "$": ("dollar", "dollars", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
    "€": ("euro", "euros", "cent", "cents"),
    "¥": ("yen", "yen", "sen", "sen"),
}
BIG = {"k": "thousand", "m": "million", "b": "billion", "bn": "billion", "tn": "trillion"}
UNITS = {
    "km/h": ("kilometer per hour", "kilometers per hour"),
    "mph": ("mile per hour", "miles per hour"),
    "km": ("kilometer", "kilometers"),
    "cm": ("centimeter", "centimeters"),
    "mm": ("millimeter", "millimeters"),
    "kg": ("kilogram", "kilograms"),
    "mg": ("milligram", "milligrams"),
    "ml": ("milliliter", "milliliters"),
    "lb": ("pound", "pounds"),
    "lbs": ("pound", "pounds"),
    "oz": ("ounce", "ounces"),
    "ft": ("foot", "feet"),
    "ms": ("millisecond", "milliseconds"),
    "kHz": ("kilohertz", "kilohertz"),
    "MHz": ("megahertz", "megahertz"),
    "GHz": ("gigahertz", "gigahertz"),
    "Hz": ("hertz", "hertz"),
    "KB": ("kilobyte", "kilobytes"),
    "MB": ("megabyte", "megabytes"),
    "GB": ("gigabyte", "gigabytes"),
    "TB": ("terabyte", "terabytes"),
    "°C": ("degree Celsius", "degrees Celsius"),
    "°F": ("degree Fahrenheit", "degrees Fahrenheit"),
    "°": ("degree", "degrees"),
    "m": ("meter", "meters"),
    "g": ("gram", "grams"),
}
TITLES = {
    "Mr": "Mister",
    "Mrs": "Missus",
    "Ms": "Miz",
    "Dr": "Doctor",
    "Prof": "Professor",
    "St": "Saint",
    "Mt": "Mount",
    "Ft": "Fort",
    "Gen": "General",
    "Gov": "Governor",
    "Sen": "Senator",
    "Capt": "Captain",
    "Lt": "Lieutenant",
    "Col": "Colonel",
    "Sgt": "Sergeant",
    "Rev": "Reverend",
    "Hon": "Honorable",
}
SHORT = {
    "St.": "Street",
    "Dr.": "Drive",
    "Ave.": "Avenue",
    "Blvd.": "Boulevard",
    "Rd.": "Road",
    "Jr.": "Junior",
    "Sr.": "Senior",
    "Ltd.": "Limited",
    "Inc.": "Incorporated",
    "Corp.": "Corporation",
    "Co.": "Company",
    "Dept.": "Department",
    "Apt.": "Apartment",
    "approx.": "approximately",
    "etc.": "et cetera",
    "e.g.": "for example",
    "i.e.": "that is",
    "vs.": "versus",
    "vs": "versus",
    "vol.": "volume",
    "fig.": "figure",
    "Mr.": "Mister",
    "Mrs.": "Missus",
    "Ms.": "Miz",
    "Prof.": "Professor",
} | {f"{m[:3]}.": m for m in MONTHS if m != "May"}
SYMBOLS = {
    "&": "and",
    "%": "percent",
    "+": "plus",
    "=": "equals",
    "@": "at",
    "#": "number",
    "×": "times",
    "÷": "divided by",
    "±": "plus or minus",
    "½": "one half",
    "¼": "one quarter",
    "¾": "three quarters",
    "<": "less than",
    ">": "greater than",
    "©": "copyright",
}
NUMBER = r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
MAX_DIGITS = 18


def cardinal(n: int) -> str:
    """A whole number in words."""
    if n < 0:
        return f"minus {cardinal(-n)}"
    if n < 20:
        return ONES[n]
    if n < 100:
        return TENS[n // 10 - 2] + (f" {ONES[n % 10]}" if n % 10 else "")
    if n < 1000:
        rest = f" {cardinal(n % 100)}" if n % 100 else ""
        return f"{ONES[n // 100]} hundred{rest}"
    words: list[str] = []
    for scale in SCALES:
        n, group = divmod(n, 1000)
        if group:
            words.insert(0, f"{cardinal(group)} {scale}".strip())
    return " ".join(words)


def ordinal(n: int) -> str:
    """A rank in words."""
    head, _, last = cardinal(n).rpartition(" ")
    last = ORDINALS.get(last) or (f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th")
    return f"{head} {last}".strip()


def year(n: int) -> str:
    """A year in words: nineteen eighty four, two thousand five, twenty twenty six."""
    high, low = divmod(n, 100)
    if n % 1000 < 10:
        return cardinal(n)
    if low == 0:
        return f"{cardinal(high)} hundred"
    return f"{cardinal(high)} {'oh ' if low < 10 else ''}{cardinal(low)}"


def digits(text: str) -> str:
    """Each digit by its name."""
    return " ".join(ONES[int(c)] for c in text)


def number(text: str) -> str:
    """A number as written, with commas or a decimal point, in words."""
    whole, _, part = text.replace(",", "").partition(".")
    if len(whole) > MAX_DIGITS or (len(whole) > 1 and whole[0] == "0"):
        words = digits(whole)
    else:
        words = cardinal(int(whole))
    return f"{words} point {digits(part)}" if part else words


def _telephone(match: re.Match[str]) -> str:
    return ", ".join(digits(part) for part in match.group().split("-"))


def _number_or_year(match: re.Match[str]) -> str:
    text = match.group()
    return year(int(text)) if re.fullmatch(r"1[1-9]\d\d|20\d\d", text) else number(text)


def _money(match: re.Match[str]) -> str:
    one, many, small, smalls = MONEY[match["sign"]]
    amount, big = match["amount"], match["big"]
    if big:
        return f"{number(amount)} {BIG.get(big.lower(), big)} {many}"
    whole, _, part = amount.replace(",", "").partition(".")
    if len(part) != 2 or len(whole) > MAX_DIGITS:
        return f"{number(amount)} {many if amount != '1' else one}"
    main = f"{number(whole)} {one if int(whole) == 1 else many}"
    rest = f"{number(str(int(part)))} {small if int(part) == 1 else smalls}"
    if int(part) == 0:
        return main
    return rest if int(whole) == 0 else f"{main} and {rest}"


def _clock(match: re.Match[str]) -> str:
    hour, minute, half = int(match["hour"]), int(match["minute"]), match["half"]
    if hour > 24 or minute > 59:
        return f"{cardinal(hour)} {cardinal(minute)}"
    words = cardinal(hour)
    if minute:
        words += f" {'oh ' if minute < 10 else ''}{cardinal(minute)}"
    elif not half:
        words += " o'clock"
    return words + (f" {half[0].upper()} M" if half else "")


def _unit(match: re.Match[str]) -> str:
    one, many = UNITS[match["unit"]]
    return f"{number(match['amount'])} {one if match['amount'] == '1' else many}"


def _date(match: re.Match[str]) -> str:
    month = next(m for m in MONTHS if m.startswith(match["month"][:3]))
    return f"{month} {ordinal(int(match['day']))}"


def _shortened(match: re.Match[str]) -> str:
    ends = match.string[match.end() :].strip()[:1]
    stop = "." if match.group().endswith(".") and (not ends or ends == '"') else ""
    return SHORT[match.group()] + stop


def _title(match: re.Match[str]) -> str:
    """Saint before a name, but Street after one."""
    street = match["title"] == "St" and re.search(r"[A-Z]\w+ $", match.string[: match.start()])
    return "Street." if street else TITLES[match["title"]]


def _alternatives(words: dict[str, Any]) -> str:
    return "|".join(re.escape(w) for w in sorted(words, key=len, reverse=True))


_MONTH = "|".join(f"{m}|{m[:3]}" for m in MONTHS)
_STEPS: list[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]] = [
    (re.compile(r"https?://|www\."), lambda m: ""),
    (re.compile(rf"\b(?P<title>{_alternatives(TITLES)})\.?(?=\s+[A-Z])"), _title),
    (re.compile(rf"(?<![\w.])(?:{_alternatives(SHORT)})(?!\w)"), _shortened),
    (re.compile(r"\b(?:[A-Za-z]\.){2,}"), lambda m: m.group().replace(".", "").upper()),
    (re.compile(r"\b([A-Z])\.(?=\s+[A-Z])"), lambda m: m[1]),
    (re.compile(r"(?<![\w-])(?:\d{3}-)?\d{3}-\d{4}(?![\w-])"), _telephone),
    (re.compile(r"\bNo\.\s?(?=\d)"), lambda m: "number "),
    (
        re.compile(
            rf"(?P<sign>[$£€¥])\s?(?P<amount>{NUMBER})"
            r"(?:\s?(?P<big>hundred|thousand|million|billion|trillion|bn|tn|[kKmMbB])\b)?"
        ),
        _money,
    ),
    (
        re.compile(
            r"\b(?P<hour>\d{1,2}):(?P<minute>\d\d)(?!\d)(?:\s?(?P<half>[AaPp]\.?[Mm])\b\.?)?"
        ),
        _clock,
    ),
    (
        re.compile(r"\b(?P<hour>\d{1,2})(?P<minute>)\s?(?P<half>[AaPp]\.?[Mm])\b\.?"),
        lambda m: f"{cardinal(int(m['hour']))} {m['half'][0].upper()} M",
    ),
    (
        re.compile(rf"\b(?P<month>{_MONTH})\.?\s(?P<day>[1-3]?\d)(?:st|nd|rd|th)?\b(?![\d:,]\d)"),
        _date,
    ),
    (re.compile(r"(?<=\d)\s?[-–]\s?(?=\d)"), lambda m: " to "),
    (re.compile(r"(?<![\w)])[-−](?=\d)"), lambda m: "minus "),
    (
        re.compile(rf"(?<![\w.])(?P<amount>{NUMBER})\s?(?P<unit>{_alternatives(UNITS)})(?!\w)"),
        _unit,
    ),
    (re.compile(r"\b(\d{1,18})(?:st|nd|rd|th)\b"), lambda m: ordinal(int(m[1]))),
    (re.compile(r"\b(\d{2,3}0)s\b"), lambda m: _plural(year(int(m[1])))),
    (re.compile(rf"{NUMBER}"), _number_or_year),
    (re.compile(rf"[{re.escape(''.join(SYMBOLS))}]"), lambda m: f" {SYMBOLS[m.group()]} "),
    (re.compile(r"(?<=\w)/(?=\w)"), lambda m: " slash "),
]


def _plural(words: str) -> str:
    return f"{words[:-1]}ies" if words.endswith("y") else f"{words}s"


def spoken(text: str) -> str:
    """The text as it is read aloud: every digit and common symbol written out."""
    text = re.sub(r"\s+", " ", text.replace("’", "'"))
    for pattern, words in _STEPS:
        text = pattern.sub(words, text)
    return re.sub(r"\s+", " ", text).strip()
