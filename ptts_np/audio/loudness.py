"""How loud speech is, by ITU-R BS.1770, and speech at a loudness that was asked for."""

import math

import numpy as np
from jaxtyping import Float32

from ptts_np.errors import InputError

Samples = Float32[np.ndarray, "samples"]

QUIETEST, LOUDEST = -50.0, -5.0
BLOCK_SECONDS, STEP_SECONDS = 0.4, 0.1
SILENCE = -70.0
RELATIVE_GATE = -10.0
# the standard's two filters, as their analog frequency, quality and gain in dB
_SHELF = (1681.974450955533, 0.7071752369554196, 3.999843853973347)
_HIGHPASS = (38.13547087602444, 0.5003270373238773)


def loudness(samples: Samples, sample_rate: int) -> float:
    """Return the integrated loudness in LUFS of mono samples `[n]`; -inf for silence.

    Blocks of 400 ms count, except those below -70 LUFS and those 10 LU below the others.
    """
    block, step = round(BLOCK_SECONDS * sample_rate), round(STEP_SECONDS * sample_rate)
    if samples.size < block:
        samples = np.pad(samples, (0, block - samples.size))
    weighted = _weighted(samples, sample_rate)
    energy = np.concatenate([[0.0], np.cumsum(weighted * weighted)])
    starts = np.arange(0, samples.size - block + 1, step)
    power = np.maximum(energy[starts + block] - energy[starts], 0) / block
    power = power[power > _power(SILENCE)]
    if not power.size:
        return -math.inf
    kept = power[power > _power(_level(power.mean()) + RELATIVE_GATE)]
    return _level(kept.mean())


def at_loudness(samples: Samples, target: float, sample_rate: int) -> Samples:
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


def _level(power: float) -> float:
    return -0.691 + 10 * math.log10(power)


def _power(level: float) -> float:
    return 10 ** ((level + 0.691) / 10)


def _weighted(samples: Samples, sample_rate: int) -> np.ndarray:
    """The samples as an ear weighs them: both filters at once, in the frequency domain."""
    size = (
        1 << (samples.size + sample_rate - 1).bit_length()
    )  # a second for the filters to ring out
    angle = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
    response = np.ones(angle.size, complex)
    for top, below in (_shelf(sample_rate), _highpass(sample_rate)):
        response *= np.polyval(top[::-1], angle) / np.polyval(below[::-1], angle)
    spectrum = np.fft.rfft(samples.astype(np.float64), size)
    return np.fft.irfft(spectrum * response, size)[: samples.size]


def _shelf(sample_rate: int) -> tuple[list[float], list[float]]:
    frequency, quality, gain = _SHELF
    k = math.tan(math.pi * frequency / sample_rate)
    high = 10 ** (gain / 20)
    band = high**0.4996667741545416
    scale = 1 + k / quality + k * k
    top = [high + band * k / quality + k * k, 2 * (k * k - high), high - band * k / quality + k * k]
    below = [1.0, 2 * (k * k - 1) / scale, (1 - k / quality + k * k) / scale]
    return [value / scale for value in top], below


def _highpass(sample_rate: int) -> tuple[list[float], list[float]]:
    frequency, quality = _HIGHPASS
    k = math.tan(math.pi * frequency / sample_rate)
    scale = 1 + k / quality + k * k
    return [1.0, -2.0, 1.0], [1.0, 2 * (k * k - 1) / scale, (1 - k / quality + k * k) / scale]
