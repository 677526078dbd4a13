"""WAV files that were written as a stream: their headers don't say how long they are."""

import io
import struct
from pathlib import Path

from ptts_np.audio.source import ByteSource

UNKNOWN = (0, 0xFFFFFFFF)
"""What such a header says in place of the bytes of sound."""
HEAD = 1 << 16
"""Bytes within which the sound of a WAV begins."""


def completed(source: Path | ByteSource, head: bytes, seconds: float | None) -> Path | ByteSource:
    """The source, or where its length is not known its first `seconds` with a header that is true.

    `head` are its first bytes; whatever isn't such a WAV is left as it is.
    """
    found = _unknown_length(head)
    if found is None:
        return source
    start, bytes_per_second = found
    # a second more than is wanted, and never a part of a frame that matters
    size = -1 if seconds is None else int((seconds + 1) * bytes_per_second)
    if isinstance(source, Path):
        with source.open("rb") as file:
            file.seek(start)
            sound = file.read(size)
    else:
        source.seek(start, io.SEEK_CUR)
        sound = source.read(size)
    whole, part = (struct.pack("<I", n) for n in (start - 8 + len(sound), len(sound)))
    return io.BytesIO(head[:4] + whole + head[8 : start - 4] + part + sound)


def _unknown_length(head: bytes) -> tuple[int, int] | None:
    """Where the sound begins and its bytes a second, if the header doesn't say where it ends."""
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        return None
    place, bytes_per_second = 12, 0
    while place + 8 <= len(head):
        name, size = head[place : place + 4], struct.unpack("<I", head[place + 4 : place + 8])[0]
        place += 8
        if name == b"data":
            return (place, bytes_per_second) if size in UNKNOWN and bytes_per_second else None
        if name == b"fmt " and size >= 16 and place + 12 <= len(head):
            bytes_per_second = struct.unpack("<I", head[place + 8 : place + 12])[0]
        place += size + size % 2
    return None
