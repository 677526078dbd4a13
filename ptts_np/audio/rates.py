"""Another sample rate, by the best resampler that is installed.

soxr has wheels for most systems, not for all (musl, Windows on arm). Elsewhere the Rust module
does it, and without that a few lines of NumPy: the same filter, slower.
"""

import importlib.util
import math

import numpy as np
from jaxtyping import Float32

# a sinc under a Kaiser window: what passes ends at 0.94 of what both rates can hold
PASSED = 0.94
ZERO_CROSSINGS = 32  # on each side
KAISER_BETA = 10.0


def resample(
    samples: Float32[np.ndarray, "samples"], from_rate: int, to_rate: int
) -> Float32[np.ndarray, "resampled"]:
    """`samples` at another rate (Hz); the same array if the rates are equal."""
    if from_rate == to_rate or not samples.size:
        return samples
    if importlib.util.find_spec("soxr"):
        import soxr

        return np.asarray(soxr.resample(samples, from_rate, to_rate), dtype=np.float32)
    if importlib.util.find_spec("rust_numpy"):
        from rust_numpy import audio

        return np.asarray(audio.resample(samples, from_rate, to_rate), dtype=np.float32)
    return resample_by_numpy(samples, from_rate, to_rate)


def resample_by_numpy(
    samples: Float32[np.ndarray, "samples"], from_rate: int, to_rate: int
) -> Float32[np.ndarray, "resampled"]:
    """`samples` through a windowed sinc: `ceil(samples * to_rate / from_rate)` of them.

    Output m stands at input m * down / up. The outputs m, m + up, m + 2 up... stand at the same
    distances from the inputs around them, so one filter makes all of them.
    """
    factor = math.gcd(from_rate, to_rate)
    up, down = to_rate // factor, from_rate // factor
    cutoff = PASSED * min(up / down, 1.0)
    reach = math.ceil(ZERO_CROSSINGS / cutoff)
    out = np.empty(-(-samples.size * up // down), np.float32)
    # `windows[n]` is inputs n - reach ... n + reach, of zeros beyond the ends
    padded = np.pad(samples, reach)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    for phase in range(min(up, out.size)):
        first, rest = divmod(phase * down, up)
        weights = _sinc(np.arange(-reach, reach + 1) - rest / up, cutoff)
        out[phase::up] = windows[first::down][: -(-(out.size - phase) // up)] @ weights
    return out


def _sinc(distances: np.ndarray, cutoff: float) -> np.ndarray:
    inside = np.maximum(1 - (distances * cutoff / ZERO_CROSSINGS) ** 2, 0)
    window = np.where(inside > 0, np.i0(KAISER_BETA * np.sqrt(inside)) / np.i0(KAISER_BETA), 0)
    weights: np.ndarray = (cutoff * np.sinc(cutoff * distances) * window).astype(np.float32)
    return weights
