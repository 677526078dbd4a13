"""Small documents for the tests, made from nothing but the standard library."""

import zipfile
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

CONTAINER = """<?xml version="1.0"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="OPS/book.opf" media-type="application/oebps-package+xml"/>
</rootfiles>
</container>"""

# one gray pixel
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010800000000"
    "3a7e9b550000000a49444154789c63680000008200817776a2110000000049454e44ae426082"
)


def xhtml(body: str, head: str = "", doctype: str = "<!DOCTYPE html>") -> str:
    return (
        f'<?xml version="1.0" encoding="utf-8"?>{doctype}'
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops">'
        f"<head><title>t</title>{head}</head><body>{body}</body></html>"
    )


def epub(
    path: Path,
    chapters: Mapping[str, str],
    *,
    toc: Sequence[tuple[str, str]] | None = None,
    extra: Mapping[str, str | bytes] | None = None,
    title: str = "A Book",
) -> Path:
    """An EPUB 3 whose `chapters` are file names and bodies; `toc` links and titles."""
    items = "".join(
        f'<item id="i{n}" href="{escape(name)}" media-type="application/xhtml+xml"/>'
        for n, name in enumerate(chapters)
    )
    refs = "".join(f'<itemref idref="i{n}"/>' for n in range(len(chapters)))
    opf = f"""<package xmlns="http://www.idpf.org/2007/opf" version="3.0">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title>
<dc:creator>Ann Writer</dc:creator><dc:language>en</dc:language></metadata>
<manifest><item id="nav" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>
<item id="cover" href="cover.png" properties="cover-image" media-type="image/png"/>{items}
</manifest>
<spine>{refs}</spine></package>"""
    links = "".join(f'<li><a href="{link}">{name}</a></li>' for link, name in toc or ())
    members: dict[str, str | bytes] = {
        "META-INF/container.xml": CONTAINER,
        "OPS/book.opf": opf,
        "OPS/nav.xhtml": xhtml(f'<nav epub:type="toc"><ol>{links}</ol></nav>'),
        "OPS/cover.png": PNG,
        **{f"OPS/{name}": xhtml(body) for name, body in chapters.items()},
        **(extra or {}),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def pdf(path: Path, pages: Sequence[Sequence[str]], bookmarks: Mapping[str, int] = {}) -> Path:
    """A PDF of one font, a line of text under another."""
    objects: list[bytes] = [b"", b"", b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]

    def add(data: bytes) -> int:
        objects.append(data)
        return len(objects)

    kids = []
    for lines in pages:
        shown = "".join(f"({line}) Tj T* " for line in lines)
        content = f"BT /F1 12 Tf 14 TL 72 720 Td {shown}ET".encode()
        stream = add(b"<</Length %d>>stream\n%s\nendstream" % (len(content), content))
        kids.append(
            add(
                b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents %d 0 R"
                b"/Resources<</Font<</F1 3 0 R>>>>>>" % stream
            )
        )
    objects[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (
        len(kids),
        b" ".join(b"%d 0 R" % kid for kid in kids),
    )
    outline = b""
    if bookmarks:
        first = len(objects) + 2
        root = add(
            b"<</Type/Outlines/First %d 0 R/Last %d 0 R/Count %d>>"
            % (first, first + len(bookmarks) - 1, len(bookmarks))
        )
        for index, (name, page) in enumerate(bookmarks.items()):
            after = b"/Next %d 0 R" % (first + index + 1) if index + 1 < len(bookmarks) else b""
            add(
                b"<</Title(%s)/Parent %d 0 R/Dest[%d 0 R/Fit]%s>>"
                % (name.encode(), root, kids[page], after)
            )
        outline = b"/Outlines %d 0 R" % root
    objects[0] = b"<</Type/Catalog/Pages 2 0 R%s>>" % outline
    data, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    data += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    data += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        len(objects) + 1,
        data.index(b"xref\n0"),
    )
    path.write_bytes(data)
    return path
