"""AAC as it comes, bare or in fragments of MP4 (M4A), by PyAV."""

from fractions import Fraction
from typing import Any

import numpy as np
from jaxtyping import Float32

CONTAINERS: dict[str, tuple[str, dict[str, str]]] = {
    "aac": ("adts", {}),
    # an index at the end could not be sent before it: each fragment has its own
    "m4a": ("mp4", {"movflags": "empty_moov+default_base_moof", "frag_duration": "200000"}),
}
BITS = 96_000
_FRAME = 1024


class Aac:
    """One stream's encoder."""

    def __init__(self, name: str, sample_rate: int) -> None:
        import av

        container, options = CONTAINERS[name]
        self._rate, self._given = sample_rate, 0
        self._sink = _Sink()
        self._container = av.open(self._sink, "w", format=container, container_options=options)
        self._stream: Any = self._container.add_stream("aac", rate=sample_rate, layout="mono")
        self._stream.bit_rate = BITS
        self._framer = av.AudioResampler("fltp", "mono", sample_rate, _FRAME)

    def feed(self, samples: Float32[np.ndarray, "samples"]) -> bytes:
        from av import AudioFrame

        frame = AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
        frame.sample_rate, frame.time_base = self._rate, Fraction(1, self._rate)
        frame.pts, self._given = self._given, self._given + samples.size
        self._encode(self._framer.resample(frame))
        return self._sink.take()

    def end(self) -> bytes:
        if self._given:
            self._encode([*self._framer.resample(None), None])
        self._container.close()
        return self._sink.take()

    def _encode(self, frames: list[Any]) -> None:
        for frame in frames:
            self._container.mux(self._stream.encode(frame))


class _Sink:
    """Where what is written waits to be sent; it can't be gone back in."""

    def __init__(self) -> None:
        self._ready = bytearray()

    def write(self, data: bytes) -> int:
        self._ready += data
        return len(data)

    def take(self) -> bytes:
        ready = bytes(self._ready)
        self._ready.clear()
        return ready
