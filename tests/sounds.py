"""Sounds to test with."""

import numpy as np


def tone(seconds: float, rate: int = 24_000, peak: float = 0.5) -> np.ndarray:
    time = np.arange(int(seconds * rate)) / rate
    return (peak * np.sin(2 * np.pi * 440 * time)).astype(np.float32)
