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


class Resampler:
    """Feed pieces of sound, get pieces at another rate; the cuts make no difference.

    The same filter everywhere, by NumPy: what streams has few samples at a time.
    """

    def __init__(self, from_rate: int, to_rate: int) -> None:
        factor = math.gcd(from_rate, to_rate)
        self._up, self._down = to_rate // factor, from_rate // factor
        cutoff = PASSED * min(self._up / self._down, 1.0)
        self._reach = math.ceil(ZERO_CROSSINGS / cutoff)
        shifts = np.arange(self._up)[:, None] / self._up
        self._weights = _sinc(np.arange(-self._reach, self._reach + 1) - shifts, cutoff)
        # zeros before the start, so that the first outputs have a window, too
        self._input = np.zeros(self._reach, np.float32)
        self._first = 0  # index of the input that the first output still to come is centered on
        self._fed = 0
        self._given = 0

    def feed(self, samples: Float32[np.ndarray, "_"]) -> Float32[np.ndarray, "_"]:
        """What is ready after these samples."""
        if self._up == self._down:
            return samples
        self._fed += samples.size
        return self._process(samples)

    def end(self) -> Float32[np.ndarray, "_"]:
        """The rest: `ceil(samples * to_rate / from_rate)` have been given then."""
        if self._up == self._down:
            return np.zeros(0, np.float32)
        missing = -(-self._fed * self._up // self._down) - self._given
        return self._process(np.zeros(2 * self._reach + 1, np.float32))[:missing]

    def _process(self, samples: np.ndarray) -> np.ndarray:
        self._input = np.concatenate([self._input, samples])
        centers = self._input.size - 2 * self._reach
        if centers <= 0:
            return np.zeros(0, np.float32)
        windows = np.lib.stride_tricks.sliding_window_view(self._input, 2 * self._reach + 1)
        # outputs whose center is below `self._first + centers`
        stop = -(-(self._first + centers) * self._up // self._down)
        index, rest = np.divmod(np.arange(self._given, stop) * self._down, self._up)
        out = np.einsum("mw,mw->m", windows[index - self._first], self._weights[rest])
        self._given = stop
        dropped = stop * self._down // self._up - self._first
        self._input, self._first = self._input[dropped:], self._first + dropped
        return out
