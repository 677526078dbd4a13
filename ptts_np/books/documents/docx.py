"""DOCX by python-docx: paragraphs by the names of their styles, tables row by row."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ptts_np.books.document import Block, Document, cut_at_headings, one_line
from ptts_np.books.documents.archives import Archive
from ptts_np.books.documents.read import library
from ptts_np.errors import InputError

_BODY = "word/document.xml"


def read(path: Path) -> Document:
    """Read a DOCX file. Footnotes, text boxes, headers and footers are not part of its text."""
    with Archive(path) as archive:
        if _BODY not in archive:
            raise InputError(f"{path} is not a DOCX file: it has no {_BODY}")
        archive.check_all()
    docx = library("docx")
    xml = library("lxml.etree")
    try:
        document = docx.Document(str(path))
        blocks = list(_blocks(document))
        facts = document.core_properties
        title, author = one_line(facts.title or ""), one_line(facts.author or "")
        language = facts.language or ""
    except (KeyError, ValueError, AttributeError, xml.XMLSyntaxError) as error:
        raise InputError(f"{path} is damaged: {str(error)[:120]}") from error
    named = next((block.text for block in blocks if block.kind == "heading"), path.stem)
    return Document(title or named, author, language, cut_at_headings(blocks, title or path.stem))


def _blocks(document: Any) -> Iterator[Block]:
    for part in document.iter_inner_content():
        if hasattr(part, "rows"):
            for row in part.rows:
                # a merged cell comes once for each column it covers
                cells = dict.fromkeys(one_line(cell.text) for cell in row.cells)
                if line := ", ".join(cell for cell in cells if cell):
                    yield Block("table", line)
        elif line := one_line(part.text):
            yield _paragraph(line, (part.style.name or "") if part.style else "")


def _paragraph(line: str, style: str) -> Block:
    name = style.lower()
    if name.startswith("heading "):
        level = name.removeprefix("heading ")
        return Block("heading", line, int(level) if level in "123456" else 6)
    if name == "title":
        return Block("heading", line, 1)
    if name.startswith("list"):
        return Block("item", line)
    if "quote" in name:
        return Block("quote", line)
    if name == "caption":
        return Block("caption", line)
    return Block("text", line)
