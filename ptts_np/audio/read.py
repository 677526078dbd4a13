"""A recording to samples. soundfile is imported when it is needed."""

import io
import sys
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32

from ptts_np.audio.mono import Mono
from ptts_np.audio.packed import packing, read_packed
from ptts_np.audio.samples import check_samples
from ptts_np.audio.source import ByteSource
from ptts_np.audio.streamed import HEAD, completed
from ptts_np.errors import AudioError, InputError

PROMPT_SECONDS = 30.0
RATES = range(2_000, 768_001)
_BLOCK = 65_536


def read_audio(
    source: Path | bytes | ByteSource, *, max_seconds: float | None = PROMPT_SECONDS
) -> tuple[Float32[np.ndarray, "samples"], int]:
    """The first `max_seconds` (None: all) of a recording as mono float32, and its rate in Hz.

    Reads what libsndfile reads (WAV, FLAC, Ogg, MP3, ...), and with PyAV M4A, AAC and WebM; no more
    of it than it returns. Channels are averaged; of two that cancel each other out one is taken. A
    WAV whose header doesn't know its length is read to its end. Raises AudioError when it is
    unreadable, empty, silent, not finite or of a rate outside 2 to 768 kHz.
    """
    if max_seconds is not None and not max_seconds > 0:
        raise InputError(f"max_seconds is {max_seconds}: it must be above 0")
    name = str(source) if isinstance(source, Path) else "the audio"
    readable = _readable(source, name)
    head = _head(readable)
    if kind := packing(head):
        samples, rate = read_packed(readable, kind, name, max_seconds)
        _check_rate(rate, name)
    else:
        samples, rate = _read_plain(completed(readable, head, max_seconds), name, max_seconds)
    check_samples(samples, name)
    return samples, rate


def _read_plain(
    source: Path | ByteSource, name: str, max_seconds: float | None
) -> tuple[Float32[np.ndarray, "samples"], int]:
    import soundfile

    opened = str(source) if isinstance(source, Path) else source
    try:
        with soundfile.SoundFile(opened) as sound:
            rate = int(sound.samplerate)
            _check_rate(rate, name)
            return _read_mono(sound, None if max_seconds is None else int(max_seconds * rate)), rate
    except (soundfile.LibsndfileError, TypeError) as error:  # TypeError: headerless formats
        raise AudioError(
            f"can't read {name} as sound: give a WAV, FLAC, Ogg or MP3 file"
        ) from error


def _check_rate(rate: int, name: str) -> None:
    if rate not in RATES:
        raise AudioError(f"{name} has a sample rate of {rate} Hz: use 2000 to 768000 Hz")


def _readable(source: Path | bytes | ByteSource, name: str) -> Path | ByteSource:
    """A file, or its bytes as something that can be gone back in."""
    if isinstance(source, Path):
        if not source.exists():
            raise AudioError(f"there is no file {name}: check the path of the recording")
        if not source.is_file():
            raise AudioError(f"{name} is not a file: give the path of a recording")
        if not source.stat().st_size:
            raise AudioError(f"{name} is empty: it holds no bytes")
        return source
    if isinstance(source, bytes):
        if not source:
            raise AudioError("the audio is empty: it holds no bytes")
        return io.BytesIO(source)
    return source if source.seekable() else io.BytesIO(source.read())


def _head(source: Path | ByteSource) -> bytes:
    if isinstance(source, Path):
        with source.open("rb") as file:
            return file.read(HEAD)
    place = source.tell()
    head = source.read(HEAD)
    source.seek(place)
    return head


def _read_mono(sound: Any, n_frames: int | None) -> Float32[np.ndarray, "samples"]:
    mono = Mono()
    remaining = sys.maxsize if n_frames is None else n_frames
    while remaining > 0:
        block = sound.read(min(remaining, _BLOCK), dtype="float32", always_2d=True)
        if not len(block):
            break
        mono.feed(block)
        remaining -= len(block)
    return mono.samples()
