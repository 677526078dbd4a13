"""Sound in and out of files: read, resample, end a prompt on a pause, write whole or as it comes.

Samples are mono float32 in [-1, 1]. What is written is 16 bit PCM, or what the format makes of it.
soundfile and soxr are imported when first needed; writing a WAV needs neither.
"""

import errno
import io
import struct
import sys
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32, Int16

from ptts_np.errors import AudioError, InputError, OutputError
from ptts_np.files import explained, is_device, replacing

SAMPLE_RATE = 24_000
PROMPT_SECONDS = 30.0
SILENCE = 1e-4  # peak below which a recording holds nothing to hear
RATES = range(2_000, 768_001)

PAUSE_FRAME = 480  # 20 ms at 24 kHz, also the length of the fade
PAUSE_FLOOR_DB = 35.0
PAUSE = 1_920  # 80 ms of zeros, one latent frame

_FORMATS = {
    ".wav": ("WAV", "PCM_16"),
    ".flac": ("FLAC", "PCM_16"),
    ".ogg": ("OGG", "VORBIS"),
    ".opus": ("OGG", "OPUS"),
    ".mp3": ("MP3", "MPEG_LAYER_III"),
    ".aiff": ("AIFF", "PCM_16"),
}
_BLOCK = 65_536
_ENCODED = 8_192
_UNKNOWN = 0xFFFFFFFF


@runtime_checkable
class ByteSource(Protocol):
    """What is read from: any binary file object."""

    def read(self, size: int = -1, /) -> bytes: ...
    def seek(self, offset: int, whence: int = 0, /) -> int: ...
    def seekable(self) -> bool: ...
    def tell(self) -> int: ...


@runtime_checkable
class ByteSink(Protocol):
    """What is written to: any binary file object, or a socket's."""

    def write(self, data: bytes, /) -> object: ...
    def flush(self) -> object: ...


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


def check_samples(samples: Float32[np.ndarray, "samples"], name: str = "the audio") -> None:
    """Raises AudioError if `samples` are none, not finite, or silent (peak below 1e-4)."""
    if not samples.size:
        raise AudioError(f"{name} is empty: it holds no samples")
    if not np.isfinite(samples).all():
        raise AudioError(f"{name} holds samples that are not finite: export it again")
    if np.abs(samples).max() < SILENCE:
        raise AudioError(f"{name} is silent: record it again, louder")


def resample(
    samples: Float32[np.ndarray, "samples"], from_rate: int, to_rate: int
) -> Float32[np.ndarray, "resampled"]:
    """`samples` at another rate (Hz); the same array if the rates are equal."""
    if from_rate == to_rate or not samples.size:
        return samples
    import soxr

    return np.asarray(soxr.resample(samples, from_rate, to_rate), dtype=np.float32)


def end_on_pause(samples: Float32[np.ndarray, "samples"]) -> Float32[np.ndarray, "ended"]:
    """A voice prompt at 24 kHz that ends in exactly 80 ms of silence.

    The trailing 20 ms frames more than 35 dB below the loudest are cut, and the last 20 ms left
    fade out: a prompt that stops within a word makes the model finish that word first. Shorter
    than one frame, it is returned as it is.
    """
    n_frames = samples.size // PAUSE_FRAME
    if not n_frames:
        return samples
    frames = samples[: n_frames * PAUSE_FRAME].reshape(n_frames, PAUSE_FRAME)
    loudness = 20 * np.log10(np.sqrt(np.mean(frames.astype(np.float64) ** 2, axis=1)) + 1e-12)
    end = (int(np.flatnonzero(loudness > loudness.max() - PAUSE_FLOOR_DB)[-1]) + 1) * PAUSE_FRAME
    ended = np.zeros(end + PAUSE, dtype=np.float32)
    ended[:end] = samples[:end]
    ended[end - PAUSE_FRAME : end] *= np.linspace(1, 0, PAUSE_FRAME, dtype=np.float32)
    return ended


def prompt_from_audio(
    source: Path | bytes | ByteSource, *, max_seconds: float = PROMPT_SECONDS
) -> Float32[np.ndarray, "samples"]:
    """A recording as a voice prompt: mono, 24 kHz, its first `max_seconds`, ended on a pause."""
    return prompt_from_samples(*read_audio(source, max_seconds=max_seconds), max_seconds)


def prompt_from_samples(
    samples: Float32[np.ndarray, "samples"], rate: int, max_seconds: float = PROMPT_SECONDS
) -> Float32[np.ndarray, "prompt"]:
    """Mono samples at `rate` Hz as a voice prompt, as `prompt_from_audio` makes it."""
    prompt = resample(samples, rate, SAMPLE_RATE)[: int(max_seconds * SAMPLE_RATE)]
    if prompt.size < PAUSE:
        raise AudioError(
            f"the voice prompt lasts {1000 * prompt.size // SAMPLE_RATE} ms: record a few seconds"
        )
    return end_on_pause(prompt)


def fade_in(samples: Float32[np.ndarray, "samples"], n: int) -> Float32[np.ndarray, "samples"]:
    """A copy whose first `n` samples rise linearly from 0 to 1 times themselves."""
    faded: np.ndarray = samples.copy()
    faded[:n] *= np.linspace(0, 1, n, dtype=np.float32)[: samples.size]
    return faded


def to_pcm16(samples: Float32[np.ndarray, "samples"]) -> Int16[np.ndarray, "samples"]:
    """`samples` clipped to [-1, 1], times 32767, rounded. AudioError if they are not finite."""
    if not np.isfinite(samples).all():
        raise AudioError("the samples to write are not finite: the model's weights may be damaged")
    pcm: np.ndarray = np.rint(np.clip(samples, -1, 1) * np.float32(32767)).astype(np.int16)
    return pcm


def wav_header(sample_rate: int, n_samples: int | None = None) -> bytes:
    """The 44 bytes before 16 bit mono samples; None: of unknown length, for streams."""
    size = _UNKNOWN if n_samples is None else min(2 * n_samples, _UNKNOWN - 36)
    riff = b"RIFF" + struct.pack("<I", min(size + 36, _UNKNOWN)) + b"WAVE"
    layout = struct.pack("<IHHIIHH", 16, 1, 1, sample_rate, 2 * sample_rate, 2, 16)
    return riff + b"fmt " + layout + b"data" + struct.pack("<I", size)


def write_wav_stream(
    output: ByteSink, sample_rate: int, chunks: Iterable[Float32[np.ndarray, "_"]]
) -> int:
    """Writes chunks as a WAV of unknown length, each at once; returns how many samples.

    `output` needs no seeking: a pipe will do. BrokenPipeError is the caller's (a reader that has
    heard enough); any other failure to write is an OutputError.
    """
    written = 0
    with explained("the output stream", BrokenPipeError):
        output.write(wav_header(sample_rate))
        output.flush()
    for chunk in chunks:
        data = to_pcm16(chunk).astype("<i2").tobytes()
        with explained("the output stream", BrokenPipeError):
            output.write(data)
            output.flush()
        written += chunk.size
    return written


def write_audio(path: Path, samples: Float32[np.ndarray, "samples"], sample_rate: int) -> None:
    """Writes `samples` to `path` in the format of its suffix, all or nothing; see AudioWriter."""
    with AudioWriter(path, sample_rate) as writer:
        writer.write(samples)


class AudioWriter:
    """A sound file written as the samples come, there only once it is complete.

        with AudioWriter(Path("out.wav"), 24000) as writer:
            for chunk in chunks:
                writer.write(chunk)

    Writes to a temporary file beside `path`, which takes its place when the block ends; after an
    error or Ctrl-C it is removed and what was at `path` is still there. A device or named pipe at
    `path` is written directly. Raises InputError for an unknown suffix, OutputError when writing
    fails.
    """

    def __init__(self, path: Path, sample_rate: int) -> None:
        self.path = path
        self.sample_rate = sample_rate
        self.n_samples = 0
        self._format = _format_for(path, default=".wav" if is_device(path) else "")
        self._stack = ExitStack()
        self._file: BinaryIO | None = None
        self._encoder: Any = None
        self._worker: Any = None
        self._guard: _Guard | None = None

    def __enter__(self) -> "AudioWriter":
        with ExitStack() as stack:  # undoes all if a part fails
            file = stack.enter_context(replacing(self.path))
            with explained(str(self.path)):
                if self._format[0] == "WAV":
                    file.write(wav_header(self.sample_rate))
                else:
                    self._open_encoder(file, stack)
            self._file = file
            self._stack = stack.pop_all()
        return self

    def _open_encoder(self, file: BinaryIO, stack: ExitStack) -> None:
        from concurrent.futures import ThreadPoolExecutor

        import soundfile

        if not file.seekable():
            raise OutputError(f"{self.path} is a pipe, which only takes WAV: write to a file")
        container, subtype = self._format
        self._guard = _Guard(file)
        # libsndfile calls back to write, and what is raised there is lost. Ctrl-C must not be: it
        # comes to the main thread, so the encoder works in one of its own.
        self._worker = stack.enter_context(ThreadPoolExecutor(1, "ptts-encoder"))
        options = (self._guard, "w", self.sample_rate, 1, subtype, None, container)
        try:
            self._encoder = self._worker.submit(soundfile.SoundFile, *options).result()
            stack.callback(self._worker.submit, _close_quietly, self._encoder)
        except soundfile.LibsndfileError as error:
            raise InputError(
                f"can't write {self.sample_rate} Hz as {self.path.suffix}: use .wav"
            ) from error

    def write(self, chunk: Float32[np.ndarray, "samples"]) -> None:
        """Appends samples."""
        if self._file is None:
            raise OutputError(f"{self.path} is not open: write within the `with` block")
        pcm = to_pcm16(chunk)
        with explained(str(self.path)):
            if self._encoder is None:
                self._file.write(pcm.astype("<i2").tobytes())
            # In blocks: libsndfile's Vorbis encoder needs stack for all it is given at once.
            for start in range(0, pcm.size if self._encoder else 0, _ENCODED):
                self._encode(self._encoder.write, pcm[start : start + _ENCODED])
        self.n_samples += pcm.size

    def _encode(self, call: Any, *arguments: Any) -> None:
        """Calls into the encoder; raises the error its file had meanwhile."""
        import soundfile

        try:
            self._worker.submit(call, *arguments).result()
        except soundfile.LibsndfileError as error:
            raise OSError(errno.EIO, str(error)) from error
        finally:
            if self._guard is not None and self._guard.error is not None:
                raise self._guard.error

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        file, self._file = self._file, None
        if kind is not None:
            self._stack.__exit__(kind, error, traceback)
            return
        with self._stack, explained(str(self.path)):
            assert file is not None
            if self._encoder is not None:
                self._encode(self._encoder.close)
            elif file.seekable():
                file.seek(0)
                file.write(wav_header(self.sample_rate, self.n_samples))


def _close_quietly(encoder: Any) -> None:
    with suppress(RuntimeError):
        encoder.close()


class _Guard(io.RawIOBase):
    """A file for libsndfile, whose callbacks can't raise: the first error is kept in `error`."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self.file = file
        self.error: OSError | None = None

    def write(self, data: Any) -> int:
        if self.error is None:
            try:
                self.file.write(data)
            except OSError as error:
                self.error = error
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        try:
            return self.file.seek(offset, whence)
        except OSError as error:  # seeking writes out what is buffered
            self.error = self.error or error
            return 0

    def tell(self) -> int:
        return self.file.tell()


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


def _format_for(path: Path, default: str) -> tuple[str, str]:
    """libsndfile's names of the container and coding for a file's suffix."""
    suffix = path.suffix.lower() or default
    if suffix == ".wav":
        return _FORMATS[suffix]
    import soundfile

    possible = {key: value for key, value in _FORMATS.items() if soundfile.check_format(*value)}
    if suffix not in possible:
        raise InputError(f"can't write {path}: the name must end in {', '.join(possible)}")
    return possible[suffix]
