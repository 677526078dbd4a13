"""ElevenLabs' WebSockets: text in pieces, sound in JSON.

`stream-input` is one speech; `multi-stream-input` is several at a time, which they call contexts,
each with a `context_id`. A context's first message may set its speed; text follows, a sentence is
spoken once it is complete; `flush` speaks what has come. Without `auto_mode` a piece of text may
end anywhere; with it each is spoken at once. A closed context speaks what it has and says
`isFinal`.
"""

import asyncio
import base64
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, WebSocket, WebSocketDisconnect
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError
from starlette.websockets import WebSocketState

from ptts_np.errors import PttsError
from ptts_np.serve.admission import Busy
from ptts_np.serve.errors import ApiError, api_error
from ptts_np.serve.protocols.alignment import Alignment, by_millisecond
from ptts_np.serve.protocols.dictation import Dictation, dictated
from ptts_np.serve.protocols.elevenlabs_formats import find_format
from ptts_np.serve.protocols.elevenlabs_rest import (
    SEEDS,
    VoiceSettings,
    eleven_speaker,
    find_eleven_voice,
    stream_options,
)
from ptts_np.serve.response import patience
from ptts_np.serve.speaker import Speaker

router = APIRouter()

CONTEXTS = 5
"""Open at a time on one socket, as with ElevenLabs."""
LONGEST_IDLE = 180
"""Seconds a client may ask to stay without a word, as with ElevenLabs."""


class SocketQuery(BaseModel):
    """What the address says."""

    model_config = ConfigDict(protected_namespaces=())

    model_id: str | None = Field(default=None, max_length=200)
    output_format: str | None = Field(default=None, max_length=100)
    auto_mode: bool = False
    inactivity_timeout: int | None = Field(default=None, ge=1, le=LONGEST_IDLE)
    seed: int | None = Field(default=None, ge=0, lt=SEEDS)
    apply_text_normalization: str | None = None


class Message(BaseModel):
    """What a client sends. Null is as good as absent."""

    text: str | None = None
    voice_settings: VoiceSettings | None = None
    flush: bool | None = None
    context_id: str | None = Field(
        default=None, max_length=200, validation_alias=AliasChoices("context_id", "contextId")
    )
    close_context: bool | None = None
    close_socket: bool | None = None


Asked = Annotated[SocketQuery, Query()]


@router.websocket("/v1/text-to-speech/{voice_id}/stream-input")
async def stream_input(socket: WebSocket, voice_id: str, asked: Asked) -> None:
    """One speech; an empty text ends it."""
    await _Conversation(socket, voice_id, asked, several=False).run()


@router.websocket("/v1/text-to-speech/{voice_id}/multi-stream-input")
async def multi_stream_input(socket: WebSocket, voice_id: str, asked: Asked) -> None:
    """Several speeches, each a context."""
    await _Conversation(socket, voice_id, asked, several=True).run()


class _Conversation:
    """One socket's state. One task listens; each context speaks in its own."""

    def __init__(
        self, socket: WebSocket, voice_id: str, asked: SocketQuery, *, several: bool
    ) -> None:
        self.socket = socket
        self.speaker: Speaker = socket.app.state.speaker
        self.voice_id = voice_id
        self.asked = asked
        self.several = several
        self.contexts: dict[str | None, _Context] = {}
        self.closing = False
        self.finished = asyncio.Event()
        self.idle_seconds = asked.inactivity_timeout or self.speaker.settings.load.silent_seconds

    async def run(self) -> None:
        """The conversation until its end; leaves no task behind."""
        await self.socket.accept()
        tasks: set[asyncio.Future[Any]] = set()
        try:
            self.format = find_format(self.asked.output_format)
            self.speaker = await eleven_speaker(self.socket.app.state.models, self.asked.model_id)
            self.voice = find_eleven_voice(self.speaker, self.voice_id)
            listening = asyncio.ensure_future(self._listen())
            tasks = {listening, asyncio.ensure_future(self.finished.wait())}
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if listening.done():
                listening.result()
            if self.socket.application_state is WebSocketState.CONNECTED:
                await self.socket.close(1000)
        except WebSocketDisconnect:
            pass
        except (PttsError, Busy, ApiError) as error:
            await self._refuse(error)
        finally:
            tasks |= {context.task for context in self.contexts.values()}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self) -> None:
        """Carry out messages; goes on after the last, to hear when the client leaves."""
        while True:
            self._take(await self._message())

    async def _message(self) -> Message:
        """The next message. Raises ApiError for what is none, and when none comes."""
        receiving = asyncio.ensure_future(self.socket.receive_text())
        try:
            while not receiving.done():
                await asyncio.wait({receiving}, timeout=self.idle_seconds)
                if not receiving.done() and all(c.waits for c in self.contexts.values()):
                    text = f"nothing came for {self.idle_seconds:g} seconds"
                    raise ApiError(408, text, code="slow")
            return Message.model_validate_json(receiving.result())
        except ValidationError as error:
            text = f"not a message: {error.errors()[0]['msg']}"
            raise ApiError(400, text, code="invalid_value") from None
        except KeyError:
            raise ApiError(400, "messages are JSON text", code="invalid_value") from None
        finally:
            receiving.cancel()

    def _take(self, message: Message) -> None:
        """Raises ApiError for more text or more contexts than there may be."""
        if self.several and message.close_socket:
            self.closing = True
            for one in self.contexts.values():
                one.dictation.end()
            self._check_finished()
            return
        context = self._context(message)
        if context is None or context.dictation.ended:
            return
        if message.text:
            context.dictation.feed(message.text)
        if message.flush or (message.text and self.asked.auto_mode):
            context.dictation.flush()
        if message.close_context if self.several else message.text == "":
            context.dictation.end()

    def _context(self, message: Message) -> "_Context | None":
        """The speech a message is for, begun by its first text."""
        name = message.context_id if self.several else None
        known = self.contexts.get(name)
        if known is not None or self.closing:
            return known
        if self.several and not message.text:
            return None  # keeps the socket alive, or closes what is over
        self._make_room()
        dictation = Dictation(self.speaker)
        speed = message.voice_settings.speed if message.voice_settings else None
        speaking = self._speak(name, dictation, 1.0 if speed is None else speed)
        self.contexts[name] = _Context(dictation, asyncio.ensure_future(speaking))
        return self.contexts[name]

    def _make_room(self) -> None:
        """End the oldest closed context for a new one. Raises ApiError if all are open."""
        if len(self.contexts) < CONTEXTS:
            return
        closed = [name for name, context in self.contexts.items() if context.dictation.ended]
        if not closed:
            raise ApiError(400, f"at most {CONTEXTS} contexts are open at a time", code="contexts")
        self.contexts.pop(closed[0]).task.cancel()

    async def _speak(self, name: str | None, dictation: Dictation, speed: float) -> None:
        """One context, to its last message."""
        label = {"contextId": name} if self.several else {}
        outcome = "gone"
        try:
            async for message in self._messages(dictation, speed):
                await self._send({**message, **label})
            await self._send({"audio": None, "isFinal": True, **label})
            outcome = "ok"
        except WebSocketDisconnect:
            pass  # `_listen` hears it, too
        except (PttsError, Busy, ApiError) as error:
            outcome = "busy" if isinstance(error, Busy) else "refused"
            if self.several:
                await self._send({**_told(error), **label})
            else:
                await self._refuse(error)
        finally:
            self.speaker.metrics.requests.labels("elevenlabs", outcome).inc()
            if name in self.contexts and self.contexts[name].dictation is dictation:
                del self.contexts[name]
            self._check_finished()

    async def _messages(
        self, dictation: Dictation, speed: float
    ) -> AsyncGenerator[dict[str, Any], None]:
        """Sound, with the times of the characters that are over where the model tells them."""
        model, alignment = self.speaker.model, Alignment()
        words: list[dict[str, Any]] | None = [] if model.config.text_heads else None
        pieces = dictated(
            self.speaker,
            dictation,
            self.voice,
            stream_options(self.asked.seed, self.asked.apply_text_normalization),
            lambda: self.format.coder(model.sample_rate, speed),
            words,
        )
        samples = 0
        async with aclosing(pieces):
            async for piece in pieces:
                samples += piece.samples
                if piece.data:
                    origin = alignment.end
                    over = alignment.take(dictation.text, words or [])
                    if words:
                        words.clear()
                    yield _sound(piece.data, by_millisecond(over, origin))
        if words is not None:
            origin, seconds = alignment.end, samples / model.sample_rate
            over = alignment.take(dictation.text, words) + alignment.rest(dictation.text, seconds)
            if times := by_millisecond(over, origin):
                yield _sound(b"", times)

    def _check_finished(self) -> None:
        if not self.contexts and (self.closing or not self.several):
            self.finished.set()

    async def _send(self, message: dict[str, Any]) -> None:
        with patience(self.socket.scope, self.speaker.settings.load.stall_seconds):
            await self.socket.send_json(message)

    async def _refuse(self, error: PttsError | Busy | ApiError) -> None:
        """Tell why, and close; nobody may be left to hear it."""
        with suppress(WebSocketDisconnect, RuntimeError):
            told = _told(error)
            await self._send(told)
            # a client that was sending hears only the reason, which has room for 123 bytes
            reason = told["message"].encode()[:120].decode(errors="ignore")
            await self.socket.close(1013 if isinstance(error, Busy) else 1008, reason)


@dataclass
class _Context:
    dictation: Dictation
    task: asyncio.Task[None]

    @property
    def waits(self) -> bool:
        """Nothing happens until more text comes."""
        return self.dictation.waiting


def _sound(data: bytes, times: dict[str, Any] | None) -> dict[str, Any]:
    audio = base64.b64encode(data).decode()
    return {"audio": audio, "alignment": times, "normalizedAlignment": times, "isFinal": None}


def _told(error: PttsError | Busy | ApiError) -> dict[str, Any]:
    """An error as ElevenLabs' clients read it."""
    reason = error if isinstance(error, ApiError) else api_error(error)
    return {"error": reason.code or "invalid_value", "message": reason.detail}
