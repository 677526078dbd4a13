"""A text in pieces to sentences, without a server."""

import asyncio
import itertools
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

pytest.importorskip("fastapi")

from ptts_np.serve.errors import ApiError
from ptts_np.serve.protocols import dictation
from ptts_np.serve.protocols.dictation import LONGEST, Dictation

LIMIT = 20_000
SPEAKER: Any = SimpleNamespace(
    model=SimpleNamespace(name="english"),
    settings=SimpleNamespace(limits=SimpleNamespace(text_characters=LIMIT)),
)
WORDS = st.sampled_from(
    [
        "Yes.",
        "no",
        "Dr.",
        "Smith",
        "went",
        "to",
        "3.5",
        "St.",
        "end.",
        "What?",
        "\n\n",
        "...",
        "a.m.",
    ]
)


async def sentences(pieces: list[str]) -> list[str]:
    """What is spoken, with each piece looked at as it comes."""
    said, spoken = Dictation(SPEAKER), []
    for piece in pieces:
        said.feed(piece)
        while sentence := said.ready():
            spoken.append(sentence)
    said.end()
    while (last := await said.next()) is not None:
        spoken.append(last)
    return spoken


def cut(text: str, places: list[int]) -> list[str]:
    edges = sorted({0, len(text), *(place % (len(text) + 1) for place in places)})
    return [text[a:b] for a, b in itertools.pairwise(edges)]


@settings(max_examples=300, deadline=None)
@given(st.lists(WORDS, max_size=40), st.integers(1, 40), st.lists(st.integers(0), max_size=30))
@example(
    ["Yes.", "Yes.", "Yes.", "Yes.", "Yes.", "no", "...", "\n\n", "Yes."], 1, [32, 33, 34, 35, 36]
)
def test_the_same_however_it_is_cut(words: list[str], times: int, places: list[int]) -> None:
    text = " ".join(words * times)[:LIMIT]
    whole = asyncio.run(sentences([text]))
    assert asyncio.run(sentences(cut(text, places))) == whole
    # nothing that can be said is lost, nothing is said twice
    said = "".join("".join(whole).split())
    rest = [c for c in "".join(text.split()) if c.isalnum()]
    assert [c for c in said if c.isalnum()] == rest
    assert all(len(sentence) <= LONGEST + 100 for sentence in whole)


def test_a_sentence_without_end_is_cut_between_words() -> None:
    first, *_ = asyncio.run(sentences(["word " * 3000]))
    assert LONGEST - 10 < len(first) <= LONGEST
    assert first.endswith(" word")
    assert len(asyncio.run(sentences(["a" * 5000]))[0]) == LONGEST


@pytest.mark.parametrize("text", ["a. ", "a ", "Dr. "])
def test_a_letter_costs_no_look_at_all_of_the_text(text: str, monkeypatch) -> None:
    """Others are served by the same thread."""
    looked = []

    def sentence_end(text: str, language: Any) -> int | None:
        looked.append(len(text))
        return None

    monkeypatch.setattr(dictation, "sentence_end", sentence_end)
    asyncio.run(sentences(list((text * LIMIT)[:LIMIT])))
    assert len(looked) >= LIMIT
    assert max(looked) == LONGEST + dictation.AHEAD


def test_flush_speaks_what_has_come() -> None:
    said = Dictation(SPEAKER)
    said.feed("Hello there")
    assert said.ready() == ""
    said.flush()
    said.feed(" and more")
    assert said.ready() == "Hello there"
    assert said.ready() == ""
    said.feed(" of it.")
    said.end()
    assert said.ready() == "and more of it."
    assert asyncio.run(said.next()) is None


def test_too_long() -> None:
    said = Dictation(SPEAKER)
    said.feed("a" * LIMIT)
    with pytest.raises(ApiError, match="20001 characters"):
        said.feed("a")
