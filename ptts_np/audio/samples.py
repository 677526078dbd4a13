"""What is done to an array of samples, mono float32 in [-1, 1]."""

import numpy as np
from jaxtyping import Float32, Int16

from ptts_np.errors import AudioError

SAMPLE_RATE = 24_000
SILENCE = 1e-4  # peak below which a recording holds nothing to hear


def check_samples(samples: Float32[np.ndarray, "samples"], name: str = "the audio") -> None:
    """Raises AudioError if `samples` are none, not finite, or silent (peak below 1e-4)."""
    if not samples.size:
        raise AudioError(f"{name} is empty: it holds no samples")
    if not np.isfinite(samples).all():
        raise AudioError(f"{name} holds samples that are not finite: export it again")
    if np.abs(samples).max() < SILENCE:
        raise AudioError(f"{name} is silent: record it again, louder")


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
