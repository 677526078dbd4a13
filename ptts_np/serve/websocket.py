"""Text arriving in pieces, sound going out: one WebSocket, one speech.

The client sends JSON: `start` (optional, first: voice, seed, temperature, ...), any number of
`text`, then `end`; or `cancel` at any time. The server sends `ready` at once, PCM16 as binary
messages, each `word` with its times if `start` asks for timestamps, and a last message, `done` with
timings or `error`. A sentence is spoken once its end has come, so where
the text was cut into pieces makes no difference to the sound.
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Literal

import numpy as np
from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from ptts_np.errors import PttsError
from ptts_np.passages import language_of
from ptts_np.reading.language import find_language
from ptts_np.reading.sentences import sentence_end
from ptts_np.serve.admission import Busy, Slot
from ptts_np.serve.encoders import Coder, Piece
from ptts_np.serve.errors import ApiError, api_error
from ptts_np.serve.manner import Words
from ptts_np.serve.openai_api import Sampling, check_length
from ptts_np.serve.response import Timings, patience
from ptts_np.serve.speaker import Speaker

router = APIRouter()


class Start(Sampling):
    type: Literal["start"]
    timestamps: bool = False
    voice: str | None = Field(default=None, max_length=2000)


class Text(BaseModel):
    type: Literal["text"]
    text: str


class End(BaseModel):
    type: Literal["end"]


class Cancel(BaseModel):
    type: Literal["cancel"]


Command = TypeAdapter[Start | Text | End | Cancel](
    Annotated[Start | Text | End | Cancel, Field(discriminator="type")]
)


class _Cancelled(Exception):
    """The client wants no more."""


@router.websocket("/v1/stream")
async def stream_speech(socket: WebSocket) -> None:
    """See the module."""
    speaker: Speaker = socket.app.state.speaker
    await socket.accept()
    conversation = _Conversation(socket, speaker)
    talk = asyncio.ensure_future(conversation.run())
    limit = speaker.settings.load.request_seconds
    outcome = "gone"
    try:
        await asyncio.wait({talk}, timeout=limit)
        if not talk.done():
            outcome = "timeout"
    finally:
        talk.cancel()
        await asyncio.wait({talk})
        if not talk.cancelled():
            outcome = "failed" if talk.exception() else talk.result()
        speaker.metrics.requests.labels("websocket", outcome).inc()
    if not talk.cancelled():
        talk.result()
    elif outcome == "timeout":
        await socket.close(1008, "took too long")


class _Conversation:
    """One socket's state."""

    def __init__(self, socket: WebSocket, speaker: Speaker) -> None:
        self.socket = socket
        self.speaker = speaker
        self.start = Start(type="start")
        self.begun = False
        self.received = 0
        self.pending = ""
        self.place = 0  # of the sentence in all that was received
        self.language = find_language(language_of(speaker.model) or "en")
        self.ended = False
        self.changed = asyncio.Event()
        self.heard = time.monotonic()  # when something was said last, or the sound was sent
        self.timings = Timings(time.perf_counter())

    async def run(self) -> str:
        """The conversation until its last message; says how it ended."""
        speaking = asyncio.ensure_future(self._speak())
        listening = asyncio.ensure_future(self._listen())
        try:
            await asyncio.wait({speaking, listening}, return_when=asyncio.FIRST_COMPLETED)
            if listening.done() and listening.exception() is not None:
                speaking.cancel()
                await asyncio.wait({speaking})
                listening.result()
            await speaking
            await self._finish(cancelled=False)
            return "ok"
        except _Cancelled:
            await self._finish(cancelled=True)
            return "cancelled"
        except WebSocketDisconnect:
            return "gone"
        except (PttsError, Busy, ApiError) as error:
            reason = error if isinstance(error, ApiError) else api_error(error)
            await self.socket.send_json({"type": "error", **reason.body()})
            await self.socket.close(1013 if isinstance(error, Busy) else 1008)
            return "busy" if isinstance(error, Busy) else "refused"
        finally:
            speaking.cancel()
            listening.cancel()
            await asyncio.wait({speaking, listening})
            for task in (speaking, listening):
                if not task.cancelled():
                    task.exception()  # told already, or nobody is left to hear of it

    async def _finish(self, *, cancelled: bool) -> None:
        timings = self.timings.summary(self.speaker.model.sample_rate)
        await self.socket.send_json({"type": "done", "cancelled": cancelled, **timings})
        await self.socket.close(1000)

    async def _listen(self) -> None:
        """Take in commands until `end`, and on for a `cancel`."""
        while True:
            try:
                command = Command.validate_json(await self.socket.receive_text())
            except ValidationError as error:
                first = error.errors()[0]
                raise ApiError(
                    400, f"not a command: {first['msg']}", code="invalid_value"
                ) from None
            except KeyError:
                raise ApiError(400, "commands are JSON text", code="invalid_value") from None
            self._take(command)
            self.changed.set()

    def _take(self, command: Start | Text | End | Cancel) -> None:
        if isinstance(command, Cancel):
            raise _Cancelled
        if self.ended:
            raise ApiError(400, "nothing but cancel comes after end", code="invalid_value")
        if isinstance(command, Start):
            if self.begun:
                raise ApiError(400, "start comes first, once", code="invalid_value")
            self.speaker.voices.find(command.voice)
            self.start = command
            self.heard = time.monotonic()
        elif isinstance(command, Text):
            if not self.received:
                self.timings.arrived = time.perf_counter()
            self.received += len(command.text)
            check_length(self.speaker, self.received, "text")
            self.pending += command.text
            if command.text.strip():
                self.heard = time.monotonic()
        else:
            self.ended = True
        self.begun = True

    async def _speak(self) -> None:
        model = self.speaker.model
        await self.socket.send_json(
            {
                "type": "ready",
                "model": model.name,
                "voice": self.speaker.voices.find(None).key,
                "format": "pcm16",
                "sample_rate": model.sample_rate,
            }
        )
        # it counts among the streams from its first sentence on, not from the handshake
        sentence = await self._sentence()
        if sentence is None:
            return
        options = self.start.options()
        # one generator for all sentences: a seed fixes the whole speech
        options["seed"] = np.random.default_rng(options["seed"])
        slot = await self.speaker.admission.enter()
        try:
            state = await self.speaker.state(self.speaker.voices.find(self.start.voice), slot)
            while sentence is not None:
                slot.restart()
                await slot.resume()
                coder = Coder("pcm", model.sample_rate)
                before = self.timings.samples / model.sample_rate
                words = Words(1.0, before, self.place) if self.start.timestamps else None
                pieces = self.speaker.pieces(slot, sentence, state, options, coder, words)
                async with aclosing(pieces):
                    await self._send(pieces, words)
                sentence = await self._sentence(slot)
        finally:
            slot.leave()

    async def _send(self, pieces: AsyncGenerator[Piece, None], words: Words | None) -> None:
        async for piece in pieces:
            await self._send_piece(piece)
            for word in words.take() if words else ():
                await self.socket.send_json({"type": "word", **word})

    async def _send_piece(self, piece: Piece) -> None:
        if piece.samples:
            if self.timings.first is None:
                self.timings.first = time.perf_counter()
                self.speaker.metrics.first_audio.observe(self.timings.first - self.timings.arrived)
            self.timings.samples += piece.samples
            with patience(self.socket.scope, self.speaker.settings.load.stall_seconds):
                await self.socket.send_bytes(piece.data)
            self.heard = time.monotonic()

    async def _sentence(self, slot: Slot | None = None) -> str | None:
        """The next sentence, as soon as it is complete; None after the last.

        Who has to wait for it lends its slot and place meanwhile.
        """
        while True:
            self.pending = self.pending.lstrip()
            self.place = self.received - len(self.pending)
            if length := sentence_end(self.pending, self.language):
                sentence, self.pending = self.pending[:length], self.pending[length:]
                if _speakable(sentence):
                    return sentence
                continue
            if self.ended:
                rest, self.pending = self.pending, ""
                return rest if _speakable(rest) else None
            if slot is not None:
                slot.lend()
            await self._change()

    async def _change(self) -> None:
        """Wait for a command. Raises ApiError when nothing is said for too long."""
        limit = self.speaker.settings.load.silent_seconds
        self.changed.clear()
        patient = self.heard + limit - time.monotonic()
        # not wait_for: before Python 3.12 it may lose a cancellation, and the talk goes on
        change = asyncio.ensure_future(self.changed.wait())
        try:
            if patient <= 0 or not (await asyncio.wait({change}, timeout=patient))[0]:
                raise ApiError(408, f"nothing came for {limit:g} seconds", code="slow")
        finally:
            change.cancel()


def _speakable(text: str) -> bool:
    return any(character.isalnum() for character in text)
