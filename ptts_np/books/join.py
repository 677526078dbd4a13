"""Finished parts to files to listen to: one with chapters, or one for each chapter.

FFmpeg's libraries, by PyAV, encode. They are told to write neither times nor versions, so the same
sound gives the same bytes.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int16

from ptts_np.audio.samples import SAMPLE_RATE
from ptts_np.books.documents.read import library
from ptts_np.errors import InputError, OutputError
from ptts_np.fetch.atomic import explained, replacing

_BLOCK = 1 << 16


@dataclass(frozen=True)
class Format:
    """FFmpeg's names of a container and a codec; whether it holds chapters and a picture.

    `brand` is what kind of MP4 it says it is: players look at that, not only at the name.
    """

    container: str
    codec: str
    bit_rate: int | None
    has_chapters: bool = False
    brand: str | None = None


FORMATS = {
    ".m4b": Format("mp4", "aac", 64_000, has_chapters=True, brand="M4B "),
    ".m4a": Format("mp4", "aac", 64_000, has_chapters=True, brand="M4A "),
    ".mp3": Format("mp3", "libmp3lame", 64_000, has_chapters=True),
    ".opus": Format("ogg", "libopus", 32_000),
    ".flac": Format("flac", "flac", None),
}
_RATES = {"libopus": 48_000}  # all that this encoder takes of what is above ours


@dataclass(frozen=True)
class Tags:
    """What a player shows."""

    title: str
    author: str
    album: str = ""
    track: str = ""
    cover: bytes | None = None


@dataclass(frozen=True)
class Mark:
    """A chapter within a file: its title, first sample and end."""

    title: str
    start: int
    end: int


def format_of(suffix: str) -> Format:
    """The format of a file's suffix. Raises InputError for one that is not written here."""
    if suffix.lower() not in FORMATS:
        raise InputError(f"can't write {suffix or 'that'}: choose from {', '.join(FORMATS)}")
    return FORMATS[suffix.lower()]


def write_joined(
    path: Path,
    parts: Sequence[Path],
    marks: Sequence[Mark],
    tags: Tags,
    *,
    progress: Callable[[int], None] = lambda samples: None,
) -> None:
    """Encode FLAC files one after another into `path`, there once it is complete.

    `progress` is told the samples of each block. Raises OutputError.
    """
    av = library("av")
    chosen = format_of(path.suffix)
    with replacing(path) as file, explained(str(path)):
        try:
            options = {"fflags": "+bitexact"} | ({"brand": chosen.brand} if chosen.brand else {})
            with av.open(
                file, "w", format=chosen.container, container_options=options
            ) as container:
                _encode(av, container, chosen, _blocks(parts, progress), marks, tags)
        except av.error.FFmpegError as error:
            if isinstance(error, OSError) and error.errno:
                raise OSError(error.errno, error.strerror) from error
            raise OutputError(f"can't write {path}: {error}") from error


def _encode(
    av: Any,
    container: Any,
    chosen: Format,
    blocks: Iterator[Int16[np.ndarray, "samples"]],
    marks: Sequence[Mark],
    tags: Tags,
) -> None:
    names = {"title": tags.title, "artist": tags.author, "album": tags.album, "track": tags.track}
    container.metadata.update({key: value for key, value in names.items() if value})
    container.metadata["genre"] = "Audiobook"
    rate = _RATES.get(chosen.codec, SAMPLE_RATE)
    stream = container.add_stream(chosen.codec, rate=rate, layout="mono")
    stream.codec_context.flags |= av.codec.context.Flags.bitexact
    if chosen.bit_rate:
        stream.bit_rate = chosen.bit_rate
    picture = _add_picture(av, container, tags.cover) if chosen.has_chapters else None
    if chosen.has_chapters:
        container.set_chapters([_chapter(index, mark) for index, mark in enumerate(marks)])
    if picture:
        container.mux(picture)
    resampler = av.AudioResampler(stream.codec_context.format, "mono", rate)
    place = 0
    for block in blocks:
        frame = av.AudioFrame.from_ndarray(block[None], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, place, Fraction(1, SAMPLE_RATE)
        place += block.size
        for ready in resampler.resample(frame):
            container.mux(stream.encode(ready))
    for ready in resampler.resample(None):
        container.mux(stream.encode(ready))
    container.mux(stream.encode(None))


def _chapter(index: int, mark: Mark) -> dict[str, Any]:
    # milliseconds: what MP3's chapters are counted in
    start, end = (round(1000 * place / SAMPLE_RATE) for place in (mark.start, mark.end))
    return {
        "id": index,
        "start": start,
        "end": end,
        "time_base": Fraction(1, 1000),
        "metadata": {"title": mark.title},
    }


def _add_picture(av: Any, container: Any, cover: bytes | None) -> Any:
    """A stream that is one picture, and its packet; None without a cover."""
    if cover is None:
        return None
    import io

    try:
        with av.open(io.BytesIO(cover)) as picture:
            source = picture.streams.video[0]
            packet = next(packet for packet in picture.demux(source) if packet.size)
            stream = container.add_stream_from_template(source)
    except (av.error.FFmpegError, IndexError, StopIteration) as error:
        raise InputError("the cover is not a JPEG or PNG picture") from error
    stream.disposition = av.stream.Disposition.attached_pic
    packet.stream, packet.pts, packet.dts = stream, 0, 0
    return packet


def _blocks(
    parts: Sequence[Path], progress: Callable[[int], None]
) -> Iterator[Int16[np.ndarray, "samples"]]:
    import soundfile

    for part in parts:
        with soundfile.SoundFile(part) as sound:
            while (block := sound.read(_BLOCK, dtype="int16")).size:
                yield block
                progress(block.size)
