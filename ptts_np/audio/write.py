"""Samples to a file or a pipe, whole or as they come.

What is written is 16 bit PCM, or what the format makes of it. soundfile is imported when it is
needed; writing a WAV needs no library.
"""

import errno
import io
import struct
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32

from ptts_np.audio.samples import to_pcm16
from ptts_np.errors import InputError, OutputError
from ptts_np.fetch.atomic import explained, is_device, replacing

_FORMATS = {
    ".wav": ("WAV", "PCM_16"),
    ".flac": ("FLAC", "PCM_16"),
    ".ogg": ("OGG", "VORBIS"),
    ".opus": ("OGG", "OPUS"),
    ".mp3": ("MP3", "MPEG_LAYER_III"),
    ".aiff": ("AIFF", "PCM_16"),
}
_ENCODED = 8_192
_UNKNOWN = 0xFFFFFFFF


@runtime_checkable
class ByteSink(Protocol):
    """What is written to: any binary file object, or a socket's."""

    def write(self, data: bytes, /) -> object: ...
    def flush(self) -> object: ...


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
