"""One request's text to pieces of sound, without ever blocking the event loop.

`ptts_np.stream` is a generator that computes; each of its steps runs in a thread of a pool with as
many threads as there are slots. The next step starts when the last piece has been taken and it is
this stream's turn, so a slow listener slows its own stream only (see `admission`).
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass, field
from threading import Event
from typing import Any, TypeVar

from ptts_np.loading import Model
from ptts_np.serve.admission import Admission, Slot
from ptts_np.serve.caller import charge
from ptts_np.serve.encoders import Coder, Piece, SoundCoder
from ptts_np.serve.journal import count
from ptts_np.serve.manner import Words
from ptts_np.serve.metrics import Metrics
from ptts_np.serve.pace import Pace
from ptts_np.serve.remote import in_background
from ptts_np.serve.settings import ServeSettings
from ptts_np.serve.speed import Speed
from ptts_np.serve.tracing import Tracing
from ptts_np.serve.voices import Voice, Voices
from ptts_np.synthesis import Samples, stream, stream_events
from ptts_np.times.words import sound_alone
from ptts_np.voice import VoiceState

T = TypeVar("T")

PARK_AFTER = 0.5  # seconds a listener may take for one piece and keep its slot
CHARACTERS = 15  # of text, in a second of speech


@dataclass(frozen=True)
class Utterance:
    """What one request asks for; `options` are those of `ptts_np.stream`, `words` gets the
    words where their times are asked for."""

    text: str
    voice: Voice
    options: dict[str, Any] = field(default_factory=dict)
    words: Words | None = None


@dataclass
class Shared:
    """What the streams of all models share."""

    admission: Admission
    metrics: Metrics
    tracing: Tracing
    pool: ThreadPoolExecutor
    ready: bool = False
    draining: bool = False


class Speaker:
    """A model, its voices, and what all streams share."""

    def __init__(
        self,
        model: Model,
        settings: ServeSettings,
        tracing: Tracing | None = None,
        shared: Shared | None = None,
    ) -> None:
        """Raises VoiceError for a default voice that the model lacks."""
        self.model = model
        self.settings = settings
        self.voices = Voices(model, settings)
        self.shared = shared or _shared(settings, self.voices, tracing or Tracing())
        self.admission = self.shared.admission
        self.metrics = self.shared.metrics
        self.tracing = self.shared.tracing

    def sibling(self, model: Model) -> "Speaker":
        """The speaker of another model, in the same slots; its default voice is the model's own."""
        own = self.settings.model_copy(update={"voice": None})
        return Speaker(model, own, shared=self.shared)

    @property
    def ready(self) -> bool:
        """It has warmed up."""
        return self.shared.ready

    @property
    def draining(self) -> bool:
        """No new requests are taken."""
        return self.shared.draining

    @draining.setter
    def draining(self, value: bool) -> None:
        self.shared.draining = value

    async def warm_up(self) -> None:
        """Load the default voice and compile what the backend compiles."""
        slot = await self.admission.enter()
        try:
            state = await self.state(self.voices.find(None), slot)
            options = {"frames_after_eos": 0, "seed": 0}
            coder = Coder("pcm", self.model.sample_rate)
            async with aclosing(self.pieces(slot, "Ready.", state, options, coder)) as pieces:
                async for _ in pieces:
                    pass
        finally:
            slot.leave()
        self.shared.ready = True

    async def close(self) -> None:
        """End the threads, after the streams that were told to end have done so."""
        for _ in range(100):
            if not self.admission.open:
                break
            await asyncio.sleep(0.02)
        self.shared.pool.shutdown(wait=True, cancel_futures=True)
        self.tracing.close()

    async def state(self, voice: Voice, slot: Slot) -> VoiceState:
        """The voice's state; who waits for the network holds no slot and no place meanwhile."""
        if not voice.remote or voice.key in self.voices.cache:
            return await self.voices.state(voice, self.in_thread)
        slot.lend()
        state = await self.voices.state(voice, in_background)
        await slot.resume()
        return state

    async def speak(self, utterance: Utterance, coder: Coder) -> AsyncGenerator[Piece, None]:
        """Wait for a slot, then pieces of sound. Raises Busy and what `ptts_np.stream` raises."""
        with self.tracing.step("wait"):
            slot = await self.admission.enter(len(utterance.text) / CHARACTERS)
        try:
            with self.tracing.step("voice"):
                state = await self.state(utterance.voice, slot)
            text, options, words = utterance.text, utterance.options, utterance.words
            pieces = self.pieces(slot, text, state, options, coder, words)
            async with aclosing(pieces):
                async for piece in pieces:
                    yield piece
        finally:
            slot.leave()

    async def pieces(
        self,
        slot: Slot,
        text: str,
        voice: VoiceState,
        options: dict[str, Any],
        coder: SoundCoder,
        words: Words | None = None,
    ) -> AsyncGenerator[Piece, None]:
        """Pieces of sound within a slot; closing it stops the work within a frame.

        Raises ApiError where the caller has had its share of characters, and what
        `ptts_np.stream` raises.
        """
        charge("characters", len(text))
        loop = asyncio.get_running_loop()
        stop = Event()
        more = {**options, "model": self.model, "voice": voice, "stop": stop}
        sound = await self.in_thread(lambda: _sound(text, more, words))
        coded = coder.encode(sound)
        pace, span = Pace(), self.tracing.begin("speak")
        try:
            while (piece := await self.in_thread(lambda: next(coded, None), stop)) is not None:
                seconds = piece.samples / self.model.sample_rate
                self.metrics.audio_seconds.inc(seconds)
                if seconds and not pace.seconds:
                    span.event("first sound")
                pace.ready(seconds)
                parking = loop.call_later(PARK_AFTER, slot.park)
                try:
                    yield piece
                finally:
                    parking.cancel()
                pace.taken()
                await slot.turn(seconds)
            if self.ready:  # warming up is nobody's wait
                self.metrics.observe(pace)
        finally:
            span.end({"ptts.characters": len(text), "ptts.audio_seconds": pace.seconds})
            count(characters=len(text), audio_seconds=pace.seconds)
            await self.in_thread(lambda: _close(coded, sound))

    async def in_thread(self, function: Callable[[], T], stop: Event | None = None) -> T:
        """Carry out `function` in the pool; even when cancelled, return only after it has ended.

        `stop` is set then, for it to end soon.
        So a generator is never closed while it runs, and no slot is given up while it computes.
        """
        step = asyncio.get_running_loop().run_in_executor(self.shared.pool, function)
        try:
            return await asyncio.shield(step)
        except asyncio.CancelledError:
            if stop is not None:
                stop.set()
            await asyncio.wait([step])
            if not step.cancelled():
                step.exception()  # nobody is left to hear of it
            raise


def _sound(
    text: str, options: dict[str, Any], words: Words | None
) -> Generator[Samples, None, None]:
    if words is None:
        return stream(text, **options)
    return sound_alone(stream_events(text, **options), words.add)


def _shared(settings: ServeSettings, voices: Voices, tracing: Tracing) -> Shared:
    load = settings.load
    admission = Admission(load.concurrency, load.streams, load.queue, load.queue_seconds, Speed())
    pool = ThreadPoolExecutor(load.concurrency, thread_name_prefix="ptts-serve")
    return Shared(admission, Metrics(admission, voices.cache), tracing, pool)


def _close(*generators: Iterator[Any]) -> None:
    for generator in generators:
        close = getattr(generator, "close", None)
        if close is not None:
            close()
