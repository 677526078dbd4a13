"""PDF with text, by pypdf: lines to paragraphs, chapters from the outline.

A PDF knows where letters stand, not what a paragraph is, so this is by rules: lines that many
pages share at their top or bottom, and page numbers, are left out; a line that ends short ends a
paragraph; a hyphen at the end of a line joins it to the next.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ptts_np.books.document import Chapter, Document, cut_at_headings, one_line
from ptts_np.books.documents.plain import blocks_of
from ptts_np.books.documents.read import library
from ptts_np.errors import InputError

MAX_PAGES = 5000

_NUMBER = re.compile(r"[-–—\s]*(page\s+)?(\d{1,4}|[ivxlc]{1,7})[-–—\s]*(of\s+\d+)?", re.IGNORECASE)
_SHORT = 0.75
"""Part of the usual length of a line below which it is a paragraph's last."""


def read(path: Path) -> Document:
    """Read a PDF. Raises InputError for one that is damaged, encrypted, or only pictures."""
    pypdf = library("pypdf")
    damaged = (pypdf.errors.PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError)
    try:
        reader = pypdf.PdfReader(path)
        if reader.is_encrypted:
            raise InputError(f"{path} is encrypted: save it without a password first")
        if len(reader.pages) > MAX_PAGES:
            raise InputError(f"{path} has more than {MAX_PAGES} pages: divide it")
        pages = [page.extract_text() for page in reader.pages]
        starts = sorted(_outline(reader))
        facts = reader.metadata
        title, author = (facts.title or "", facts.author or "") if facts else ("", "")
    except InputError:
        raise
    except (*damaged, RecursionError) as error:
        raise InputError(f"{path} is damaged: {str(error)[:120]}") from error
    if not any(page.strip() for page in pages):
        raise InputError(f"{path} has no text, only pictures of it: run OCR on it first")
    title = one_line(title) or path.stem
    return Document(title, one_line(author), "", _chapters(_tidy(pages), starts, title))


def _outline(reader: Any) -> Iterator[tuple[int, str]]:
    """Page and title of each bookmark of the first level."""
    for entry in reader.outline:
        if not isinstance(entry, list):
            page = reader.get_destination_page_number(entry)
            if page is not None and page >= 0:
                yield page, one_line(str(entry.title))


def _tidy(pages: list[str]) -> list[list[str]]:
    """The lines of each page without its number and without what stands on many pages."""
    split = [[one_line(line) for line in page.splitlines() if line.strip()] for page in pages]
    edges = Counter(_unnumbered(line) for lines in split for line in {*lines[:1], *lines[-1:]})
    often = max(3, len(pages) // 5)

    def keeps(line: str) -> bool:
        return not _NUMBER.fullmatch(line) and edges[_unnumbered(line)] < often

    tidy = []
    for lines in split:
        first = 0 if not lines or keeps(lines[0]) else 1
        last = len(lines) if not lines[first:] or keeps(lines[-1]) else len(lines) - 1
        tidy.append(lines[first:last])
    return tidy


def _unnumbered(line: str) -> str:
    return re.sub(r"\d+", "", line).strip()


def _chapters(
    pages: list[list[str]], starts: list[tuple[int, str]], title: str
) -> tuple[Chapter, ...]:
    """A chapter from each page that a bookmark points at; without any, at headings."""
    if len(starts) < 2:
        text = _paragraphs([line for lines in pages for line in lines])
        return cut_at_headings(blocks_of(text), title)
    bounds = [(0, title), *starts] if starts[0][0] else starts
    ends = [page for page, _ in bounds[1:]] + [len(pages)]
    chapters = []
    for (first, name), last in zip(bounds, ends, strict=True):
        text = _paragraphs([line for lines in pages[first:last] for line in lines])
        if blocks := tuple(blocks_of(text)):
            chapters.append(Chapter(name, blocks))
    return tuple(chapters)


def _paragraphs(lines: list[str]) -> str:
    """Lines to text with a blank line after each paragraph."""
    if not lines:
        return ""
    usual = sorted(map(len, lines))[int(len(lines) * 0.8)]
    joined: list[str] = []
    for line in lines:
        if line.endswith("-") and line[-2:-1].isalpha():
            joined.append(line[:-1])
        elif len(line) < _SHORT * usual:
            joined.append(line + "\n\n")
        else:
            joined.append(line + " ")
    return "".join(joined)
