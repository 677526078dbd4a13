"""EPUB 2 and 3: the spine in its order, chapters from the table of contents."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ptts_np.books.document import Block, Chapter, Document, cut_at_headings, one_line
from ptts_np.books.documents.archives import Archive, inside
from ptts_np.books.documents.html import Mark, blocks_of
from ptts_np.books.documents.xml import parse_html, parse_xml
from ptts_np.errors import InputError

TOC_DEPTH = 2
"""Levels of the table of contents that begin chapters: parts and their chapters."""

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
# ways to disguise fonts, which hide no text
_FONTS_ONLY = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_EPUB_TYPE = "{http://www.idpf.org/2007/ops}type"
_MAX_COVER = 8 << 20


@dataclass(frozen=True)
class _Package:
    """What the package file of an EPUB says. Members are named by their path in the archive."""

    title: str
    author: str
    language: str
    spine: tuple[str, ...]
    contents: str | None
    cover: str | None


@dataclass(frozen=True)
class _Entry:
    """A line of the table of contents."""

    title: str
    member: str
    fragment: str


def read(path: Path) -> Document:
    """Read an EPUB. Raises InputError for one that is damaged, or protected by DRM."""
    with Archive(path) as archive:
        _refuse_drm(archive)
        package = _package(archive)
        entries = list(_entries(archive, package))
        chapters = _chapters(archive, package, entries)
        cover = archive.read(package.cover) if package.cover in archive else b""  # type: ignore[operator,arg-type]
    is_picture = cover[:3] == b"\xff\xd8\xff" or cover[:8] == b"\x89PNG\r\n\x1a\n"
    return Document(
        package.title or path.stem,
        package.author,
        package.language,
        chapters,
        cover if is_picture and len(cover) <= _MAX_COVER else None,
    )


def _refuse_drm(archive: Archive) -> None:
    if _ENCRYPTION in archive:
        root = parse_xml(archive.read(_ENCRYPTION), _ENCRYPTION)
        ways = [way.get("Algorithm") for way in root.iter("{*}EncryptionMethod")]
        if any(way not in _FONTS_ONLY for way in ways):
            raise InputError(
                f"{archive.path} is protected by DRM: only its seller's reader opens it"
            )


def _package(archive: Archive) -> _Package:
    container = parse_xml(archive.read(_CONTAINER), _CONTAINER)
    place = next((file.get("full-path") for file in container.iter("{*}rootfile")), None)
    if not place:
        raise InputError(f"{archive.path} is damaged: its container names no package")
    root = parse_xml(archive.read(place), place)
    items = {item.get("id"): item for item in root.iter("{*}item") if item.get("href")}
    members = {id_: inside(place, item.get("href"), archive.path)[0] for id_, item in items.items()}
    spine = next(root.iter("{*}spine"), None)
    if spine is None:
        raise InputError(f"{archive.path} is damaged: it has no reading order")
    nav = {id_ for id_, item in items.items() if "nav" in (item.get("properties") or "").split()}
    contents = next(iter(nav), spine.get("toc"))
    cover = next(
        (id_ for id_, item in items.items() if "cover-image" in (item.get("properties") or "")),
        next((m.get("content") for m in root.iter("{*}meta") if m.get("name") == "cover"), None),
    )
    reading = [ref.get("idref") for ref in spine.iter("{*}itemref") if ref.get("linear") != "no"]
    return _Package(
        title=_fact(root, "title"),
        author=_fact(root, "creator"),
        language=_fact(root, "language"),
        spine=tuple(members[id_] for id_ in reading if id_ in members and id_ not in nav),
        contents=members.get(contents),
        cover=members.get(cover),
    )


def _fact(root: Any, name: str) -> str:
    found = next(root.iter(f"{{http://purl.org/dc/elements/1.1/}}{name}"), None)
    return "" if found is None else one_line("".join(found.itertext()))


def _entries(archive: Archive, package: _Package) -> Iterator[_Entry]:
    """The table of contents, EPUB 3's `nav` or EPUB 2's `navMap`, down to `TOC_DEPTH`."""
    member = package.contents
    if member is None or member not in archive:
        return
    root = parse_xml(archive.read(member), member)
    navs = [nav for nav in root.iter("{*}nav") if "toc" in (nav.get(_EPUB_TYPE) or "").split()]
    lists = [child for nav in navs[:1] for child in nav.iterchildren("{*}ol")]
    found = _from_nav(lists, 1) if navs else _from_ncx(list(root.iter("{*}navMap")), 1)
    for title, link in found:
        target, fragment = inside(member, link, archive.path)
        yield _Entry(title, target, fragment)


def _from_nav(lists: list[Any], depth: int) -> Iterator[tuple[str, str]]:
    for item in (item for each in lists for item in each.iterchildren("{*}li")):
        for link in item.iterchildren("{*}a"):
            if link.get("href"):
                yield one_line("".join(link.itertext())), link.get("href")
        if depth < TOC_DEPTH:
            yield from _from_nav(list(item.iterchildren("{*}ol")), depth + 1)


def _from_ncx(parents: list[Any], depth: int) -> Iterator[tuple[str, str]]:
    for point in (point for each in parents for point in each.iterchildren("{*}navPoint")):
        content = point.find("{*}content")
        if content is not None and content.get("src"):
            yield one_line(point.findtext("{*}navLabel/{*}text") or ""), content.get("src")
        if depth < TOC_DEPTH:
            yield from _from_ncx([point], depth + 1)


def _chapters(archive: Archive, package: _Package, entries: list[_Entry]) -> tuple[Chapter, ...]:
    """The spine's blocks, a chapter begun at each entry; without entries, at headings."""
    begun: list[tuple[str, list[Block]]] = [(package.title or "Opening", [])]
    loose: list[Block] = []
    titles: dict[str, dict[str, str]] = {}
    for entry in entries:
        titles.setdefault(entry.member, {}).setdefault(entry.fragment, entry.title)
    for member in dict.fromkeys(package.spine):
        if member not in archive:
            raise InputError(f"{archive.path} is damaged: it has no {member}")
        root = parse_html(archive.read(member), member)
        if root is None:
            continue
        here = titles.get(member, {})
        if "" in here:
            begun.append((here[""], []))
        for block in blocks_of(root, frozenset(here) - {""}):
            if isinstance(block, Mark):
                begun.append((here.pop(block.id, begun[-1][0]), []))
            else:
                begun[-1][1].append(block)
                loose.append(block)
    chapters = tuple(
        Chapter(title or blocks[0].text[:80], tuple(blocks)) for title, blocks in begun if blocks
    )
    return chapters if len(chapters) > 1 else cut_at_headings(loose, package.title or "Opening")
