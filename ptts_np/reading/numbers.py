"""Rules for numbers: ordinals, fractions, ratios, ranges, units, versions, glued letters."""

import re

from ptts_np.reading.language import Language, ascii_digits
from ptts_np.reading.rule import Rule, Say, one_of, rule, word_before

FRACTIONS = {
    "½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5),
    "⅗": (3, 5), "⅘": (4, 5), "⅙": (1, 6), "⅚": (5, 6), "⅛": (1, 8), "⅜": (3, 8), "⅝": (5, 8),
    "⅞": (7, 8),
}  # fmt: skip
RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
LOWERED = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"


def rules(language: Language) -> list[Rule]:
    """Return the language's rules, in the order they are tried."""
    number = language.number_pattern
    units = one_of(language.units)
    big = one_of(language.big)
    end = r"(?![^\W_])"
    minus = r"(?P<minus>[-−])?"
    return [
        rule(
            "d",
            rf"(?P<n>[0-9]{{1,3}}(?:,[0-9]{{3}}){{1,3}}|[0-9]{{1,15}})(?:{language.ordinal_ending}){end}",
            _ordinal(language),
        ),
        rule(
            "ds",
            rf"{_start('-−')}{minus}(?P<n>{number})\s?(?P<unit>{units}){end}",
            _unit(language),
        ),
        rule(
            "d",
            rf"(?P<n>{number})\s?[-–]\s?(?P<m>{number})\s?(?P<unit>{units}|%){end}",
            _unit_range(language),
        ),
        rule(
            "d", rf"(?P<whole>[0-9]{{1,4}})?\s?(?P<sign>[{''.join(FRACTIONS)}])", _vulgar(language)
        ),
        rule("l", rf"(?P<whole>)(?P<sign>[{''.join(FRACTIONS)}])", _vulgar(language)),
        rule(
            "d",
            r"(?:(?P<whole>[0-9]{1,4}) )?(?<![0-9/])(?P<top>[0-9]{1,2})[/⁄](?P<below>[0-9]{1,3})"
            rf"(?![0-9/])(?:\s?(?P<unit>{units}){end})?",
            _fraction(language),
        ),
        rule("d", r"(?P<a>[0-9]{1,5})\s?[x×]\s?(?P<b>[0-9]{1,5})(?!\w)", _by(language)),
        rule("d", r"(?P<a>[0-9])'\s?(?P<b>[0-9]{1,2})(?:\"|''|″)", _feet(language)),
        rule("d", r"(?P<a>[0-9]{1,4}):(?P<b>[0-9]{1,4})(?![0-9:])", _ratio(language)),
        rule(
            "d", r"[0-9]{1,4}(?:\.[0-9]{1,5}){2,4}(?:-[a-z]{1,8}\.?[0-9]{0,4})?", _dotted(language)
        ),
        rule("d", rf"(?P<n>{number})\s?[-–]\s?(?P<m>{number})(?![-–]?\w|\s*=)", _range(language)),
        rule("d", rf"(?P<n>{number})(?P<power>⁻?[{_RAISED}]+)", _power(language)),
        rule("d", rf"(?P<n>{number})\s?(?P<big>{big})\b", _big(language)),
        rule("d", rf"(?P<n>{number})x(?![^\W_])", _times(language)),
        rule(
            "s",
            rf"(?<=[^\W_])/(?P<unit>{units}|hour|day|week|month|year|person)(?![^\W_])",
            _per(language),
        ),
        rule("d", r"(?P<n>[0-9]+)(?P<letters>[A-Za-z]{1,3})\b(?!['.]\w)", _glued(language)),
        rule("s", rf"{_start('-−')}[-−](?P<n>{number})(?!\w)", _negative(language)),
        rule(
            "s",
            r"(?<![\w.])\.(?P<n>[0-9]+)(?!\w)",
            lambda m: f"{language.point} {language.decimals(m['n'])}",
        ),
        rule("d", rf"(?P<n>{number})", _number_or_year(language)),
        # digits of other scripts
        rule("d", r"\d+", lambda m: language.digits(ascii_digits(m.group()))),
    ]


def _start(signs: str) -> str:
    """Match before one of the signs only where nothing is written right before it."""
    return rf"(?:(?![{signs}])|(?<![\w)]))"


def _ordinal(language: Language) -> Say:
    def say(m: "re.Match[str]") -> str | None:
        ending = m.group()[len(m["n"]) :]
        return language.ordinal_of(int(m["n"].replace(",", "")), ending, word_before(m))

    return say


def _named(language: Language, amount: str, unit: tuple[str, str]) -> str:
    single = amount in ("1", "-1")
    if single and language.one:
        return language.one(unit[0])
    noun = unit[0] if single else unit[1]
    return f"{language.counted(language.number(amount), noun)} {noun}"


def _unit(language: Language) -> Say:
    def say(m: "re.Match[str]") -> str | None:
        unit = language.units[m["unit"]]
        before = f"{language.minus} " if m["minus"] else ""
        return before + _named(language, m["n"], unit)

    return say


def _unit_range(language: Language) -> Say:
    def say(m: "re.Match[str]") -> str:
        unit = language.symbols["%"] if m["unit"] == "%" else language.units[m["unit"]][1]
        first, last = language.number(m["n"]), language.number(m["m"])
        return f"{first} {language.number_to} {last} {unit}"

    return say


def _whole_and(language: Language, whole: str | None, part: str) -> str:
    joint = language.money_and if language.code != "de" else " "
    return f"{language.cardinal(int(whole))}{joint}{part}" if whole else part


def _vulgar(language: Language) -> Say:
    def say(m: "re.Match[str]") -> str:
        top, below = FRACTIONS[m["sign"]]
        part = _half(language, m, m["whole"], top, below) or language.fraction(top, below)
        if m["whole"] and language.code == "en" and part.startswith("one "):
            part = "a " + part[4:]
        return _whole_and(language, m["whole"], part)

    return say


def _half(
    language: Language, m: "re.Match[str]", whole: str | None, top: int, below: int
) -> str | None:
    """Return a half right before a noun, where a language says that in a way of its own."""
    noun = re.match(r" ([^\W\d_]{3,30})", m.string[m.end() : m.end() + 33])
    if language.half is None or noun is None or whole or (top, below) != (1, 2):
        return None
    return language.half(noun[1])


def _fraction(language: Language) -> Say:
    def say(m: "re.Match[str]") -> str | None:
        top, below = int(m["top"]), int(m["below"])
        if (top, below) in ((24, 7), (9, 11)) or top == below > 1:
            return f"{language.cardinal(top)} {language.cardinal(below)}"
        if not 2 <= below <= 100 or top == 0 or m["top"][0] == "0" or m["below"][0] == "0":
            slash = language.slash
            return f"{language.number(m['top'])} {slash} {language.number(m['below'])}"
        part = language.fraction(top, below)
        if not m["unit"] and (half := _half(language, m, m["whole"], top, below)):
            return half
        if m["unit"]:
            part += f" {language.units[m['unit']][0]}"
        if m["whole"] and language.code == "en" and top == 1:
            part = "a " + part.partition(" ")[2]
        return _whole_and(language, m["whole"], part)

    return say


def _ratio(language: Language) -> Say:
    return lambda m: f"{language.number(m['a'])} {language.ratio} {language.number(m['b'])}"


def _by(language: Language) -> Say:
    def say(m: "re.Match[str]") -> str | None:
        if "×" in m.group() or "by" not in language.symbols:
            return None
        both = m["a"], m["b"]
        large = all(len(text) >= 3 for text in both)
        first, second = (code_number(language, t) if large else language.number(t) for t in both)
        return f"{first} {language.symbols['by']} {second}"

    return say


def _feet(language: Language) -> Say:
    if language.code != "en":
        return lambda m: None
    return lambda m: f"{language.number(m['a'])} foot {language.number(m['b'])}"


def _dotted(language: Language) -> Say:
    """Versions and IP addresses: each part a number; a part of three digits digit by digit."""

    def say(m: "re.Match[str]") -> str | None:
        version, _, suffix = m.group().partition("-")
        parts = version.split(".")
        if language.decimal == "," and all(len(p) == 3 for p in parts[1:]) and len(parts) < 4:
            return None
        one_by_one = len(parts) == 4
        said = [
            language.digits(p) if one_by_one or p[0] == "0" else language.number(p) for p in parts
        ]
        tail = glued(language, suffix.replace(".", "")) if suffix else ""
        point = language.dot if one_by_one else language.version_point
        return f" {point} ".join(said) + f" {tail}".rstrip()

    return say


def _range(language: Language) -> Say:
    def say(m: "re.Match[str]") -> str:
        years = all(re.fullmatch(r"1[1-9]\d\d|20\d\d", text) for text in (m["n"], m["m"]))
        read = (lambda t: language.year(int(t))) if years else language.number
        return f"{read(m['n'])} {language.number_to} {read(m['m'])}"

    return say


def _power(language: Language) -> Say:
    def say(m: "re.Match[str]") -> str:
        return f"{language.number(m['n'])} {power(language, m['power'])}"

    return say


def power(language: Language, raised: str) -> str:
    """Return what is said for raised digits."""
    plain = raised.translate(RAISED)
    n = int(plain) if len(plain) <= 9 else 0
    if language.power and n > 0:
        return language.power(n)
    before = f"{language.minus} " if plain.startswith("-") else ""
    return f"{language.symbols['^']} {before}{language.number(plain.lstrip('-'))}"


def _big(language: Language) -> Say:
    def say(m: "re.Match[str]") -> str | None:
        # 221B is a house; 7B and 1.5B are numbers
        if m["big"] == "B" and re.fullmatch(r"[0-9]{2,}[1-9]", m["n"]):
            return None
        return f"{language.number(m['n'])} {language.big[m['big']]}"

    return say


def glued(language: Language, text: str) -> str:
    """Return letters and digits written as one: letters by name, numbers as they are grouped."""
    said = []
    for part in re.findall(r"[0-9]+|[^\W\d_]+", text):
        if part[0].isdigit():
            said.append(code_number(language, part))
        elif part.isupper() or len(part) == 1:
            said.append(" ".join(part.upper()))
        else:
            said.append(" ".join(part.upper()) if len(part) <= 2 else part)
    return " ".join(said)


def code_number(language: Language, digits: str) -> str:
    """Return a number that names something: in pairs as rooms are in English, else as it is."""
    if len(digits) > 4 or digits[0] == "0":
        return language.digits(digits)
    if language.code == "en" and len(digits) == 3 and digits[1:] != "00":
        rest = int(digits[1:])
        low = f"oh {language.cardinal(rest)}" if rest < 10 else language.cardinal(rest)
        return f"{language.cardinal(int(digits[0]))} {low}"
    if language.code == "en" and len(digits) == 4:
        return language.year(int(digits))
    return language.cardinal(int(digits))


def _times(language: Language) -> Say:
    return lambda m: f"{language.number(m['n'])} {language.symbols['times']}"


def _per(language: Language) -> Say:
    def say(m: "re.Match[str]") -> str | None:
        # after a number or the name of a unit, not in "and/or"
        before = m.string[max(0, m.start() - 8) : m.start()]
        if not re.search(r"[0-9$€£]\s?[^\W\d_]{0,5}$", before):
            return None
        unit = language.units.get(m["unit"], (m["unit"],))[0]
        return f"{language.symbols['per']} {unit}"

    return say


def _glued(language: Language) -> Say:
    def say(m: "re.Match[str]") -> str | None:
        letters = m["letters"]
        if letters.islower() and len(letters) > 1:
            return f"{language.number(m['n'])} {letters}"
        return f"{code_number(language, m['n'])} {' '.join(letters.upper())}"

    return say


def _negative(language: Language) -> Say:
    return lambda m: f"{language.minus} {language.number(m['n'])}"


def _number_or_year(language: Language) -> Say:
    def say(m: "re.Match[str]") -> str:
        text = m.group()
        dated = re.search(
            r"\b(?:in|since|by|until|from|after|before) $",
            m.string[max(0, m.start() - 8) : m.start()],
        )
        if re.fullmatch(r"1[1-9][0-9]{2}|20[0-9]{2}", text) or (
            dated and re.fullmatch(r"10[0-9]{2}", text)
        ):
            return language.year(int(text))
        noun = re.match(r" ([a-zà-ÿ]{3,30})(?![^\W_])", m.string[m.end() : m.end() + 33])
        said = language.number(text)
        return language.beside(said, noun[1]) if noun else said

    return say
