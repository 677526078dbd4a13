"""What the site adds to the documents: a page for each source file they link to.

A link such as `../ptts_np/voice.py` leads to the file in the repository. The site has no
repository beside it, so the file becomes a page of its own there, under `source/`. A link to a
file that doesn't exist is an error of the strict build.
"""

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

ROOT = Path(__file__).parent.parent
LINK = re.compile(r"\]\(((?:\.\./)+)([^)#\s]+)(?:#[^)\s]*)?\)")


def on_files(files: Any, config: Any) -> Any:
    """Add the pages of all linked source files."""
    linked = set()
    for document in files.documentation_pages():
        for match in LINK.finditer(document.content_string):
            if (path := _outside(document.src_uri, match)) is not None:
                linked.add(path)
    for path in sorted(linked):
        files.append(File.generated(config, f"source/{path}.md", content=_page(path)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Lead the links to those pages."""
    uri = page.file.src_uri
    if uri.startswith("source/"):
        return markdown

    def replaced(match: re.Match[str]) -> str:
        path = _outside(uri, match)
        if path is None:
            return match.group()
        return f"]({posixpath.relpath(f'source/{path}.md', posixpath.dirname(uri) or '.')})"

    return LINK.sub(replaced, markdown)


def _outside(uri: str, match: re.Match[str]) -> str | None:
    """The path from the root of the repository, if the link leads out of `docs/`."""
    target = posixpath.normpath(posixpath.join("docs", posixpath.dirname(uri), match[1] + match[2]))
    return None if target.startswith("docs/") else target


def _page(path: str) -> str:
    file = ROOT / path
    if not file.is_file():
        raise PluginError(f"a document links to {path}, which is not a file")
    language = {".py": "python", ".rs": "rust", ".md": "markdown"}.get(file.suffix, "text")
    return f"# {path}\n\n````{language}\n{file.read_text(encoding='utf-8')}\n````\n"
