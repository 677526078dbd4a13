"""What a model reads, letters or phonemes, and the word each of its characters belongs to."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from ptts_np.reading.result import Word
from ptts_np.text.chunks import has_speech
from ptts_np.text.pronounce import Phonemes, count_letters

Pronounce = Callable[[str], Phonemes]

NO_WORD = -1
"""The owner of what is between words."""


@dataclass(frozen=True, slots=True)
class Said:
    """`owners` has, for each character of `text`, the index of its word in `words`, or NO_WORD."""

    text: str
    words: tuple[Word, ...]
    owners: list[int]


def say_words(words: Sequence[Word], pronounce: Pronounce | None) -> Said:
    """The words in a row; for a model that reads phonemes, those."""
    runs = _phoneme_runs(words, pronounce) if pronounce else _letter_runs(words)
    text: list[str] = []
    owners: list[int] = []
    for run, whose in runs:
        if run:
            owners += [NO_WORD, *whose] if text else whose
            text.append(run)
    return Said(" ".join(text), tuple(words), owners)


def say_raw(text: str, pronounce: Pronounce | None) -> Said:
    """A text as it is written."""
    words = tuple(Word(m.group(), m.start(), m.end()) for m in re.finditer(r"\S+", text))
    if pronounce:
        return say_words(words, pronounce)
    owners = [NO_WORD] * len(text)
    for i, word in enumerate(words):
        owners[word.start : word.end] = [i] * (word.end - word.start)
    return Said(text, words, owners)


def _letter_runs(words: Sequence[Word]) -> Iterator[tuple[str, list[int]]]:
    for i, word in enumerate(words):
        yield word.text, [i] * len(word.text)


def _phoneme_runs(words: Sequence[Word], pronounce: Pronounce) -> Iterator[tuple[str, list[int]]]:
    """How a word sounds depends on its neighbors: all up to one with phonemes of its own."""
    begin = 0
    for i, word in enumerate(words):
        if word.phonemes is None:
            continue
        yield _pronounced(words, begin, i, pronounce)
        stop = re.search(r"[.,!?;:]*$", word.text)
        sounds = word.phonemes + (stop.group()[:1] if stop else "")
        yield sounds, [i] * len(sounds)
        begin = i + 1
    yield _pronounced(words, begin, len(words), pronounce)


def _pronounced(
    words: Sequence[Word], begin: int, end: int, pronounce: Pronounce
) -> tuple[str, list[int]]:
    """The phonemes of the words `[begin, end)`; a word is found by the letters before it."""
    text, letters = pronounce(" ".join(word.text for word in words[begin:end]))
    ends = list(accumulate(count_letters(word.text) for word in words[begin:end]))
    owners: list[int] = []
    word = 0
    for before in letters:
        while before >= 0 and ends[word] <= before:
            word += 1
        owners.append(NO_WORD if before < 0 else begin + word)
    return text, owners


def only_sounding(said: Said) -> Said:
    """Only the words with a letter or digit, without the punctuation around them."""
    kept = [i for i, word in enumerate(said.words) if has_speech(word.text)]
    numbers = {old: new for new, old in enumerate(kept)}
    return replace(
        said,
        words=tuple(replace(said.words[i], text=_bare(said.words[i].text)) for i in kept),
        owners=[numbers.get(owner, NO_WORD) for owner in said.owners],
    )


def _bare(text: str) -> str:
    ends = [i for i, c in enumerate(text) if c.isalnum()]
    return text[ends[0] : ends[-1] + 1]
