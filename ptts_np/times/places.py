"""Which tokens of a chunk belong to which word.

A chunk is what is left of a text after the model's rules for writing and its tokenizer: letters may
have changed their case or form, and signs the model lacks are gone. Letters and digits are found
again in their order.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from ptts_np.reading.result import Word
from ptts_np.text.said import NO_WORD, Said, only_sounding

Span = tuple[int, int]
WINDOW = 16
"""Letters that may be missing in a row before what follows is found again."""
SURE = 3
"""Letters that must agree where it goes on."""


class Track(NamedTuple):
    """The words of a chunk of `tokens` tokens; `edges` are begin and end of each in the text's
    positions: token i is from i - 0.5 to i + 0.5. A word without a token has no length."""

    words: tuple[Word, ...]
    edges: Float64[np.ndarray, "words 2"]
    tokens: int


def tracks(said: Said, chunks: Sequence[str], spans: Sequence[Sequence[Span]]) -> Iterator[Track]:
    """A track for each chunk of a text, as the model reads it, with the spans of its tokens.

    Each word is in one chunk, and all are in order.
    """
    said = only_sounding(said)
    given = 0
    for number, (whose, pieces) in enumerate(zip(_carried(said, chunks), spans, strict=True)):
        tokens = [_owner(whose[start:end], given) for start, end in pieces]
        last = number + 1 == len(chunks)
        until = len(said.words) if last else max([given, *(owner + 1 for owner in tokens)])
        yield Track(said.words[given:until], _edges(tokens, given, until), len(tokens))
        given = until


def _owner(whose: Sequence[int], given: int) -> int:
    """The first word in it that no chunk before has had."""
    return next((owner for owner in whose if owner >= given), NO_WORD)


def _edges(tokens: Sequence[int], begin: int, end: int) -> Float64[np.ndarray, "words 2"]:
    places: dict[int, list[int]] = {}
    for place, owner in enumerate(tokens):
        places.setdefault(owner, []).append(place)
    edges: list[tuple[float, float]] = []
    done = -0.5
    for word in range(begin, end):
        own = places.get(word)
        low = max(done, own[0] - 0.5) if own else done
        done = max(done, own[-1] + 0.5) if own else done
        edges.append((low, done))
    return np.array(edges, np.float64).reshape(-1, 2)


def _carried(said: Said, chunks: Sequence[str]) -> Iterator[list[int]]:
    """The words of all characters of each chunk."""
    letters, owners = _letters(said.text), [o for c, o in zip(said.text, said.owners, strict=True)
                                            if c.isalnum()]  # fmt: skip
    found = iter(_matched(letters, owners, _letters("".join(chunks))))
    for chunk in chunks:
        yield [next(found) if c.isalnum() else NO_WORD for c in chunk]


def _letters(text: str) -> str:
    """Its letters and digits, one character each."""
    return "".join(c.lower()[:1] for c in text if c.isalnum())


def _matched(letters: str, owners: Sequence[int], read: str) -> Iterator[int]:
    """The owner of each letter that is read; where they differ, it goes on where they agree."""
    at = 0
    for i, letter in enumerate(read):
        if at < len(letters) and letters[at] != letter:
            skipped = letters.find(read[i : i + SURE], at, at + WINDOW + SURE)
            if skipped >= 0:
                at = skipped
            elif read.find(letters[at : at + SURE], i, i + WINDOW + SURE) >= 0:
                # one that the text lacks: its own word goes on
                yield owners[max(at - 1, 0)]
                continue
        yield owners[min(at, len(owners) - 1)]
        at += 1
