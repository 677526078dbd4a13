"""Pieces of sound to an HTTP answer: bytes of a format, or server-sent events.

The answer begins with the first sound, so what fails before it has an honest status. What fails
later cuts the connection without the end a complete answer has; events say so in words, too.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from fastapi.responses import Response
from starlette.types import Message, Receive, Scope, Send

from ptts_np.errors import PttsError
from ptts_np.serve.admission import Busy
from ptts_np.serve.encoders import Coder
from ptts_np.serve.errors import ApiError, api_error
from ptts_np.serve.framing import Framing, Plain
from ptts_np.serve.speaker import Speaker, Utterance

log = logging.getLogger("ptts_np.serve")


@dataclass
class Timings:
    """When things happened, for the client and /metrics."""

    arrived: float
    first: float | None = None
    samples: int = 0

    def summary(self, sample_rate: int) -> dict[str, float]:
        seconds, taken = self.samples / sample_rate, time.perf_counter() - self.arrived
        first = taken if self.first is None else self.first - self.arrived
        return {
            "audio_seconds": round(seconds, 3),
            "first_audio_ms": round(1e3 * first, 1),
            "total_ms": round(1e3 * taken, 1),
            "real_time_factor": round(taken / seconds, 4) if seconds else 0.0,
        }


class Record(Protocol):
    """Keeps the bytes of an answer."""

    def add(self, data: bytes) -> None: ...
    def complete(self) -> None: ...
    def close(self) -> None: ...


class SpeechResponse(Response):
    """Speaks while it is sent; ends when the listener leaves."""

    def __init__(
        self,
        speaker: Speaker,
        utterance: Utterance,
        coder: Coder,
        *,
        api: str,
        framing: Framing | None = None,
        media_type: str,
        headers: dict[str, str] | None = None,
        record: Record | None = None,
    ) -> None:
        """`framing` is how the sound is carried, by default its bytes alone. `record` gets these
        bytes, too, is told when they are complete, and closed in any case.
        """
        self.speaker = speaker
        self.utterance = utterance
        self.coder = coder
        self.api = api
        self.framing = framing or Plain()
        self.record = record
        self.timings = Timings(time.perf_counter())
        self.begun = False
        self.status_code = 200
        self.background = None
        self.body = b""
        self.media_type = media_type
        self.init_headers(
            {"cache-control": "no-store", "x-accel-buffering": "no"} | (headers or {})
        )
        del self.headers["content-length"]  # what nobody knows yet

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        talk = asyncio.ensure_future(self._talk(scope, receive, send))
        gone = asyncio.ensure_future(_gone(receive))
        limit = self.speaker.settings.load.request_seconds
        outcome = "gone"
        try:
            await asyncio.wait({talk, gone}, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
            if not talk.done() and not gone.done():
                outcome = "timeout"
                log.warning("a request took longer than %g seconds: ended", limit)
        except asyncio.CancelledError:
            # the server ends before this stream could; nobody above has anything to clean up
            outcome = "ended"
        finally:
            talk.cancel()
            gone.cancel()
            await asyncio.wait({talk, gone})
            if self.record is not None:
                self.record.close()
            if not talk.cancelled() and talk.exception() is None:
                outcome = talk.result()
            elif not talk.cancelled():
                outcome = "failed"
            self.speaker.metrics.requests.labels(self.api, outcome).inc()
        if not talk.cancelled():
            talk.result()
        elif outcome == "timeout" and not self.begun:
            late = ApiError(503, "the answer took too long: ask for less at a time", code="timeout")
            await late.response()(scope, receive, send)

    async def _talk(self, scope: Scope, receive: Receive, send: Send) -> str:
        """The whole answer; says how it ended."""
        try:
            async with aclosing(self._parts()) as parts:
                async for part in parts:
                    if not self.begun:
                        self.begun = True
                        await send(self._start())
                    with patience(scope, self.speaker.settings.load.stall_seconds):
                        await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
            return "ok"
        except (PttsError, Busy, ApiError) as error:
            reason = error if isinstance(error, ApiError) else api_error(error)
            if not self.begun:
                await reason.response()(scope, receive, send)
                return "busy" if isinstance(error, Busy) else "refused"
            # not its message, which may quote the text
            log.error("speech broke off: %s", type(error).__name__)
            if told := self.framing.broken(reason.body()):
                await send({"type": "http.response.body", "body": told})
            return "failed"

    async def _parts(self) -> AsyncGenerator[bytes, None]:
        async with aclosing(self.speaker.speak(self.utterance, self.coder)) as pieces:
            async for piece in pieces:
                self._count(piece.samples)
                if self.record is not None:
                    self.record.add(piece.data)
                words = self.utterance.words
                if part := self.framing.piece(piece.data, words.take() if words else []):
                    yield part
        if self.record is not None:
            self.record.complete()
        if last := self.framing.end(self._summary):
            yield last

    def _count(self, samples: int) -> None:
        if samples and self.timings.first is None:
            self.timings.first = time.perf_counter()
            self.speaker.metrics.first_audio.observe(self.timings.first - self.timings.arrived)
        self.timings.samples += samples

    def _summary(self) -> dict[str, Any]:
        model = self.speaker.model
        read = len(model.tokenizer.encode(self.utterance.text))
        frame = model.config.mimi.sample_rate / model.config.mimi.frame_rate
        spoken = round(self.timings.samples / frame)
        usage = {"input_tokens": read, "output_tokens": spoken, "total_tokens": read + spoken}
        timings = self.timings.summary(model.sample_rate)
        return {"usage": usage, "timings": timings}

    def _start(self) -> Message:
        return {
            "type": "http.response.start",
            "status": self.status_code,
            "headers": self.raw_headers,
        }


async def _gone(receive: Receive) -> None:
    """Ends when the client does."""
    while (await receive())["type"] != "http.disconnect":
        pass


@contextmanager
def patience(scope: Scope, seconds: float) -> Iterator[None]:
    """Within so many seconds the client takes what is sent, or its connection is dropped."""
    timer = asyncio.get_running_loop().call_later(seconds, _drop, scope)
    try:
        yield
    finally:
        timer.cancel()


def _drop(scope: Scope) -> None:
    log.warning("a listener took nothing for too long: dropped")
    # ours, see server.py; closing alone would wait for the client to take what is on its way
    abort = scope.get("state", {}).get("abort")
    if abort is not None:
        abort()
