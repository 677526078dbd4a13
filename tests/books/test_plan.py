"""What is said, in which order, by whom and with which pauses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptts_np.books.document import KINDS, Block, Chapter, Document
from ptts_np.books.plan import (
    CHAPTER_PAUSE,
    LINE_CHARACTERS,
    PART_CHARACTERS,
    PAUSES,
    Plan,
    chapter_numbers,
    make_plan,
)
from ptts_np.errors import InputError


def document(*chapters: tuple[str, list[Block]]) -> Document:
    return Document("T", "A", "en", tuple(Chapter(name, tuple(b)) for name, b in chapters))


def said(plan: Plan) -> list[tuple[str, str, float]]:
    return [(line.text, line.voice, line.pause) for part in plan.parts for line in part.lines]


TWO = document(
    ("One", [Block("heading", "One", 1), Block("text", "Hello."), Block("code", "x = 1")]),
    ("Two", [Block("text", "* * *"), Block("note", "A note.")]),
    ("Three", [Block("item", "pears")]),
)


def test_pauses_and_what_is_skipped() -> None:
    """Code and notes are left out, and with them a chapter that has nothing else to say."""
    plan = make_plan(TWO, "ann")
    assert plan.titles == ("One", "Three")
    assert said(plan) == [
        ("One", "ann", PAUSES["heading"]),
        ("Hello.", "ann", PAUSES["text"] + CHAPTER_PAUSE),
        ("pears", "ann", PAUSES["item"] + CHAPTER_PAUSE),
    ]
    assert [part.chapter for part in plan.parts] == [0, 1]


def test_chapters_by_number() -> None:
    assert make_plan(TWO, "ann", chapters=[3, 3]).titles == ("Three",)
    assert make_plan(TWO, "ann", chapters=[2], skip=[]).titles == ("Two",)
    with pytest.raises(InputError, match="no chapter 4: they are 1 to 3"):
        make_plan(TWO, "ann", chapters=[4])
    with pytest.raises(InputError, match="nothing to say"):
        make_plan(TWO, "ann", chapters=[2])
    with pytest.raises(InputError, match="no kind 'poem' to skip"):
        make_plan(TWO, "ann", skip=["poem"])


def test_numbers_of_chapters() -> None:
    assert chapter_numbers("1-3, 7") == [1, 2, 3, 7]
    for wrong in ("", "3-1", "a", "1-", "1,,2", "9999999"):
        with pytest.raises(InputError, match="given as 1-3,7"):
            chapter_numbers(wrong)


def test_a_cast() -> None:
    """A speaker's name is not said; brackets with another word are text."""
    blocks = [Block("text", t) for t in ("[Anna] Hello, Tom.", "[tom]Hi.", "[Music] plays.", "Oh.")]
    plan = make_plan(document(("S", blocks)), "narrator", cast={"anna": "a.wav", "Tom": "marius"})
    assert [(text, voice) for text, voice, _ in said(plan)] == [
        ("Hello, Tom.", "a.wav"),
        ("Hi.", "marius"),
        ("[Music] plays.", "narrator"),
        ("Oh.", "narrator"),
    ]


def test_sentences_end_as_the_reading_has_it() -> None:
    """A line is cut after a sentence, not after an abbreviation, in the language that is spoken."""
    english = ("It was long. " * 14) + "Then came Mr. Brown at 5 p.m. sharp to see it."
    german = ("Es war lang. " * 14) + "Dann kam am 3. Mai Herr Braun und sah es sich an."
    for text, language in ((english, "en"), (german, "de")):
        plan = make_plan(document(("C", [Block("text", text)])), "n", language=language)
        first, last = (line for line, _, _ in said(plan))
        assert first.endswith("long." if language == "en" else "lang.")
        assert last.startswith(("Then came Mr. Brown", "Dann kam am 3. Mai"))


TEXTS = st.text(st.sampled_from('ab .!?"”é1'), max_size=900)


@given(st.lists(st.tuples(st.sampled_from(KINDS), TEXTS), min_size=1, max_size=30))
def test_every_word_is_said_once(rows: list[tuple[str, str]]) -> None:
    blocks = [Block("text", "Begin."), *(Block(kind, " ".join(t.split())) for kind, t in rows)]
    plan = make_plan(document(("C", blocks)), "n", skip=[])
    words = "".join(text for text, _, _ in said(plan))
    assert [c for c in words if c.isalnum()] == [c for b in blocks for c in b.text if c.isalnum()]


@given(st.lists(st.integers(1, 60), min_size=1, max_size=80))
def test_lines_and_parts_are_of_bounded_length(sizes: list[int]) -> None:
    """Sentences within the bound stay whole; a paragraph without end becomes several parts."""
    text = "".join("Word " * size + "end. " for size in sizes) * 10
    plan = make_plan(document(("C", [Block("text", text)])), "n")
    longest = max(5 * max(sizes) + 4, LINE_CHARACTERS)
    assert all(len(text) <= longest for text, _, _ in said(plan))
    assert all(text.endswith("end.") for text, _, _ in said(plan))
    for part in plan.parts:
        assert sum(len(line.text) for line in part.lines) <= 2 * PART_CHARACTERS + longest
