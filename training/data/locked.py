"""Speech in step with the frames: warped so that its pitch turns whole times within each frame.

Mimi's decoder moves by whole frames: for latents that stay the same its output repeats every 80 ms,
so a harmonic that does not fit a whole number of times into a frame comes out smeared. A warp of
time that moves the frames' ends by a period or so makes every harmonic fit.
"""

from functools import lru_cache

import numpy as np

from training.data import pitch
from training.data.spoken import FRAME, RATE

REACH = 2  # whole periods a frame's end may move beyond the nearest place
TAPS, STEPS = 20, 512  # of the interpolation
DRIFT = 0.02  # cost of being away, beside that of moving


def shifts(audio: np.ndarray) -> np.ndarray:
    """For each frame's end the samples to move it by.

    Of the places with phase 0 those that change the speed least (dynamic programming).
    """
    phase, hertz, voiced = pitch.phases(audio)
    options = np.arange(-REACH, REACH + 1) - phase[:, None] / (2 * np.pi)
    found = np.where(voiced[:, None], options * (RATE / hertz)[:, None], 0.0)
    before, cost = np.zeros(1), np.zeros(1)
    came = []
    for here in found:
        moved = (here[:, None] - before) ** 2 + cost
        came.append(moved.argmin(1))
        before, cost = here, DRIFT * here**2 + moved.min(1)
    chosen = np.zeros(len(found))
    at = int(cost.argmin())
    for k in range(len(found) - 1, -1, -1):
        chosen[k] = found[k, at]
        at = came[k][at]
    return chosen


def locked(audio: np.ndarray) -> np.ndarray:
    """Int16 audio of any length, warped from its first sample on."""
    whole = np.pad(audio / 32768.0, (0, -len(audio) % FRAME))
    fitted = sampled(whole, places(whole))[: len(audio)]
    return np.round(np.clip(fitted, -1, 1) * 32767).astype(np.int16)


def places(audio: np.ndarray) -> np.ndarray:
    """Where each sample of the result is taken from: near its own place, moving smoothly."""
    moved = shifts(audio)
    knots = np.arange(len(moved) + 1) * FRAME
    values = np.concatenate([[0.0], moved])
    slopes = np.zeros(len(values))
    slopes[1:-1] = (values[2:] - values[:-2]) / (2 * FRAME)
    n = np.arange(len(audio))
    k = np.minimum(n // FRAME, len(moved) - 1)
    u = (n - knots[k]) / FRAME
    shift = (
        (2 * u**3 - 3 * u**2 + 1) * values[k]
        + (u**3 - 2 * u**2 + u) * FRAME * slopes[k]
        + (3 * u**2 - 2 * u**3) * values[k + 1]
        + (u**3 - u**2) * FRAME * slopes[k + 1]
    )
    return n + shift


@lru_cache
def table() -> np.ndarray:
    """Windowed sinc at STEPS + 1 fractions of a sample: `[taps, fractions]`, each of sum 1."""
    x = np.linspace(0, 1, STEPS + 1) - np.arange(1 - TAPS // 2, TAPS // 2 + 1)[:, None]
    weights = np.sinc(x) * np.cos(np.pi * x / (TAPS + 1)) ** 2
    return (weights / weights.sum(0)).astype(np.float32)


def sampled(audio: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Band-limited interpolation of audio at fractional positions."""
    whole = np.floor(at).astype(int)
    fraction = np.round((at - whole) * STEPS).astype(int)
    padded = np.pad(audio.astype(np.float32), TAPS)
    first = np.clip(whole + TAPS + 1 - TAPS // 2, 0, len(padded) - TAPS)
    out = np.zeros(len(at), np.float32)
    for j, weights in enumerate(table()):
        out += weights[fraction] * padded[first + j]
    return out
