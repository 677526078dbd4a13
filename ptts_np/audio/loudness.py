"""Loudness by ITU-R BS.1770-4, for mono, with NumPy alone; sound at a loudness asked for.

The standard's K-weighting is two recursive filters. Their impulse response fades within some
hundred milliseconds, so it is cut there and applied as a convolution by FFT, in bounded memory.
"""

import functools
import math
from collections.abc import Iterable, Iterator

import numpy as np
from jaxtyping import Float32, Float64
from numpy.lib.stride_tricks import sliding_window_view

from ptts_np.errors import InputError

STEP_SECONDS = 0.1
STEPS = 4
"""Of a block, 400 ms."""
ABSOLUTE_GATE = -70.0  # LUFS
RELATIVE_GATE = 10.0  # LU below what passes the absolute gate
SILENT = -math.inf
QUIETEST, LOUDEST = -50.0, -5.0

_TAIL_SECONDS = 0.4


def loudness(samples: Float32[np.ndarray, "samples"], sample_rate: int) -> float:
    """Integrated loudness in LUFS; -inf for silence. Shorter than a block, it is one block."""
    return gated(block_powers([samples], sample_rate))


def block_powers(
    pieces: Iterable[Float32[np.ndarray, "_"]], sample_rate: int
) -> Float64[np.ndarray, "blocks"]:
    """Mean squares of the weighted signal in blocks of 400 ms, one every 100 ms.

    The signal is `pieces` one after another, however it is cut. Shorter than a block, it is one.
    """
    step = int(STEP_SECONDS * sample_rate)
    energies: list[Float64[np.ndarray, "steps"]] = []
    weighted = np.zeros(0)
    for weighted in _weighted(pieces, sample_rate, step):
        whole = weighted[: weighted.size // step * step].reshape(-1, step)
        energies.append(np.einsum("ij,ij->i", whole, whole))
    sums = np.concatenate([np.zeros(0), *energies])
    if sums.size < STEPS:
        return np.mean(weighted**2, keepdims=True) if weighted.size else weighted
    return sliding_window_view(sums, STEPS).mean(1) / step


def gated(powers: Float64[np.ndarray, "blocks"]) -> float:
    """Loudness in LUFS of blocks, those of silence and pauses left out."""
    heard = powers[powers > _power(ABSOLUTE_GATE)]
    if not heard.size:
        return SILENT
    heard = heard[heard > heard.mean() * 10 ** (-RELATIVE_GATE / 10)]
    return -0.691 + 10 * math.log10(heard.mean())


def at_loudness(
    samples: Float32[np.ndarray, "samples"], target: float, sample_rate: int
) -> Float32[np.ndarray, "samples"]:
    """Return the samples at `target` LUFS, from -50 to -5; less loud where they would clip.

    Silence stays silence. Raises InputError for a target out of range.
    """
    check_target(target)
    now = loudness(samples, sample_rate)
    if not math.isfinite(now):
        return samples
    peak = float(np.abs(samples).max())
    return samples * np.float32(min(10 ** ((target - now) / 20), 1 / peak))


def check_target(target: float) -> None:
    """Raise InputError for a loudness that can't be asked for."""
    number = isinstance(target, (int, float)) and not isinstance(target, bool)
    if not number or not QUIETEST <= target <= LOUDEST:
        raise InputError(f"loudness must be from {QUIETEST:g} to {LOUDEST:g} LUFS, not {target!r}")


def _power(lufs: float) -> float:
    return float(10 ** ((lufs + 0.691) / 10))


def _weighted(
    pieces: Iterable[Float32[np.ndarray, "_"]], sample_rate: int, step: int
) -> Iterator[Float64[np.ndarray, "_"]]:
    """The K-weighted signal, a convolution in pieces, all but the last of whole steps."""
    response = _response(sample_rate)
    # a power of two: of a length with a large prime factor transforms take ten times as long
    size = 1 << (4 * len(response)).bit_length()
    spectrum, length = np.fft.rfft(response, size), (size - len(response)) // step * step
    tail = np.zeros(len(response))
    for piece in _recut(pieces, length):
        weighted = np.fft.irfft(np.fft.rfft(piece, size) * spectrum, size)
        weighted[: tail.size] += tail
        tail = weighted[length : length + tail.size]
        yield weighted[: piece.size]


def _recut(
    pieces: Iterable[Float32[np.ndarray, "_"]], length: int
) -> Iterator[Float64[np.ndarray, "_"]]:
    """Cut a signal anew: pieces of `length` samples, and what is left."""
    filled, size = np.zeros(length), 0
    for piece in pieces:
        start = 0
        while start < piece.size:
            part = piece[start : start + length - size]
            filled[size : size + part.size] = part
            start, size = start + part.size, size + part.size
            if size == length:
                yield filled
                size = 0
    if size:
        yield filled[:size]


@functools.cache
def _response(sample_rate: int) -> Float64[np.ndarray, "taps"]:
    """Impulse response of the K-weighting."""
    signal = np.zeros(int(_TAIL_SECONDS * sample_rate))
    signal[0] = 1
    for b, a in (_shelf(sample_rate), _high_pass(sample_rate)):
        signal = _biquad(signal, b, a)
    return signal


def _biquad(
    x: Float64[np.ndarray, "time"], b: tuple[float, ...], a: tuple[float, ...]
) -> Float64[np.ndarray, "time"]:
    """y[n] = b0 x[n] + b1 x[n-1] + b2 x[n-2] - a1 y[n-1] - a2 y[n-2]"""
    y = [0.0, 0.0]
    padded = [0.0, 0.0, *x.tolist()]
    for n in range(2, len(padded)):
        fed = b[0] * padded[n] + b[1] * padded[n - 1] + b[2] * padded[n - 2]
        y.append(fed - a[0] * y[n - 1] - a[1] * y[n - 2])
    return np.array(y[2:])


# The standard gives coefficients for 48 kHz; these are the analog filters they come from, with the
# bilinear transform for any rate.


def _shelf(sample_rate: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The head's effect: 4 dB more above some 1.7 kHz."""
    frequency, gain, q = 1681.974450955533, 3.999843853973347, 0.7071752369554196
    k = math.tan(math.pi * frequency / sample_rate)
    high = 10 ** (gain / 20)
    middle = high**0.4996667741545416
    norm = 1 + k / q + k * k
    b = (high + middle * k / q + k * k, 2 * (k * k - high), high - middle * k / q + k * k)
    return tuple(x / norm for x in b), (2 * (k * k - 1) / norm, (1 - k / q + k * k) / norm)


def _high_pass(sample_rate: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The ear's: less below some 60 Hz."""
    frequency, q = 38.13547087602444, 0.5003270373238773
    k = math.tan(math.pi * frequency / sample_rate)
    norm = 1 + k / q + k * k
    return (1.0, -2.0, 1.0), (2 * (k * k - 1) / norm, (1 - k / q + k * k) / norm)
