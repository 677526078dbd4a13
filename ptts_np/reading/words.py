"""Rules for words and signs: abbreviations, initials, Roman numerals, glued letters, emoji."""

import re
import unicodedata

from ptts_np.reading.language import Language
from ptts_np.reading.numbers import LOWERED, glued, power
from ptts_np.reading.policy import Policy
from ptts_np.reading.rule import Rule, Say, one_of, rule

_ROMAN = r"(?=[IVXLCDM])M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})"
_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_EMOJI = (
    "[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]"
    "[\U0001f3fb-\U0001f3ff\u200d\ufe0f\u2640\u2642]{0,4}"
)


def triggers(language: Language) -> frozenset[str]:
    """Return the words, in lower case, at which a rule may begin."""
    words = [*language.titles, *language.short, *language.by_ranks, *language.by_numbers]
    words += [*language.labels, *language.tables["currencies"], "isbn", "no", "https", "http"]
    words += [sign for sign in (*language.money, *language.symbols) if sign.isalpha()]
    if language.month_first:
        words += [m for month in language.months for m in (month, month[:3], month[:4])]
    return frozenset(re.split(r"[^\w]", word)[0].lower() for word in words)


def worth_a_look(word: str) -> bool:
    """Whether a word without a stop or digit may be more than a word: a Roman numeral."""
    capitals = word.rstrip("eèmr")
    return capitals.isupper() and len(word) < 16 and not set(capitals) - _VALUES.keys()


def early_rules(language: Language, policy: Policy) -> list[Rule]:
    """Return the rules that come before those of numbers."""
    return [
        rule("l", rf"(?P<word>{one_of(language.by_numbers)})\s(?P<n>{_ROMAN})\b",
             _numbered(language)),
        rule("l", r"v(?=[0-9])(?P<n>[0-9]{1,4}(?:\.[0-9]{1,5}){0,3})"
             r"(?:-(?P<more>[a-z]{1,8}\.?[0-9]{0,3}))?\b", _version(language)),
        rule("l", r"(?P<a>[A-Za-z]{1,5})(?P<n>[0-9]{1,4}\.[0-9]{1,3})(?![\w.]\w)",
             _glued_decimal(language)),
        rule("l", r"(?<![^\W_])(?P<note>[ACDFG])#(?!\w)", _sharp(language)),
        rule("ld", r"(?<![^\W_])(?=[A-Za-z0-9₀-₉]{2,12}(?![^\W_]|\.[0-9]))(?=[0-9]{0,6}[A-Za-z])"
             r"(?=[A-Za-z]{0,9}[0-9₀-₉])(?P<code>[A-Za-z0-9₀-₉]+)", _code(language)),
    ]  # fmt: skip


def rules(language: Language, policy: Policy) -> list[Rule]:
    """Return the rules, in the order they are tried."""
    titles, short = one_of(language.titles), one_of(language.short)
    found = [
        rule("l", rf"(?P<title>{titles})(?:\.|\b)(?=\s+[^\W\d_a-zß-ÿ])", _title(language)),
        rule("l", rf"(?P<short>{short})(?![^\W_]|\.\w)(?P<stop>\.)?", _short(language)),
        rule("l", r"(?:[^\W\d_]\.){2,8}(?![^\W_])", _dotted(language)),
        rule("l", r"(?P<letter>[A-Z])\.(?=\s+[A-Z])", _initial(language)),
        rule("l", rf"(?P<n>(?=[IVX]+[^IVX]){_ROMAN})(?:{language.roman_ending})\b",
             _ranked(language)),
        rule("l", rf"(?P<n>{_ROMAN})\b", _king(language)),
        rule("l", r"(?P<word>[^\W\d_⁰¹²³⁴⁵⁶⁷⁸⁹]{1,30})(?P<power>[⁰¹²³⁴⁵⁶⁷⁸⁹]+)",
             lambda m: f"{m['word']} {power(language, m['power'])}"),
        rule("s", _EMOJI, _emoji(policy)),
        rule("s", r"(?P<sign>[=*_~+#-])(?P=sign){2,}", lambda m: ""),
        rule("s", r"--+|[—―]|(?<=\s)–(?=\s)", lambda m: None),
        rule("s", r"(?:->|=>|→)", lambda m: language.symbols["→"]),
    ]  # fmt: skip
    signs = {s: word for s, word in language.symbols.items() if len(s) <= 2 and s not in "_?:"}
    found.append(rule("s", r"#\s?(?=[0-9])", lambda m: language.symbols["#"]))
    found.append(rule("s", r"(?<=[^\W\d_])/(?=[^\W\d_])", lambda m: language.slash))
    found.append(rule("s", r"(?<=[\d)\w])\s?\*\s?(?=[\d(\w])", lambda m: language.symbols["×"]))
    found.append(
        rule("s", r"(?<=[\w)²³⁴])\s[-−]\s(?=\d)|(?<=\d\s)[-−](?=\s\d)", lambda m: language.minus)
    )
    found.append(rule("sl", one_of(s for s in signs if s not in "*"), _sign(signs)))
    found.append(rule("s", r"[*_|\\^~`<>=]+", lambda m: ""))
    return found


def _sign(signs: dict[str, str]) -> Say:
    def say(m: "re.Match[str]") -> str | None:
        beside = m.string[max(0, m.start() - 1) : m.start()] + m.string[m.end() : m.end() + 1]
        in_a_word = m.group().isalpha() and any(map(str.isalpha, beside))
        return None if in_a_word else signs[m.group()]

    return say


def _numbered(language: Language) -> Say:
    def say(m: "re.Match[str]") -> str | None:
        return f"{m['word']} {language.cardinal(roman(m['n']))}"

    return say


def roman(numeral: str) -> int:
    """Return the value of a well-formed Roman numeral."""
    values = [_VALUES[c] for c in numeral]
    return sum(-v if v < max(values[i:]) else v for i, v in enumerate(values))


def _ranked(language: Language) -> Say:
    return lambda m: (
        language.rank_of_name(1)
        if m["n"] == "I" and language.rank_of_name
        else language.ordinal(roman(m["n"]))
    )


def _king(language: Language) -> Say:
    """A rank after a name that kings, popes or wars have, or after a kind of things in order."""

    def say(m: "re.Match[str]") -> str | None:
        before = re.search(r"([^\W\d_]+)[ \u00a0]$", m.string[max(0, m.start() - 30) : m.start()])
        if before is None or not before[1]:
            return None
        name, n = before[1], roman(m["n"])
        if name in language.by_ranks and n < 100:
            return (language.rank_of_name or language.ordinal)(n)
        return None

    return say


def _glued_decimal(language: Language) -> Say:
    def say(m: "re.Match[str]") -> str | None:
        number = language.number(m["n"].replace(".", language.decimal))
        return f"{glued(language, m['a'])} {number}"

    return say


def _sharp(language: Language) -> Say:
    return lambda m: f"{m['note']} sharp" if language.code == "en" else None


def _version(language: Language) -> Say:
    def say(m: "re.Match[str]") -> str | None:
        parts = m["n"].split(".")
        number = f" {language.version_point} ".join(language.number(p) for p in parts)
        tail = f" {glued(language, m['more'].replace('.', ''))}" if m["more"] else ""
        return f"{language.version} {number}{tail}"

    return say


def _code(language: Language) -> Say:
    """Letters and digits in one: MP3, H2O, 221B, 5G, but not 5km or 10K."""

    def say(m: "re.Match[str]") -> str | None:
        code = m["code"].translate(LOWERED)
        if code[0].isdigit():
            number, letters = re.match(r"([0-9]+)(.*)", code).groups()  # type: ignore[union-attr]
            measure = letters in language.units or letters in language.big
            named = letters in ("G", "D") or (letters == "K" and len(number) == 1)
            if (measure or letters.lower() in _SUFFIXES) and not named:
                return None
            if re.fullmatch(language.ordinal_ending, letters) or letters == "s":
                return None
            if letters == "x":
                return f"{language.number(number)} {language.symbols['times']}"
            if letters.islower() and len(letters) > 1:
                return None
        return glued(language, code)

    return say


NEVER_LAST = frozenset(
    ["e.g", "i.e", "vs", "cf", "approx", "ca", "bzw", "z.b", "d.h", "p.ex", "p. ex", "z. b", "d. h"]
)
"""Abbreviations that no sentence ends with."""
_SUFFIXES = frozenset(["am", "pm", "h", "k", "bn", "m", "b"])


def _title(language: Language) -> Say:
    def say(m: "re.Match[str]") -> str | None:
        title = m["title"]
        if not m.group().endswith(".") and title in (
            "No",
            "Art",
            "Gen",
            "Hon",
            "Sen",
            "Col",
            "Rev",
        ):
            return None
        after_name = re.search(r"[A-Z][^\W\d_]+ $", m.string[max(0, m.start() - 30) : m.start()])
        if title in ("St", "Dr") and after_name and language.code == "en":
            numbered = re.search(r"\d ?[\w ]{0,30}$", m.string[max(0, m.start() - 40) : m.start()])
            if numbered or title == "St":
                return {"St": "Street.", "Dr": "Drive."}[title]
        return language.titles[title]

    return say


def _short(language: Language) -> Say:
    def say(m: "re.Match[str]") -> str | None:
        word, stop = m["short"], m["stop"]
        said = language.short[word]
        if not stop:
            # without a stop only what is no word itself: hrs, vs, w/o
            return said if word in language.bare or "/" in word else None
        if word in ("No", "no", "Nr", "Art", "p", "Fig", "fig", "n") and not re.match(
            r"\s?[0-9]", m.string[m.end() : m.end() + 2]
        ):
            return None
        ends = word.lower() not in NEVER_LAST and sentence_follows(m)
        return said + ("." if ends else "")

    return say


def sentence_follows(m: "re.Match[str]") -> bool:
    """Whether the stop of an abbreviation ends its sentence, too."""
    rest = m.string[m.end() : m.end() + 40]
    if not rest.strip(" \"'”’)»"):
        return "\n" in rest or not rest.strip() or rest.strip() in "\"'”’)»"
    return bool(re.match(r"[\"'”’)»]?\s+[\"'“‘(«¿¡]?[A-ZÀ-ÖØ-Þ]", rest))


def _dotted(language: Language) -> Say:
    def say(m: "re.Match[str]") -> str | None:
        letters = m.group().replace(".", "").upper()
        country = letters in ("US", "UK", "EU", "UN", "USA")
        ends = not m.string[m.end() : m.end() + 3].strip() or (
            len(letters) > 1
            and not country
            and sentence_follows(m)
            and letters in ("AD", "BC", "DC")
        )
        return " ".join(letters) + ("." if ends else "")

    return say


def _initial(language: Language) -> Say:
    def say(m: "re.Match[str]") -> str | None:
        return None if labelled(m.string, m.start(), language) else m["letter"]

    return say


def labelled(text: str, place: int, language: Language) -> bool:
    """Whether the letter at `place` belongs to a noun before it, as in "Vitamin A"."""
    before = re.search(r"([^\W\d_]+)\s$", text[max(0, place - 30) : place])
    if before is None:
        return False
    if text[place] == "I" and before[1] in ("and", "than"):
        return True
    return before[1].lower() in language.labels


def _emoji(policy: Policy) -> Say:
    def say(m: "re.Match[str]") -> str | None:
        if policy.emoji == "skip":
            return ""
        name = unicodedata.name(m.group()[0], "")
        return re.sub(r"[^a-z ]", " ", name.lower().replace("heavy ", "")).strip()

    return say
