"""Each format to the same document, by its structure."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptts_np.books.document import Block, cut_at_headings
from ptts_np.books.documents.read import read_document
from ptts_np.errors import InputError
from tests.books.making import PNG, epub, pdf

pytest.importorskip("lxml")


def outline(path: Path) -> list[tuple[str, list[tuple[str, str]]]]:
    document = read_document(path)
    return [
        (chapter.title, [(block.kind, block.text) for block in chapter.blocks])
        for chapter in document.chapters
    ]


def write(tmp_path: Path, name: str, text: str) -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_markdown(tmp_path: Path) -> None:
    text = """---
title: "The manual"
author: Ann Writer
---
# Top

Before all[^1], <b>bold</b> & plain.

[^1]: A note.

## One

- apples
- pears

> Said she.

```
code
```

| a | b |
|---|---|
| c | d |

## Two

The [link](http://example.com) stays a word.
"""
    document = read_document(write(tmp_path, "a.md", text))
    assert (document.title, document.author) == ("The manual", "Ann Writer")
    assert outline(tmp_path / "a.md") == [
        ("The manual", [("heading", "Top"), ("text", "Before all, bold & plain.")]),
        (
            "One",
            [
                ("heading", "One"),
                ("item", "apples"),
                ("item", "pears"),
                ("quote", "Said she."),
                ("code", "code"),
                ("table", "a, b"),
                ("table", "c, d"),
            ],
        ),
        (
            "Two",
            [
                ("heading", "Two"),
                ("text", "The link stays a word."),
                ("note", "A note."),
            ],
        ),
    ]


def test_html(tmp_path: Path) -> None:
    text = """<!doctype html><html lang="en"><head><title>T</title><style>p {}</style>
<meta name="author" content="Ann"></head><body><nav>Home</nav><script>alert(1)</script>
<h1>One</h1><p>First<br>line&nbsp;here<sup><a href="#n1">1</a></sup>.<p>Unclosed
<h1>Two</h1>Loose text <i>in</i> a body<img src="http://example.com/x.png" alt="no">
<aside role="doc-footnote">Small print.</aside><p hidden>never</p></body></html>"""
    document = read_document(write(tmp_path, "a.html", text))
    assert (document.title, document.author, document.language) == ("T", "Ann", "en")
    assert outline(tmp_path / "a.html") == [
        ("One", [("heading", "One"), ("text", "First line here."), ("text", "Unclosed")]),
        ("Two", [("heading", "Two"), ("text", "Loose text in a body"), ("note", "Small print.")]),
    ]


def test_text(tmp_path: Path) -> None:
    text = "Title\n\nChapter I\n\nIt was\na night.\n\n* * *\n\nPart of it.\n\n"
    text = text.replace("\n", "\r\n") + "CHAPTER 2. THE ROAD\n\nOn, and\non.\n"
    assert outline(write(tmp_path, "a.txt", text)) == [
        ("a", [("text", "Title")]),
        (
            "Chapter I",
            [("heading", "Chapter I"), ("text", "It was a night."), ("text", "Part of it.")],
        ),
        ("CHAPTER 2. THE ROAD", [("heading", "CHAPTER 2. THE ROAD"), ("text", "On, and on.")]),
    ]


def test_utf16(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("Grüße.".encode("utf-16"))
    assert outline(path) == [("a", [("text", "Grüße.")])]


def test_epub(tmp_path: Path) -> None:
    """Chapters begin where the table of contents points, in a file or at its start."""
    path = epub(
        tmp_path / "a.epub",
        {
            "front.xhtml": "<p>For Bob.</p>",
            "one.xhtml": "<h1>One</h1><p>First&nbsp;&mdash; it"
            '<a epub:type="noteref" href="#n">1</a>'
            ' begins.</p><span epub:type="pagebreak" title="7">7</span>'
            '<aside epub:type="footnote" id="n">A note.</aside>',
            "rest of it.xhtml": '<h1 id="two">Two</h1><p>Second.</p><h1 id="three">Three</h1>'
            "<p>Third.</p>",
        },
        toc=[
            ("one.xhtml", "The First"),
            ("rest%20of%20it.xhtml#two", "The Second"),
            ("rest%20of%20it.xhtml#three", "The Third"),
        ],
    )
    document = read_document(path)
    assert (document.title, document.author, document.language) == ("A Book", "Ann Writer", "en")
    assert document.cover == PNG
    assert outline(path) == [
        ("A Book", [("text", "For Bob.")]),
        ("The First", [("heading", "One"), ("text", "First — it begins."), ("note", "A note.")]),
        ("The Second", [("heading", "Two"), ("text", "Second.")]),
        ("The Third", [("heading", "Three"), ("text", "Third.")]),
    ]


def test_an_epub_without_contents_is_cut_at_headings(tmp_path: Path) -> None:
    path = epub(tmp_path / "a.epub", {"a.xhtml": "<h2>A</h2><p>a</p>", "b.xhtml": "<h2>B</h2>"})
    assert [title for title, _ in outline(path)] == ["A", "B"]


def test_docx(tmp_path: Path) -> None:
    docx = pytest.importorskip("docx")
    document = docx.Document()
    document.core_properties.title, document.core_properties.author = "The Title", "Ann"
    document.add_heading("One", 1)
    document.add_paragraph("A paragraph.")
    document.add_paragraph("pears", style="List Bullet")
    document.add_paragraph("Said she.", style="Quote")
    table = document.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "a", "b"
    document.add_heading("Two", 1)
    document.save(str(tmp_path / "a.docx"))
    read = read_document(tmp_path / "a.docx")
    assert (read.title, read.author) == ("The Title", "Ann")
    assert outline(tmp_path / "a.docx") == [
        (
            "One",
            [
                ("heading", "One"),
                ("text", "A paragraph."),
                ("item", "pears"),
                ("quote", "Said she."),
                ("table", "a, b"),
            ],
        ),
        ("Two", [("heading", "Two")]),
    ]


def test_pdf(tmp_path: Path) -> None:
    """Running heads and page numbers go, lines become paragraphs, bookmarks chapters."""
    pytest.importorskip("pypdf")
    body = [
        "This is a line of usual length for a book,",
        "hyphen-",
        "ated and so on to its end.",
        "Short.",
    ]
    pages = [["My Running Head", *body, str(number)] for number in range(1, 6)]
    path = pdf(tmp_path / "a.pdf", pages, {"Opening": 0, "Rest": 1})
    found = outline(path)
    assert [title for title, _ in found] == ["Opening", "Rest"]
    assert found[0][1] == [
        ("text", "This is a line of usual length for a book, hyphenated and so on to its end."),
        ("text", "Short."),
    ]
    text = " ".join(text for _, blocks in found for _, text in blocks)
    assert text.count("Short.") == 5
    assert "Running" not in text
    assert not any(character.isdigit() for character in text)


@given(st.lists(st.tuples(st.integers(0, 6), st.text(min_size=1, max_size=5))))
def test_cutting_loses_nothing(rows: list[tuple[int, str]]) -> None:
    blocks = [Block("heading" if level else "text", text, level) for level, text in rows]
    chapters = cut_at_headings(blocks, "T")
    assert [block for chapter in chapters for block in chapter.blocks] == blocks


def test_other_suffixes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"must end in \.epub, \.md"):
        read_document(write(tmp_path, "a.mobi", "x"))
