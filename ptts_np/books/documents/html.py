"""HTML to blocks, by what its elements mean: also the way of EPUB and Markdown."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ptts_np.books.document import Block, Document, Kind, cut_at_headings, one_line
from ptts_np.books.documents.read import library
from ptts_np.books.documents.xml import parse_html
from ptts_np.errors import InputError

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_KINDS: dict[str, Kind] = {
    "li": "item",
    "dt": "item",
    "dd": "item",
    "blockquote": "quote",
    "pre": "code",
    "table": "table",
    "figcaption": "caption",
    "caption": "caption",
}
# fmt: off
_BLOCKS = frozenset((
    "address", "article", "aside", "body", "center", "details", "div", "dl", "fieldset", "figure",
    "footer", "form", "header", "hr", "html", "main", "ol", "p", "section", "summary", "tr", "ul",
))
_SILENT = frozenset((
    "audio", "button", "canvas", "embed", "head", "iframe", "img", "input", "map", "math", "nav",
    "noscript", "object", "rp", "rt", "script", "select", "style", "svg", "template", "textarea",
    "title", "video",
))
# fmt: on
_CELLS = ("td", "th")
_NOTES = frozenset(["footnote", "footnotes", "endnote", "endnotes", "rearnote", "rearnotes"])
_MARKERS = frozenset(["noteref", "pagebreak", "doc-noteref", "doc-pagebreak", "doc-backlink"])
_EPUB_TYPE = "{http://www.idpf.org/2007/ops}type"


@dataclass(frozen=True)
class Mark:
    """The place of an element that has been asked for by its id."""

    id: str


def read(path: Path) -> Document:
    """Read an HTML file."""
    data = path.read_bytes()
    return from_html(data, path.stem, str(path))


def from_html(data: bytes | str, fallback: str, name: str) -> Document:
    """HTML to a document; `fallback` is its title where it has none."""
    root = parse_html(data, name)
    blocks = [] if root is None else [b for b in blocks_of(root) if isinstance(b, Block)]
    if not blocks:
        raise InputError(f"there is no text in {name}")
    title = one_line(root.findtext(".//{*}title") or "") or fallback
    metas = {
        (meta.get("name") or "").lower(): meta.get("content") or "" for meta in root.iter("{*}meta")
    }
    language = root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or ""
    return Document(title, metas.get("author", ""), language, cut_at_headings(blocks, title))


def blocks_of(root: Any, wanted: frozenset[str] = frozenset()) -> Iterator[Block | Mark]:
    """The blocks of a tree in reading order, with a `Mark` where an id of `wanted` begins.

    Links to notes, page numbers, scripts, pictures and navigation are left out.
    """
    etree = library("lxml.etree")
    kinds: list[tuple[Kind, int]] = [("text", 0)]
    text: list[str] = []
    silent = 0

    def flush() -> Iterator[Block]:
        line = one_line("".join(text))
        text.clear()
        if line:
            yield Block(
                kinds[-1][0], line.rstrip(", ") if kinds[-1][0] == "table" else line, kinds[-1][1]
            )

    for event, element in etree.iterwalk(root, events=("start", "end")):
        tag = _local_name(element)
        is_silent = tag in _SILENT or not tag or _is_marker(element, tag)
        is_block = tag in _BLOCKS or tag in _HEADINGS or tag in _KINDS
        if event == "start":
            # the older way to name a place is <a name="...">
            for name in {element.get("id"), element.get("name") if tag == "a" else None} & wanted:
                yield from flush()
                yield Mark(name)
            silent += is_silent
            if is_block and not is_silent:
                yield from flush()
                kinds.append(_kind(element, tag, kinds[-1]))
            if tag == "br":
                text.append(" ")
            if not silent:
                text.append(element.text or "")
            continue
        if is_block and not is_silent:
            yield from flush()
            kinds.pop()
        silent -= is_silent
        if tag in _CELLS and not silent:
            text.append(", ")
        if not silent:
            text.append(element.tail or "")
    yield from flush()


def _kind(element: Any, tag: str, outer: tuple[Kind, int]) -> tuple[Kind, int]:
    """The kind of a block; within a quote, note or table all text is of its kind."""
    if tag in _HEADINGS and outer[0] == "text":
        return "heading", _HEADINGS[tag]
    if _types(element) & _NOTES:
        return "note", 0
    if outer[0] in ("note", "table", "code"):
        return outer
    if tag in _KINDS:
        return _KINDS[tag], 0
    return outer if outer[0] != "heading" else ("text", 0)


def _is_marker(element: Any, tag: str) -> bool:
    """Whether an element is a sign for the eye: a link to a note, a page's number, hidden."""
    if element.get("hidden") is not None or element.get("aria-hidden") == "true":
        return True
    types = _types(element)
    if types & _MARKERS:
        return True
    if tag == "sup":
        links = [child for child in element if _local_name(child) == "a"]
        return "footnote-ref" in types or any((a.get("href") or "").count("#") for a in links)
    return "footnote-backref" in types


def _local_name(element: Any) -> str:
    """An element's name without its namespace; of what is no element, nothing."""
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def _types(element: Any) -> set[str]:
    """The words an element says about itself: its type in EPUB, its role, its classes."""
    words = " ".join(
        element.get(key) or "" for key in (_EPUB_TYPE, "epub:type", "role", "class")
    ).lower()
    return {
        word.removeprefix("doc-")
        if word in ("doc-footnote", "doc-endnote", "doc-endnotes")
        else word
        for word in words.split()
    }
