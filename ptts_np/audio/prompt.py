"""A recording to a voice prompt: mono, 24 kHz, a few seconds, from the first word to a pause."""

from pathlib import Path

import numpy as np
from jaxtyping import Float32
from numpy.typing import NDArray

from ptts_np.audio.rates import resample
from ptts_np.audio.read import PROMPT_SECONDS, read_audio
from ptts_np.audio.samples import SAMPLE_RATE
from ptts_np.audio.source import ByteSource
from ptts_np.errors import AudioError

PAUSE_FRAME = 480  # 20 ms at 24 kHz, also the length of the fade
PAUSE_FLOOR_DB = 35.0
PAUSE = 1_920  # 80 ms of zeros, one latent frame
LEAD = 12_000  # 500 ms: a breath may be before the first word, seconds of silence spoil a voice


def prompt_from_audio(
    source: Path | bytes | ByteSource, *, max_seconds: float = PROMPT_SECONDS
) -> Float32[np.ndarray, "samples"]:
    """A recording as a voice prompt: mono, 24 kHz, its first `max_seconds`, without the silence
    before it, ended on a pause."""
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
    return end_on_pause(begin_soon(prompt))


def begin_soon(samples: Float32[np.ndarray, "samples"]) -> Float32[np.ndarray, "rest"]:
    """A voice prompt at 24 kHz with at most 500 ms before its first sound."""
    loud = _loud(samples)
    return samples[max(0, int(loud[0]) * PAUSE_FRAME - LEAD) :] if loud.size else samples


def end_on_pause(samples: Float32[np.ndarray, "samples"]) -> Float32[np.ndarray, "ended"]:
    """A voice prompt at 24 kHz that ends in exactly 80 ms of silence.

    The trailing 20 ms frames more than 35 dB below the loudest are cut, and the last 20 ms left
    fade out: a prompt that stops within a word makes the model finish that word first. Shorter
    than one frame, it is returned as it is.
    """
    loud = _loud(samples)
    if not loud.size:
        return samples
    end = (int(loud[-1]) + 1) * PAUSE_FRAME
    ended = np.zeros(end + PAUSE, dtype=np.float32)
    ended[:end] = samples[:end]
    ended[end - PAUSE_FRAME : end] *= np.linspace(1, 0, PAUSE_FRAME, dtype=np.float32)
    return ended


def _loud(samples: Float32[np.ndarray, "samples"]) -> NDArray[np.intp]:
    """The 20 ms frames that are less than 35 dB below the loudest."""
    n_frames = samples.size // PAUSE_FRAME
    if not n_frames:
        return np.zeros(0, np.intp)
    frames = samples[: n_frames * PAUSE_FRAME].reshape(n_frames, PAUSE_FRAME)
    loudness = 20 * np.log10(np.sqrt(np.mean(frames.astype(np.float64) ** 2, axis=1)) + 1e-12)
    return np.flatnonzero(loudness > loudness.max() - PAUSE_FLOOR_DB)
