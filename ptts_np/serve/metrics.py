"""What /metrics tells, in a registry of the application's own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from ptts_np.serve.admission import Admission
from ptts_np.serve.board import Board
from ptts_np.serve.pace import Pace
from ptts_np.serve.voices import StateCache

SHOWN_SECONDS = 1.0
_SECONDS = (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60)
_GAPS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
_FACTORS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 5, 10)


class Metrics:
    """Counters and gauges of one application."""

    def __init__(self, admission: Admission, cache: StateCache, board: Board | None = None) -> None:
        """`board` is where several workers show each other what they count."""
        self._board = board
        self.registry = registry = CollectorRegistry()
        self.requests = Counter(
            "ptts_requests", "Speech requests by outcome", ["api", "outcome"], registry=registry
        )
        self.first_audio = Histogram(
            "ptts_first_audio_seconds",
            "From a request's arrival to its first sound, waiting included",
            registry=registry,
            buckets=_SECONDS,
        )
        self.gap = Histogram(
            "ptts_gap_seconds",
            "Longest silence within an utterance while its listener waited for the server",
            registry=registry,
            buckets=_GAPS,
        )
        self.real_time_factor = Histogram(
            "ptts_real_time_factor",
            "Seconds of work, waiting for a turn included, for a second of sound",
            registry=registry,
            buckets=_FACTORS,
        )
        self.audio_seconds = Counter(
            "ptts_audio_seconds", "Seconds of sound made", registry=registry
        )
        for name, text, value in (
            ("ptts_streams_computing", "Streams that compute", lambda: admission.active),
            ("ptts_streams", "Streams that have begun", lambda: admission.begun),
            ("ptts_queue_length", "Requests that wait to begin", lambda: admission.waiting),
            ("ptts_voices_cached", "Voice states in memory", lambda: len(cache)),
            ("ptts_voices_cached_bytes", "Bytes of these", lambda: cache.bytes),
        ):
            Gauge(name, text, registry=registry).set_function(value)

    def observe(self, pace: Pace) -> None:
        """An utterance is over."""
        if pace.seconds:
            self.gap.observe(pace.gap)
            self.real_time_factor.observe(pace.real_time_factor)

    def text(self) -> bytes:
        """All of it for Prometheus, of all workers."""
        if self._board is None:
            return generate_latest(self.registry)
        self._board.write(self.registry)
        return generate_latest(self._board.read())

    @asynccontextmanager
    async def shown(self) -> AsyncIterator[None]:
        """Let the other workers see it, until the block ends."""
        showing = None if self._board is None else asyncio.ensure_future(self._show(self._board))
        try:
            yield
        finally:
            if showing is not None:
                showing.cancel()
                await asyncio.wait({showing})

    async def _show(self, board: Board) -> None:
        while True:
            board.write(self.registry)
            await asyncio.sleep(SHOWN_SECONDS)
