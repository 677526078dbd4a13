"""A text that comes in pieces, spoken a sentence at a time in one stream of bytes.

It counts among the streams from the first sentence on. Whoever waits for text computes nothing, and
lends slot and place to others meanwhile.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from typing import Any

import numpy as np

from ptts_np.passages import language_of
from ptts_np.reading.language import find_language
from ptts_np.reading.sentences import sentence_end
from ptts_np.serve.admission import Slot
from ptts_np.serve.encoders import Coder, Piece, Samples
from ptts_np.serve.errors import ApiError
from ptts_np.serve.manner import Words
from ptts_np.serve.openai_api import check_length
from ptts_np.serve.speaker import CHARACTERS, Speaker
from ptts_np.serve.voices import Voice

LONGEST = 1000
"""Characters of a sentence; one that doesn't end is cut between words."""
AHEAD = 100
"""Characters behind a sentence's end that may tell that it is none."""


class Dictation:
    """What has come and isn't spoken yet."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker
        self._language = find_language(language_of(speaker.model) or "en")
        self.text = ""  # all that has come
        self.place = 0  # in it, of the sentence that was last given out
        self._pending = ""
        self._whole = 0  # characters of `_pending` that wait for nothing
        self._changed = asyncio.Event()
        self.ended = False  # no more text comes
        self.waiting = False  # nothing is to be said until more comes

    def feed(self, text: str) -> None:
        """More text. Raises ApiError when all of it together is too long."""
        check_length(self._speaker, len(self.text) + len(text), "text")
        self.text += text
        self._pending += text
        self._changed.set()

    def flush(self) -> None:
        """Speak what has come, though its sentence may not be complete."""
        self._whole = len(self._pending)
        self._changed.set()

    def end(self) -> None:
        """All the text has come."""
        self.ended = True
        self.flush()

    async def next(self) -> str | None:
        """The next sentence, as soon as it is complete; None after the last."""
        while True:
            if sentence := self.ready():
                return sentence
            if self.ended:
                return None
            self._changed.clear()
            self.waiting = True
            await self._changed.wait()
            self.waiting = False

    def ready(self) -> str:
        """The next sentence, if it is complete already; else nothing."""
        while self._skip_blanks():
            length = self._sentence()
            if not length or (self._whole and length > self._whole):
                length = self._whole
            if not length:
                return ""
            self.place = len(self.text) - len(self._pending)
            sentence, self._pending = self._pending[:length], self._pending[length:]
            self._whole = max(0, self._whole - length)
            if any(character.isalnum() for character in sentence):
                # an empty line after it is a part of it or not, as the text was cut
                return sentence.rstrip()
        return ""

    def _sentence(self) -> int | None:
        """Where the first sentence ends, None while that isn't certain.

        The same however the text is cut into pieces: only so much of it is looked at.
        """
        length = sentence_end(self._pending[: LONGEST + AHEAD], self._language)
        if len(self._pending) <= LONGEST + AHEAD or (length and length <= LONGEST):
            return length
        return self._pending.rfind(" ", 0, LONGEST) + 1 or LONGEST

    def _skip_blanks(self) -> bool:
        """True if anything else is left."""
        size = len(self._pending)
        self._pending = self._pending.lstrip()
        self._whole = max(0, self._whole - (size - len(self._pending)))
        return self._pending != ""


async def dictated(
    speaker: Speaker,
    dictation: Dictation,
    voice: Voice,
    options: dict[str, Any],
    make_coder: Callable[[], Coder],
    spoken: list[dict[str, Any]] | None = None,
) -> AsyncGenerator[Piece, None]:
    """Pieces of sound until the dictation ends. Raises Busy and what `ptts_np.stream` raises.

    `options` are those of `ptts_np.stream`; one generator is for all sentences, so that a seed
    fixes the whole speech. `spoken` gets the words, with their times in all of the sound and their
    places in all of the text, once their sound was given.
    """
    options = {**options, "seed": np.random.default_rng(options.get("seed"))}
    coder = make_coder()
    sentences = _Sentences(coder)
    sentence = await dictation.next()
    arrived: float | None = time.perf_counter()
    samples = 0
    slot: Slot | None = None
    try:
        while sentence:
            end = time.perf_counter() + speaker.settings.load.request_seconds
            with speaker.tracing.step("wait"):
                if slot is None:
                    slot = await speaker.admission.enter(len(sentence) / CHARACTERS)
                slot.restart()
                await slot.resume()
            with speaker.tracing.step("voice"):
                state = await speaker.state(voice, slot)
            while sentence:
                words = None
                if spoken is not None:
                    before = samples / speaker.model.sample_rate
                    words = Words(coder.speed, before, dictation.place)
                pieces = speaker.pieces(slot, sentence, state, options, sentences, words)
                async with aclosing(pieces):
                    async for piece in pieces:
                        samples += piece.samples
                        if spoken is not None and words is not None:
                            spoken += words.take()
                        if arrived is not None and piece.samples:
                            speaker.metrics.first_audio.observe(time.perf_counter() - arrived)
                            arrived = None
                        yield piece
                        if time.perf_counter() > end:
                            raise ApiError(503, "the speech took too long", code="timeout")
                sentence = dictation.ready()
            slot.lend()
            sentence = await dictation.next()
        yield Piece(0, coder.end())
    finally:
        if slot is not None:
            slot.leave()


class _Sentences:
    """A coder that stays open from sentence to sentence."""

    def __init__(self, coder: Coder) -> None:
        self._coder = coder

    def encode(self, sound: Iterator[Samples]) -> Iterator[Piece]:
        return self._coder.part(sound)
