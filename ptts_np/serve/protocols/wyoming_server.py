"""Home Assistant's Wyoming over TCP: whole texts, or texts in pieces, to sound as it is made.

`describe` is answered by `info`. `synthesize` has a text; `synthesize-start`, any number of
`synthesize-chunk` and `synthesize-stop` bring one in pieces. The answer is `audio-start`,
`audio-chunk`s of 16 bit samples and `audio-stop`, and `synthesize-stopped` after a text in pieces.
What goes wrong is an `error`. The streams share the slots of those that come by HTTP.
"""

import asyncio
import logging
from contextlib import aclosing, suppress
from typing import Any

from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event, Eventable, async_write_event
from wyoming.info import Attribution, Describe, Info, TtsProgram, TtsVoice
from wyoming.ping import Ping, Pong
from wyoming.tts import (
    Synthesize,
    SynthesizeChunk,
    SynthesizeStart,
    SynthesizeStop,
    SynthesizeStopped,
)

import ptts_np
from ptts_np.errors import InputError, PttsError
from ptts_np.passages import language_of
from ptts_np.serve.admission import Busy
from ptts_np.serve.encoders import Coder
from ptts_np.serve.errors import ApiError, api_error
from ptts_np.serve.protocols.dictation import Dictation, dictated
from ptts_np.serve.protocols.wyoming_events import LINE_BYTES, read_event
from ptts_np.serve.speaker import Speaker
from ptts_np.serve.voices import Voice

log = logging.getLogger("ptts_np.serve")

WIDTH = 2  # bytes a sample
MADE_BY = Attribution(name="Pocket TTS", url="https://github.com/kyutai-labs/pocket-tts")


class WyomingServer:
    """Listens until it is closed."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()

    async def start(self, host: str, port: int) -> tuple[str, int]:
        """Where it listens. Raises OSError where nobody can."""
        self._server = await asyncio.start_server(self._accept, host, port, limit=LINE_BYTES)
        address: tuple[str, int] = self._server.sockets[0].getsockname()[:2]
        return address

    async def close(self) -> None:
        """End all conversations."""
        if self._server is not None:
            self._server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.current_task()
        assert talk is not None
        self._talks.add(talk)
        load = self._speaker.settings.load
        conversation = _Conversation(self._speaker, reader, writer)
        try:
            if len(self._talks) > load.streams + load.queue:
                await conversation.refuse(ApiError(429, "too many connections", code="busy"))
            else:
                await conversation.run()
        except asyncio.CancelledError:
            pass  # the server ends: there is nobody above who would have to know
        finally:
            self._talks.discard(talk)
            writer.close()


class _Conversation:
    """One connection's state."""

    def __init__(
        self, speaker: Speaker, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.speaker = speaker
        self.reader = reader
        self.writer = writer
        # of the text that comes in pieces
        self.dictation: Dictation | None = None
        self.speaking: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """The conversation until the client leaves."""
        try:
            while (event := await self._next()) is not None:
                await self._take(event)
            if self.dictation is None and self.speaking is not None:
                await self.speaking  # who has said all may still listen
        except (PttsError, Busy, ApiError) as error:
            await self.refuse(error)
        except OSError:
            pass  # gone
        finally:
            if self.speaking is not None:
                self.speaking.cancel()
                await asyncio.gather(self.speaking, return_exceptions=True)

    async def refuse(self, error: PttsError | Busy | ApiError) -> None:
        """Tell what is wrong; nobody may be left to hear it."""
        reason = error if isinstance(error, ApiError) else api_error(error)
        with suppress(OSError):
            await self._send(Error(reason.detail, reason.code))

    async def _next(self) -> Event | None:
        """The next event; a client that is spoken to may be silent meanwhile."""
        text = 12 * self.speaker.settings.limits.text_characters  # JSON's escapes
        reading = asyncio.ensure_future(read_event(self.reader, text + LINE_BYTES))
        seconds = self.speaker.settings.load.silent_seconds
        try:
            while not reading.done():
                await asyncio.wait({reading}, timeout=seconds)
                waits = self.speaking is None or self.speaking.done()
                if self.dictation is not None:
                    waits = waits or self.dictation.waiting
                if not reading.done() and waits:
                    raise ApiError(408, f"nothing came for {seconds:g} seconds", code="slow")
            return reading.result()
        finally:
            reading.cancel()

    async def _take(self, event: Event) -> None:
        """Answer an event; those this server doesn't know are passed over."""
        if Describe.is_type(event.type):
            await self._send(info(self.speaker))
        elif Ping.is_type(event.type):
            said = event.data.get("text")
            await self._send(Pong(text=said if isinstance(said, str) else None))
        elif SynthesizeStart.is_type(event.type):
            await self._ended()
            self.dictation = Dictation(self.speaker)
            speaking = self._speak(self._voice(event), self.dictation, pieces=True)
            self.speaking = asyncio.ensure_future(speaking)
        elif SynthesizeChunk.is_type(event.type) and self.dictation is not None:
            self.dictation.feed(_text(event))
        elif SynthesizeStop.is_type(event.type) and self.dictation is not None:
            self.dictation.end()
            self.dictation = None
        elif Synthesize.is_type(event.type) and self.dictation is None:
            # between start and stop it is there for those who know no pieces
            await self._ended()
            whole = Dictation(self.speaker)
            whole.feed(_text(event))
            whole.end()
            self.speaking = asyncio.ensure_future(
                self._speak(self._voice(event), whole, pieces=False)
            )

    def _voice(self, event: Event) -> Voice:
        """The voice that is asked for. Raises VoiceError; a language alone means the default."""
        if self.speaker.draining:
            raise ApiError(503, "the server is about to end")
        voice = event.data.get("voice") or {}
        name = voice.get("name") if isinstance(voice, dict) else None
        return self.speaker.voices.find(name if isinstance(name, str) else None)

    async def _ended(self) -> None:
        """One speech after the other."""
        if self.dictation is not None:
            self.dictation.end()
            self.dictation = None
        if self.speaking is not None:
            await self.speaking

    async def _speak(self, voice: Voice, dictation: Dictation, *, pieces: bool) -> None:
        rate = self.speaker.model.sample_rate
        form: dict[str, int] = {"rate": rate, "width": WIDTH, "channels": 1}
        outcome, samples = "gone", 0
        try:
            sound = dictated(self.speaker, dictation, voice, {}, lambda: Coder("pcm", rate))
            async with aclosing(sound):
                async for piece in sound:
                    if not piece.data:
                        continue
                    if not samples:
                        await self._send(AudioStart(**form, timestamp=0))
                    passed = 1000 * samples // rate
                    await self._send(AudioChunk(**form, audio=piece.data, timestamp=passed))
                    samples += piece.samples
            if not samples:
                raise InputError("there is nothing to say")
            await self._send(AudioStop(timestamp=1000 * samples // rate))
            outcome = "ok"
        except (PttsError, Busy, ApiError) as error:
            outcome = "busy" if isinstance(error, Busy) else "refused"
            await self.refuse(error)
        except OSError:
            self.writer.close()
            return
        finally:
            self.speaker.metrics.requests.labels("wyoming", outcome).inc()
        if pieces:
            with suppress(OSError):
                await self._send(SynthesizeStopped())

    async def _send(self, what: Eventable) -> None:
        """Raises OSError when the client is gone, or takes nothing for too long."""
        try:
            await asyncio.wait_for(
                async_write_event(what.event(), self.writer),
                self.speaker.settings.load.stall_seconds,
            )
        except asyncio.TimeoutError:
            log.warning("a listener took nothing for too long: dropped")
            self.writer.transport.abort()
            raise ConnectionAbortedError from None


def info(speaker: Speaker) -> Info:
    """What speaks here: the default voice first, as some clients take the first."""
    names = [name for name, _ in speaker.voices.names()]
    first = speaker.voices.default
    language = language_of(speaker.model) or "en"
    about: dict[str, Any] = {
        "attribution": MADE_BY,
        "installed": True,
        "version": ptts_np.__version__,
    }
    voices = [
        TtsVoice(name=name, description=name, languages=[language], **about)
        for name in [first, *(name for name in names if name != first)]
    ]
    program = TtsProgram(
        name="ptts-np",
        description=f"{speaker.model.name}, on this computer",
        voices=voices,
        supports_synthesize_streaming=True,
        **about,
    )
    return Info(tts=[program])


def _text(event: Event) -> str:
    text = event.data.get("text")
    if not isinstance(text, str):
        raise InputError(f"{event.type} has a text")
    return text
