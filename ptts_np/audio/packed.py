"""Recordings of telephones and browsers, which libsndfile doesn't read: M4A, AAC, WebM, by PyAV."""

from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32

from ptts_np.audio.mono import Mono
from ptts_np.audio.source import ByteSource
from ptts_np.errors import AudioError

EXTRA = 'pip install "ptts-np[formats]"'


def packing(head: bytes) -> str | None:
    """FFmpeg's name of the format that a file of these first bytes has; None: none of these.

    FFmpeg isn't asked: among what it knows are lists that lead to other files and addresses.
    """
    if head[4:8] == b"ftyp":
        return "mp4"
    if head[:4] == b"\x1aE\xdf\xa3":
        return "matroska"
    if len(head) >= 2 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        return "aac"
    return None


def read_packed(
    source: Path | ByteSource, kind: str, name: str, max_seconds: float | None
) -> tuple[Float32[np.ndarray, "samples"], int]:
    """The first `max_seconds` as mono samples, and their rate in Hz.

    Raises AudioError where PyAV is missing or can't read it.
    """
    try:
        import av
    except ImportError as error:
        raise AudioError(f"{name} is M4A, AAC or WebM, which needs PyAV: {EXTRA}") from error
    mono, rate, taken = Mono(), 0, 0
    try:
        opened: Any = str(source) if isinstance(source, Path) else source
        with av.open(opened, format=kind) as container:
            if not container.streams.audio:
                raise AudioError(f"{name} holds no sound")
            to_float = av.AudioResampler("fltp")
            for frame in container.decode(container.streams.audio[0]):
                rate = rate or frame.sample_rate
                if frame.sample_rate != rate:
                    raise AudioError(f"{name} changes its sample rate within")
                for part in to_float.resample(frame):
                    mono.feed(part.to_ndarray().T)
                    taken += part.samples
                if max_seconds is not None and taken >= max_seconds * rate:
                    break
    except (av.FFmpegError, ValueError) as error:
        raise AudioError(f"can't read {name} as sound: it is damaged or protected") from error
    samples = mono.samples()
    return (samples if max_seconds is None else samples[: int(max_seconds * rate)]), rate
