"""When each character is heard, as ElevenLabs' clients want it, from the times of words.

A word's characters share its time evenly; what stands between words has the time between them. So
the characters of all parts in a row are the text, and their times never go back.
"""

import base64
import json
from collections.abc import Callable
from typing import Any, NamedTuple

from ptts_np.serve.framing import WordTimes


class Character(NamedTuple):
    """`start` and `end` in seconds of the whole sound."""

    text: str
    start: float
    end: float


class Alignment:
    """The characters of one text, each once, as its words are spoken."""

    def __init__(self) -> None:
        self.end = 0.0
        """Seconds of sound whose characters have been given."""
        self._place = 0

    def take(self, text: str, words: WordTimes) -> list[Character]:
        """The characters up to the last of `words`; `text` is all that has come."""
        return [character for word in words for character in self._word(text, word)]

    def rest(self, text: str, seconds: float) -> list[Character]:
        """The characters that are left, when so much sound has been made."""
        return self._share(text, len(text), self.end, seconds)

    def _word(self, text: str, word: dict[str, Any]) -> list[Character]:
        before = self._share(text, word["first"], self.end, word["start"])
        return before + self._share(text, word["last"], word["start"], word["end"])

    def _share(self, text: str, last: int, start: float, end: float) -> list[Character]:
        """The characters up to `last` share the time, as far as it isn't over."""
        part = text[self._place : last]
        if not part:
            return []
        start = max(start, self.end)
        end = max(start, end)
        step = (end - start) / len(part)
        self._place, self.end = last, end
        return [
            Character(text, round(start + i * step, 3), round(start + (i + 1) * step, 3))
            for i, text in enumerate(part)
        ]


def by_second(characters: list[Character]) -> dict[str, Any] | None:
    """As their REST answers have it."""
    if not characters:
        return None
    return {
        "characters": [character.text for character in characters],
        "character_start_times_seconds": [character.start for character in characters],
        "character_end_times_seconds": [character.end for character in characters],
    }


def by_millisecond(characters: list[Character], origin: float) -> dict[str, Any] | None:
    """As their WebSockets have it: each message's times begin anew, here at `origin` seconds."""
    if not characters:
        return None
    starts = [round(1000 * (character.start - origin)) for character in characters]
    ends = [round(1000 * (character.end - origin)) for character in characters]
    return {
        "chars": [character.text for character in characters],
        "charStartTimesMs": starts,
        "charDurationsMs": [end - start for start, end in zip(starts, ends, strict=True)],
    }


class Lines:
    """A speech as lines of JSON, each with some sound and the characters that are over."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._alignment = Alignment()

    def piece(self, data: bytes, words: WordTimes) -> bytes:
        return self._line(data, self._alignment.take(self._text, words))

    def end(self, summary: Callable[[], dict[str, Any]]) -> bytes:
        seconds = summary()["timings"]["audio_seconds"]
        return self._line(b"", self._alignment.rest(self._text, seconds))

    def broken(self, error: dict[str, Any]) -> bytes:
        return b""

    def _line(self, data: bytes, characters: list[Character]) -> bytes:
        if not data and not characters:
            return b""
        return json.dumps(sound_and_times(data, characters)).encode() + b"\n"


class Whole:
    """A speech as one object, when it is complete."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._alignment = Alignment()
        self._data = bytearray()
        self._characters: list[Character] = []

    def piece(self, data: bytes, words: WordTimes) -> bytes:
        self._data += data
        self._characters += self._alignment.take(self._text, words)
        return b""

    def end(self, summary: Callable[[], dict[str, Any]]) -> bytes:
        seconds = summary()["timings"]["audio_seconds"]
        self._characters += self._alignment.rest(self._text, seconds)
        return json.dumps(sound_and_times(bytes(self._data), self._characters)).encode()

    def broken(self, error: dict[str, Any]) -> bytes:
        return b""


def sound_and_times(data: bytes, characters: list[Character]) -> dict[str, Any]:
    """One object of their REST answers; there is no other text that is aligned, too."""
    times = by_second(characters)
    audio = base64.b64encode(data).decode()
    return {"audio_base64": audio, "alignment": times, "normalized_alignment": times}
