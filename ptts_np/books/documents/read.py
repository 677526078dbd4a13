"""A file's name to the reader of its format, and the bounds all of them keep."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from ptts_np.books.document import Document
from ptts_np.errors import InputError

MAX_FILE_BYTES = 256 << 20
MAX_TEXT_CHARACTERS = 64 << 20

_READERS = {
    ".epub": "epub",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".docx": "docx",
    ".pdf": "pdf",
    ".txt": "plain",
}


def read_document(path: Path) -> Document:
    """Read an EPUB, Markdown, HTML, DOCX, PDF or text file, told apart by its suffix.

    Nothing but this file is read: no links, no entities, no fonts. Raises InputError for another
    suffix, for what is damaged, protected or far too large, and for a document without text.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(f"can't read {path}: the name must end in {', '.join(_READERS)}")
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise InputError(f"{path} is not a file")
    except OSError as error:
        raise InputError(f"can't read {path}: {error.strerror or error}") from error
    if size > MAX_FILE_BYTES:
        raise InputError(f"{path} is larger than {MAX_FILE_BYTES >> 20} MB: divide it")
    read: Callable[[Path], Document] = import_module(f"ptts_np.books.documents.{reader}").read
    try:
        document = read(path)
    except OSError as error:
        raise InputError(f"can't read {path}: {error.strerror or error}") from error
    characters = sum(len(block.text) for chapter in document.chapters for block in chapter.blocks)
    if not characters:
        raise InputError(f"there is no text in {path}")
    if characters > MAX_TEXT_CHARACTERS:
        raise InputError(f"{path} has more than {MAX_TEXT_CHARACTERS >> 20} MB of text: divide it")
    return document


def library(name: str) -> Any:
    """Import a module of the extra `book`. Raises InputError that says how to install it."""
    try:
        return import_module(name)
    except ImportError as error:
        raise InputError(
            f'this needs {name.partition(".")[0]}: pip install "ptts-np[book]"'
        ) from error


def decoded(data: bytes, path: Path) -> str:
    """The text of a file in UTF-8, or in UTF-16 with its mark. Raises InputError."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path} is not UTF-8 text (byte {error.start}): convert it first"
        ) from error
