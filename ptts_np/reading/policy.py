"""What the caller decides about reading."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Policy:
    """Choices of whoever has a text read. Pauses are in seconds, from 0 to 60.

    - `code`, `tables`: "say" what is in them, or "skip" them.
    - `urls`: "say" all of an address, only its "host", or "skip" it.
    - `emoji`: "name" them or "skip" them.
    - `sentence_pause`, `paragraph_pause`, `heading_pause`, `item_pause`: silence after each.
    """

    code: Literal["say", "skip"] = "say"
    tables: Literal["say", "skip"] = "say"
    urls: Literal["say", "host", "skip"] = "say"
    emoji: Literal["name", "skip"] = "skip"
    sentence_pause: float = 0.0
    paragraph_pause: float = 0.5
    heading_pause: float = 0.6
    item_pause: float = 0.3
