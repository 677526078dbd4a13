"""What a document is: chapters of blocks of plain text, each of a kind.

Every reader in `documents/` makes this of its format; nothing after them knows formats.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal["heading", "text", "item", "quote", "caption", "note", "table", "code"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Block:
    """A heading, paragraph, list item, row of a table: text on one line.

    `level` is that of a heading, 1 to 6.
    """

    kind: Kind
    text: str
    level: int = 0


@dataclass(frozen=True)
class Chapter:
    """A title and what stands under it; a heading of the chapter is its first block."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Document:
    """A whole document. `cover` holds the bytes of a JPEG or PNG picture."""

    title: str
    author: str
    language: str
    chapters: tuple[Chapter, ...]
    cover: bytes | None = None


# white space stays, for `split`
_DROPPED = re.compile(r"[\xad\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff]")


def one_line(text: str) -> str:
    """`text` with each run of white space made one space; soft hyphens and controls are dropped."""
    return " ".join(_DROPPED.sub("", text).split())


def cut_at_headings(blocks: Iterable[Block], title: str) -> tuple[Chapter, ...]:
    """Chapters of a run of blocks: cut at the highest level of headings that occurs twice.

    So one heading at the top is the title of the whole, and those below it begin chapters. What
    stands before the first of them is a chapter called `title`.
    """
    listed = list(blocks)
    levels = Counter(block.level for block in listed if block.kind == "heading")
    level = min([level for level, n in levels.items() if n > 1] or levels, default=0)
    chapters: list[tuple[str, list[Block]]] = [(title, [])]
    for block in listed:
        if block.kind == "heading" and block.level == level:
            chapters.append((block.text, []))
        chapters[-1][1].append(block)
    return tuple(Chapter(name, tuple(found)) for name, found in chapters if found)
