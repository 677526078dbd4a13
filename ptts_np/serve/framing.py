"""How an answer carries sound: its bytes alone, or server-sent events with words and a summary."""

import base64
import json
from collections.abc import Callable
from typing import Any, Protocol

WordTimes = list[dict[str, Any]]
"""As `SpokenWord.as_data` has them."""


class Framing(Protocol):
    """One answer's; what gives no bytes sends nothing."""

    def piece(self, data: bytes, words: WordTimes) -> bytes:
        """Some more sound, and the words that are over."""
        ...

    def end(self, summary: Callable[[], dict[str, Any]]) -> bytes:
        """After the last piece; `summary` has usage and timings."""
        ...

    def broken(self, error: dict[str, Any]) -> bytes:
        """The speech ends in the middle, with an error as JSON."""
        ...


class Plain:
    """The bytes of the sound."""

    def piece(self, data: bytes, words: WordTimes) -> bytes:
        return data

    def end(self, summary: Callable[[], dict[str, Any]]) -> bytes:
        return b""

    def broken(self, error: dict[str, Any]) -> bytes:
        return b""


class Events:
    """OpenAI's server-sent events, and words as one of ours."""

    def piece(self, data: bytes, words: WordTimes) -> bytes:
        audio = base64.b64encode(data).decode()
        sound = _event({"type": "speech.audio.delta", "audio": audio}) if data else b""
        return sound + (_event({"type": "speech.audio.words", "words": words}) if words else b"")

    def end(self, summary: Callable[[], dict[str, Any]]) -> bytes:
        return _event({"type": "speech.audio.done", **summary()})

    def broken(self, error: dict[str, Any]) -> bytes:
        return _event({"type": "error", **error})


def _event(data: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(data)}\n\n".encode()
