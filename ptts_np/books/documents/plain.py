"""Plain text: paragraphs between blank lines, and lines that look like the head of a chapter."""

import re
from collections.abc import Iterator
from pathlib import Path

from ptts_np.books.document import Block, Document, cut_at_headings, one_line
from ptts_np.books.documents.read import decoded

_HEADING = re.compile(
    r"(chapter|part|book|act|scene|prologue|epilogue|chapitre|kapitel|teil|capitolo|parte|capítulo|hoofdstuk)\b"
    r"(?=.{0,80}$)(?!.*[,;]$)",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"[\s.:]*(\d+|[ivxlcdm]+|one|two|three|four|five|six|seven|eight|nine|ten)?\b"
)
_RULE = re.compile(r"[-=*_~#\s]{3,}")
_UNNUMBERED = ("prologue", "epilogue")


def read(path: Path) -> Document:
    """Read a text file; its name is its title."""
    blocks = blocks_of(decoded(path.read_bytes(), path))
    return Document(path.stem, "", "", cut_at_headings(blocks, path.stem))


def blocks_of(text: str) -> Iterator[Block]:
    """The paragraphs of `text`. One line that says `Chapter 3` or `Prologue` is a heading."""
    for paragraph in re.split(r"\n[^\S\n]*\n", text.replace("\r\n", "\n").replace("\r", "\n")):
        line = one_line(paragraph)
        if line and not _RULE.fullmatch(line):
            heading = "\n" not in paragraph.strip() and _is_heading(line)
            yield Block("heading", line, 1) if heading else Block("text", line)


def _is_heading(line: str) -> bool:
    match = _HEADING.match(line)
    if match is None:
        return False
    if match[1].lower() in _UNNUMBERED:
        return len(line) <= 40
    number = _NUMBERED.match(line.lower(), match.end())
    return bool(number and number[1])
