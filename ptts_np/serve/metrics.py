"""What /metrics tells, in a registry of the application's own."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from ptts_np.serve.admission import Admission
from ptts_np.serve.pace import Pace
from ptts_np.serve.voices import StateCache

_SECONDS = (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60)
_GAPS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
_FACTORS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 5, 10)


class Metrics:
    """Counters and gauges of one application."""

    def __init__(self, admission: Admission, cache: StateCache) -> None:
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
        return generate_latest(self.registry)
