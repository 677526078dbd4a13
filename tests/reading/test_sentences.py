"""Where sentences end, for everybody: whole texts, texts in pieces, the WebSocket."""

import itertools
import time

import pytest

from ptts_np.errors import InputError
from ptts_np.reading.language import find_language
from ptts_np.reading.read import read
from ptts_np.reading.sentences import MAX_CLAUSE_WORDS, ends, sentence_end, whole_sentences

ENGLISH = find_language("en")


def cut(text: str, code: str = "en") -> list[str]:
    places = [0, *ends(text, find_language(code))]
    return [text[a:b].strip() for a, b in itertools.pairwise(places)]


@pytest.mark.parametrize(
    "sentences",
    [
        ["We met Dr. Hall and J. R. Marsh at 5 p.m.", "They left."],
        ["Vitamin A.", "Plan A failed.", "A B C."],
        ["We bought fruit etc.", "We left."],
        ["It was on Sept. 11 in the U.S. Army."],
        ["“Is it?” he asked.", "“Yes!”", "No."],
        ["No. 5 is alive.", "No.", "I won't."],
        ["Wait... what?", "Yes!"],
        ["He lives on Main St.", "She doesn't."],
        ["It costs 3.14 or so, e.g. Tuesday."],
    ],
)
def test_sentences_end_where_people_end_them(sentences: list[str]) -> None:
    assert cut(" ".join(sentences)) == sentences


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Mr. Fox jumps over the lazy dog. And", "Mr. Fox jumps over the lazy dog."),
        ("It costs 3.14 in total, they said! Yes", "It costs 3.14 in total, they said!"),
        ("“Where is it, and whose is it?” he asked", None),
        ("We met them all at five p.m. ", None),
        ("Is it ready?", None),
        ("The text is here, but where is its end?", None),
        ("A heading\n \nand more", "A heading\n \n"),
        ("Short. Also short. Together enough. X", "Short. Also short. Together enough."),
    ],
)
def test_the_first_whole_sentence(text: str, sentence: str | None) -> None:
    end = sentence_end(text, ENGLISH)
    assert (end and text[:end]) == sentence


@pytest.mark.parametrize("size", [1, 3, 100])
def test_the_cuts_of_the_pieces_make_no_difference(size: int) -> None:
    text = "We met Dr. Hall at 5 p.m. They left. Then, we went home at last. Good night."
    pieces = [text[i : i + size] for i in range(0, len(text), size)]
    found = list(whole_sentences(pieces, "en"))
    assert "".join(found) == text
    assert found[0] == "We met Dr. Hall at 5 p.m."


def test_pieces_are_strings() -> None:
    with pytest.raises(InputError, match="pieces of str"):
        list(whole_sentences([b"no"], "en"))  # type: ignore[list-item]


def test_a_clause_is_cut_at_conjunctions_before_it_is_too_long() -> None:
    text = "He said that he thought that she knew that the man had left when it rained " * 5
    [segment] = read(text.strip()).segments
    clauses = segment.text.split(",")
    assert max(len(clause.split()) for clause in clauses) <= MAX_CLAUSE_WORDS
    assert all(clause.split()[0] in ENGLISH.conjunctions for clause in clauses[1:])
    assert segment.text.replace(",", "") == text.strip()


@pytest.mark.parametrize("unit", ["word ", ".", '."', "\n ", "?\t)", "A. "])
def test_sentences_are_found_in_linear_time(unit: str) -> None:
    start = time.perf_counter()
    sentence_end("x" + unit * (300_000 // len(unit)), ENGLISH)
    assert time.perf_counter() - start < 5
