"""Text arriving in pieces, sound going out: one WebSocket, one speech.

The client sends JSON: `start` (optional, first: voice, seed, temperature, ...), any number of
`text`, then `end`; or `cancel` at any time. The server sends `ready` at once, PCM16 as binary
messages, each `word` with its times if `start` asks for timestamps, and a last message, `done` with
timings or `error`. A sentence is spoken once its end has come, so where
the text was cut into pieces makes no difference to the sound.
"""

import asyncio
import time
from contextlib import aclosing
from typing import Annotated, Any, Literal

from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from ptts_np.errors import PttsError
from ptts_np.serve.admission import Busy
from ptts_np.serve.encoders import Coder, Piece
from ptts_np.serve.errors import ApiError, api_error
from ptts_np.serve.openai_api import Sampling
from ptts_np.serve.protocols.dictation import Dictation, dictated
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
        self.dictation = Dictation(speaker)
        self.begun = asyncio.Event()  # the first command is here
        self.heard = time.monotonic()  # when something was said last, or the sound was sent
        self.timings = Timings(time.perf_counter())

    async def run(self) -> str:
        """The conversation until its last message; says how it ended."""
        speaking = asyncio.ensure_future(self._speak())
        others = {asyncio.ensure_future(self._listen()), asyncio.ensure_future(self._watch())}
        try:
            done, _ = await asyncio.wait({speaking, *others}, return_when=asyncio.FIRST_COMPLETED)
            for other in done & others:  # neither ends but by an exception
                speaking.cancel()
                await asyncio.wait({speaking})
                other.result()
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
            for task in (speaking, *others):
                task.cancel()
            await asyncio.wait({speaking, *others})
            for task in (speaking, *others):
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

    def _take(self, command: Start | Text | End | Cancel) -> None:
        if isinstance(command, Cancel):
            raise _Cancelled
        if self.dictation.ended:
            raise ApiError(400, "nothing but cancel comes after end", code="invalid_value")
        if isinstance(command, Start):
            if self.begun.is_set():
                raise ApiError(400, "start comes first, once", code="invalid_value")
            self.speaker.voices.find(command.voice)
            self.start = command
            self.heard = time.monotonic()
        elif isinstance(command, Text):
            if not self.dictation.text:
                self.timings.arrived = time.perf_counter()
            self.dictation.feed(command.text)
            if command.text.strip():
                self.heard = time.monotonic()
        else:
            self.dictation.end()
        self.begun.set()

    async def _speak(self) -> None:
        await self._say_ready()
        # what `start` asks for is known once there is something to say
        await self.begun.wait()
        model = self.speaker.model
        words: list[dict[str, Any]] | None = [] if self.start.timestamps else None
        pieces = dictated(
            self.speaker,
            self.dictation,
            self.speaker.voices.find(self.start.voice),
            self.start.options(),
            lambda: Coder("pcm", model.sample_rate),
            words,
        )
        async with aclosing(pieces):
            async for piece in pieces:
                await self._send(piece)
                while words:
                    await self.socket.send_json({"type": "word", **words.pop(0)})

    async def _say_ready(self) -> None:
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

    async def _send(self, piece: Piece) -> None:
        if piece.samples:
            if self.timings.first is None:
                self.timings.first = time.perf_counter()
            self.timings.samples += piece.samples
            with patience(self.socket.scope, self.speaker.settings.load.stall_seconds):
                await self.socket.send_bytes(piece.data)
            self.heard = time.monotonic()

    async def _watch(self) -> None:
        """Raises ApiError when nothing is said for too long; blanks don't count."""
        limit = self.speaker.settings.load.silent_seconds

        def busy() -> bool:
            return self.begun.is_set() and not self.dictation.waiting

        while (left := self.heard + limit - time.monotonic()) > 0 or busy():
            await asyncio.sleep(max(left, limit / 10))
        raise ApiError(408, f"nothing came for {limit:g} seconds", code="slow")
