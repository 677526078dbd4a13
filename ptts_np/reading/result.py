"""What reading a text gives."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it is spoken, with its punctuation.

    Characters `[start, end)` of the text as written are what it was read from; several words may
    come from the same ones, as "five dollars" does from "$5". `phonemes` is a pronunciation given
    by whoever wrote the text.
    """

    text: str
    start: int
    end: int
    phonemes: str | None = None


@dataclass(frozen=True, slots=True)
class Style:
    """How a stretch of text is spoken.

    `rate` is a factor of the speed, `volume` a gain in dB. `voice` and `language` are names, None
    for those of the whole text.
    """

    rate: float = 1.0
    volume: float = 0.0
    voice: str | None = None
    language: str | None = None
    emphasis: str | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """A sentence, or a part of one, then `pause` seconds of silence.

    `marks` are the names of the places passed just before it. A segment without words is only a
    pause or a mark.
    """

    words: tuple[Word, ...]
    pause: float = 0.0
    style: Style = field(default_factory=Style)
    marks: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All its words on one line."""
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as it is spoken; `warnings` say what was passed over."""

    segments: tuple[Segment, ...]
    warnings: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Everything that is spoken, on one line."""
        return " ".join(segment.text for segment in self.segments if segment.words)
