"""Samples to the bytes of a file, the same bytes for the same samples, in memory."""

import io
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from jaxtyping import Float32

from ptts_np.audio.samples import to_pcm16
from ptts_np.errors import InputError

Coding = Literal["flac", "opus"]
OPUS_RATE = 48_000
OPUS_BITS = 32_000


def encode(samples: Float32[np.ndarray, "samples"], sample_rate: int, coding: Coding) -> bytes:
    """Mono samples as FLAC of 16 bits, or as Opus in Ogg (32 kbit/s), which needs PyAV.

    Raises AudioError for samples that are not finite.
    """
    pcm = to_pcm16(samples)
    if coding == "flac":
        import soundfile

        buffer = io.BytesIO()
        soundfile.write(buffer, pcm, sample_rate, "PCM_16", format="FLAC")
        return buffer.getvalue()
    return _opus(pcm, sample_rate)


def _opus(pcm: Any, sample_rate: int) -> bytes:
    # libsndfile draws the number of an Ogg stream at random; FFmpeg can be told not to
    try:
        import av
    except ImportError as error:
        raise InputError('Opus needs av: pip install "ptts-np[corpus]"') from error
    buffer = io.BytesIO()
    options = {"fflags": "+bitexact"}
    with av.open(buffer, "w", format="ogg", container_options=options) as container:
        stream: Any = container.add_stream("libopus", rate=OPUS_RATE, layout="mono")
        stream.bit_rate = OPUS_BITS
        stream.codec_context.flags |= av.codec.context.Flags.bitexact
        resampler = av.AudioResampler(stream.codec_context.format, "mono", OPUS_RATE)
        frame = av.AudioFrame.from_ndarray(pcm[None], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = sample_rate, 0, Fraction(1, sample_rate)
        for ready in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(ready))
        container.mux(stream.encode(None))
    return buffer.getvalue()
