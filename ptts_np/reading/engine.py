"""The engine: at each place of a text, the first rule that has something to say says it."""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass

from ptts_np.reading import addresses, dates, money, numbers, words
from ptts_np.reading.language import Language
from ptts_np.reading.policy import Policy
from ptts_np.reading.result import Word
from ptts_np.reading.rule import Rule
from ptts_np.reading.traced import Traced

# where a rule may begin: a word with what is glued to it, a digit, a sign
_START = re.compile(r"(?P<letters>[^\W\d_]+)|(?P<digit>\d)|(?P<sign>[^\w\s]|_)")
_SPOKEN = re.compile(r"\S+")
_PLAIN_SIGNS = frozenset(".,!?;:\"'()[]{}…«»“”‘’„¿¡–—")


@dataclass(frozen=True)
class _Program:
    """The rules of a language by what they begin with."""

    letters: tuple[Rule, ...]
    digit: tuple[Rule, ...]
    sign: tuple[Rule, ...]
    triggers: frozenset[str]


@functools.lru_cache(maxsize=32)
def _program(language: Language, policy: Policy) -> _Program:
    rules = [
        *addresses.rules(language, policy),
        *money.rules(language),
        *dates.rules(language),
        *addresses.telephone_rules(language),
        *words.early_rules(language, policy),
        *numbers.rules(language),
        *words.rules(language, policy),
    ]
    of: Callable[[str], tuple[Rule, ...]] = lambda kind: tuple(  # noqa: E731
        rule for rule in rules if kind in rule.starts
    )
    return _Program(of("l"), of("d"), of("s"), words.triggers(language))


def say(text: Traced, language: Language, policy: Policy) -> list[Word]:
    """Return the words of a text without markup, each with where it came from."""
    program = _program(language, policy)
    written = text.text
    parts: list[tuple[str, int, int]] = []
    done = place = 0
    while match := _START.search(written, place):
        start, place = match.start(), match.end()
        found = _match(program, match, written)
        if found is None:
            continue
        said, end = found
        if start > done:
            parts.append((written[done:start], done, start))
        parts.append((said, start, end))
        done = place = end
    parts.append((written[done:], done, len(written)))
    return list(_words(parts, text, written))


def _match(program: _Program, match: "re.Match[str]", written: str) -> tuple[str, int] | None:
    start = match.start()
    if match.lastgroup == "letters":
        follows = written[match.end() : match.end() + 1]
        word = match.group()
        plain = not follows or follows in " ,;!?\n"
        if follows == "." and len(word) > 1:
            plain = not written[match.end() + 1 : match.end() + 2].isalnum()
        if (
            plain
            and word.isalpha()
            and word.lower() not in program.triggers
            and not words.worth_a_look(word)
        ):
            return None
        rules = program.letters
    elif match.lastgroup == "digit":
        rules = program.digit
    else:
        sign = match.group()
        follows = written[match.end() : match.end() + 1]
        if sign in _PLAIN_SIGNS and not follows.isalnum() and follows not in "$£€¥/.(":
            return None
        rules = program.sign
    for rule in rules:
        if (found := rule.pattern.match(written, start)) and found.end() > start:
            said = rule.say(found)
            if said is not None:
                return said, found.end()
    return None


def _words(parts: list[tuple[str, int, int]], text: Traced, written: str) -> list[Word]:
    """Join the parts and cut them at spaces; a word spans all the parts it touches."""
    whole: list[str] = []
    origin: list[tuple[int, int]] = []
    for said, start, end in parts:
        if said == written[start:end]:
            if whole and re.match(r"-\w", said):
                said = f" {said[1:]}"  # the rest of a word that begins with a number
            whole.append(said)
            origin += [(i, i + 1) for i in range(start, end)]
            continue
        # words of their own, unless punctuation or a letter's ending is written right beside them
        left = "" if re.fullmatch(r"\w'", written[max(0, start - 2) : start]) else " "
        if whole and re.search(r"\w-$", whole[-1]):
            whole[-1] = f"{whole[-1][:-1]} "
        padded = f"{left}{said}" + ("" if written[end : end + 1] == "'" else " ")
        whole.append(padded)
        origin += [(start, end)] * len(padded)
    line = "".join(whole)
    found: list[Word] = []
    for match in _SPOKEN.finditer(line):
        span = origin[match.start() : match.end()]
        start, end = min(s for s, _ in span), max(e for _, e in span)
        first, last = text.range(start, end)
        piece = match.group()
        if found and not any(map(str.isalnum, piece)) and piece[0] in ".,!?;:…)]}\"'»”’%":
            before = found[-1]
            if written[start - 1 : start].strip():
                found[-1] = Word(before.text + piece, before.start, max(before.end, last))
                continue
        if (
            found
            and not any(map(str.isalnum, found[-1].text))
            and found[-1].text[-1] in "([{\"'«“‘„¿¡"
            and not written[start - 1 : start].isspace()
        ):
            before = found.pop()
            found.append(Word(before.text + piece, min(before.start, first), last))
            continue
        found.append(Word(piece, first, last))
    return found
