"""A recording to samples. soundfile is imported when it is needed."""

import io
import sys
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32

from ptts_np.audio.samples import check_samples
from ptts_np.errors import AudioError, InputError

PROMPT_SECONDS = 30.0
RATES = range(2_000, 768_001)
_BLOCK = 65_536


@runtime_checkable
class ByteSource(Protocol):
    """What is read from: any binary file object."""

    def read(self, size: int = -1, /) -> bytes: ...
    def seek(self, offset: int, whence: int = 0, /) -> int: ...
    def seekable(self) -> bool: ...
    def tell(self) -> int: ...


def read_audio(
    source: Path | bytes | ByteSource, *, max_seconds: float | None = PROMPT_SECONDS
) -> tuple[Float32[np.ndarray, "samples"], int]:
    """The first `max_seconds` (None: all) of a recording as mono float32, and its rate in Hz.

    Reads what libsndfile reads (WAV, FLAC, Ogg, MP3, ...) and no more of it than it returns;
    channels are averaged. Raises AudioError when it is unreadable, empty, silent, not finite or of
    a rate outside 2 to 768 kHz.
    """
    import soundfile

    if max_seconds is not None and not max_seconds > 0:
        raise InputError(f"max_seconds is {max_seconds}: it must be above 0")
    name = str(source) if isinstance(source, Path) else "the audio"
    try:
        with soundfile.SoundFile(_readable(source, name)) as sound:
            rate = int(sound.samplerate)
            if rate not in RATES:
                raise AudioError(f"{name} has a sample rate of {rate} Hz: use 2000 to 768000 Hz")
            samples = _read_mono(sound, None if max_seconds is None else int(max_seconds * rate))
    except (soundfile.LibsndfileError, TypeError) as error:  # TypeError: headerless formats
        raise AudioError(
            f"can't read {name} as sound: give a WAV, FLAC, Ogg or MP3 file"
        ) from error
    check_samples(samples, name)
    return samples, rate


def _readable(source: Path | bytes | ByteSource, name: str) -> str | ByteSource:
    """`source` as something soundfile can open and seek in."""
    if isinstance(source, Path):
        if not source.exists():
            raise AudioError(f"there is no file {name}: check the path of the recording")
        if not source.is_file():
            raise AudioError(f"{name} is not a file: give the path of a recording")
        if not source.stat().st_size:
            raise AudioError(f"{name} is empty: it holds no bytes")
        return str(source)
    if isinstance(source, bytes):
        if not source:
            raise AudioError("the audio is empty: it holds no bytes")
        return io.BytesIO(source)
    return source if source.seekable() else io.BytesIO(source.read())


def _read_mono(sound: Any, n_frames: int | None) -> Float32[np.ndarray, "samples"]:
    blocks = [np.zeros(0, np.float32)]
    remaining = sys.maxsize if n_frames is None else n_frames
    while remaining > 0:
        block = sound.read(min(remaining, _BLOCK), dtype="float32", always_2d=True)
        if not len(block):
            break
        with np.errstate(over="ignore", invalid="ignore"):  # refused later, as not finite
            blocks.append(block.mean(axis=1, dtype=np.float32))
        remaining -= len(block)
    return np.concatenate(blocks)
