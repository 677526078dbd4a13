"""Channels to one: their mean, or one of them where they cancel each other out."""

import numpy as np
from jaxtyping import Float32

CANCELED = 0.01
"""Part of a side's energy, 20 dB less, below which the mean of the sides is no sound of it."""


class Mono:
    """Blocks `[time, channels]` of one recording, fed one after the other."""

    def __init__(self) -> None:
        self._means = [np.zeros(0, np.float32)]
        self._sides = [np.zeros(0, np.float32)]

    def feed(self, block: Float32[np.ndarray, "time channels"]) -> None:
        with np.errstate(over="ignore", invalid="ignore"):  # refused later, as not finite
            self._means.append(block.mean(axis=1, dtype=np.float32))
        if block.shape[1] == 2:
            self._sides.append(block[:, 0].copy())

    def samples(self) -> Float32[np.ndarray, "samples"]:
        """All of it: one side of a stereo recording whose sides are each other's negative."""
        mean, side = np.concatenate(self._means), np.concatenate(self._sides)
        if _energy(mean) < CANCELED * _energy(side):
            return side
        return mean


def _energy(samples: Float32[np.ndarray, "_"]) -> float:
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.sum(samples.astype(np.float64) ** 2))
