"""Rules for what machines write: URLs, e-mail, IP addresses, hashtags, telephone numbers, paths."""

import re

from ptts_np.reading.language import Language, ascii_digits
from ptts_np.reading.policy import Policy
from ptts_np.reading.rule import Rule, Say, rule

TOP_LEVEL = (
    "com|org|net|edu|gov|io|dev|ai|app|info|co|me|tv|uk|de|fr|it|es|pt|nl|br|be|ch|at|eu|us|ca|au"
)
_HOST = rf"(?:[A-Za-z0-9-]{{1,63}}\.){{1,4}}(?:{TOP_LEVEL})(?![\w-]|\.\w)"
_TAIL = r"(?:[/?#][\w\-./?=&%#~+@:]{0,500}[\w/])?"


def rules(language: Language, policy: Policy) -> list[Rule]:
    """Return the rules, in the order they are tried."""
    return [
        rule("l", rf"(?:https?|ftp)://[\w\-.@:%]{{1,253}}{_TAIL}/?", _url(language, policy)),
        rule("ld", r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,4}[A-Za-z]{2,24}\b", _mail(language)),
        rule("l", r"mailto:", lambda m: ""),
        rule("ld", rf"(?<![\w@.]){_HOST}{_TAIL}", _url(language, policy)),
        rule("s", r"#(?P<name>[^\W\d_]\w{0,80})", _hashtag(language)),
        rule("s", r"(?<![\w.])@(?P<name>[^\W\d]\w{0,50})", lambda m: f"{language.at} "
             f"{_names(language, m['name'])}"),
        rule("s", r"(?<![\w/.])~?/(?:[\w.-]{1,60}/){1,12}[\w.-]{0,59}\w", _path(language)),
    ]  # fmt: skip


def telephone_rules(language: Language) -> list[Rule]:
    """Return the rules for numbers that are read digit by digit; dates come before them."""
    parts = r"[0-9]{1,6}(?:[ .-][0-9]{1,6}){1,6}"
    return [
        rule("l", rf"ISBN(?:-1[03])?:?\s(?P<n>{parts}|[0-9]{{9,13}})(?P<x>-X\b)?", _isbn(language)),
        rule("s", r"\+(?P<n>[0-9]{1,3}[\s.-]?(?:\(\d{1,4}\)[\s.-]?)?[0-9]{1,4}"
             r"(?:[\s.-]?[0-9]{2,4}){1,5})(?!\w)",
             lambda m: f"{language.symbols['+']} {_telephone(language, m['n'])}"),
        rule("s", r"\((?P<n>[0-9]{2,5}\)\s?[0-9]{2,4}(?:[\s.-]?[0-9]{2,4}){1,4})(?!\w)",
             lambda m: _telephone(language, m["n"])),
        rule("d", r"(?<![\w.-])(?P<n>(?:1-)?[0-9]{3}[-.][0-9]{3}[-.][0-9]{4}|[0-9]{3}-[0-9]{4})"
             r"(?![\w-])", lambda m: _telephone(language, m["n"])),
        rule("d", r"(?<![\w.-])(?P<n>0[0-9]{1,4}(?:[ /.-][0-9]{2,4}){1,5}"
             r"|0[0-9]{1,4}[ /-][0-9]{4,8})"
             r"(?![\w-])",
             lambda m: _telephone(language, m["n"])),
        rule("d", r"[0-9]{3}-[0-9]{2}-[0-9]{4}(?![\w-])",
             lambda m: _telephone(language, m.group())),
    ]  # fmt: skip


def _names(language: Language, name: str) -> str:
    """Return a joined name in words, cut at capitals, digits and underscores."""
    words = re.findall(r"[A-Z]+(?![^\WA-Z\d_])|[A-Z]?[^\WA-Z\d_]+|[0-9]+|[^\W_]", name)
    return " ".join(language.number(ascii_digits(w)) if w.isdecimal() else w for w in words)


def _url(language: Language, policy: Policy) -> Say:
    def say(m: "re.Match[str]") -> str | None:
        address = re.sub(r"^[a-z]+://", "", m.group())
        if policy.urls == "skip":
            return ""
        stop = "." if address.endswith(".") else ""
        host, mark, tail = re.sub(r"^www\.", "", address.rstrip("./")).partition("/")
        if policy.urls == "host":
            return _spelled(language, host) + stop
        return _spelled(language, host + mark + tail) + stop

    return say


def _spelled(language: Language, address: str) -> str:
    signs = {
        ".": language.dot,
        "/": language.slash,
        "-": language.symbols["dash"],
        "_": language.symbols["_"],
        "@": language.at,
        "#": "hash",
        "=": language.symbols["="],
        "&": language.symbols["&"],
        "+": language.symbols["+"],
        "%": language.symbols["%"],
        "?": language.symbols["?"],
        ":": language.symbols[":"],
        "~": "tilde",
    }
    said = []
    for part in re.findall(r"[^\W\d_]+|[0-9]+|\S", address):
        if part.isdecimal():
            part = ascii_digits(part)
            long = len(part) > 4 or part[0] == "0"
            said.append(language.digits(part) if long else language.cardinal(int(part)))
        else:
            said.append(signs.get(part, part if part.isalnum() else ""))
    return " ".join(word for word in said if word)


def _mail(language: Language) -> Say:
    return lambda m: _spelled(language, m.group())


def _hashtag(language: Language) -> Say:
    return lambda m: f"{language.hashtag} {_names(language, m['name'])}"


def _isbn(language: Language) -> Say:
    def say(m: "re.Match[str]") -> str:
        return f"I S B N {_telephone(language, m['n'])}" + (" X" if m["x"] else "")

    return say


def _telephone(language: Language, written: str) -> str:
    """Return a number digit by digit, with a breath between its groups."""
    return ", ".join(language.digits(group) for group in re.findall("[0-9]+", written))


def _path(language: Language) -> Say:
    def say(m: "re.Match[str]") -> str | None:
        return f"{_spelled(language, m.group())}"

    return say
