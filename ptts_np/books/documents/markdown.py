"""Markdown to HTML by markdown-it, and on as HTML. A YAML head may name title, author, language."""

import re
from pathlib import Path

from ptts_np.books.document import Document
from ptts_np.books.documents.html import from_html
from ptts_np.books.documents.read import decoded, library

_HEAD = re.compile(r"\A---[^\S\n]*\n(.{0,65536}?)\n(?:---|\.\.\.)[^\S\n]*\n", re.DOTALL)


def read(path: Path) -> Document:
    """Read a Markdown file (CommonMark, tables, footnotes, HTML within)."""
    markdown_it = library("markdown_it")
    footnote = library("mdit_py_plugins.footnote").footnote_plugin
    text = decoded(path.read_bytes(), path).replace("\r\n", "\n")
    head = _HEAD.match(text)
    facts = _facts(head[1]) if head else {}
    parser = markdown_it.MarkdownIt("commonmark").enable("table").use(footnote)
    html = parser.render(text[head.end() :] if head else text)
    document = from_html(html, facts.get("title") or path.stem, str(path))
    return Document(
        facts.get("title") or document.chapters[0].title,
        facts.get("author", ""),
        facts.get("language", facts.get("lang", "")),
        document.chapters,
    )


def _facts(head: str) -> dict[str, str]:
    """The simple `key: value` lines of a YAML head, by key in small letters."""
    lines = re.findall(r"^(\w+):[^\S\n]*(\S.*?)[^\S\n]*$", head, re.MULTILINE)
    return {key.lower(): value.strip("'\"") for key, value in lines}
