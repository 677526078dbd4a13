"""What a request may say of how its text is read, and the words it may ask for."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ptts_np.reading.controls import MAX_PAUSE
from ptts_np.reading.policy import Policy
from ptts_np.times.words import SpokenWord

MAX_ENTRIES = 1000
PAUSE: Any = Field(default=None, ge=0, le=MAX_PAUSE)


class Pauses(BaseModel):
    """Seconds of silence after each."""

    model_config = ConfigDict(allow_inf_nan=False, extra="forbid")

    sentence: float | None = PAUSE
    paragraph: float | None = PAUSE
    heading: float | None = PAUSE
    item: float | None = PAUSE


class Manner(BaseModel):
    """How a text is read; see `ptts_np.stream`. Null is as good as absent."""

    reading: Literal["auto", "raw", "en", "fr", "de", "it", "pt", "es", "nl"] | None = Field(
        default=None, description="Language that numbers and dates are read in."
    )
    markup: Literal["auto", "plain", "markdown", "html", "ssml"] | None = None
    lexicon: dict[str, str] | None = Field(
        default=None,
        max_length=MAX_ENTRIES,
        description="Words to respellings, or to /phonemes/.",
    )
    pauses: Pauses | None = None

    def manner(self) -> dict[str, Any]:
        """The arguments of `ptts_np.stream` that are given."""
        given = {name: getattr(self, name) for name in ("reading", "markup", "lexicon")}
        if self.pauses is not None:
            pauses = self.pauses.model_dump(exclude_none=True)
            given["policy"] = Policy(**{f"{name}_pause": value for name, value in pauses.items()})
        return {name: value for name, value in given.items() if value is not None}


class Words:
    """Words on their way to a client: of sound that is `speed` times as fast, after so many
    `seconds` and characters."""

    def __init__(self, speed: float = 1.0, seconds: float = 0.0, characters: int = 0) -> None:
        self._place = seconds, characters, speed
        self._over: list[SpokenWord] = []

    def add(self, word: SpokenWord) -> None:
        """A word is over."""
        self._over.append(word.moved(*self._place))

    def take(self) -> list[dict[str, Any]]:
        """The words since the last time, as JSON has them."""
        over, self._over = self._over, []
        return [word.as_data() for word in over]
