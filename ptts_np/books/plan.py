"""A document to what is going to be said: lines with their voices and pauses, in parts.

A part is some minutes of one chapter: what is spoken together, kept in one file, and said again
after a crash. Where parts begin depends on their chapter's text alone.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ptts_np.books.document import KINDS, Block, Chapter, Document, Kind
from ptts_np.errors import InputError
from ptts_np.reading.language import Language, find_language
from ptts_np.reading.sentences import ends
from ptts_np.text.chunks import has_speech

SKIPPED: tuple[Kind, ...] = ("note", "table", "code")
PAUSES: Mapping[Kind, float] = {
    "heading": 1.0,
    "text": 0.5,
    "item": 0.35,
    "quote": 0.6,
    "caption": 0.6,
    "note": 0.6,
    "table": 0.35,
    "code": 0.6,
}
"""Seconds of silence after a block, beside what the model itself leaves."""
CHAPTER_PAUSE = 1.5
"""Seconds more at the end of a chapter."""
LINE_CHARACTERS = 220
"""About what the models speak in one breath, and what a caption can hold."""
PART_CHARACTERS = 4000
"""About four minutes."""

_SPEAKER = re.compile(r"\[([^\[\]]{1,40})\]\s*(?=\S)")


@dataclass(frozen=True)
class Line:
    """What one voice says at a time, and the seconds of silence after it."""

    text: str
    voice: str
    pause: float


@dataclass(frozen=True)
class Part:
    """Some minutes of the chapter with that number in the plan, from 0."""

    chapter: int
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Plan:
    """The chapters' titles and all parts in their order; each chapter has at least one."""

    titles: tuple[str, ...]
    parts: tuple[Part, ...]

    @property
    def characters(self) -> int:
        return sum(len(line.text) for part in self.parts for line in part.lines)


def make_plan(
    document: Document,
    narrator: str,
    *,
    cast: Mapping[str, str] | None = None,
    chapters: Sequence[int] | None = None,
    skip: Iterable[str] = SKIPPED,
    language: str = "en",
) -> Plan:
    """Plan a document.

    - `narrator`: the voice of all that is no one else's.
    - `cast`: voices by the names of a script's speakers: a block that begins with `[name]` is said
      by that one, without the name.
    - `chapters`: which of the document's, by number from 1; default all.
    - `skip`: kinds of blocks that are not read.
    - `language`: the code of the one that is spoken: what ends a sentence in it.

    Raises InputError for a kind or chapter there is not, and if nothing is left to say.
    """
    left_out = set(skip)
    if unknown := sorted(left_out - set(KINDS)):
        raise InputError(f"there is no kind {unknown[0]!r} to skip: choose from {', '.join(KINDS)}")
    voices = {name.casefold(): voice for name, voice in (cast or {}).items()}
    spoken = find_language(language)
    titles: list[str] = []
    parts: list[Part] = []
    for chapter in _chosen(document.chapters, chapters):
        blocks = (block for block in chapter.blocks if block.kind not in left_out)
        lines = [line for block in blocks for line in _lines(block, narrator, voices, spoken)]
        if lines:
            last = lines[-1]
            lines[-1] = Line(last.text, last.voice, last.pause + CHAPTER_PAUSE)
            parts += (Part(len(titles), found) for found in _parts(lines))
            titles.append(chapter.title)
    if not parts:
        raise InputError("there is nothing to say in the chosen chapters: see --skip, --chapters")
    return Plan(tuple(titles), tuple(parts))


def chapter_numbers(text: str) -> list[int]:
    """`1-3,7` to [1, 2, 3, 7]. Raises InputError."""
    numbers: list[int] = []
    for piece in text.split(","):
        match = re.fullmatch(r"\s*(\d{1,6})\s*(?:-\s*(\d{1,6})\s*)?", piece)
        if match is None or int(match[2] or match[1]) < int(match[1]):
            raise InputError(f"chapters are given as 1-3,7, not {text!r}")
        numbers += range(int(match[1]), int(match[2] or match[1]) + 1)
    return numbers


def _chosen(chapters: Sequence[Chapter], numbers: Sequence[int] | None) -> list[Chapter]:
    wanted = range(1, len(chapters) + 1) if numbers is None else sorted(set(numbers))
    for number in wanted:
        if not 1 <= number <= len(chapters):
            raise InputError(f"there is no chapter {number}: they are 1 to {len(chapters)}")
    return [chapters[number - 1] for number in wanted]


def _lines(
    block: Block, narrator: str, voices: Mapping[str, str], language: Language
) -> Iterator[Line]:
    """The lines of a block, the last with the pause of its kind."""
    speaker = _SPEAKER.match(block.text) if voices else None
    voice = voices.get(speaker[1].strip().casefold()) if speaker else None
    text = block.text[speaker.end() :] if speaker and voice else block.text
    said = [line for line in _sentences(text, language) if has_speech(line)]
    for index, line in enumerate(said):
        pause = PAUSES[block.kind] if index == len(said) - 1 else 0.0
        yield Line(line, voice or narrator, pause)


def _sentences(text: str, language: Language) -> Iterator[str]:
    """`text` cut after sentences, as many of them together as `LINE_CHARACTERS` hold."""
    start = best = 0
    for end in ends(text, language):
        if end - start > LINE_CHARACTERS and best > start:
            yield text[start:best].strip()
            start = best
        best = end
    if text[start:].strip():
        yield text[start:].strip()


def _parts(lines: list[Line]) -> Iterator[tuple[Line, ...]]:
    """Lines in parts of about `PART_CHARACTERS`, cut at pauses; a block without end is cut, too."""
    part: list[Line] = []
    size = 0
    for line in lines:
        part.append(line)
        size += len(line.text)
        if size >= 2 * PART_CHARACTERS or (size >= PART_CHARACTERS and line.pause):
            yield tuple(part)
            part, size = [], 0
    if part:
        yield tuple(part)
