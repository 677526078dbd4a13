"""XML and HTML of strangers to trees: no entities of their own, no files, no network."""

import re
from html.entities import name2codepoint
from typing import Any

from ptts_np.books.documents.read import library
from ptts_np.errors import InputError

# the five that XML knows stay what they are
_NAMED = {
    name: chr(point)
    for name, point in name2codepoint.items()
    if name not in ("amp", "lt", "gt", "quot", "apos")
}
_REFERENCE = re.compile(rb"&([A-Za-z][A-Za-z0-9]{1,9});")
_PROLOG = 4096


def parse_xml(data: bytes, name: str) -> Any:
    """The root of an XML file. Raises InputError if it is damaged or declares entities."""
    etree = library("lxml.etree")
    refuse_entities(data, name)
    try:
        return etree.fromstring(_plain(data), _parser(etree))
    except (etree.XMLSyntaxError, ValueError) as error:
        raise InputError(f"{name} is damaged: {str(error)[:120]}") from error


def parse_html(data: bytes | str, name: str) -> Any:
    """The root of an HTML or XHTML file, however careless. None if there is nothing in it."""
    etree = library("lxml.etree")
    raw = data.encode("utf-8", "replace") if isinstance(data, str) else data
    refuse_entities(raw, name)
    if raw.lstrip()[:5] == b"<?xml" or b"http://www.w3.org/1999/xhtml" in raw[:_PROLOG]:
        try:
            return etree.fromstring(_plain(raw), _parser(etree))
        except (etree.XMLSyntaxError, ValueError):
            pass  # called XHTML, and not well formed: as browsers do, read it as HTML
    encoding = "utf-8" if isinstance(data, str) or _is_utf8(raw) else None
    parser = etree.HTMLParser(
        encoding=encoding, no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(raw, parser)
    except etree.XMLSyntaxError:  # nothing in it
        return None
    except ValueError as error:
        raise InputError(f"{name} is damaged: {str(error)[:120]}") from error


def refuse_entities(data: bytes, name: str) -> None:
    """Raise InputError for a file that declares entities: no book needs them, attacks do."""
    # UTF-16 hides them from a search in bytes
    if b"<!ENTITY" in data.replace(b"\x00", b"").upper():
        raise InputError(f"{name} declares XML entities: refused")


def _parser(etree: Any) -> Any:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _plain(data: bytes) -> bytes:
    """HTML's named characters as numbers, which XML knows without a DTD."""

    def number(match: "re.Match[bytes]") -> bytes:
        character = _NAMED.get(match[1].decode("ascii"))
        return match[0] if character is None else b"&#%d;" % ord(character)

    return _REFERENCE.sub(number, data)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
