"""A text to passages: what the model reads in one manner, and the pause after it.

Here the reading stage meets the model: its language, its voices, and whether it reads letters or
phonemes.
"""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from os import PathLike
from typing import TYPE_CHECKING, Any

from ptts_np.engine.delivery import Delivery
from ptts_np.errors import InputError
from ptts_np.reading.language import LANGUAGES
from ptts_np.reading.lexicon import load_lexicon
from ptts_np.reading.policy import Policy
from ptts_np.reading.read import read
from ptts_np.reading.result import Reading, Segment
from ptts_np.text import chunks
from ptts_np.text.said import Said, say_raw, say_words

if TYPE_CHECKING:
    from ptts_np.loading import Model

Pronunciations = Mapping[str, str] | str | PathLike[str] | None

log = logging.getLogger("ptts_np")

SHORT = 3
"""Words of a sentence that is spoken by itself."""
SLOWEST, FASTEST = 0.5, 2.0
_NAMES = {"english": "en", "french": "fr", "german": "de", "italian": "it", "portuguese": "pt",
          "spanish": "es", "dutch": "nl", "mini": "en"}  # fmt: skip
_ON_BY_DEFAULT = ("en",)


@dataclass(frozen=True)
class Passage:
    """`said` is what the model reads. `voice` is a name, None for the speech's own."""

    said: Said
    delivery: Delivery
    voice: str | None = None


@dataclass(frozen=True)
class Manner:
    """How a text is to be taken; see `ptts_np.synthesis.stream`."""

    reading: str = "auto"
    markup: str = "auto"
    lexicon: Pronunciations = None
    speed: float = 1.0
    policy: Policy | None = None
    voices: Mapping[str, Any] | None = None


def language_of(model: "Model") -> str | None:
    """Return the code of the language a model of the catalog speaks; None for any other."""
    return language_called(model.name)


def language_called(name: str) -> str | None:
    """Return the code of the language that a model's name tells."""
    return _NAMES.get(re.split(r"[_.-]", name)[0])


def passages(model: "Model", text: str, manner: Manner, voices: list[str]) -> list[Passage]:
    """Return the passages of a text. Raises InputError where there is no word to say."""
    speed = _speed(manner.speed)
    language = _language(model, manner.reading)
    if language is None:
        if manner.lexicon or manner.markup not in ("auto", "plain"):
            raise InputError(
                "a lexicon or markup needs a reading of the text: give reading=, one of "
                + ", ".join(LANGUAGES)
            )
        chunks.prepare(text, model.rules)  # what is wrong is told of the text, not of phonemes
        said = say_raw(text, model.pronounce)
        if not chunks.has_speech(said.text):
            raise chunks.unknown(text)
        return [Passage(said, Delivery(rate=speed))]
    own = manner.lexicon
    entries = own if own is None or isinstance(own, Mapping) else load_lexicon(own)
    found = read(
        text,
        language=language,
        markup=manner.markup,
        policy=manner.policy,
        pronunciations=entries,
        voices=voices,
    )
    for warning in found.warnings:
        log.warning("%s", warning)
    return _joined(model, text, found, speed)


def _speed(speed: Any) -> float:
    number = isinstance(speed, (int, float)) and not isinstance(speed, bool)
    if not number or not SLOWEST <= speed <= FASTEST:
        raise InputError(f"speed must be from {SLOWEST:g} to {FASTEST:g}, not {speed!r}")
    return float(speed)


def _language(model: "Model", reading: str) -> str | None:
    if reading in LANGUAGES:
        return reading
    if reading not in ("auto", "raw"):
        raise InputError(
            f"reading must be auto, raw or one of {', '.join(LANGUAGES)}, not {reading!r}"
        )
    own = language_of(model)
    return own if reading == "auto" and own in _ON_BY_DEFAULT else None


def _joined(model: "Model", text: str, found: Reading, speed: float) -> list[Passage]:
    """Segments that follow each other without a pause, in one style, are one passage.

    After a short sentence another passage begins where the model reads phonemes: such models learn
    from lone words, too, and run short sentences together that they get in one piece.
    """
    made: list[Passage] = []
    waiting: list[Segment] = []
    lead = 0.0

    def end() -> None:
        nonlocal lead
        said = say_words([w for segment in waiting for w in segment.words], model.pronounce)
        if chunks.has_speech(said.text):
            style, pause = waiting[0].style, waiting[-1].pause
            rate = min(max(speed * style.rate, 0.25), 4.0)
            made.append(Passage(said, Delivery(rate, style.volume, lead, pause), style.voice))
            lead = 0.0
        else:
            wait(sum(segment.pause for segment in waiting))
        waiting.clear()

    def wait(seconds: float) -> None:
        nonlocal lead
        if made:
            last = made[-1].delivery
            made[-1] = replace(made[-1], delivery=replace(last, pause=last.pause + seconds))
        else:
            lead += seconds

    for segment in found.segments:
        if waiting and segment.style != waiting[0].style:
            end()
        if segment.words:
            waiting.append(segment)
            if segment.pause or (model.pronounce and len(segment.words) <= SHORT):
                end()
        else:
            if waiting:
                end()
            wait(segment.pause)
    if waiting:
        end()
    if not made:
        chunks.prepare(text, model.rules)
        raise chunks.unknown(text)
    return made
