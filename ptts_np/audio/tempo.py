"""Speech faster or slower at the same pitch, as it comes: WSOLA.

Windows of 40 ms are taken from the sound at `speed` times the pace at which they are laid down.
Each is moved by up to 10 ms to where it goes on most like the one before: voices stay smooth.
"""

import numpy as np
from jaxtyping import Float32

Samples = Float32[np.ndarray, "_"]

WINDOW = 960
HOP = WINDOW // 2
SEARCH = 240
SLOWEST, FASTEST = 0.25, 4.0


class Tempo:
    """Feed pieces of sound, get pieces of the stretched sound; the cuts make no difference."""

    def __init__(self, speed: float) -> None:
        self.speed = speed
        self._window = np.hanning(WINDOW + 1)[:WINDOW].astype(np.float32)
        # silence in front, so that the first window has something to move within
        self._input = np.zeros(SEARCH, np.float32)
        self._first = -SEARCH  # index of the first sample kept in _input
        self._count = 0
        self._taken = 0
        self._tail = np.zeros(HOP, np.float32)
        self._fed = 0
        self._given = 0

    def feed(self, samples: Samples) -> Samples:
        """What is ready after these samples."""
        if self.speed == 1.0:
            return samples
        self._fed += samples.size
        return self._process(samples)

    def end(self) -> Samples:
        """The rest."""
        if self.speed == 1.0:
            return np.zeros(0, np.float32)
        missing = round(self._fed / self.speed) - self._given
        pad = np.zeros(WINDOW + 2 * SEARCH + round(HOP * (1 + self.speed)), np.float32)
        return self._process(pad)[: max(missing, 0)]

    def _process(self, samples: Samples) -> Samples:
        self._input = np.concatenate([self._input, samples])
        ready: list[np.ndarray] = []
        while (start := self._next_start()) is not None:
            segment = self._at(start, WINDOW) * self._window
            ready.append(self._tail + segment[:HOP])
            self._tail = segment[HOP:]
            self._taken, self._count = start, self._count + 1
            self._forget()
        out = np.concatenate([np.zeros(0, np.float32), *ready])
        if self._given == 0 and out.size:
            # the first half window has no partner to overlap with
            out[:HOP] /= np.maximum(self._window[:HOP], 1e-2)
        self._given += out.size
        return out

    def _next_start(self) -> int | None:
        """Where the next window begins, or None before there is enough sound to choose."""
        ideal = round(self._count * HOP * self.speed)
        natural = self._taken + HOP
        if max(ideal + SEARCH, natural) + WINDOW > self._first + self._input.size:
            return None
        if self._count == 0:
            return ideal
        region = self._at(ideal - SEARCH, WINDOW + 2 * SEARCH)
        likeness = np.correlate(region, self._at(natural, WINDOW), "valid")
        energy = np.cumsum(np.concatenate([[0.0], region.astype(np.float64) ** 2]))
        norm = np.sqrt(energy[WINDOW:] - energy[:-WINDOW] + 1e-6)
        return ideal - SEARCH + int(np.argmax(likeness / norm))

    def _at(self, start: int, length: int) -> np.ndarray:
        offset = start - self._first
        return self._input[offset : offset + length]

    def _forget(self) -> None:
        ideal = round(self._count * HOP * self.speed)
        keep = min(ideal - SEARCH, self._taken + HOP)
        self._input = self._input[keep - self._first :]
        self._first = keep
