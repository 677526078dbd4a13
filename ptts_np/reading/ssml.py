"""A subset of SSML to blocks.

The elements break, p, s, emphasis, prosody, say-as, sub, phoneme, voice, lang and mark.

Expat parses; a document type, which could define entities, is refused.
"""

import re
from dataclasses import replace
from xml.parsers import expat

from ptts_np.errors import InputError
from ptts_np.reading.controls import pause_of
from ptts_np.reading.language import LANGUAGES, Language
from ptts_np.reading.markup import Block
from ptts_np.reading.policy import Policy
from ptts_np.reading.result import Style
from ptts_np.reading.traced import Traced, joined

MAX_DEPTH = 32
MAX_GIVEN = 4000
"""Pronunciations one text may give; each needs a character of its own."""
GIVEN = "\ue000"
"""Before a character that stands for a word with phonemes of its own, from U+E100 on."""

_RATES = {"x-slow": 0.5, "slow": 0.75, "medium": 1.0, "fast": 1.25, "x-fast": 1.6, "default": 1.0}
_VOLUMES = {"silent": -60.0, "x-soft": -12.0, "soft": -6.0, "medium": 0.0, "loud": 4.0,
            "x-loud": 8.0, "default": 0.0}  # fmt: skip
_ELEMENTS = frozenset(
    ["speak", "p", "paragraph", "s", "sentence", "break", "emphasis", "prosody", "say-as", "sub",
     "phoneme", "voice", "lang", "mark", "audio", "desc", "w", "token", "metadata", "meta"]
)  # fmt: skip


def looks_like_ssml(text: str) -> bool:
    """Whether a text is a document of SSML."""
    return bool(re.match(r"\s*(?:<\?xml[^<>]{0,200}\?>\s*)?<speak[\s>]", text[:1000]))


def blocks(
    text: Traced, language: Language, policy: Policy
) -> tuple[list[Block], list[tuple[str, str]]]:
    """Return the blocks, and the words that have phonemes of their own, as (word, phonemes).

    Raises InputError for what is not well-formed, too deep, or out of range.
    """
    document = text.stripped()
    if not looks_like_ssml(document.text):
        document = joined([_invented("<speak>"), document, _invented("</speak>")])
    reader = _Reader(document, language, policy)
    reader.parse()
    return reader.found, reader.given


def _invented(text: str) -> Traced:
    return Traced(text, [0] * len(text), [0] * len(text))


class _Reader:
    """Follows the parser through one document."""

    def __init__(self, text: Traced, language: Language, policy: Policy) -> None:
        self.text, self.language, self.policy = text, language, policy
        self.found: list[Block] = []
        self.given: list[tuple[str, str]] = []
        self.waiting: list[Traced] = []
        self.marks: list[str] = []
        self.open: list[tuple[str, dict[str, str], Style, int]] = []
        self.style = Style()
        self.bytes = text.text.encode()
        self.at_byte = self.at = 0
        self.pending: tuple[int, str] | None = None
        self.hidden = 0

    def parse(self) -> None:
        self.parser = parser = expat.ParserCreate("utf-8")
        parser.buffer_text = False
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.CommentHandler = lambda _: self._place()
        try:
            parser.Parse(self.bytes, True)
        except expat.ExpatError as error:
            reason = expat.errors.messages[error.code]
            raise InputError(
                f"the SSML is not well-formed: {reason} "
                f"(line {error.lineno}, column {error.offset})"
            ) from error
        self._close(0.0)

    def _place(self) -> int:
        """Return the character the parser is at, and hand on the characters before it."""
        byte = max(self.parser.CurrentByteIndex, self.at_byte)
        self.at += len(self.bytes[self.at_byte : byte].decode())
        self.at_byte = byte
        if self.pending is not None:
            start, data = self.pending
            self.pending = None
            if not self.hidden:
                same = self.text.text[start : self.at] == data
                part = self.text.cut(start, self.at) if same else None
                self.waiting.append(
                    part or self.text.replaced(start, max(self.at, start + 1), data)
                )
        return self.at

    def _characters(self, data: str) -> None:
        place = self._place()
        self.pending = (place, data)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._place()
        name = name.rpartition(":")[2] if name.startswith("ssml:") else name
        if len(self.open) >= MAX_DEPTH:
            raise InputError(f"the SSML is nested deeper than {MAX_DEPTH} elements")
        if name not in _ELEMENTS:
            raise InputError(f"the SSML element <{name[:40]}> is not known")
        if name in ("p", "paragraph", "s", "sentence"):
            self._close(self.policy.paragraph_pause if name[0] == "p" else 0.0)
        elif name == "break":
            self._close(pause_of(attributes.get("time"), attributes.get("strength")), asked=True)
        elif name == "mark":
            self._close(0.0)
            self.marks.append(attributes.get("name", "")[:200])
        elif name in ("desc", "metadata"):
            self.hidden += 1
        self.open.append((name, attributes, self.style, len(self.waiting)))
        style = _styled(self.style, name, attributes)
        if style != self.style:
            self._close(0.0)
            self.open[-1] = (name, attributes, self.open[-1][2], 0)
            self.style = style

    def _end(self, name: str) -> None:
        self._place()
        name, attributes, style, since = self.open.pop()
        if name in ("p", "paragraph"):
            self._close(self.policy.paragraph_pause)
        elif name in ("s", "sentence"):
            self._close(self.policy.sentence_pause)
        elif name in ("desc", "metadata"):
            self.hidden -= 1
        elif name in ("sub", "say-as", "phoneme"):
            inner = joined(self.waiting[since:])
            del self.waiting[since:]
            if len(inner):
                said = self._instead(name, attributes, inner.text)
                self.waiting.append(inner.replaced(0, len(inner), said))
        if style != self.style:
            self._close(0.0)
            self.style = style

    def _instead(self, name: str, attributes: dict[str, str], inner: str) -> str:
        if name == "sub":
            return attributes.get("alias", inner)
        if name == "phoneme":
            phonemes = attributes.get("ph", "").strip()
            if not phonemes:
                return inner
            if len(self.given) >= MAX_GIVEN:
                raise InputError(f"the SSML gives more than {MAX_GIVEN} pronunciations")
            self.given.append((inner.strip(), phonemes))
            return f"{GIVEN}{chr(0xE100 + len(self.given) - 1)}"
        return say_as(attributes.get("interpret-as", ""), inner, self.language)

    def _close(self, pause: float, *, asked: bool = False) -> None:
        block = joined(self.waiting).stripped()
        self.waiting.clear()
        self.open = [(n, a, s, 0) for n, a, s, _ in self.open]
        if len(block):
            marks, self.marks = tuple(self.marks), []
            self.found.append(Block(block, pause, self.style, marks, asked))
        elif asked:
            self.found.append(Block(block, pause, self.style, tuple(self.marks), asked))
            self.marks = []
        elif self.found and not self.found[-1].asked:
            last = self.found[-1]
            self.found[-1] = replace(last, pause=max(last.pause, pause))


def say_as(kind: str, text: str, language: Language) -> str:
    """Return a text as SSML's say-as wants it; an unknown kind leaves it to the rules."""
    plain = text.strip()
    whole = re.fullmatch(r"-?[0-9]{1,15}", plain)
    if kind in ("characters", "spell-out", "verbatim"):
        return " ".join(
            language.cardinal(int(c)) if c in "0123456789" else c.upper() if c.isalpha() else
            language.symbols.get(c, "") for c in plain
        )  # fmt: skip
    if kind in ("digits", "telephone"):
        groups = [language.digits(group) for group in re.findall("[0-9]+", plain)]
        plus = f"{language.symbols['+']} " if plain.startswith("+") else ""
        return plus + ", ".join(groups)
    if kind in ("cardinal", "number") and whole:
        return language.cardinal(int(plain))
    if kind == "ordinal" and whole:
        return language.ordinal(int(plain))
    return text


def _styled(style: Style, name: str, attributes: dict[str, str]) -> Style:
    if name == "prosody":
        if "rate" in attributes:
            style = replace(style, rate=style.rate * _rate(attributes["rate"]))
            if not 0.25 <= style.rate <= 4:
                raise InputError("a prosody rate must be from 0.25 to 4 in all")
        if "volume" in attributes:
            style = replace(style, volume=style.volume + _volume(attributes["volume"]))
    elif name == "emphasis":
        style = replace(style, emphasis=attributes.get("level", "moderate")[:20])
    elif name == "voice" and "name" in attributes:
        style = replace(style, voice=attributes["name"][:200])
    language = next((v for k, v in attributes.items() if k in ("xml:lang", "lang")), None)
    if language is not None:
        code = language[:2].lower()
        if code not in LANGUAGES:
            raise InputError(f"reading knows no language {language[:20]!r}: {', '.join(LANGUAGES)}")
        style = replace(style, language=code)
    return style


def _rate(written: str) -> float:
    if written in _RATES:
        return _RATES[written]
    match = re.fullmatch(r"([+-]?)([0-9]{1,4}(?:\.[0-9]{1,4})?)(%?)", written.strip())
    if match is None:
        raise InputError(f"a prosody rate of {written[:20]!r} is none: write slow, 80% or 1.2")
    value = float(match[2]) / (100 if match[3] else 1)
    if match[1]:
        value = 1 + value if match[1] == "+" else 1 - value
    if not 0.25 <= value <= 4:
        raise InputError(f"a prosody rate of {written} is not from 0.25 to 4")
    return value


def _volume(written: str) -> float:
    if written in _VOLUMES:
        return _VOLUMES[written]
    match = re.fullmatch(r"([+-]?[0-9]{1,3}(?:\.[0-9]{1,3})?)dB", written.strip())
    if match is None or abs(float(match[1])) > 60:
        raise InputError(f"a prosody volume of {written[:20]!r} is none: write soft or +6dB")
    return float(match[1])


def _refuse_doctype(*_: object) -> None:
    raise InputError("SSML with a document type is not read: leave the <!DOCTYPE> out")
