"""Samples to the bytes of a format, as they come.

FLAC alone comes whole at the end: its header says how long it is, and many readers want to know.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Literal, Protocol

import numpy as np
from jaxtyping import Float32

from ptts_np.audio.packed import EXTRA
from ptts_np.audio.rates import Resampler
from ptts_np.audio.samples import to_pcm16
from ptts_np.audio.tempo import Tempo
from ptts_np.audio.write import wav_header
from ptts_np.serve.aac import CONTAINERS, Aac
from ptts_np.serve.errors import ApiError

Samples = Float32[np.ndarray, "samples"]
Format = Literal["mp3", "opus", "aac", "m4a", "flac", "wav", "pcm"]

MEDIA_TYPES: dict[str, str] = {
    "wav": "audio/wav",
    "pcm": "audio/pcm",
    "flac": "audio/flac",
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "aac": "audio/aac",
    "m4a": "audio/mp4",
}
_CODED = {
    "flac": ("FLAC", "PCM_16"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
    "opus": ("OGG", "OPUS"),
    "ulaw": ("RAW", "ULAW"),
    "alaw": ("RAW", "ALAW"),
}
# of telephones: 8 bit a sample, without a header
TELEPHONE_TYPES = {"ulaw": "audio/basic", "alaw": "audio/x-alaw-basic"}
_HIGHEST_LEVEL = 0.999  # of compression: 1 is refused
_BLOCK = 4096


class Encoder(Protocol):
    """One stream's encoder."""

    def feed(self, samples: Samples) -> bytes: ...
    def end(self) -> bytes: ...


@dataclass(frozen=True)
class Piece:
    """What comes out after some more sound went in: bytes, and how many samples they speak."""

    samples: int
    data: bytes


class SoundCoder(Protocol):
    """Samples to the bytes of a format."""

    def encode(self, sound: Iterator[Samples]) -> Iterator[Piece]: ...


class Coder:
    """One stream's sound at a speed, in a format. Raises ApiError for a format that isn't here.

    The sound comes at `sample_rate` and leaves at `rate`, which is the same by default; `kbps` is
    for MP3.
    """

    def __init__(
        self,
        name: str,
        sample_rate: int,
        speed: float = 1.0,
        *,
        rate: int | None = None,
        kbps: int | None = None,
    ) -> None:
        self.speed = speed
        self._resampler = Resampler(sample_rate, rate or sample_rate)
        self._encoder = _encoder(name, rate or sample_rate, kbps)

    def encode(self, sound: Iterator[Samples]) -> Iterator[Piece]:
        """Compressing takes time: iterate in a thread."""
        yield from self.part(sound)
        yield Piece(0, self.end())

    def part(self, sound: Iterator[Samples]) -> Iterator[Piece]:
        """One of several sounds that follow each other; `end` comes after the last."""
        tempo = Tempo(self.speed)
        for samples in sound:
            yield self._piece(tempo.feed(samples))
        yield self._piece(tempo.end())

    def end(self) -> bytes:
        """What is still to be sent."""
        rest = self._resampler.end()
        return (self._encoder.feed(rest) if rest.size else b"") + self._encoder.end()

    def _piece(self, samples: Samples) -> Piece:
        resampled = self._resampler.feed(samples)
        return Piece(samples.size, self._encoder.feed(resampled) if resampled.size else b"")


def available() -> list[str]:
    """The formats this machine can make."""
    import soundfile

    packed = CONTAINERS if find_spec("av") else {}
    coded = {name for name, kind in _CODED.items() if soundfile.check_format(*kind)}
    return [name for name in MEDIA_TYPES if name in {"wav", "pcm", *coded, *packed}]


def _encoder(name: str, sample_rate: int, kbps: int | None) -> Encoder:
    if name not in (*available(), *TELEPHONE_TYPES):
        formats = ", ".join(available())
        needed = f", or install PyAV ({EXTRA})" if name in CONTAINERS else ""
        message = f"{name} can't be made here: ask for one of {formats}{needed}"
        raise ApiError(400, message, param="response_format")
    if name == "pcm":
        return _Pcm(b"")
    if name == "wav":
        return _Pcm(wav_header(sample_rate))
    if name in CONTAINERS:
        return Aac(name, sample_rate)
    options = _mp3_options(sample_rate, kbps) if name == "mp3" else {}
    return _Coded(name, sample_rate, _Whole() if name == "flac" else _Forward(), options)


def _mp3_options(sample_rate: int, kbps: int | None) -> dict[str, Any]:
    # without a header about variable rates, which would need seeking back, only a constant one
    # tells readers how long an MP3 is
    if kbps is None:
        level = 0.5
    else:
        # libsndfile's level runs from the highest rate of these sample rates to the lowest
        lowest, highest = (32, 320) if sample_rate >= 32_000 else (8, 160)
        level = (highest - kbps) / (highest - lowest)
    return {"bitrate_mode": "CONSTANT", "compression_level": min(level, _HIGHEST_LEVEL)}


class _Pcm:
    def __init__(self, header: bytes) -> None:
        self._header = header

    def feed(self, samples: Samples) -> bytes:
        header, self._header = self._header, b""
        return header + to_pcm16(samples).astype("<i2").tobytes()

    def end(self) -> bytes:
        return b""


class _Coded:
    """libsndfile's formats."""

    def __init__(
        self, name: str, sample_rate: int, sink: "_Whole | _Forward", options: dict[str, Any]
    ) -> None:
        import soundfile

        container, subtype = _CODED[name]
        self._sink = sink
        self._sound: Any = soundfile.SoundFile(
            self._sink, "w", sample_rate, 1, subtype, format=container, **options
        )

    def feed(self, samples: Samples) -> bytes:
        pcm = to_pcm16(samples)
        for start in range(0, pcm.size, _BLOCK):
            self._sound.write(pcm[start : start + _BLOCK])
        return self._sink.take(last=False)

    def end(self) -> bytes:
        self._sound.close()
        return self._sink.take(last=True)


class _Whole(io.BytesIO):
    """A file that can be changed until its end."""

    def take(self, *, last: bool) -> bytes:
        return self.getvalue() if last else b""


class _Forward(io.RawIOBase):
    """A file of which only what is appended counts: headers completed at the end can't be sent."""

    def __init__(self) -> None:
        super().__init__()
        self._ready = bytearray()
        self._position = 0
        self._end = 0

    def write(self, data: Any) -> int:
        size = len(data)
        if self._position == self._end:
            self._ready += bytes(data)
            self._end += size
        self._position += size
        return size

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._end}[whence]
        self._position = min(max(start + offset, 0), self._end)
        return self._position

    def tell(self) -> int:
        return self._position

    def take(self, *, last: bool) -> bytes:
        ready = bytes(self._ready)
        self._ready.clear()
        return ready
